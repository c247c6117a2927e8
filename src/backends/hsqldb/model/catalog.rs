//! The structure of a database, as its script states it and as statements change it.

use super::types::ColumnType;
use crate::backends::hsqldb::sql::cursor::Name;
use crate::schema::Action;

/// Schema that applications use unless they say otherwise.
pub(crate) const PUBLIC: &str = "PUBLIC";
/// Schema of the engine's own LOB directory.
pub(crate) const LOBS: &str = "SYSTEM_LOBS";

/// The engine's own tables, which no script states.
const LOB_TABLES: [&str; 4] = [
    "CREATE TABLE BLOCKS(BLOCK_ADDR INT, BLOCK_COUNT INT, TX_ID BIGINT, PRIMARY KEY(BLOCK_ADDR))",
    "CREATE TABLE LOBS(BLOCK_ADDR INT, BLOCK_COUNT INT, BLOCK_OFFSET INT, LOB_ID BIGINT, PRIMARY KEY(LOB_ID, BLOCK_OFFSET))",
    "CREATE TABLE PARTS(BLOCK_COUNT INT, BLOCK_OFFSET INT, PART_OFFSET BIGINT, PART_LENGTH BIGINT, PART_BYTES BIGINT, \
     LOB_ID BIGINT, PRIMARY KEY(LOB_ID, BLOCK_OFFSET))",
    "CREATE TABLE LOB_IDS(LOB_ID BIGINT, LOB_LENGTH BIGINT, LOB_USAGE_COUNT INT, LOB_TYPE SMALLINT, PRIMARY KEY(LOB_ID))",
];

/// Everything a script states before its rows.
#[derive(Clone, Debug)]
pub(crate) struct Catalog {
    /// Schema of names without one.
    pub(crate) initial_schema: String,
    pub(crate) tables: Vec<TableDef>,
    pub(crate) sequences: Vec<SequenceDef>,
    /// Views, routines, triggers and the like.
    pub(crate) others: Vec<OtherDef>,
    /// Settings, users and schemas, in the order of the script.
    pub(crate) settings: Vec<String>,
    /// What the script states after its tables: initial schema, grants.
    pub(crate) closing: Vec<String>,
    /// KiB of a block of the LOB file.
    pub(crate) lob_scale: u64,
    /// Next LOB number.
    pub(crate) next_lob: i128,
    next_id: u32,
}

/// Where a table's rows live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In the script.
    Memory,
    /// In the data file.
    Cached,
    /// In a text file of its own.
    Text,
    /// Nowhere, once the session ends.
    Temporary,
}

/// A table.
#[derive(Clone, Debug)]
pub(crate) struct TableDef {
    /// Stays the same when the table is renamed.
    pub(crate) id: u32,
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) columns: Vec<ColumnDef>,
    pub(crate) primary_key: Option<KeyDef>,
    pub(crate) uniques: Vec<KeyDef>,
    pub(crate) foreign_keys: Vec<ForeignKeyDef>,
    pub(crate) checks: Vec<CheckDef>,
    pub(crate) indexes: Vec<IndexDef>,
    pub(crate) comment: Option<String>,
    /// Roots of the index trees in the data file, and the number of rows.
    pub(crate) roots: Vec<i64>,
    /// Columns at each point where rows were written; the last one is today's.
    pub(crate) layouts: Vec<Vec<Slot>>,
}

/// A column of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) column: u32,
    pub(crate) ty: ColumnType,
}

/// A column.
#[derive(Clone, Debug)]
pub(crate) struct ColumnDef {
    /// Stays the same when the column is renamed.
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) ty: ColumnType,
    pub(crate) collation: Option<String>,
    pub(crate) nullable: bool,
    /// As SQL.
    pub(crate) default: Option<String>,
    pub(crate) identity: Option<IdentityDef>,
    pub(crate) generated: Option<String>,
    pub(crate) comment: Option<String>,
}

impl ColumnDef {
    /// Text that compares without case.
    pub(crate) fn ignores_case(&self) -> bool {
        self.collation.as_deref().is_some_and(|name| name.contains("_UCC") || name.ends_with("IGNORECASE"))
    }
}

/// How a column numbers itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdentityDef {
    pub(crate) always: bool,
    pub(crate) start: i128,
    pub(crate) increment: i128,
    /// Clauses other than start and increment, as SQL.
    pub(crate) rest: String,
    pub(crate) next: Option<i128>,
    /// Numbers come from this sequence.
    pub(crate) sequence: Option<String>,
}

