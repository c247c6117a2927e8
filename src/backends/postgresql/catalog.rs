//! Reads the structure of one schema with the statements of `dialects/postgresql`.

mod constraints;
mod findings;
mod objects;
mod sequences;

use super::session::{Row, Session};
use super::types::portable;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Collation, Column, EnumType, Generated, OtherObject, Product, Schema, Table};
use objects::Objects;
use std::collections::{HashMap, HashSet};

pub(super) use objects::names as object_names;
pub(super) use sequences::refresh;

/// A catalog statement: its file's name, for errors, and its text.
type Query = (&'static str, &'static str);

macro_rules! query {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../dialects/postgresql/", $name, ".sql")))
    };
}

const TABLES: Query = query!("tables");
const COLUMNS: Query = query!("columns");
const ENUMS: Query = query!("enums");
const INDEXES: Query = query!("indexes");
const CONSTRAINTS: Query = query!("constraints");
const SEQUENCES: Query = query!("sequences");
const NOT_COPIED: Query = query!("not_copied");
const SURROUNDINGS: Query = query!("surroundings");
const INVENTORY: Query = query!("inventory");
const OBJECTS: Query = query!("objects");
const IDENTITY: Query = query!("identity");
const DISTURBED: Query = query!("disturbed");

/// Tables under construction, by OID.
struct Draft {
    tables: Vec<Table>,
    by_oid: HashMap<String, usize>,
    schema: Schema,
}

impl Draft {
    /// The table that a catalog row belongs to; `None` for tables that are not copied on their own.
    fn table(&mut self, row: &Row) -> Option<&mut Table> {
        let at = *self.by_oid.get(row.get("table_oid")?)?;
        self.tables.get_mut(at)
    }
}

/// The server as the report names it.
pub(super) fn product(session: &Session) -> Product {
    Product { name: "PostgreSQL".to_string(), version: session.server.version.clone(), numbers: session.server.numbers }
}

/// Reads the whole structure.
pub(super) fn introspect(session: &mut Session) -> Result<Schema> {
    let mut draft = tables(session)?;
    let known = Objects::load(session)?;
    columns(session, &known, &mut draft)?;
    constraints::indexes(run(session, INDEXES)?, &known, &mut draft)?;
    constraints::constraints(run(session, CONSTRAINTS)?, &mut draft)?;
    sequences::attach(session, &mut draft)?;
    draft.schema.not_copied.extend(objects(run(session, NOT_COPIED)?));
    draft.schema.not_copied.sort();
    findings::surroundings(run(session, SURROUNDINGS)?, &mut draft)?;
    let Draft { tables, mut schema, .. } = draft;
    schema.tables = tables;
    schema.product = product(session);
    schema.database = session.server.database.clone();
    schema.namespace = Some(session.server.schema.clone());
    Ok(schema)
}

/// Everything that the schema holds of its own.
pub(super) fn inventory(session: &mut Session) -> Result<Vec<OtherObject>> {
    run(session, INVENTORY).map(objects)
}

/// The cluster, the database and the schema, by numbers that no other has.
pub(super) fn identity(session: &mut Session) -> Result<String> {
    let rows = run(session, IDENTITY)?;
    let field = |name| rows.first().map(|row| row.text(name)).unwrap_or_default();
    Ok(format!("PostgreSQL system {}, database {}, schema {}", field("system"), field("database"), field("schema")))
}

/// Tables whose rows the snapshot can no longer show as they were.
pub(super) fn disturbed(session: &mut Session) -> Result<Vec<String>> {
    Ok(run(session, DISTURBED)?.iter().map(|row| row.text("name")).collect())
}

/// Names of the tables whose rows lie in partitions: they are read as a whole, without `ONLY`.
pub(super) fn partitioned(session: &mut Session) -> Result<HashSet<String>> {
    Ok(run(session, TABLES)?.iter().filter(|row| row.flag("partitioned")).map(|row| row.text("name")).collect())
}

fn run(session: &mut Session, (name, sql): Query) -> Result<Vec<Row>> {
    let schema = session.server.schema.clone();
    session
        .rows(sql, &[&schema])
        .map_err(|fault| fault.error(ErrorKind::Introspect, format!("catalog query {name} failed")))
}

fn objects(rows: Vec<Row>) -> Vec<OtherObject> {
    rows.iter().map(|row| OtherObject { kind: row.text("kind"), name: row.text("name") }).collect()
}

fn tables(session: &mut Session) -> Result<Draft> {
    let mut draft = Draft { tables: Vec::new(), by_oid: HashMap::new(), schema: Schema::default() };
    for row in run(session, TABLES)? {
        findings::table(session, &row, &mut draft.schema);
        draft.by_oid.insert(row.text("oid"), draft.tables.len());
        draft.tables.push(Table {
            name: row.text("name"),
            comment: row.get("comment").map(str::to_string),
            rows_estimate: row.number("rows")?,
            bytes_estimate: row.number("bytes")?,
            ..Table::default()
        });
    }
    Ok(draft)
}

fn columns(session: &mut Session, known: &Objects, draft: &mut Draft) -> Result<()> {
    let enums = enums(session)?;
    for row in run(session, COLUMNS)? {
        let column = Column { needs: known.of_column(&row), ..column(&row, &enums)? };
        let Some(table) = draft.table(&row) else { continue };
        let object = format!("{}.{}", table.name, column.name);
        table.columns.push(column);
        findings::column(&row, &object, &mut draft.schema);
    }
    let used: HashSet<&str> = draft.tables.iter().flat_map(|t| &t.columns).filter_map(enum_name).collect();
    draft.schema.enums = enums.into_values().filter(|e| used.contains(e.name.as_str())).collect();
    draft.schema.enums.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

fn enums(session: &mut Session) -> Result<HashMap<String, EnumType>> {
    run(session, ENUMS)?
        .iter()
        .map(|row| Ok((row.text("oid"), EnumType { name: row.text("name"), labels: row.list("labels")? })))
        .collect()
}

fn enum_name(column: &Column) -> Option<&str> {
    match &column.ty {
        crate::types::Type::Enum { name, .. } => name.as_deref(),
        _ => None,
    }
}

fn column(row: &Row, enums: &HashMap<String, EnumType>) -> Result<Column> {
    let ty = portable(row, enums).map_err(|e: Error| e.object(row.text("name")))?;
    Ok(Column {
        nullable: !row.flag("not_null"),
        default: row.get("default_text").map(str::to_string),
        generated: row
            .get("generated")
            .map(|text| Generated { expression: text.to_string(), stored: row.flag("stored") }),
        collation: row.get("collation").map(|name| collation(row, name)),
        comment: row.get("comment").map(str::to_string),
        ..Column::new(row.text("name"), ty, row.text("native"))
    })
}

/// Deterministic collations call texts equal only if all bytes are; of the others the ICU strength decides.
fn collation(row: &Row, name: &str) -> Collation {
    let deterministic = row.flag("deterministic");
    let locale = row.text("collation_locale");
    let level = |n: u8| locale.contains(&format!("ks-level{n}")) || locale.contains(&format!("colStrength={n}"));
    let name = if name == "default" { row.text("database_collation") } else { name.to_string() };
    Collation {
        name,
        case_sensitive: deterministic || !(level(1) || level(2)),
        accent_sensitive: deterministic || !level(1),
        pad_space: false,
        binary: deterministic,
    }
}
