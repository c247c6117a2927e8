//! What a writer is told of its work: the table, the chunk, and what it can count on.

use super::SpliceFormat;
use crate::types::Type;

/// What of a table is written.
#[derive(Clone, Debug)]
pub struct WriteTable {
    /// Target table name.
    pub name: String,
    /// Columns, in the order of the cells.
    pub columns: Vec<WriteColumn>,
    /// How frames travel when the table is spliced.
    pub splice: Option<SpliceFormat>,
}

/// One column to write.
#[derive(Clone, Debug)]
pub struct WriteColumn {
    /// Target column name.
    pub name: String,
    /// Portable form of the target's type: decides the encoding.
    pub ty: Type,
    /// The target's type as DDL spells it.
    pub native: String,
}

/// Identity of a chunk, recorded in the chunk's own transaction.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Start of the run.
    pub epoch: i64,
    /// Position of the table in the plan.
    pub table: u32,
    /// Position of the chunk in the table.
    pub chunk: u32,
    /// Text of the chunk's range, for the reader of the control table.
    pub range: String,
}

/// What the building of an index can count on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Sessions of ours that have nothing to do: the server may use as many processes more.
    pub idle: usize,
    /// Bytes of the table, by the source's statistics.
    pub bytes: u64,
}