/// A primary or unique key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyDef {
    /// Empty where the engine names it itself.
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
}

/// A foreign key.
#[derive(Clone, Debug)]
pub(crate) struct ForeignKeyDef {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) foreign: Name,
    /// Empty for the primary key.
    pub(crate) foreign_columns: Vec<String>,
    pub(crate) on_delete: Action,
    pub(crate) on_update: Action,
    pub(crate) match_full: bool,
}

/// A check.
#[derive(Clone, Debug)]
pub(crate) struct CheckDef {
    pub(crate) name: String,
    pub(crate) condition: String,
}

/// An index; the engine ignores its parts' order words.
#[derive(Clone, Debug)]
pub(crate) struct IndexDef {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) descending: Vec<bool>,
    pub(crate) unique: bool,
}

/// A sequence.
#[derive(Clone, Debug)]
pub(crate) struct SequenceDef {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) ty: ColumnType,
    pub(crate) start: i128,
    pub(crate) increment: i128,
    pub(crate) min: Option<i128>,
    pub(crate) max: Option<i128>,
    pub(crate) cycle: bool,
    pub(crate) next: i128,
}

/// Something that is kept or listed as a whole.
#[derive(Clone, Debug)]
pub(crate) struct OtherDef {
    /// `view`, `trigger`, `function`, …
    pub(crate) kind: &'static str,
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) sql: String,
}

impl Catalog {
    /// An empty database with the engine's own tables.
    pub(crate) fn new() -> Self {
        let mut catalog = Catalog::bare();
        for sql in LOB_TABLES {
            // Constants that a test proves to be understood.
            let _ = catalog.apply(sql, LOBS, &|_| false);
        }
        catalog
    }

    fn bare() -> Self {
        Catalog {
            initial_schema: PUBLIC.into(),
            tables: Vec::new(),
            sequences: Vec::new(),
            others: Vec::new(),
            settings: Vec::new(),
            closing: Vec::new(),
            lob_scale: 32,
            next_lob: 1,
            next_id: 0,
        }
    }

    /// Bytes of a position in the data file, as the script states it.
    pub(crate) fn file_scale(&self) -> u64 {
        let scale = |sql: &String| sql.strip_prefix("SET FILES SCALE ")?.trim().parse().ok();
        self.settings.iter().rev().find_map(scale).unwrap_or(32)
    }

    /// A number that no table and no column has.
    pub(crate) fn fresh_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    /// The table of this name, if there is one.
    pub(crate) fn table(&self, schema: &str, name: &str) -> Option<&TableDef> {
        self.tables.iter().find(|t| t.name == name && t.schema == schema)
    }

    /// The table with this number.
    pub(crate) fn by_id(&self, id: u32) -> Option<&TableDef> {
        self.tables.iter().find(|t| t.id == id)
    }

    /// The same, to change it.
    pub(crate) fn table_mut(&mut self, schema: &str, name: &str) -> Option<&mut TableDef> {
        self.tables.iter_mut().find(|t| t.name == name && t.schema == schema)
    }
}

impl TableDef {
    pub(crate) fn column(&self, name: &str) -> Option<&ColumnDef> {
        self.columns.iter().find(|c| c.name == name)
    }

    pub(crate) fn column_mut(&mut self, name: &str) -> Option<&mut ColumnDef> {
        self.columns.iter_mut().find(|c| c.name == name)
    }

    /// Today's columns as a layout.
    pub(crate) fn layout(&self) -> Vec<Slot> {
        self.columns.iter().map(|c| Slot { column: c.id, ty: c.ty.clone() }).collect()
    }

    /// Remembers today's columns; earlier layouts stay only if rows were written in them.
    pub(crate) fn relayout(&mut self, populated: bool) {
        let layout = self.layout();
        if !populated {
            self.layouts.clear();
        }
        if self.layouts.last() != Some(&layout) {
            self.layouts.push(layout);
        }
    }

    /// Name of a foreign key; those without one are numbered.
    pub(crate) fn foreign_key_name(&self, at: usize) -> String {
        match self.foreign_keys.get(at) {
            Some(key) if !key.name.is_empty() => key.name.clone(),
            _ => format!("fk_{}_{}", self.name, at + 1),
        }
    }

    /// `schema.table`, or the table alone in the usual schema.
    pub(crate) fn display(&self) -> String {
        if self.schema == PUBLIC { self.name.clone() } else { format!("{}.{}", self.schema, self.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_own_tables_are_there() {
        assert_eq!(Catalog::new().tables.len(), LOB_TABLES.len());
    }
}
