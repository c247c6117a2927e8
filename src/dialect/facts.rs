//! `Dialect`: the struct that a dialect file is read into; `dialects/README.md` explains every key.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Facts about one DBMS.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// Product name as [`crate::schema::Product`] has it.
    pub name: String,
    /// Which SQL parser reads its expressions: `postgresql`, `mysql` or `generic`.
    pub parser: String,
    /// Versions.
    pub versions: Versions,
    /// Quoting.
    pub quoting: Quoting,
    /// Identifiers.
    pub identifiers: Identifiers,
    /// Limits.
    pub limits: Limits,
    /// Native spelling of each portable type; empty where there is none.
    pub types: Types,
    /// Collations.
    pub collations: Collations,
    /// What tables, keys and sequences can be.
    pub tables: Tables,
    /// First version of a feature; empty where no version has it.
    pub since: Since,
    /// Control tables.
    pub control: Control,
    /// Spellings in expressions.
    pub expressions: Expressions,
}

/// Versions of a DBMS.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// Oldest one that dbferry works with.
    pub minimum: String,
    /// Those that the tests run against.
    pub tested: Vec<String>,
}

/// How names and literals are written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quoting {
    /// Mark around identifiers, doubled within.
    pub identifier: String,
    /// Escape character in string literals that must be doubled; empty if there is none.
    pub string_escape: String,
    /// What stands before and after the hex digits of bytes.
    pub bytes: [String; 2],
    /// What stands before and after binary digits.
    pub bits: [String; 2],
}

/// What a name's length counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameUnit {
    /// Bytes of UTF-8.
    Bytes,
    /// Code points.
    Characters,
}

/// Within what a name must be unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Its table.
    Table,
    /// The whole schema.
    Schema,
}

/// What names can be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identifiers {
    /// Longest name; 0 for no limit.
    pub max: usize,
    /// Unit of `max`.
    pub unit: NameUnit,
    /// Code points above U+FFFF are allowed.
    pub supplementary: bool,
    /// A name may end with a blank.
    pub trailing_blank: bool,
    /// Column names that differ in case only are different.
    pub column_case: bool,
    /// Scope of index names.
    pub index_scope: Scope,
    /// Scope of foreign key names.
    pub foreign_key_scope: Scope,
    /// Scope of check names.
    pub check_scope: Scope,
}

/// Limits; 0 stands for none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Columns of a table.
    pub columns: usize,
    /// Bytes of a row that its columns share (large objects aside).
    pub row_bytes: u64,
    /// Bytes of an index key.
    pub key_bytes: u64,
    /// Columns of an index.
    pub key_columns: usize,
    /// Secondary indexes of a table.
    pub indexes: usize,
    /// Code points of the variable text type.
    pub varchar: u64,
    /// Code points of the fixed text type.
    pub char: u64,
    /// Bytes of the variable binary type.
    pub varbinary: u64,
    /// Bits of the bit type.
    pub bits: u32,
    /// Digits of the second's fraction.
    pub fraction: u8,
    /// Digits of a decimal.
    pub decimal_precision: u32,
    /// Digits of a decimal after the point.
    pub decimal_scale: u32,
    /// First day as `YYYY-MM-DD`; empty where every other engine's days fit.
    pub date_min: String,
    /// Last day.
    pub date_max: String,
    /// Characters of a column's comment.
    pub column_comment: usize,
    /// Characters of a table's comment.
    pub table_comment: usize,
}

/// Native types. `{n}` stands for a length, `{p}` for a precision, `{s}` for a scale, `{labels}` for a
/// list of string literals.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names are those of the portable types; dialects/README.md explains each")]
pub struct Types {
    pub boolean: String,
    pub boolean_is_integer: bool,
    pub int1: String,
    pub int2: String,
    pub int3: String,
    pub int4: String,
    pub int8: String,
    pub uint1: String,
    pub uint2: String,
    pub uint3: String,
    pub uint4: String,
    pub uint8: String,
    pub decimal: String,
    pub decimal_free: String,
    pub float4: String,
    pub float8: String,
    pub char: String,
    pub varchar: String,
    pub text: Vec<(String, u64)>,
    pub binary: String,
    pub varbinary: String,
    pub bytes: Vec<(String, u64)>,
    pub date: String,
    pub time: String,
    pub time_zone: String,
    pub duration: String,
    pub timestamp: String,
    pub instant: String,
    pub interval: String,
    pub uuid: String,
    pub json: String,
    pub json_binary: String,
    pub bits: String,
    pub bits_varying: String,
    pub bits_free: String,
    pub enumeration: String,
    pub set: String,
    pub natives: Vec<String>,
    pub not_finite: bool,
    pub zero_dates: bool,
    pub nul_text: bool,
}

