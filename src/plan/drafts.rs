//! Tables and columns while they are being decided.

use super::Canon;
use crate::dialect::widen::Fit;
use crate::policy::{Conversion, PolicyKind};
use crate::schema::{Column, Table};

/// A table on its way into the plan.
pub(super) struct TableDraft<'a> {
    /// Source table.
    pub(super) source: &'a Table,
    /// Target name.
    pub(super) name: String,
    /// Columns in source order.
    pub(super) columns: Vec<ColumnDraft<'a>>,
    /// Primary and unique keys and indexes that are created.
    pub(super) keys: Vec<KeyDraft>,
}

impl TableDraft<'_> {
    /// The column with this source name.
    pub(super) fn column(&self, source: &str) -> Option<&ColumnDraft<'_>> {
        self.columns.iter().find(|column| column.source.name == source)
    }

    /// Position of the column with this source name.
    pub(super) fn position(&self, source: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.source.name == source)
    }

    /// The primary key, if the target gets one.
    pub(super) fn primary(&self) -> Option<&KeyDraft> {
        self.keys.iter().find(|key| key.kind == KeyKind::Primary)
    }
}

/// A column on its way into the plan.
pub(super) struct ColumnDraft<'a> {
    /// Source column.
    pub(super) source: &'a Column,
    /// Target name.
    pub(super) name: String,
    /// Target type and why.
    pub(super) fit: Fit,
    /// Form of its hash.
    pub(super) canon: Canon,
    /// May be NULL on the target.
    pub(super) nullable: bool,
    /// Charset and collation clause; empty for the table's.
    pub(super) collate: String,
    /// Conversions in force.
    pub(super) conversions: Vec<(PolicyKind, Conversion)>,
    /// The source's native type is kept letter by letter.
    pub(super) native_kept: bool,
    /// The target's default.
    pub(super) default: Option<String>,
    /// The target computes it: expression, and whether it is stored.
    pub(super) generated: Option<(String, bool)>,
    /// Clause of a numbering column.
    pub(super) identity: Option<String>,
    /// Serial type that stands for the type and the clause.
    pub(super) serial: Option<String>,
}

/// What a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// Primary key.
    Primary,
    /// Unique key.
    Unique,
    /// Any other index.
    Index,
}

/// A key or index on its way into the plan.
#[derive(Clone, Debug)]
pub(super) struct KeyDraft {
    /// What it is.
    pub(super) kind: KeyKind,
    /// Target name.
    pub(super) name: String,
    /// Source names of its plain columns, in order (empty if a part is no plain column).
    pub(super) columns: Vec<String>,
    /// What stands between the brackets.
    pub(super) parts: String,
    /// What follows the brackets, or stands in their stead when the source's own definition is used.
    pub(super) tail: String,
    /// Declared as a constraint.
    pub(super) constraint: bool,
    /// Two NULLs collide.
    pub(super) nulls_collide: bool,
    /// Index method, where it is not the default.
    pub(super) method: String,
    /// It must exist before rows arrive.
    pub(super) early: bool,
}
