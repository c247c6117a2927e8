//! Reads the runtime's own tables on the source: a few small ones, through an ordinary reading session.

use super::numbers::AutoNumber;
use super::{PREFIX, VERSION, is_own};
use crate::backends::{Range, ReadColumn, ReadTable, Reader};
use crate::cell::{Cell, RowSink};
use crate::error::{AtStep, Result, Side};
use crate::schema::Schema;
use std::collections::{BTreeMap, BTreeSet};

/// Code of boolean attributes in `mendixsystem$attribute.type`.
const BOOLEAN: &str = "10";

/// What the runtime's tables say.
#[derive(Clone, Debug, Default)]
pub struct Mendix {
    /// Names of the tables that belong to entities and associations, in lower case.
    tables: BTreeSet<String>,
    /// Other tables are copied as well.
    all_tables: bool,
    /// Autonumbers.
    pub numbers: Vec<AutoNumber>,
    /// Table and column of boolean attributes.
    booleans: BTreeSet<(String, String)>,
}

impl Mendix {
    /// The same, with tables that the runtime does not know to be copied as well.
    #[must_use]
    pub fn with_all_tables(self) -> Self {
        Mendix { all_tables: true, ..self }
    }

    /// Whether a table is the runtime's own, or that of an entity or association.
    pub fn knows(&self, table: &str) -> bool {
        is_own(table) || self.tables.contains(&table.to_lowercase())
    }

    /// Whether a table is copied. Without any entity the runtime's tables tell nothing about others.
    pub fn takes(&self, table: &str) -> bool {
        self.all_tables || self.tables.is_empty() || self.knows(table)
    }

    /// Whether a column holds a boolean attribute.
    pub fn is_boolean(&self, table: &str, column: &str) -> bool {
        self.booleans.contains(&(table.to_string(), column.to_string()))
    }
}

/// What the runtime's tables say, if this is a Mendix database.
///
/// # Errors
/// `Read` when one of them cannot be read.
pub fn read(schema: &Schema, reader: &mut dyn Reader) -> Result<Option<Mendix>> {
    if schema.tables.iter().all(|table| table.name != VERSION) {
        return Ok(None);
    }
    let mut rows = |table: &str, columns: &[&str]| rows(schema, reader, table, columns);
    let entities = rows("entity", &["id", "table_name"])?;
    let associations = rows("association", &["table_name"])?;
    let attributes = rows("attribute", &["id", "entity_id", "column_name", "type"])?;
    let sequences = rows("sequence", &["attribute_id", "name", "start_value", "current_value"])?;
    let tables: BTreeMap<&str, &str> = entities.iter().filter_map(|row| Some((text(row, 0)?, text(row, 1)?))).collect();
    let place = |row: &Row| Some((tables.get(text(row, 1)?)?.to_string(), text(row, 2)?.to_string()));
    let places: BTreeMap<&str, (String, String)> =
        attributes.iter().filter_map(|row| Some((text(row, 0)?, place(row)?))).collect();
    let known =
        entities.iter().filter_map(|row| text(row, 1)).chain(associations.iter().filter_map(|row| text(row, 0)));
    let booleans = attributes.iter().filter(|row| text(row, 3) == Some(BOOLEAN)).filter_map(place).collect();
    Ok(Some(Mendix {
        tables: known.map(str::to_lowercase).collect(),
        all_tables: false,
        numbers: sequences.iter().filter_map(|row| number(row, &places)).collect(),
        booleans,
    }))
}

fn number(row: &Row, places: &BTreeMap<&str, (String, String)>) -> Option<AutoNumber> {
    let attribute = text(row, 0)?;
    let integer = |at: usize| text(row, at).and_then(|digits| digits.parse().ok());
    Some(AutoNumber {
        attribute: attribute.to_string(),
        sequence: text(row, 1)?.to_string(),
        place: places.get(attribute).cloned(),
        start: integer(2).unwrap_or(1),
        current: integer(3),
    })
}

/// Texts and integers of a row; `None` for NULL, and for columns that this version of the runtime lacks.
type Row = Vec<Option<String>>;

fn text(row: &Row, at: usize) -> Option<&str> {
    row.get(at)?.as_deref()
}

fn rows(schema: &Schema, reader: &mut dyn Reader, name: &str, columns: &[&str]) -> Result<Vec<Row>> {
    let name = format!("{PREFIX}{name}");
    let Some(table) = schema.tables.iter().find(|table| table.name == name) else { return Ok(Vec::new()) };
    let present: Vec<_> = columns.iter().map(|column| table.column(column)).collect();
    let read = ReadTable {
        name: name.clone(),
        columns: present
            .iter()
            .flatten()
            .map(|column| ReadColumn { name: column.name.clone(), ty: column.ty.clone(), as_text: false })
            .collect(),
        key: Vec::new(),
        key_order: false,
        splice: None,
        bytes_estimate: table.bytes_estimate,
        rows_estimate: table.rows_estimate,
    };
    let mut sink =
        Collect { present: present.iter().map(Option::is_some).collect(), row: Vec::new(), rows: Vec::new() };
    reader.read(&read, &Range::All, &mut sink).on(Side::Source).map_err(|error| error.object(name))?;
    Ok(sink.rows)
}

