//! The databases as oracle: both sides' rows, read by the native clients and brought to one normal form.

mod columns;
mod normal;
mod span;

use super::database::Database;
pub(crate) use columns::{Column, columns};
use normal::same;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// Differences shown before the rest is counted.
const SHOWN: usize = 12;

/// One row: NULL or the hexadecimal digits of its text, column by column.
type Row = Vec<Option<String>>;

/// Everything a database holds, as its native client tells it.
pub(crate) struct Dump {
    tables: BTreeMap<String, (Vec<Column>, Vec<Row>)>,
}

impl Dump {
    /// Reads every table.
    pub(crate) fn of(database: &Database) -> Dump {
        let mut tables: BTreeMap<String, (Vec<Column>, Vec<Row>)> = BTreeMap::new();
        for column in columns(database) {
            tables.entry(column.table.clone()).or_default().0.push(column);
        }
        let names: Vec<String> = tables.keys().cloned().collect();
        let queries: String =
            names.iter().enumerate().map(|(n, name)| query(database, n, name, &tables[name].0)).collect();
        for line in database.run_as_it_is(&queries).lines() {
            let mut fields = line.split('|');
            let number: usize = fields.next().and_then(|n| n.parse().ok()).expect("line begins with its table");
            let row = fields.map(|f| (f != "~").then(|| f.to_string())).collect();
            tables.get_mut(&names[number]).expect("table is known").1.push(row);
        }
        Dump { tables }
    }

    /// Names of the tables.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.tables.keys().map(String::as_str).collect()
    }

    /// Rows of a table.
    pub(crate) fn rows(&self, table: &str) -> usize {
        self.tables.get(table).map_or(0, |t| t.1.len())
    }

    /// Rows of all tables.
    pub(crate) fn total(&self) -> usize {
        self.tables.values().map(|(_, rows)| rows.len()).sum()
    }

    /// Every difference to `target`, told by table, column and row. Tables in `skip` are left out.
    pub(crate) fn differences(&self, target: &Dump, names: &Names, skip: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for (table, (columns, rows)) in self.tables.iter().filter(|(name, _)| !skip.contains(&name.as_str())) {
            let twin = names.table(table);
            match target.tables.get(&twin) {
                Some((others, theirs)) => compare(table, (columns, rows), (others, theirs), names, &mut found),
                None => found.push(format!("table {table:?} is missing on the target (looked for {twin:?})")),
            }
        }
        let expected = self.tables.len() - skip.iter().filter(|s| self.tables.contains_key(**s)).count();
        if target.tables.len() != expected {
            found.push(format!("{expected} tables should be on the target, there are {:?}", target.names()));
        }
        found
    }

    /// Fails the test when the target's dump differs.
    #[track_caller]
    pub(crate) fn assert_copied(&self, target: &Dump, names: &Names, skip: &[&str]) {
        let found = self.differences(target, names, skip);
        let shown = found.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n  ");
        assert!(found.is_empty(), "{} differences\n  {shown}", found.len());
    }
}

/// Names that dbferry's report says it changed.
#[derive(Default)]
pub(crate) struct Names(HashMap<(String, String, String), String>);

impl Names {
    /// Reads the `renames` of a report.
    pub(crate) fn of(report: &Value) -> Names {
        let entries = report["renames"].as_array().cloned().unwrap_or_default();
        let part = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_string();
        Names(entries.iter().map(|e| ((part(e, "kind"), part(e, "table"), part(e, "from")), part(e, "to"))).collect())
    }

    /// The target's name of a table.
    pub(crate) fn table(&self, name: &str) -> String {
        self.find("table", "", name)
    }

    /// The target's name of a column.
    pub(crate) fn column(&self, table: &str, name: &str) -> String {
        self.find("column", table, name)
    }

    fn find(&self, kind: &str, table: &str, name: &str) -> String {
        let key = (kind.to_string(), table.to_string(), name.to_string());
        self.0.get(&key).cloned().unwrap_or_else(|| name.to_string())
    }
}

fn query(database: &Database, number: usize, table: &str, columns: &[Column]) -> String {
    let fields: Vec<String> = columns.iter().map(|c| c.expression(database)).collect();
    let table = database.quote(table);
    match database.family() {
        super::server::Family::PostgreSql => {
            // concat_ws is limited to 100 arguments.
            format!("SELECT '{number}|' || {} FROM ONLY {table};\n", fields.join(" || '|' || "))
        }
        super::server::Family::Hsqldb => format!("@ROWS {number} {table};\n"),
        super::server::Family::MySql => {
            format!("SELECT CONCAT_WS('|', {number}, {}) FROM {table};\n", fields.join(", "))
        }
    }
}

fn compare(
    table: &str,
    source: (&[Column], &[Row]),
    target: (&[Column], &[Row]),
    names: &Names,
    found: &mut Vec<String>,
) {
    let mut pairs = Vec::new();
    for (at, column) in source.0.iter().enumerate() {
        let twin = names.column(table, &column.name);
        match target.0.iter().position(|c| c.name == twin) {
            Some(there) => pairs.push((at, there)),
            None => found.push(format!("{table:?}: column {:?} is missing on the target", column.name)),
        }
    }
    if target.0.len() != pairs.len() {
        found.push(format!("{table:?}: target has {} columns, {} expected", target.0.len(), pairs.len()));
    }
    if source.1.len() != target.1.len() {
        found.push(format!("{table:?}: {} rows on the source, {} on the target", source.1.len(), target.1.len()));
    }
    let order = |rows: &[Row], pick: fn(&(usize, usize)) -> usize| {
        let mut rows: Vec<Row> = rows.iter().map(|r| pairs.iter().map(|p| r[pick(p)].clone()).collect()).collect();
        rows.sort();
        rows
    };
    let (ours, theirs) = (order(source.1, |p| p.0), order(target.1, |p| p.1));
    for (a, b) in ours.iter().zip(&theirs) {
        for (n, (at, there)) in pairs.iter().enumerate() {
            if a[n] == b[n] {
                continue;
            }
            let bytes = |field: &Option<String>| field.as_deref().map(unhex);
            let (was, is) = (bytes(&a[n]), bytes(&b[n]));
            if !same(&source.0[*at], was.as_deref(), &target.0[*there], is.as_deref()) {
                let (name, from, to) = (&source.0[*at].name, &source.0[*at].native, &target.0[*there].native);
                let row = show(bytes(&a[0]).as_deref());
                let (was, is) = (show(was.as_deref()), show(is.as_deref()));
                found.push(format!("{table:?}.{name:?} ({from} -> {to}), row {row}: {was} became {is}"));
            }
        }
    }
}

fn show(value: Option<&[u8]>) -> String {
    let Some(bytes) = value else { return "NULL".into() };
    let text = format!("{:?}", String::from_utf8_lossy(bytes));
    if text.len() <= 160 {
        text
    } else {
        format!("{} bytes {}…", bytes.len(), text.chars().take(60).collect::<String>())
    }
}

pub(super) fn unhex(digits: &str) -> Vec<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).expect("hexadecimal digit") as u8;
    digits.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
