//! `Dialect`: the struct that a dialect file is read into; `dialects/README.md` explains every key.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Facts about one DBMS.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dialect {
    /// Product name as [`crate::schema::Product`] has it.
    pub(crate) name: String,
    /// Which SQL parser reads its expressions: `postgresql`, `mysql` or `generic`.
    pub(crate) parser: String,
    /// Versions.
    pub(crate) versions: Versions,
    /// Quoting.
    pub(crate) quoting: Quoting,
    /// Identifiers.
    pub(crate) identifiers: Identifiers,
    /// Limits.
    pub(crate) limits: Limits,
    /// Native spelling of each portable type; empty where there is none.
    pub(crate) types: Types,
    /// Collations.
    pub(crate) collations: Collations,
    /// What tables, keys and sequences can be.
    pub(crate) tables: Tables,
    /// First version of a feature; empty where no version has it.
    pub(crate) since: Since,
    /// Names that came after the oldest supported version.
    #[serde(default)]
    pub(crate) newer: Newer,
    /// Control tables.
    pub(crate) control: Control,
    /// Spellings in expressions.
    pub(crate) expressions: Expressions,
    /// How the Mendix Runtime uses the engine.
    pub(crate) mendix: Mendix,
}

/// How the Mendix Runtime uses a DBMS.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mendix {
    /// Autonumbers come from sequences, not from rows of a table.
    pub(crate) sequences: bool,
    /// Digits of a second's fraction in its columns.
    pub(crate) fraction: u8,
    /// Collation of its text columns, where it is not the engine's usual one.
    pub(crate) collation: String,
    /// Bytes of its binary columns, where they have a bound.
    pub(crate) binary: u64,
}

/// Versions of a DBMS.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Versions {
    /// Oldest one that dbferry works with.
    pub(crate) minimum: String,
    /// Those that the tests run against.
    pub(crate) tested: Vec<String>,
}

/// How names and literals are written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quoting {
    /// Mark around identifiers, doubled within.
    pub(crate) identifier: String,
    /// Escape character in string literals that must be doubled; empty if there is none.
    pub(crate) string_escape: String,
    /// What stands before and after the hex digits of bytes.
    pub(crate) bytes: [String; 2],
    /// What stands before and after binary digits.
    pub(crate) bits: [String; 2],
}

/// What a name's length counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NameUnit {
    /// Bytes of UTF-8.
    Bytes,
    /// Code points.
    Characters,
}

/// Within what a name must be unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// Its table.
    Table,
    /// The whole schema.
    Schema,
}

/// What names can be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identifiers {
    /// Longest name; 0 for no limit.
    pub(crate) max: usize,
    /// Unit of `max`.
    pub(crate) unit: NameUnit,
    /// Code points above U+FFFF are allowed.
    pub(crate) supplementary: bool,
    /// A name may end with a blank.
    pub(crate) trailing_blank: bool,
    /// Column names that differ in case only are different.
    pub(crate) column_case: bool,
    /// Names that no column can have.
    pub(crate) reserved_columns: Vec<String>,
    /// Scope of index names.
    pub(crate) index_scope: Scope,
    /// Scope of foreign key names.
    pub(crate) foreign_key_scope: Scope,
    /// Scope of check names.
    pub(crate) check_scope: Scope,
}

/// Limits; 0 stands for none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    /// Columns of a table.
    pub(crate) columns: usize,
    /// Bytes of a row that its columns share (large objects aside).
    pub(crate) row_bytes: u64,
    /// Bytes of a row that stay in its page.
    pub(crate) page_bytes: u64,
    /// Bytes that a text or binary column may take there before it moves out.
    pub(crate) page_inline: u64,
    /// Bytes that are left behind for a column that moved out.
    pub(crate) page_pointer: u64,
    /// Bytes of an index key.
    pub(crate) key_bytes: u64,
    /// Columns of an index.
    pub(crate) key_columns: usize,
    /// Secondary indexes of a table.
    pub(crate) indexes: usize,
    /// Code points of the variable text type.
    pub(crate) varchar: u64,
    /// Code points of the fixed text type.
    pub(crate) char: u64,
    /// Bytes of the variable binary type.
    pub(crate) varbinary: u64,
    /// Bits of the bit type.
    pub(crate) bits: u32,
    /// Digits of the second's fraction.
    pub(crate) fraction: u8,
    /// Digits of a decimal.
    pub(crate) decimal_precision: u32,
    /// Digits of a decimal after the point.
    pub(crate) decimal_scale: u32,
    /// First day as `YYYY-MM-DD`; empty where every other engine's days fit.
    pub(crate) date_min: String,
    /// Last day.
    pub(crate) date_max: String,
    /// Characters of a column's comment.
    pub(crate) column_comment: usize,
    /// Characters of a table's comment.
    pub(crate) table_comment: usize,
}

