//! The audit trail of `--audit`: who did what to which database and when, one JSON object per line.

use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result, Step};
use crate::event::{Event, Observer};
use crate::guard::host;
use crate::pool::lock;
use crate::run::rfc3339;
use crate::settings::Settings;
use serde_json::{Map, Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes a line for everything that an auditor asks about. A run whose trail cannot be written stops.
pub(crate) struct Audit {
    path: PathBuf,
    /// Tells the lines of one run from those of others in the same file.
    run: String,
    cancel: CancelToken,
    sink: Mutex<(File, Option<io::Error>)>,
}

impl Audit {
    /// Opens the file of the settings, if they name one, and writes who begins which command with what.
    ///
    /// # Errors
    /// `Settings` when the file cannot be opened or written.
    pub(crate) fn begin(command: &str, settings: &Settings, cancel: &CancelToken) -> Result<Option<Audit>> {
        let Some(path) = &settings.options.audit else { return Ok(None) };
        let file = open(path).map_err(|e| refused(path, ErrorKind::Settings, e).at(Step::Settings))?;
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let run = format!("{nanos:x}-{}", std::process::id());
        let audit = Audit { path: path.clone(), run, cancel: cancel.clone(), sink: Mutex::new((file, None)) };
        audit.line("begin", beginning(command, settings));
        audit.failure(ErrorKind::Settings).map_or(Ok(Some(audit)), |error| Err(error.at(Step::Settings)))
    }

    /// Writes how the run ended, and makes sure that the trail is on the disk.
    ///
    /// # Errors
    /// `Io` when the trail is not complete.
    pub(crate) fn end<T>(&self, outcome: Result<T>, exit: impl Fn(&T) -> u8) -> Result<T> {
        let told = match &outcome {
            Ok(value) => json!({ "exit": exit(value) }),
            Err(error) => json!({ "exit": error.exit_code(), "error": error.render() }),
        };
        self.line("end", told);
        let (file, failure) = &mut *lock(&self.sink);
        if failure.is_none() {
            *failure = file.sync_all().err();
        }
        let failure = failure.take().map(|cause| refused(&self.path, ErrorKind::Io, cause));
        // What the run would have said is no longer the whole story.
        failure.map_or(outcome, |error| Err(error.at(Step::Report)))
    }

    fn failure(&self, kind: ErrorKind) -> Option<Error> {
        lock(&self.sink).1.take().map(|cause| refused(&self.path, kind, cause))
    }

    /// Writes one line in one piece: a kill leaves whole lines only.
    fn line(&self, event: &str, told: Value) {
        let mut line = Map::new();
        line.insert("time".into(), rfc3339(SystemTime::now()).into());
        line.insert("run".into(), self.run.as_str().into());
        line.insert("event".into(), event.into());
        if let Value::Object(told) = told {
            line.extend(told);
        }
        let text = Value::Object(line).to_string() + "\n";
        let (file, failure) = &mut *lock(&self.sink);
        if failure.is_none()
            && let Err(cause) = file.write_all(text.as_bytes())
        {
            *failure = Some(cause);
            self.cancel.cancel();
        }
    }
}

impl Observer for Audit {
    fn event(&self, event: &Event) {
        let worth =
            !matches!(event, Event::Total { .. } | Event::Table { .. } | Event::Span { .. } | Event::Done { .. });
        if let (true, Ok(Value::Object(mut told))) = (worth, serde_json::to_value(event)) {
            let name = told.remove("event").and_then(|name| name.as_str().map(str::to_string)).unwrap_or_default();
            self.line(&name, Value::Object(told));
        }
    }
}

/// Appends to the file; a new one is for its owner's eyes. What a crash left of a line is ended first.
fn open(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.is_file() && file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last != [b'\n'] {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

fn refused(path: &Path, kind: ErrorKind, cause: io::Error) -> Error {
    Error::new(kind, "the audit trail cannot be written")
        .object(path.display().to_string())
        .help("name a file (--audit) in a directory that this user may write to and that has room")
        .caused_by(cause)
}

/// Who, what and with which settings.
fn beginning(command: &str, settings: &Settings) -> Value {
    let options = &settings.options;
    let policies = options.policies.iter().map(|(scope, kind, conversion)| {
        json!({ "scope": scope, "policy": kind.name(), "conversion": conversion.describe() })
    });
    json!({
        "command": command,
        "version": env!("CARGO_PKG_VERSION"),
        "user": user(),
        "host": host(),
        "process": std::process::id(),
        "source": settings.source.display_name(),
        "source_user": settings.source.user,
        "target": settings.target.display_name(),
        "target_user": settings.target.user,
        "settings": settings.effective(),
        "policies": policies.collect::<Vec<_>>(),
        "verification": options.verify.name(),
        "allow_inconsistent": options.allow_inconsistent,
        "allow_source_lock": options.allow_source_lock,
    })
}

/// The operating system's user of this process, by name where it has one.
fn user() -> String {
    let Ok(uid) = std::fs::metadata("/proc/self").map(|m| m.uid().to_string()) else { return "unknown".to_string() };
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut fields = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
    match fields.find(|fields| fields.get(2) == Some(&uid.as_str())) {
        Some(fields) => fields.first().copied().unwrap_or_default().to_string(),
        None => format!("uid {uid}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_whose_trail_breaks_off_is_stopped() {
        let file = File::open("/dev/null").unwrap();
        let cancel = CancelToken::new();
        let (path, run) = (PathBuf::from("trail"), "1".to_string());
        let audit = Audit { path, run, cancel: cancel.clone(), sink: Mutex::new((file, None)) };
        audit.event(&Event::Statement { sql: "DROP TABLE t".into() });
        assert!(cancel.is_cancelled());
        let error = audit.end(Ok(()), |()| 0).unwrap_err();
        assert_eq!((error.kind(), error.object_name()), (ErrorKind::Io, Some("trail")));
    }
}
