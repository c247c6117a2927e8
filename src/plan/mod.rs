//! Decides the target's structure: portable schema × dialect → [`Plan`]. Pure, no I/O.

mod columns;
mod defaults;
mod drafts;
mod foreign_keys;
mod indexes;
mod keyed;
mod keys;
mod mendix;
mod planner;
mod policies;
mod positions;
mod probes;
pub mod render;
mod request;
mod statements;
mod tables;
mod transfer;

pub use crate::probe::Answers;
pub use planner::{plan, probes};
pub use request::{Request, TableFilter};

use crate::backends::{ReadTable, WriteTable};
use crate::finding::{Finding, Severity};
use crate::policy::Conversion;
use crate::policy::PolicyKind;
use crate::report::Position;
use crate::rewrite::Rewrite;
use crate::schema::{ForeignKey, OtherObject, Product};
use serde::Serialize;

/// Everything a run will do, decided before the first write.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Plan {
    /// Source server.
    pub source: Product,
    /// Target server.
    pub target: Product,
    /// Statements before the tables (named types).
    pub prepare: Vec<Statement>,
    /// Tables in source order.
    pub tables: Vec<TablePlan>,
    /// Foreign keys, after all tables' keys.
    pub foreign_keys: Vec<ForeignKeyPlan>,
    /// Views, triggers, routines and the like, which are not copied and which the target lacks.
    #[serde(skip)]
    pub not_copied: Vec<OtherObject>,
    /// Free-standing sequences: created empty-handed, positioned in `finish`.
    pub sequences: Vec<SequencePlan>,
    /// Where numberings go on that rows hold (Mendix autonumbers on engines whose runtime keeps them there).
    pub numbers: Vec<Position>,
    /// Statements at the very end, table by table (statistics).
    pub analyze: Vec<Statement>,
    /// Statements after those: the server may look after the tables by itself again.
    pub release: Vec<Statement>,
    /// Names that had to change.
    pub renames: Vec<Rename>,
    /// Refusals, warnings and notes.
    pub findings: Vec<Finding>,
}

impl Plan {
    /// The findings that refuse the run.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.severity == Severity::Error)
    }

    /// Every statement in the order of execution, for `plan --format sql`.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.prepare
            .iter()
            .chain(self.sequences.iter().map(|s| &s.create))
            .chain(self.tables.iter().map(|t| &t.create))
            .chain(self.tables.iter().flat_map(|t| t.indexes.iter().chain(&t.finish)))
            .chain(self.foreign_keys.iter().map(|key| &key.statement))
            .chain(self.foreign_keys.iter().flat_map(|key| &key.validate))
            .chain(&self.analyze)
            .chain(&self.release)
    }
}

/// One statement for the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// What it makes, for messages: `table "t"`, `index "i" on "t"`.
    pub object: String,
    /// The statement.
    pub sql: String,
}

impl Statement {
    /// The statement that sets a position, with the position: its last `{next}`, since names may hold the same text.
    pub(crate) fn with_next(&self, next: &str) -> String {
        match self.sql.rsplit_once("{next}") {
            Some((before, after)) => format!("{before}{next}{after}"),
            None => self.sql.clone(),
        }
    }
}

/// A foreign key of the target.
#[derive(Clone, Debug, Serialize)]
pub struct ForeignKeyPlan {
    /// What makes it.
    #[serde(flatten)]
    pub statement: Statement,
    /// What looks at the rows afterwards, where making it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate: Option<Statement>,
    /// Its table, by the target's name.
    #[serde(skip)]
    pub table: String,
    /// It, by the target's names.
    #[serde(skip)]
    pub key: ForeignKey,
}

