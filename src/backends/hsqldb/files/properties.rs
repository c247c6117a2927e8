//! The properties file: version and state of a database.

use super::place::{Place, read_small};
use crate::backends::hsqldb::fault::{RESTART, unsupported};
use crate::error::{Error, ErrorKind, Result};

/// Which files hold the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The script, and the data file.
    Clean,
    /// The script, then the log.
    Unclean,
    /// New files that were not yet renamed; `true` if the data file is among them.
    NewFiles(bool),
}

/// What the properties say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Properties {
    pub(crate) version: String,
    pub(crate) numbers: (u32, u32, u32),
    pub(crate) state: State,
}

impl Properties {
    /// Reads the properties of a database.
    ///
    /// # Errors
    /// `Read` when the file is missing or malformed, `Unsupported` for versions and kinds that are not read.
    pub(crate) fn read(place: &Place) -> Result<Properties> {
        let path = place.file("properties");
        if !path.is_file() {
            let what = "this file is missing, so it is unknown whether the script is complete";
            return Err(Error::new(ErrorKind::Read, what).object(path.display().to_string()).help(RESTART));
        }
        let text = read_small(&path)?;
        Properties::parse(&String::from_utf8_lossy(&text)).map_err(|e| e.object(path.display().to_string()))
    }

    pub(crate) fn parse(text: &str) -> Result<Properties> {
        let get = |key: &str| {
            let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '!']));
            lines.filter_map(|line| line.split_once(['=', ':'])).find(|(k, _)| k.trim() == key).map(|(_, v)| v.trim())
        };
        let version = get("version").ok_or_else(|| Error::new(ErrorKind::Read, "it states no version"))?;
        let mut parts = version.split('.').map(|part| part.parse().ok());
        let mut part = || parts.next().flatten().unwrap_or(0);
        let numbers = (part(), part(), part());
        if numbers.0 != 2 {
            return Err(unsupported(format!("files of version {version} are not read"))
                .help("open and close the database once with HSQLDB 2.x, which converts it"));
        }
        if get("hsqldb.crypt_key").is_some() || get("crypt_key").is_some() || get("hsqldb.cryptlob").is_some() {
            return Err(encrypted());
        }
        let state = match get("modified").unwrap_or("yes") {
            "no" | "no-new-files" => State::Clean,
            "yes" => State::Unclean,
            "yes-new-files" => State::NewFiles(false),
            "yes-new-files-data" => State::NewFiles(true),
            _ => return Err(Error::new(ErrorKind::Read, "its state `modified` is not known").help(RESTART)),
        };
        Ok(Properties { version: version.to_string(), numbers, state })
    }
}

/// The refusal of an encrypted database.
pub(crate) fn encrypted() -> Error {
    unsupported("encrypted databases are not read")
        .help("write an unencrypted copy: SCRIPT '<file>' in the engine, loaded into a new database")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_versions() {
        let parse = |modified: &str, version: &str| {
            Properties::parse(&format!("#HSQL Database Engine\nversion={version}\nmodified={modified}\n"))
        };
        assert_eq!(parse("no", "2.7.4").unwrap().numbers, (2, 7, 4));
        assert_eq!(parse("yes-new-files-data", "2.3.0").unwrap().state, State::NewFiles(true));
        assert!(parse("no", "1.8.0").unwrap_err().help_text().unwrap().contains("2.x"));
        assert!(parse("maybe", "2.7.1").is_err() && Properties::parse("modified=no").is_err());
        assert!(Properties::parse("version=2.7.1\nmodified=no\ncrypt_key=x").is_err());
    }
}