/// Native types. `{n}` stands for a length, `{p}` for a precision, `{s}` for a scale, `{labels}` for a
/// list of string literals.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Types {
    pub(crate) boolean: String,
    pub(crate) boolean_is_integer: bool,
    pub(crate) int1: String,
    pub(crate) int2: String,
    pub(crate) int3: String,
    pub(crate) int4: String,
    pub(crate) int8: String,
    pub(crate) uint1: String,
    pub(crate) uint2: String,
    pub(crate) uint3: String,
    pub(crate) uint4: String,
    pub(crate) uint8: String,
    pub(crate) decimal: String,
    pub(crate) decimal_free: String,
    pub(crate) float4: String,
    pub(crate) float8: String,
    pub(crate) char: String,
    pub(crate) varchar: String,
    pub(crate) text: Vec<(String, u64)>,
    pub(crate) binary: String,
    pub(crate) varbinary: String,
    pub(crate) bytes: Vec<(String, u64)>,
    pub(crate) date: String,
    pub(crate) time: String,
    pub(crate) time_zone: String,
    pub(crate) duration: String,
    pub(crate) timestamp: String,
    pub(crate) instant: String,
    pub(crate) interval: String,
    pub(crate) uuid: String,
    pub(crate) json: String,
    pub(crate) json_binary: String,
    pub(crate) bits: String,
    pub(crate) bits_varying: String,
    pub(crate) bits_free: String,
    pub(crate) enumeration: String,
    pub(crate) set: String,
    pub(crate) natives: Vec<String>,
    pub(crate) text_lengths: BTreeMap<String, u64>,
    pub(crate) not_finite: Vec<String>,
    pub(crate) zero_dates: Vec<String>,
    pub(crate) nul_text: bool,
}

/// How text of our own columns compares, and which collations of other products exist here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Collations {
    /// Collation of the text columns that we make; empty for the database's own.
    pub(crate) default: String,
    /// It takes `a` and `A` for equal.
    pub(crate) ignore_case: bool,
    /// It takes `a` and `a ` for equal.
    pub(crate) ignore_trailing_blanks: bool,
    /// Patterns of collation names (`*` for anything) of the same engine that this product lacks.
    pub(crate) unknown: Vec<String>,
    /// A collation's name begins with its charset, and columns name both.
    pub(crate) charset_in_name: bool,
    /// Else: patterns of collations that every database has; those that match none are left to the database.
    pub(crate) everywhere: Vec<String>,
    /// Own collations that stand for missing ones.
    pub(crate) twins: BTreeMap<String, String>,
    /// Column clause for text of letters and digits only.
    pub(crate) char_charset: String,
}