/// What becomes of one table.
#[derive(Clone, Debug, Serialize)]
pub struct TablePlan {
    /// Source name.
    pub source: String,
    /// Target name.
    pub target: String,
    /// Columns that are copied, in target order (generated columns that the target computes are absent).
    pub columns: Vec<ColumnPlan>,
    /// `CREATE TABLE`.
    pub create: Statement,
    /// Indexes after the load, each by itself: they can be built at the same time.
    pub indexes: Vec<Statement>,
    /// What comes after that, one after the other, because each needs the table for itself: keys, checks,
    /// comments; all indexes too where the engine rebuilds the table for each.
    pub finish: Vec<Statement>,
    /// Identity or serial columns whose position must continue.
    pub identities: Vec<IdentityPlan>,
    /// Changes to rows on their way.
    #[serde(skip)]
    pub rewrites: Vec<Rewrite>,
    /// Rows by the source's statistics.
    pub rows_estimate: u64,
    /// Bytes by the source's statistics.
    pub bytes_estimate: u64,
    /// How the source is read.
    #[serde(skip)]
    pub read: ReadTable,
    /// How the target is written.
    #[serde(skip)]
    pub write: WriteTable,
    /// How the target is read back for verification: the same cells in the same order.
    #[serde(skip)]
    pub read_back: ReadTable,
}

impl TablePlan {
    /// How many objects are made after the load; a key that is made of its index is one with it.
    pub(crate) fn objects(&self) -> usize {
        let own = self.finish.iter().filter(|statement| !statement.sql.contains(" USING INDEX "));
        self.indexes.len() + own.count()
    }
}

/// What becomes of one column.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnPlan {
    /// Source name.
    pub source: String,
    /// Target name.
    pub target: String,
    /// Type on the source, as its catalog spells it.
    pub source_type: String,
    /// Type on the target, as DDL spells it.
    pub target_type: String,
    /// How the one became the other.
    pub decision: Decision,
    /// Which form both sides are hashed in.
    pub canon: Canon,
    /// Conversions that the user asked for.
    pub conversions: Vec<(PolicyKind, Conversion)>,
}

/// How a column's type was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "why")]
pub enum Decision {
    /// The target has the same type.
    Exact,
    /// The target's type holds more.
    Widened(String),
    /// Another form by a user's option, counted in the report.
    Converted(String),
    /// Another form of the same value (text of an array, number of a boolean).
    Mapped(String),
}

/// The canonical form in which a cell is hashed on both sides, whatever the two native types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Canon {
    /// Booleans and whole numbers of any width.
    Int,
    /// Exact decimals without trailing zeros.
    Decimal,
    /// Binary floats by their bits at 4 bytes (−0 is 0, one NaN).
    Float4,
    /// Binary floats by their bits at 8 bytes.
    Float8,
    /// Text as it is.
    Text,
    /// Blank-padded text without trailing blanks.
    PaddedText,
    /// Bytes as they are.
    Bytes,
    /// Days.
    Date,
    /// Nanoseconds of time.
    Time,
    /// Wall clock or instant: days and nanoseconds.
    Timestamp,
    /// Months, days, nanoseconds.
    Interval,
    /// 16 bytes.
    Uuid,
    /// Bit strings by their bits.
    Bits,
}

/// A column whose numbering continues on the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdentityPlan {
    /// Source column.
    pub column: String,
    /// Target column.
    pub target: String,
    /// Sign of the step decides whether the largest or smallest value counts.
    pub increment: i128,
    /// Statement that sets the position; `{next}` stands for the value the next insert must get.
    pub position: Statement,
}

/// A free-standing sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SequencePlan {
    /// Source name.
    pub source: String,
    /// Target name.
    pub target: String,
    /// `CREATE SEQUENCE`.
    pub create: Statement,
    /// Statement that sets the position; `{next}` stands for the value the next call must give.
    pub position: Statement,
    /// The next value is at least this, wherever the source's own sequence stands (Mendix autonumbers).
    pub floor: Option<i128>,
}

/// A name that had to change on the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rename {
    /// `table`, `column`, `index`, `constraint`, `sequence`.
    pub kind: &'static str,
    /// Table it belongs to; empty for tables and sequences.
    pub table: String,
    /// Source name.
    pub from: String,
    /// Target name.
    pub to: String,
    /// Why.
    pub why: String,
}
