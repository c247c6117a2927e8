//! Keys, foreign keys, checks and indexes: how they are written, and adding them to a table.

use super::Cursor;
use crate::backends::memory::keys::{check_foreign, check_index, check_key, check_primary};
use crate::backends::memory::store::{State, Stored};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Action, Check, ForeignKey, Index, IndexPart, IndexTarget, Key, Table};

/// What can be added to a table.
#[derive(Clone)]
pub(super) enum Constraint {
    Primary(Key),
    Unique(Key),
    Foreign(ForeignKey),
    Check(Check),
    Index(Index),
}

/// Whether a table constraint begins here.
pub(super) fn starts(cursor: &Cursor) -> bool {
    ["constraint", "primary key", "unique", "check", "foreign key", "index", "key"].iter().any(|word| cursor.sees(word))
}

/// Reads a constraint of the table called `table`.
pub(super) fn table_constraint(cursor: &mut Cursor, table: &str) -> Result<Constraint> {
    let named = cursor.eat("constraint").then(|| cursor.name()).transpose()?;
    let or = |suffix: &str| named.clone().unwrap_or_else(|| format!("{table}_{suffix}"));
    if cursor.eat("primary key") {
        return key(cursor, or("pkey")).map(Constraint::Primary);
    }
    if cursor.eat("foreign key") {
        return foreign_key(cursor, or("fkey")).map(Constraint::Foreign);
    }
    if cursor.eat("check") {
        let expression = cursor.expression()?;
        return Ok(Constraint::Check(Check { name: or("check"), expression, not_validated: expression_tail(cursor) }));
    }
    let unique = cursor.eat("unique");
    if cursor.eat("index") || cursor.eat("key") {
        let name = cursor.name()?;
        return index(cursor, name, unique, None);
    }
    if unique { key(cursor, or("key")).map(Constraint::Unique) } else { Err(cursor.fault("expected a constraint")) }
}

/// What follows the brackets of a check; true if present rows are not vouched for.
pub(super) fn expression_tail(cursor: &mut Cursor) -> bool {
    cursor.eat("not valid") || cursor.eat("not enforced")
}

fn key(cursor: &mut Cursor, name: String) -> Result<Key> {
    let mut key = Key::new(name, Vec::new());
    key.nulls_collide = cursor.eat("nulls not distinct");
    key.columns = cursor.names()?;
    if cursor.eat("include") {
        key.include = cursor.names()?;
    }
    (key.deferrable, key.initially_deferred) = deferral(cursor);
    Ok(key)
}

fn deferral(cursor: &mut Cursor) -> (bool, bool) {
    let deferrable = cursor.eat("deferrable");
    let deferred = cursor.eat("initially deferred");
    let _ = deferred || cursor.eat("initially immediate");
    (deferrable, deferred)
}

fn foreign_key(cursor: &mut Cursor, name: String) -> Result<ForeignKey> {
    let columns = cursor.names()?;
    cursor.expect("references")?;
    let (foreign_table, foreign_columns) = (cursor.name()?, cursor.names()?);
    let match_full = cursor.eat("match full");
    let _ = cursor.eat("match simple");
    let (mut on_delete, mut on_update) = (Action::NoAction, Action::NoAction);
    loop {
        if cursor.eat("on delete") {
            on_delete = action(cursor)?;
        } else if cursor.eat("on update") {
            on_update = action(cursor)?;
        } else {
            break;
        }
    }
    let (deferrable, initially_deferred) = deferral(cursor);
    let not_validated = cursor.eat("not valid");
    Ok(ForeignKey {
        name,
        columns,
        foreign_table,
        foreign_columns,
        on_delete,
        on_update,
        deferrable,
        initially_deferred,
        not_validated,
        match_full,
    })
}

fn action(cursor: &mut Cursor) -> Result<Action> {
    let known = [Action::NoAction, Action::Restrict, Action::Cascade, Action::SetNull, Action::SetDefault];
    known.into_iter().find(|one| cursor.eat(one.sql())).ok_or_else(|| cursor.fault("expected a referential action"))
}

/// `CREATE [UNIQUE] INDEX` has been read.
pub(super) fn create_index(state: &mut State, cursor: &mut Cursor, unique: bool, method: Option<&str>) -> Result<()> {
    let name = cursor.name()?;
    cursor.expect("on")?;
    let table = Table::clone(&state.table(&cursor.name()?, ErrorKind::Ddl)?.schema);
    let constraint = index(cursor, name, unique, method)?;
    add_checked(state, table, constraint)
}

/// Adds a constraint to a table whose rows satisfy it.
pub(super) fn add_checked(state: &mut State, mut table: Table, constraint: Constraint) -> Result<()> {
    let name = table.name.clone();
    add(&mut table, constraint.clone())?;
    state.restructure(table);
    let stored = state.table(&name, ErrorKind::Ddl)?;
    match &constraint {
        Constraint::Primary(key) => check_primary(stored, key, ErrorKind::Ddl),
        Constraint::Unique(key) => check_key(stored, "unique key", key, ErrorKind::Ddl),
        Constraint::Index(index) if index.unique => check_index(stored, index, ErrorKind::Ddl),
        Constraint::Foreign(key) => check_reference(state, stored, key),
        // Conditions are not evaluated.
        Constraint::Index(_) | Constraint::Check(_) => Ok(()),
    }
}

