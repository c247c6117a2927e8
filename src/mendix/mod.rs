//! What only Mendix databases need: tables that the runtime knows, names that rows hold, autonumber positions.
//!
//! A database is one of Mendix's if it has the table `mendixsystem$version`. Everything here is read from the source
//! before planning and changes nothing in other databases.

mod metadata;
mod names;
mod numbers;

pub use metadata::{Mendix, read};
pub use names::{Named, names_in};
pub use numbers::AutoNumber;
pub(crate) use numbers::last_values;

/// What the names of the runtime's own tables begin with.
pub const PREFIX: &str = "mendixsystem$";

/// The table whose presence tells a Mendix database.
pub const VERSION: &str = "mendixsystem$version";

/// The log of changes, which numbers itself and takes no other numbers.
pub const CHANGE_EVENT: &str = "mendixsystem$data_change_event";

/// The table of autonumbers.
pub const SEQUENCE: &str = "mendixsystem$sequence";

/// Whether this is one of the runtime's own tables.
pub fn is_own(table: &str) -> bool {
    table.starts_with(PREFIX)
}

/// Whether a table is what is left of a deleted entity: the runtime renames it to its identifier before it drops it.
pub fn is_deleted(table: &str) -> bool {
    table.len() == 32 && table.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_by_name() {
        assert!(is_deleted("0b988c4865d2408ebbc40c52efa315e8") && is_deleted("0B988C4865D2408EBBC40C52EFA315E8"));
        assert!(!is_deleted("0b988c4865d2408ebbc40c52efa315e") && !is_deleted("gb988c4865d2408ebbc40c52efa315e8"));
        assert!(is_own(VERSION) && !is_own("system$user"));
    }
}
