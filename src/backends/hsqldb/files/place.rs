//! Where the files of a database are.

use crate::backends::hsqldb::fault::io;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Name of the database where none is given.
const DEFAULT_NAME: &str = "default";

/// Folder and name of a database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) name: String,
}

impl Place {
    /// The database that an endpoint names, which must exist.
    ///
    /// # Errors
    /// `Connect` when there is none, saying where it was sought.
    pub(crate) fn existing(endpoint: &Endpoint) -> Result<Place> {
        let place = Place::of(endpoint)?;
        if place.holds_database() {
            return Ok(place);
        }
        // A relative path says little to whoever started in the wrong folder.
        let path = std::path::absolute(root(endpoint)?).unwrap_or_else(|_| place.folder.clone());
        let error = Error::new(ErrorKind::Connect, format!("there is no built-in database called {}", place.name));
        Err(error.object(path.display().to_string()).help(format!(
            "name the folder that holds hsqldb/{name}/{name}.script, or the folder of {name}.script itself",
            name = place.name
        )))
    }

    /// Where the database is, or would be made.
    ///
    /// # Errors
    /// `Settings` when no folder is given or the name is no file name.
    pub(crate) fn of(endpoint: &Endpoint) -> Result<Place> {
        let root = root(endpoint)?;
        let name = if endpoint.database.is_empty() { DEFAULT_NAME } else { endpoint.database.as_str() };
        if name.contains(['/', '\\', '\0']) || name.starts_with('.') {
            return Err(Error::new(ErrorKind::Settings, "the database name is no file name").object(name));
        }
        let at = |folder: PathBuf| Place { folder, name: name.to_string() };
        let nested = root.join("hsqldb").join(name);
        let places = [at(nested.clone()), at(root.join(name)), at(root.to_path_buf())];
        let named_so =
            root.file_name().is_some_and(|n| n == name) && root.parent().is_some_and(|p| p.ends_with("hsqldb"));
        let fallback = if named_so { at(root.to_path_buf()) } else { at(nested) };
        Ok(places.into_iter().find(Place::holds_database).unwrap_or(fallback))
    }

    /// The file with this extension.
    pub(crate) fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.name))
    }

    /// Whether any file of a database is there.
    pub(crate) fn holds_database(&self) -> bool {
        ["script", "script.new", "properties"].iter().any(|extension| self.file(extension).is_file())
    }
}

/// The folder of an endpoint's database, whichever way its path is spelled; `None` where the path is no use.
pub(crate) fn folder_of(endpoint: &Endpoint) -> Option<PathBuf> {
    let folder = Place::of(endpoint).ok()?.folder;
    Some(folder.canonicalize().or_else(|_| std::path::absolute(&folder)).unwrap_or(folder))
}

fn root(endpoint: &Endpoint) -> Result<&Path> {
    endpoint.path.as_deref().filter(|path| !path.as_os_str().is_empty()).ok_or_else(|| {
        Error::new(ErrorKind::Settings, "the folder of the built-in database is not set")
            .object("BuiltInDatabasePath")
            .help("set BuiltInDatabasePath (SourceBuiltInDatabasePath for the source) to the folder that holds hsqldb/")
    })
}

/// Size and time of a file, to see whether somebody changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    path: PathBuf,
    state: Option<(u64, std::time::SystemTime)>,
}

impl Stamp {
    /// The file as it is now.
    pub(crate) fn of(path: PathBuf) -> Stamp {
        let state = std::fs::metadata(&path).ok().and_then(|m| Some((m.len(), m.modified().ok()?)));
        Stamp { path, state }
    }

    /// Refuses if the file is no longer what it was.
    ///
    /// # Errors
    /// `Read` naming the file.
    pub(crate) fn check(&self) -> Result<()> {
        if Stamp::of(self.path.clone()) == *self {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Read, "this file changed while it was read")
            .object(self.path.display().to_string())
            .help("stop the application that uses the database, or copy its folder, and run again"))
    }
}

/// The bytes of a small file.
///
/// # Errors
/// `Io` when it cannot be read.
pub(crate) fn read_small(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| io("this file cannot be read", path, e))
}
