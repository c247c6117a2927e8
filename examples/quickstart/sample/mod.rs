//! A built-in database as Mendix leaves it when the application is killed: the same at every run.

pub(crate) mod content;
pub(crate) mod domain;
pub(crate) mod log;
pub(crate) mod metadata;
pub(crate) mod model;
pub(crate) mod random;
pub(crate) mod schema;
pub(crate) mod store;
pub(crate) mod value;
pub(crate) mod words;

use store::Store;
use value::{Value, insert};

/// 2025-09-01 08:00 UTC.
const BEGIN: i64 = 1_756_713_600_000;

/// Settings before the tables.
const OPENING: &str = include_str!("opening.sql");

/// Name and contents of every file of the database.
pub(crate) fn files() -> Vec<(&'static str, Vec<u8>)> {
    let mut store = Store::new(BEGIN);
    let known = content::fill(&mut store);
    metadata::describe(&mut store);
    let script = script(&store);
    let stopped = store.clock;
    let log = log::write(&mut store, &known);
    let properties =
        "#HSQL Database Engine 2.7.4\n#Sat Sep 20 10:00:00 UTC 2025\ntx_timestamp=31337\nmodified=yes\nversion=2.7.4\n";
    let heartbeat = [b"HSQLLOCK".as_slice(), &stopped.to_be_bytes()].concat();
    vec![
        ("default.script", script.into_bytes()),
        ("default.log", log.into_bytes()),
        ("default.properties", properties.into()),
        ("default.lck", heartbeat),
    ]
}

fn script(store: &Store) -> String {
    let mut lines: Vec<String> = OPENING.lines().map(String::from).collect();
    lines.extend(schema::lines());
    let events = store.tables["mendixsystem$data_change_event"].len();
    lines.push(format!(
        "ALTER TABLE PUBLIC.\"mendixsystem$data_change_event\" ALTER COLUMN \"sequence\" RESTART WITH {events}"
    ));
    lines.push("ALTER SEQUENCE SYSTEM_LOBS.LOB_ID RESTART WITH 1".into());
    lines.extend(
        store.sequences.iter().map(|(name, next)| format!("ALTER SEQUENCE PUBLIC.\"{name}\" RESTART WITH {next}")),
    );
    for line in [
        "SET DATABASE DEFAULT INITIAL SCHEMA PUBLIC",
        "GRANT DBA TO SA",
        "SET SCHEMA SYSTEM_LOBS",
        "INSERT INTO BLOCKS VALUES(0,2147483647,0)",
        "SET SCHEMA PUBLIC",
    ] {
        lines.push(line.into());
    }
    for table in schema::tables() {
        let mut rows = store.tables.get(&table).cloned().unwrap_or_default();
        rows.sort_by_cached_key(|row| row.iter().map(key).collect::<Vec<_>>());
        lines.extend(rows.iter().map(|row| insert(&table, row)));
    }
    lines.into_iter().flat_map(|line| [line, "\n".into()]).collect()
}

/// Orders rows as their key does; every table's key comes first or is as good as unique in text.
fn key(value: &Value) -> (i64, String) {
    match value {
        Value::Int(number) => (*number, String::new()),
        other => (0, other.literal().to_lowercase()),
    }
}