/// How text of our own columns compares, and which collations of other products exist here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collations {
    /// Collation of the text columns that we make; empty for the database's own.
    pub default: String,
    /// It takes `a` and `A` for equal.
    pub ignore_case: bool,
    /// It takes `a` and `a ` for equal.
    pub ignore_trailing_blanks: bool,
    /// Patterns of collation names (`*` for anything) of the same engine that this product lacks.
    pub unknown: Vec<String>,
    /// Own collations that stand for missing ones.
    pub twins: BTreeMap<String, String>,
    /// Column clause for text of letters and digits only.
    pub char_charset: String,
}

/// What tables, keys, indexes and sequences can be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// What follows the closing bracket of `CREATE TABLE`.
    pub suffix: String,
    /// Rows are stored in the order of the primary key: it is created with the table.
    pub rows_by_primary_key: bool,
    /// Each `ALTER TABLE` scans the table: all keys go into one.
    pub alters_rebuild: bool,
    /// Enums are types of their own, with a name.
    pub named_enums: bool,
    /// The primary key's name is kept.
    pub named_primary_key: bool,
    /// Comments are statements, not clauses.
    pub statement_comments: bool,
    /// There are free-standing sequences.
    pub sequences: bool,
    /// Constraints can be deferrable.
    pub deferrable: bool,
    /// Foreign keys can be `SET DEFAULT`.
    pub set_default: bool,
    /// A foreign key references a primary or unique key only.
    pub referenced_must_be_unique: bool,
    /// Both ends of a foreign key have the same type.
    pub foreign_keys_same_type: bool,
    /// A foreign key may list the referenced key's columns in any order.
    pub foreign_keys_any_order: bool,
    /// Constraints can be `NOT VALID`.
    pub not_valid: bool,
    /// Clause of a numbering column.
    pub identity: String,
    /// Clause of a numbering column that takes no other values.
    pub identity_always: String,
    /// A numbering column is the first of some key.
    pub identity_needs_key: bool,
    /// Serial types of 2, 4 and 8 bytes; empty where there are none.
    pub serial: Vec<String>,
    /// Indexes can have a predicate.
    pub partial_indexes: bool,
    /// Index parts can be prefixes.
    pub prefix_indexes: bool,
    /// Indexes can carry columns along.
    pub include_columns: bool,
    /// Index parts can say where NULLs go.
    pub nulls_order: bool,
    /// Index methods that our own statements can name; `*` for any.
    pub methods: Vec<String>,
    /// Brackets that defaults other than literals need; empty for none.
    pub expression_defaults: String,
    /// Generated columns can be `NOT NULL`.
    pub generated_not_null: bool,
    /// Clause of a hidden column.
    pub hidden: String,
    /// Statement that gathers statistics; empty for none.
    pub analyze: String,
    /// What follows `DROP TABLE <name>` so that foreign keys do not stop it.
    pub drop_cascade: String,
}

/// First version of a feature; empty where no version has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// Generated columns that are computed when read.
    pub generated_virtual: String,
    /// Index parts that are expressions.
    pub expression_indexes: String,
    /// `UNIQUE NULLS NOT DISTINCT`.
    pub nulls_not_distinct: String,
    /// Check constraints that are enforced.
    pub checks: String,
    /// Hidden columns.
    pub hidden_columns: String,
    /// Type for UUIDs.
    pub uuid: String,
    /// Check constraints that are not enforced.
    pub checks_not_enforced: String,
}

/// The control tables of a run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// `CREATE TABLE` of `dbferry_run`; `{name}` stands for the quoted name.
    pub run: String,
    /// `CREATE TABLE` of `dbferry_chunk`.
    pub chunk: String,
}

/// Spellings in expressions; `{p}` stands for digits of the second's fraction.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expressions {
    /// Present time.
    pub now: String,
    /// Present time with a precision.
    pub now_precision: String,
    /// Present time in UTC, without zone.
    pub utc_now: String,
    /// Present day.
    pub today: String,
    /// Present time of day.
    pub time_now: String,
    /// A new UUID.
    pub new_uuid: String,
    /// Operator that joins texts; empty where the function `concat` does.
    pub concat: String,
    /// Function that counts the bytes of a text.
    pub bytes_length: String,
    /// Built-in functions that may be copied within the product.
    pub functions: Vec<String>,
}
