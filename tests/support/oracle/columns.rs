//! Columns by the databases' own catalogs, and the expression that gives each a normal text.

use super::unhex;
use crate::support::database::Database;
use crate::support::server::{Family, Kind as Server};

/// What kind of values a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Whole numbers, booleans as 0 and 1.
    Int,
    /// Exact decimals.
    Decimal,
    /// Binary floats.
    Float,
    /// Text.
    Text,
    /// Blank-padded text.
    Padded,
    /// Bytes.
    Bytes,
    /// Dates, times and timestamps by their fields.
    Moment,
    /// Bit strings as 0s and 1s.
    Bits,
    /// JSON documents.
    Json,
    /// Identifiers of 16 bytes.
    Uuid,
    /// Intervals as HSQLDB spells them: by the fields of their type.
    Span,
}

/// A column as the catalog tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Table.
    pub(crate) table: String,
    /// Name.
    pub(crate) name: String,
    /// Type as the server spells it.
    pub(crate) native: String,
    /// Kind.
    pub(crate) kind: Kind,
}

const POSTGRESQL: &str = "
SELECT encode(convert_to(c.relname, 'UTF8'), 'hex') || '|' || encode(convert_to(a.attname, 'UTF8'), 'hex') || '|' ||
       encode(convert_to(format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), null), 'UTF8'), 'hex')
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY c.relname, a.attnum;";

const MYSQL: &str = "
SELECT CONCAT_WS('|', HEX(CONVERT(c.TABLE_NAME USING utf8mb4)), HEX(CONVERT(c.COLUMN_NAME USING utf8mb4)),
       HEX(CONVERT(CONCAT(c.DATA_TYPE, IF(c.DATA_TYPE = 'bit', CONCAT('(', c.NUMERIC_PRECISION, ')'), '')) USING utf8mb4)))
  FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND BINARY t.TABLE_NAME = BINARY c.TABLE_NAME
 WHERE c.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
 ORDER BY BINARY c.TABLE_NAME, c.ORDINAL_POSITION;";

/// Every column of every table of a database, hidden and generated ones too.
pub(crate) fn columns(database: &Database) -> Vec<Column> {
    let query = match database.family() {
        Family::PostgreSql => POSTGRESQL,
        Family::MySql => MYSQL,
        Family::Hsqldb => "@COLUMNS",
    };
    let text = |field: &str| String::from_utf8(unhex(field)).expect("catalogs speak UTF-8");
    let column = |line: &String| {
        let fields: Vec<&str> = line.split('|').collect();
        let native = text(fields[2]);
        let kind = kind(&native);
        Column { table: text(fields[0]), name: text(fields[1]), native, kind }
    };
    database.lines(query).iter().map(column).collect()
}

fn kind(native: &str) -> Kind {
    let base = native.split('(').next().unwrap_or(native).trim();
    match base {
        "boolean" | "smallint" | "integer" | "bigint" | "oid" | "tinyint" | "mediumint" | "int" | "year" => Kind::Int,
        "numeric" | "decimal" => Kind::Decimal,
        "real" | "double precision" | "float" | "double" => Kind::Float,
        "character" | "char" => Kind::Padded,
        "bytea" | "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "vector" => Kind::Bytes,
        "geometry" | "linestring" | "multipoint" | "multilinestring" | "multipolygon" | "geometrycollection"
        | "geomcollection" => Kind::Bytes,
        "date" | "datetime" | "timestamp" | "timestamp without time zone" | "timestamp with time zone" => Kind::Moment,
        "time" | "time without time zone" | "time with time zone" | "interval" => Kind::Moment,
        "bit" | "bit varying" => Kind::Bits,
        "json" | "jsonb" => Kind::Json,
        "uuid" => Kind::Uuid,
        span if span.starts_with("interval ") => Kind::Span,
        _ => Kind::Text,
    }
}

impl Column {
    /// SQL for the hexadecimal digits of the value's normal text, `~` for NULL.
    pub(crate) fn expression(&self, database: &Database) -> String {
        let name = database.quote(&self.name);
        match database.family() {
            Family::PostgreSql => format!("coalesce({}, '~')", postgresql(self, &name)),
            Family::MySql => format!("IFNULL(LOWER(HEX({})), '~')", mysql(database, self, &name)),
            // Its client knows the types by itself.
            Family::Hsqldb => name,
        }
    }
}

fn postgresql(column: &Column, name: &str) -> String {
    let text = match (column.kind, column.native.as_str()) {
        (Kind::Bytes, _) => return format!("encode({name}, 'hex')"),
        (Kind::Int, "boolean") => format!("{name}::int::text"),
        (Kind::Float, _) => format!("{name}::float8::text"),
        _ => format!("{name}::text"),
    };
    format!("encode(convert_to({text}, 'UTF8'), 'hex')")
}

fn mysql(database: &Database, column: &Column, name: &str) -> String {
    let base = column.native.split('(').next().unwrap_or_default();
    match column.kind {
        // Adding nothing drops ZEROFILL's zeros, and turns FLOAT into the DOUBLE it stands for.
        Kind::Int => format!("CAST({name} + 0 AS CHAR)"),
        // MySQL writes doubles in full only as JSON; MariaDB's JSON is text to begin with.
        Kind::Float if database.server.kind == Server::MySql => format!("CAST(CAST({name} * 1e0 AS JSON) AS CHAR)"),
        Kind::Float => format!("CAST({name} * 1e0 AS CHAR)"),
        Kind::Bits => {
            let length = column.native.trim_start_matches("bit(").trim_end_matches(')');
            format!("LPAD(BIN({name} + 0), {length}, '0')")
        }
        Kind::Bytes => name.to_string(),
        // In MySQL and MariaDB, `point` and `polygon` are stored as bytes.
        _ if matches!(base, "point" | "polygon") => name.to_string(),
        Kind::Text | Kind::Padded => format!("CONVERT({name} USING utf8mb4)"),
        _ => format!("CAST({name} AS CHAR CHARACTER SET utf8mb4)"),
    }
}