/// What tables, keys, indexes and sequences can be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tables {
    /// What follows the closing bracket of `CREATE TABLE`.
    pub(crate) suffix: String,
    /// Statement with `{name}` for a table that is complete, which undoes what the suffix did for the load; empty for none.
    pub(crate) release: String,
    /// Rows are stored in the order of the primary key: it is created with the table.
    pub(crate) rows_by_primary_key: bool,
    /// Each `ALTER TABLE` scans the table: all keys go into one.
    pub(crate) alters_rebuild: bool,
    /// A key can be made of a unique index that is there already.
    pub(crate) constraints_from_indexes: bool,
    /// Enums are types of their own, with a name.
    pub(crate) named_enums: bool,
    /// The primary key's name is kept.
    pub(crate) named_primary_key: bool,
    /// Comments are statements, not clauses.
    pub(crate) statement_comments: bool,
    /// There are free-standing sequences.
    pub(crate) sequences: bool,
    /// Bytes of a sequence without a type clause; 0 where sequences have no types.
    pub(crate) sequence_bytes: u8,
    /// Clause for the numbers that a session takes at once; empty for none.
    pub(crate) sequence_cache: String,
    /// Constraints can be deferrable.
    pub(crate) deferrable: bool,
    /// Foreign keys can be `SET DEFAULT`.
    pub(crate) set_default: bool,
    /// A foreign key references a primary or unique key only.
    pub(crate) referenced_must_be_unique: bool,
    /// Both ends of a foreign key have the same type.
    pub(crate) foreign_keys_same_type: bool,
    /// A foreign key may list the referenced key's columns in any order.
    pub(crate) foreign_keys_any_order: bool,
    /// Statement after which the session makes foreign keys without looking at the rows, which would rebuild the table:
    /// a query looks at them instead. Empty where looking costs no more than that.
    pub(crate) foreign_keys_unchecked: String,
    /// Constraints can be `NOT VALID`.
    pub(crate) not_valid: bool,
    /// Action of foreign keys that need not be stated, besides `NO ACTION`; empty for none.
    pub(crate) foreign_keys_action: String,
    /// What follows `ALTER TABLE <name>` to look at the rows of a key made without; empty where making it does.
    pub(crate) foreign_keys_validate: String,
    /// Clause of a numbering column.
    pub(crate) identity: String,
    /// Clause of a numbering column that takes no other values.
    pub(crate) identity_always: String,
    /// A numbering column is the first of some key.
    pub(crate) identity_needs_key: bool,
    /// Serial types of 2, 4 and 8 bytes; empty where there are none.
    pub(crate) serial: Vec<String>,
    /// Indexes can have a predicate.
    pub(crate) partial_indexes: bool,
    /// Index parts can be prefixes.
    pub(crate) prefix_indexes: bool,
    /// Indexes can carry columns along.
    pub(crate) include_columns: bool,
    /// Index parts can say where NULLs go.
    pub(crate) nulls_order: bool,
    /// Index methods that our own statements can name; `*` for any.
    pub(crate) methods: Vec<String>,
    /// Brackets that defaults other than literals need; empty for none.
    pub(crate) expression_defaults: String,
    /// Generated columns can be `NOT NULL`.
    pub(crate) generated_not_null: bool,
    /// Stored generated columns may depend on columns that a foreign key changes.
    pub(crate) cascades_into_stored: bool,
    /// Clause of generated columns whose values are stored.
    pub(crate) generated_stored: String,
    /// Loaded rows state the values of generated columns.
    pub(crate) generated_written: bool,
    /// Clause of a hidden column.
    pub(crate) hidden: String,
    /// Statement that gathers statistics; empty for none.
    pub(crate) analyze: String,
    /// What follows `DROP TABLE <name>` so that foreign keys do not stop it.
    pub(crate) drop_cascade: String,
}

/// First version of a feature; empty where no version has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Since {
    /// Generated columns that are computed when read.
    pub(crate) generated_virtual: String,
    /// Index parts that are expressions.
    pub(crate) expression_indexes: String,
    /// `UNIQUE NULLS NOT DISTINCT`.
    pub(crate) nulls_not_distinct: String,
    /// Check constraints that are enforced.
    pub(crate) checks: String,
    /// Hidden columns.
    pub(crate) hidden_columns: String,
    /// Type for UUIDs.
    pub(crate) uuid: String,
    /// Check constraints that are not enforced.
    pub(crate) checks_not_enforced: String,
    /// Instants beyond 2038-01-19 03:14:07 in columns that keep the engine's own TIMESTAMP.
    pub(crate) late_instants: String,
    /// Decimals whose scale is negative or above their precision.
    pub(crate) odd_scales: String,
}

/// Names, or patterns with `*`, that came after the oldest supported version, and the version that brought them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Newer {
    /// Built-in functions.
    pub(crate) functions: BTreeMap<String, String>,
    /// Types.
    pub(crate) natives: BTreeMap<String, String>,
    /// Collations.
    pub(crate) collations: BTreeMap<String, String>,
}

/// The control tables of a run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Control {
    /// `CREATE TABLE` of `dbferry_run`; `{name}` stands for the quoted name.
    pub(crate) run: String,
    /// `CREATE TABLE` of `dbferry_ranges`.
    pub(crate) ranges: String,
    /// `CREATE TABLE` of `dbferry_chunk`.
    pub(crate) chunk: String,
    /// `CREATE TABLE` of `dbferry_step`.
    pub(crate) step: String,
}

/// Spellings in expressions; `{p}` stands for digits of the second's fraction.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expressions {
    /// Present time with a precision.
    pub(crate) now_precision: String,
    /// Present time in UTC, without zone.
    pub(crate) utc_now: String,
    /// Present day.
    pub(crate) today: String,
    /// Present time of day.
    pub(crate) time_now: String,
    /// A new UUID.
    pub(crate) new_uuid: String,
    /// Operator that joins texts; empty where the function `concat` does.
    pub(crate) concat: String,
    /// Function that counts the bytes of a text.
    pub(crate) bytes_length: String,
    /// Built-in functions that may be copied within the product.
    pub(crate) functions: Vec<String>,
}
