//! Keys and references are checked here: a database whose rows break a key would not open.
//!
//! Numbers are kept while rows are written (`numbers.rs`). A check of other keys reads the rows again and holds up to 32
//! bytes per row of the tables concerned.

use super::numbers::are_distinct;
use super::state::Build;
use crate::backends::hsqldb::keys::{KeyHasher, hashes, referenced};
use crate::backends::hsqldb::load::database::Database;
use crate::backends::hsqldb::model::catalog::{ForeignKeyDef, TableDef};
use crate::error::{Error, ErrorKind, Result};
use crate::pool::lock;
use std::collections::BTreeMap;

/// A key to check.
enum Check {
    Unique { table: TableDef, columns: Vec<String>, primary: bool },
    Foreign { table: TableDef, key: ForeignKeyDef },
}

/// Checks every key of tables with rows that was not checked yet; `all` includes tables without rows.
///
/// # Errors
/// `Ddl` naming the key that the rows break.
pub(super) fn check(build: &Build, all: bool) -> Result<()> {
    let mut open = Vec::new();
    {
        let mut guard = lock(&build.inner);
        let inner = &mut *guard;
        for table in &inner.catalog.tables {
            if !all && !inner.parts.contains_key(&table.id) {
                continue;
            }
            for (name, check) in checks_of(table) {
                if inner.checked.insert(name) {
                    open.push(check);
                }
            }
        }
    }
    open.retain(|check| !check.is_proved(build));
    if open.is_empty() {
        return Ok(());
    }
    let database = build.snapshot()?;
    open.iter().try_for_each(|check| check.run(&database))
}

fn checks_of(table: &TableDef) -> Vec<(String, Check)> {
    let unique = |columns: &Vec<String>, primary| {
        let name = format!("{} unique {columns:?} {primary}", table.id);
        (name, Check::Unique { table: table.clone(), columns: columns.clone(), primary })
    };
    let primary = table.primary_key.iter().map(|k| unique(&k.columns, true));
    let keys = table.uniques.iter().map(|k| unique(&k.columns, false));
    let indexes = table.indexes.iter().filter(|i| i.unique).map(|i| unique(&i.columns, false));
    let foreign = table.foreign_keys.iter().map(|key| {
        let name = format!("{} foreign {:?} {:?}", table.id, key.columns, key.foreign);
        (name, Check::Foreign { table: table.clone(), key: key.clone() })
    });
    primary.chain(keys).chain(indexes).chain(foreign).collect()
}

impl Check {
    /// Whether the numbers that were kept while the rows were written already say that the key holds.
    fn is_proved(&self, build: &Build) -> bool {
        let Check::Unique { table, columns, primary } = self else { return false };
        let refuses_null = |name: &String| table.column(name).is_some_and(|column| !column.nullable);
        if *primary && !columns.iter().all(refuses_null) {
            return false;
        }
        let mut guard = lock(&build.inner);
        let inner = &mut *guard;
        let chunks = inner.parts.get(&table.id).map_or(0, BTreeMap::len);
        let numbers = inner.kept.take(table, columns, chunks);
        drop(guard);
        numbers.is_some_and(|numbers| are_distinct(&numbers))
    }

    fn run(&self, database: &Database) -> Result<()> {
        match self {
            Check::Unique { table, columns, primary } => unique(database, table, columns, *primary),
            Check::Foreign { table, key } => foreign(database, table, key),
        }
    }
}

fn unique(database: &Database, table: &TableDef, columns: &[String], primary: bool) -> Result<()> {
    let found = hashes(database, table, columns, &KeyHasher::of(table, columns))?;
    let list = columns.join(", ");
    let rows = database.size(table).0;
    if primary && (found.len() as u64) < rows {
        let what = format!("{} rows have NULL in the primary key ({list})", rows - found.len() as u64);
        return Err(Error::new(ErrorKind::Ddl, what).object(table.display()));
    }
    let twice = found.windows(2).filter(|pair| pair[0] == pair[1]).count();
    if twice == 0 {
        return Ok(());
    }
    let what = format!("{twice} rows have the same key ({list}) as another row, the way HSQLDB compares them");
    let help = "text compares without trailing blanks, and without case where its collation says so; correct these rows \
                on the source";
    Err(Error::new(ErrorKind::Ddl, what).object(table.display()).help(help))
}

fn foreign(database: &Database, table: &TableDef, key: &ForeignKeyDef) -> Result<()> {
    let known = referenced(database, table, key)?;
    let hasher = KeyHasher::of(table, &key.columns);
    let used = hashes(database, table, &key.columns, &hasher)?;
    let dangling = used.iter().filter(|hash| known.binary_search(hash).is_err()).count();
    if dangling == 0 {
        return Ok(());
    }
    let what = format!("{dangling} rows reference no row of {} ({})", key.foreign.name, key.columns.join(", "));
    Err(Error::new(ErrorKind::Ddl, what).object(table.display()).help("correct these rows on the source"))
}