/// Checks that a foreign key references a key, and that every row finds what it references.
pub(super) fn check_reference(state: &State, stored: &Stored, key: &ForeignKey) -> Result<()> {
    let foreign = &state.table(&key.foreign_table, ErrorKind::Ddl)?.schema;
    let mut keys = foreign.primary_key.iter().chain(&foreign.uniques);
    let same = |columns: &[String]| {
        columns.len() == key.foreign_columns.len() && columns.iter().all(|c| key.foreign_columns.contains(c))
    };
    if key.columns.len() != key.foreign_columns.len() || !keys.any(|k| same(&k.columns)) {
        let what = format!("foreign key \"{}\" references no primary or unique key of {}", key.name, foreign.name);
        return Err(Error::new(ErrorKind::Ddl, what).object(stored.schema.name.clone()));
    }
    check_foreign(state, stored, key, ErrorKind::Ddl)
}

fn index(cursor: &mut Cursor, name: String, unique: bool, method: Option<&str>) -> Result<Constraint> {
    let using = cursor.eat("using").then(|| cursor.word()).transpose()?;
    cursor.symbol('(')?;
    let mut parts = vec![part(cursor)?];
    while cursor.eat_symbol(',') {
        parts.push(part(cursor)?);
    }
    cursor.symbol(')')?;
    let include = if cursor.eat("include") { cursor.names()? } else { Vec::new() };
    let predicate = cursor.eat("where").then(|| cursor.text_until(&["nulls not distinct"])).transpose()?;
    if let Some(predicate) = &predicate {
        cursor.parsed(predicate)?;
    }
    let nulls_collide = cursor.eat("nulls not distinct");
    let method = using.as_deref().or(method).unwrap_or("btree").to_string();
    Ok(plain(
        Index { name, parts, unique, predicate, method, include, definition: None, needs: Vec::new() },
        nulls_collide,
    ))
}

fn part(cursor: &mut Cursor) -> Result<IndexPart> {
    let (mut prefix, target) = (
        None,
        match cursor.eat_quoted() {
            Some(name) => IndexTarget::Column(name),
            None if cursor.sees("asc") || cursor.sees("desc") => return Err(cursor.fault("expected a column")),
            None => bare_target(cursor)?,
        },
    );
    if matches!(target, IndexTarget::Column(_)) && cursor.eat_symbol('(') {
        prefix = u64::try_from(cursor.integer()?).ok();
        cursor.symbol(')')?;
    }
    let descending = !cursor.eat("asc") && cursor.eat("desc");
    let nulls_first = match (cursor.eat("nulls first"), cursor.eat("nulls last")) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    Ok(IndexPart { target, descending, nulls_first, prefix })
}

/// An expression, or a column whose name needs no quotes.
fn bare_target(cursor: &mut Cursor) -> Result<IndexTarget> {
    let text = cursor.text_until(&["asc", "desc", "nulls"])?;
    if text.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Ok(IndexTarget::Column(text));
    }
    cursor.parsed(&text)?;
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    // `(a) + (b)` loses its meaning without its outer signs.
    Ok(IndexTarget::Expression(inner.filter(|inner| cursor.parsed(inner).is_ok()).unwrap_or(&text).to_string()))
}

/// A unique index on whole columns of all rows is a key.
fn plain(index: Index, nulls_collide: bool) -> Constraint {
    let columns = index.parts.iter().map(|part| match &part.target {
        IndexTarget::Column(name) if part.prefix.is_none() => Some(name.clone()),
        _ => None,
    });
    match columns.collect::<Option<Vec<_>>>() {
        Some(columns) if index.unique && index.predicate.is_none() => Constraint::Unique(Key {
            constraint: false,
            nulls_collide,
            include: index.include,
            ..Key::new(index.name, columns)
        }),
        _ => Constraint::Index(index),
    }
}

/// Adds a constraint to the structure of a table; its rows are not looked at.
pub(super) fn add(table: &mut Table, constraint: Constraint) -> Result<()> {
    let (name, columns) = named(&constraint);
    let refuse = |what: String| Err(Error::new(ErrorKind::Ddl, what).object(table.name.clone()));
    if names(table).any(|known| known == name) {
        return refuse(format!("there is a key, index or check called \"{name}\" already"));
    }
    if let Some(missing) = columns.iter().find(|column| table.column(column).is_none()) {
        return refuse(format!("\"{name}\" names the column {missing}, which the table lacks"));
    }
    match constraint {
        Constraint::Primary(_) if table.primary_key.is_some() => {
            return refuse("there is a primary key already".into());
        }
        Constraint::Primary(key) => {
            for column in table.columns.iter_mut().filter(|column| key.columns.contains(&column.name)) {
                column.nullable = false;
            }
            table.primary_key = Some(key);
        }
        Constraint::Unique(key) => table.uniques.push(key),
        Constraint::Foreign(key) => table.foreign_keys.push(key),
        Constraint::Check(check) => table.checks.push(check),
        Constraint::Index(index) => table.indexes.push(index),
    }
    Ok(())
}

fn named(constraint: &Constraint) -> (String, Vec<String>) {
    match constraint {
        Constraint::Primary(key) | Constraint::Unique(key) => (key.name.clone(), key.columns.clone()),
        Constraint::Foreign(key) => (key.name.clone(), key.columns.clone()),
        Constraint::Check(check) => (check.name.clone(), Vec::new()),
        Constraint::Index(index) => {
            let columns = index.parts.iter().filter_map(|part| match &part.target {
                IndexTarget::Column(name) => Some(name.clone()),
                IndexTarget::Expression(_) => None,
            });
            (index.name.clone(), columns.collect())
        }
    }
}

/// Names of everything that stands with a table.
fn names(table: &Table) -> impl Iterator<Item = &str> {
    let keys = table.primary_key.iter().chain(&table.uniques).map(|key| &key.name);
    let others = table.indexes.iter().map(|index| &index.name).chain(table.foreign_keys.iter().map(|key| &key.name));
    keys.chain(others).chain(table.checks.iter().map(|check| &check.name)).map(String::as_str)
}
