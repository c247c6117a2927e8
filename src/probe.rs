//! Questions that planning asks about the data, and their answers. Backends turn them into queries.

use crate::backends::Range;
use crate::schema::Table;
use std::collections::BTreeMap;

/// A question about one table's data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Probe {
    /// Smallest and largest value of an integer or bit column.
    Range {
        /// Column.
        column: String,
    },
    /// Rows whose text holds U+0000.
    NulText {
        /// Column.
        column: String,
    },
    /// Rows with `0000-00-00` or a zero month or day.
    ZeroDate {
        /// Column.
        column: String,
    },
    /// Rows whose enumeration holds none of its labels: the empty value that MySQL stores in place of an invalid one.
    NoLabel {
        /// Column.
        column: String,
    },
    /// Longest value of a text or bytes column, in code points and in bytes.
    MaxLength {
        /// Column.
        column: String,
    },
    /// Rows whose date or timestamp lies outside `[min, max]` (days since 1970-01-01), infinities included.
    DateOutside {
        /// Column.
        column: String,
        /// First day allowed.
        min: i32,
        /// Last day allowed.
        max: i32,
    },
    /// Rows whose number is NaN or infinite.
    NotFinite {
        /// Column.
        column: String,
    },
    /// Rows with more than `digits` digits of the second's fraction.
    ExcessFraction {
        /// Column.
        column: String,
        /// Digits allowed.
        digits: u8,
    },
    /// Most digits before and after the point of a decimal column.
    DecimalDigits {
        /// Column.
        column: String,
    },
    /// Rows whose columns take more than `bytes` bytes together in UTF-8.
    KeyBytes {
        /// Columns of the key.
        columns: Vec<String>,
        /// Bytes allowed.
        bytes: u64,
    },
    /// Groups of rows that a key would call equal on the target but that differ on the source.
    Collisions {
        /// Columns of the key.
        columns: Vec<String>,
        /// Compare without case.
        ignore_case: bool,
        /// Compare without trailing blanks.
        ignore_trailing_blanks: bool,
    },
    /// Rows with values that reference no row (foreign key that the source does not vouch for).
    Dangling {
        /// Name of the foreign key.
        foreign_key: String,
    },
    /// The same, with every value that references no row, once, in place of the rows' keys. The foreign key
    /// has one integer column.
    DanglingValues {
        /// Name of the foreign key.
        foreign_key: String,
    },
}

/// Answer to a [`Probe`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Rows (or groups) concerned.
    pub count: u64,
    /// Smallest value, for ranges; digits before the point, for decimals; code points, for lengths.
    pub min: Option<i128>,
    /// Largest value, for ranges; digits after the point, for decimals; bytes, for lengths.
    pub max: Option<i128>,
    /// Up to three keys of rows concerned, as `column=value` of integer or uuid key columns only; for
    /// [`Probe::DanglingValues`] all values that reference no row.
    pub keys: Vec<String>,
}

/// Probes for one table.
#[derive(Clone, Debug)]
pub struct TableProbes<'a> {
    /// The table.
    pub table: &'a Table,
    /// The questions, answered in this order.
    pub probes: Vec<Probe>,
    /// The rows they are about; all of them unless every question goes row by row.
    pub range: Range,
}

impl Probe {
    /// Whether answers about parts of a table make up the answer about all of it.
    pub fn is_row_by_row(&self) -> bool {
        !matches!(self, Probe::Collisions { .. } | Probe::Dangling { .. } | Probe::DanglingValues { .. })
    }
}

/// Answers to all probes, by source table.
#[derive(Clone, Debug, Default)]
pub struct Answers(BTreeMap<(String, Probe), Answer>);

impl FromIterator<((String, Probe), Answer)> for Answers {
    fn from_iter<I: IntoIterator<Item = ((String, Probe), Answer)>>(answers: I) -> Self {
        Answers(answers.into_iter().collect())
    }
}

impl Answers {
    /// Keeps the answers to the probes of one source table, given in their order.
    pub fn insert(&mut self, table: &str, probes: Vec<Probe>, answers: Vec<Answer>) {
        for (probe, answer) in probes.into_iter().zip(answers) {
            self.0.insert((table.to_string(), probe), answer);
        }
    }

    /// The answer to a probe, if it was asked.
    pub fn get(&self, table: &str, probe: &Probe) -> Option<&Answer> {
        self.0.get(&(table.to_string(), probe.clone()))
    }
}
