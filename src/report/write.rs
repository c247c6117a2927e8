//! Writes a report to the file of `--report`: JSON or HTML by its extension, whole or not at all.

use super::{Report, VerifyReport, html, verify_html};
use crate::error::{Error, ErrorKind, Result, Step};
use serde::Serialize;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Form of a report file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Json,
}

/// Any result as pretty JSON with a newline at the end.
///
/// # Errors
/// `Io` when it cannot be serialised.
pub fn json<T: Serialize>(value: &T) -> Result<String> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|e| Error::new(ErrorKind::Io, "the result cannot be written as JSON").caused_by(e))?;
    Ok(text + "\n")
}

/// Checks before a run that its report can be written to `path`, so that the run does not fail at its end.
///
/// # Errors
/// `Settings` when the extension is neither `.html` nor `.json`, or the directory is missing or not writable.
pub fn check_path(path: &Path) -> Result<()> {
    let refused = |what: String| Error::new(ErrorKind::Settings, what).at(Step::Settings).object(name(path));
    form(path)?;
    if path.is_dir() {
        return Err(refused("is a directory".into()).help("name a file in it, e.g. report.html"));
    }
    let directory = directory(path);
    if !directory.is_dir() {
        let what = format!("the directory {} does not exist", directory.display());
        return Err(refused(what).help("create it, or name a file in a directory that exists"));
    }
    let temporary = temporary(path);
    create(&temporary).and_then(|_| fs::remove_file(&temporary)).map_err(|e| {
        let what = format!("no file can be created in the directory {}", directory.display());
        refused(what).caused_by(e).help("choose a directory that this user may write to")
    })
}

/// Writes the report of a copy to `path`, as a page or as JSON by its extension.
///
/// # Errors
/// `Settings` when the extension is neither `.html` nor `.json`, `Io` when the file cannot be written.
pub fn write(report: &Report, path: &Path) -> Result<()> {
    let text = match form(path)? {
        Form::Html => html(report),
        Form::Json => json(report)?,
    };
    replace(path, &text)
}

/// Writes the report of a comparison to `path`, as a page or as JSON by its extension.
///
/// # Errors
/// `Settings` when the extension is neither `.html` nor `.json`, `Io` when the file cannot be written.
pub fn write_verify(report: &VerifyReport, path: &Path) -> Result<()> {
    let text = match form(path)? {
        Form::Html => verify_html(report),
        Form::Json => json(report)?,
    };
    replace(path, &text)
}

fn form(path: &Path) -> Result<Form> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("html") => Ok(Form::Html),
        Some("json") => Ok(Form::Json),
        other => {
            let what = match other {
                Some(other) => format!("a report cannot be written as .{}", super::printable::printable(other)),
                None => "a report file needs an extension that says its form".to_string(),
            };
            Err(Error::new(ErrorKind::Settings, what)
                .object(name(path))
                .help("let the name end in .html (a page to look at) or .json (the same as data)"))
        }
    }
}

fn name(path: &Path) -> String {
    super::printable::printable(&path.display().to_string()).into_owned()
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A name beside `path`, on the same file system, so that renaming it is atomic.
fn temporary(path: &Path) -> PathBuf {
    let file = path.file_name().map(|f| f.to_string_lossy().into_owned()).unwrap_or_default();
    directory(path).join(format!(".{file}.{}.tmp", std::process::id()))
}

/// A new file; one of the same name, left by an earlier process with the same id, goes first.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Puts `text` in place of whatever `path` held, in one step.
fn replace(path: &Path, text: &str) -> Result<()> {
    let temporary = temporary(path);
    let written = fill(&temporary, text).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|e| {
        // Nothing of ours may stay behind; that it cannot be removed either adds nothing to the message.
        let _ = fs::remove_file(&temporary);
        Error::new(ErrorKind::Io, "the report cannot be written")
            .at(Step::Report)
            .object(name(path))
            .caused_by(e)
            .help("check the directory and the free space; the copy itself is not affected")
    })
}

fn fill(path: &Path, text: &str) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_html_and_json_are_known() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        assert!(check_path(&at("r.html")).is_ok());
        assert!(check_path(&at("r.JSON")).is_ok());
        for bad in ["r.htm", "r", "r.html.gz", ".html"] {
            let error = check_path(&at(bad)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Settings, "{bad}");
            assert!(error.help_text().unwrap().contains(".html") && error.help_text().unwrap().contains(".json"));
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn directories_are_checked_before_the_run() {
        let directory = tempfile::tempdir().unwrap();
        assert!(check_path(&directory.path().join("missing/r.html")).unwrap_err().to_string().contains("missing"));
        fs::create_dir(directory.path().join("d.html")).unwrap();
        let error = check_path(&directory.path().join("d.html")).unwrap_err();
        assert!(error.to_string().ends_with("is a directory"));
        assert_eq!(error.exit_code(), 2);
        assert!(check_path(Path::new("plain-name-in-the-current-directory.json")).is_ok());
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("r.json");
        fs::write(&path, "old").unwrap();
        write(&Report { version: "1".into(), ..Report::default() }, &path).unwrap();
        let value: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(value["version"], "1");
        write_verify(&VerifyReport::default(), &directory.path().join("v.html")).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("r.json");
        fs::create_dir(&path).unwrap();
        let error = write(&Report::default(), &path).unwrap_err();
        assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Io, 3));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
