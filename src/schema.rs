//! The portable model of a database's structure: what introspection finds and planning reads.

use crate::finding::Finding;
use crate::types::Type;
use serde::Serialize;

/// Structure of one database (or one schema of it), in catalog order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Schema {
    /// Server product and version.
    pub product: Product,
    /// Database name.
    pub database: String,
    /// Schema within it, where the engine has schemas.
    pub namespace: Option<String>,
    /// Base tables, sorted by name.
    pub tables: Vec<Table>,
    /// Sequences that are not just the engine of an identity column.
    pub sequences: Vec<Sequence>,
    /// Named enum types that columns use.
    pub enums: Vec<EnumType>,
    /// Views, triggers, routines and the like, which are not copied.
    pub not_copied: Vec<OtherObject>,
    /// What the backend saw that a user must know (row security, non-transactional tables, …).
    #[serde(skip)]
    pub findings: Vec<Finding>,
    /// The stated point in time of the snapshot (LSN, GTID, binlog position), for the report.
    pub snapshot: Option<String>,
}

/// Which server this is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Product {
    /// `PostgreSQL`, `MariaDB`, `MySQL`, `HSQLDB`, `memory`, …; also the dialect's name in lower case.
    pub name: String,
    /// Version as the server states it.
    pub version: String,
    /// Version as numbers for comparisons: (major, minor, patch).
    pub numbers: (u32, u32, u32),
}

/// A base table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Table {
    /// Name, exactly as stored.
    pub name: String,
    /// Columns in order, hidden and generated ones included.
    pub columns: Vec<Column>,
    /// Primary key.
    pub primary_key: Option<Key>,
    /// Unique constraints and unique indexes (those expressible as a key).
    pub uniques: Vec<Key>,
    /// Other indexes.
    pub indexes: Vec<Index>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Check constraints.
    pub checks: Vec<Check>,
    /// Comment.
    pub comment: Option<String>,
    /// Rows by the server's statistics.
    pub rows_estimate: u64,
    /// Bytes of data by the server's statistics.
    pub bytes_estimate: u64,
}

impl Table {
    /// Position of the column called `name`.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}

/// A column.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// Name, exactly as stored.
    pub name: String,
    /// Portable type.
    pub ty: Type,
    /// Type as the source spells it, e.g. `bigint unsigned`.
    pub native: String,
    /// May be NULL.
    pub nullable: bool,
    /// Default as the source's SQL text.
    pub default: Option<String>,
    /// Numbers itself.
    pub identity: Option<Identity>,
    /// Computed by the source.
    pub generated: Option<Generated>,
    /// Left out of `SELECT *` (invisible).
    pub hidden: bool,
    /// Collation, for text.
    pub collation: Option<Collation>,
    /// Comment.
    pub comment: Option<String>,
    /// Its type, where an extension or user of the source made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<Need>,
}

/// Something that the product has not built in and that is not copied: `operator class gin_trgm_ops`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Need {
    /// Kind and name, as a statement would say it.
    pub what: String,
    /// The extension that has it, if one has.
    pub extension: Option<String>,
}

impl Column {
    /// A plain nullable column.
    pub fn new(name: impl Into<String>, ty: Type, native: impl Into<String>) -> Self {
        Column {
            name: name.into(),
            ty,
            native: native.into(),
            nullable: true,
            default: None,
            identity: None,
            generated: None,
            hidden: false,
            collation: None,
            comment: None,
            needs: None,
        }
    }
}

/// How text of a column compares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Collation {
    /// Name on the source.
    pub name: String,
    /// `a` and `A` differ.
    pub case_sensitive: bool,
    /// `a` and `á` differ.
    pub accent_sensitive: bool,
    /// Trailing blanks do not count.
    pub pad_space: bool,
    /// Code points or bytes decide.
    pub binary: bool,
}

/// An identity, serial or AUTO_INCREMENT column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// `GENERATED ALWAYS`: explicit values need OVERRIDING.
    pub always: bool,
    /// The next value the source would give (read after the data), if it has given any.
    pub next: Option<i128>,
    /// First value.
    pub start: i128,
    /// Step, may be negative.
    pub increment: i128,
    /// How the source implements it.
    pub kind: IdentityKind,
}

/// How the source numbers a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum IdentityKind {
    /// SQL identity column.
    Identity,
    /// PostgreSQL `serial`: a sequence owned by the column and a `nextval` default.
    Serial,
    /// MySQL/MariaDB.
    AutoIncrement,
}

