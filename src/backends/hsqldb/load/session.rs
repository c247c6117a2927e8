//! A session of the log: its schema, and the rows it has not committed.

use super::overlay::{Overlay, Row};
use std::collections::HashMap;

/// A change of one row.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) table: u32,
    pub(crate) key: Box<[u8]>,
    pub(crate) has_key: bool,
    /// The row was deleted; else it was inserted.
    pub(crate) deleted: bool,
    /// The row; of a deleted one with a key, only the key's columns count.
    pub(crate) row: Row,
}

/// A session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    pub(crate) schema: Option<String>,
    pub(crate) pending: Vec<Change>,
}

impl Session {
    /// Makes what is pending part of the tables.
    pub(crate) fn commit(&mut self, overlays: &mut HashMap<u32, Overlay>) {
        for change in self.pending.drain(..) {
            let overlay = overlays.entry(change.table).or_default();
            overlay.change(change);
        }
    }
}