/// Keeps rows, with a gap for each column that is not there.
struct Collect {
    present: Vec<bool>,
    row: Row,
    rows: Vec<Row>,
}

impl Collect {
    fn fill_gap(&mut self) {
        while self.present.get(self.row.len()) == Some(&false) {
            self.row.push(None);
        }
    }
}

impl RowSink for Collect {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.fill_gap();
        self.row.push(match cell {
            Cell::Text(text) => Some(text.to_string()),
            Cell::I64(number) => Some(number.to_string()),
            _ => None,
        });
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        self.fill_gap();
        self.rows.push(std::mem::take(&mut self.row));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::memory::{MemoryDb, Value, open_source};
    use crate::schema::{Column, Table};
    use crate::types::Type;

    fn texts(db: &MemoryDb, name: &str, columns: &[&str], rows: &[&[&str]]) {
        let ty = |column: &str| match column {
            "type" | "start_value" | "current_value" => Type::int(8),
            _ => Type::text(),
        };
        let value = |text: &&str| match (*text, text.parse()) {
            ("", _) => Value::Null,
            (_, Ok(number)) => Value::I64(number),
            (text, _) => Value::Text(text.into()),
        };
        let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(value).collect()).collect();
        let columns = columns.iter().map(|column| Column::new(*column, ty(column), "")).collect();
        db.add_table(Table { name: name.into(), columns, ..Table::default() }, rows).unwrap();
    }

    fn found(db: &MemoryDb) -> Option<Mendix> {
        let mut source = open_source(&db.endpoint()).unwrap();
        let mut reader = source.open_readers(1).unwrap().sessions.remove(0);
        read(&source.introspect().unwrap(), reader.as_mut()).unwrap()
    }

    fn app() -> MemoryDb {
        let db = MemoryDb::new("app");
        texts(&db, "mendixsystem$version", &["versionnumber"], &[&["v4"]]);
        texts(&db, "mendixsystem$entity", &["id", "table_name"], &[&["e", "shop$order"]]);
        texts(&db, "mendixsystem$association", &["table_name"], &[&["shop$order_customer"]]);
        let attributes: &[&[&str]] =
            &[&["a", "e", "number", "0"], &["b", "e", "paid", "10"], &["c", "x", "lost", "10"]];
        texts(&db, "mendixsystem$attribute", &["id", "entity_id", "column_name", "type"], attributes);
        db
    }

    #[test]
    fn other_databases_are_none_of_mendix() {
        let db = MemoryDb::new("other");
        texts(&db, "mendixsystem$entity", &["id", "table_name"], &[]);
        assert!(found(&db).is_none());
    }

    #[test]
    fn tables_booleans_and_numbers() {
        let db = app();
        let numbers: &[&[&str]] = &[&["shop$order_number_mxseq", "a", "5", "7"], &["lost_mxseq", "c", "1", ""]];
        texts(&db, "mendixsystem$sequence", &["name", "attribute_id", "start_value", "current_value"], numbers);
        let mendix = found(&db).unwrap();
        assert!(
            mendix.knows("SHOP$order") && mendix.knows("shop$order_customer") && mendix.knows("mendixsystem$index")
        );
        assert!(!mendix.takes("report") && mendix.clone().with_all_tables().takes("report"));
        assert!(mendix.takes("mendixsystem$new") && mendix.takes("shop$order") && !mendix.knows("report"));
        assert!(mendix.is_boolean("shop$order", "paid") && !mendix.is_boolean("shop$order", "number"));
        let place = Some(("shop$order".to_string(), "number".to_string()));
        assert_eq!(
            (mendix.numbers[0].place.clone(), mendix.numbers[0].start, mendix.numbers[0].current),
            (place, 5, Some(7))
        );
        assert_eq!((mendix.numbers[1].place.clone(), mendix.numbers[1].current), (None, None));
    }

    #[test]
    fn columns_of_other_versions_may_be_missing() {
        let db = app();
        texts(&db, "mendixsystem$sequence", &["name", "attribute_id"], &[&["s_mxseq", "a"]]);
        let mendix = found(&db).unwrap();
        assert_eq!((mendix.numbers[0].sequence.as_str(), mendix.numbers[0].start), ("s_mxseq", 1));
    }
}