/// A generated column's rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Generated {
    /// Expression as the source's SQL text.
    pub expression: String,
    /// Stored, or computed at each read.
    pub stored: bool,
}

/// A primary key or unique key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Key {
    /// Name on the source.
    pub name: String,
    /// Columns in key order.
    pub columns: Vec<String>,
    /// Declared as a constraint (not only as a unique index).
    pub constraint: bool,
    /// `NULLS NOT DISTINCT`: two NULLs collide.
    pub nulls_collide: bool,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub initially_deferred: bool,
    /// Non-key columns that ride along (`INCLUDE`).
    pub include: Vec<String>,
}

impl Key {
    /// A plain key.
    pub fn new(name: impl Into<String>, columns: Vec<String>) -> Self {
        Key {
            name: name.into(),
            columns,
            constraint: true,
            nulls_collide: false,
            deferrable: false,
            initially_deferred: false,
            include: Vec::new(),
        }
    }
}

/// A secondary index (a unique one only if it is partial, prefixed or on an expression).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Index {
    /// Name on the source.
    pub name: String,
    /// Parts in order.
    pub parts: Vec<IndexPart>,
    /// No two rows may be equal.
    pub unique: bool,
    /// Predicate of a partial index, as the source's SQL text.
    pub predicate: Option<String>,
    /// `btree`, `hash`, `gin`, `gist`, `brin`, `fulltext`, `spatial`, …
    pub method: String,
    /// Non-key columns that ride along.
    pub include: Vec<String>,
    /// The source's own CREATE INDEX text, for copies within one engine.
    pub definition: Option<String>,
    /// What that text names and the target must have already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
}

/// One part of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndexPart {
    /// Column or expression.
    pub target: IndexTarget,
    /// Descending.
    pub descending: bool,
    /// NULLs first, where stated and not the engine's default for the direction.
    pub nulls_first: Option<bool>,
    /// Only the first n characters (MySQL prefix).
    pub prefix: Option<u64>,
}

/// What an index part is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum IndexTarget {
    /// A column.
    Column(String),
    /// An expression, as the source's SQL text.
    Expression(String),
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForeignKey {
    /// Name on the source.
    pub name: String,
    /// Referencing columns.
    pub columns: Vec<String>,
    /// Referenced table.
    pub foreign_table: String,
    /// Referenced columns.
    pub foreign_columns: Vec<String>,
    /// On delete.
    pub on_delete: Action,
    /// On update.
    pub on_update: Action,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub initially_deferred: bool,
    /// The source does not vouch for existing rows (`NOT VALID`).
    pub not_validated: bool,
    /// `MATCH FULL`.
    pub match_full: bool,
}

/// Referential action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Action {
    /// `NO ACTION`.
    #[default]
    NoAction,
    /// `RESTRICT`.
    Restrict,
    /// `CASCADE`.
    Cascade,
    /// `SET NULL`.
    SetNull,
    /// `SET DEFAULT`.
    SetDefault,
}

impl Action {
    /// SQL spelling.
    pub fn sql(self) -> &'static str {
        match self {
            Action::NoAction => "NO ACTION",
            Action::Restrict => "RESTRICT",
            Action::Cascade => "CASCADE",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
        }
    }
}

/// A check constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Name on the source.
    pub name: String,
    /// Condition as the source's SQL text, without the outer `CHECK (…)`.
    pub expression: String,
    /// The source does not vouch for existing rows.
    pub not_validated: bool,
}

/// A sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sequence {
    /// Name.
    pub name: String,
    /// Portable type of its values.
    pub bytes: u8,
    /// First value.
    pub start: i128,
    /// Step.
    pub increment: i128,
    /// Lower bound.
    pub min: i128,
    /// Upper bound.
    pub max: i128,
    /// Starts over at the end.
    pub cycle: bool,
    /// Values a session fetches at once.
    pub cache: i64,
    /// The value the next call would give.
    pub next: i128,
}

/// A named enum type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EnumType {
    /// Name.
    pub name: String,
    /// Labels in order.
    pub labels: Vec<String>,
}

/// An object that is not copied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OtherObject {
    /// `view`, `trigger`, `function`, `event`, …
    pub kind: String,
    /// Name (with its table, for a trigger).
    pub name: String,
}
