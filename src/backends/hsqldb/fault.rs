//! Errors of this backend, always with what to do about it.

use crate::error::{Error, ErrorKind};
use std::io;

/// What helps against everything that only a clean shutdown leaves behind.
pub(crate) const RESTART: &str =
    "start and stop the application once, so that it writes a clean database, then try again";

/// Something in the files that this program does not read.
pub(crate) fn unsupported(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unsupported, what)
}

/// Something in the log that only the engine itself can replay.
pub(crate) fn needs_restart(what: impl Into<String>) -> Error {
    unsupported(what).help(RESTART)
}

/// A file that does not hold what its format says.
pub(crate) fn damaged(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Read, what).help("the file is damaged or was cut off; restore it from a backup")
}

/// A statement or value that cannot be understood.
pub(crate) fn malformed(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Read, what)
}

/// A file operation that failed.
pub(crate) fn io(what: &str, path: &std::path::Path, error: io::Error) -> Error {
    let help = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "run as a user with rights to this folder"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "a part of this path is a file; name a folder",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room there, or name another folder",
        _ => "check that the folder exists and that its disk works",
    };
    Error::new(ErrorKind::Io, what).object(path.display().to_string()).caused_by(error).help(help)
}
