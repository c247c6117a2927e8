//! The statements that build an in-memory database: parsed, applied wholly or not at all.

mod alter;
mod constraint;
mod cursor;
mod insert;
mod sequence;
mod table;
#[cfg(test)]
mod tests;

pub(super) use cursor::Cursor;

use super::store::{Shared, State};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Table;

/// Runs one statement.
///
/// # Errors
/// `Ddl` when the statement is not understood, names what does not exist, or the rows contradict it.
pub(super) fn execute(shared: &Shared, sql: &str) -> Result<()> {
    let mut cursor = Cursor::new(sql)?;
    shared.change(|state| {
        statement(state, &mut cursor)?;
        cursor.end()
    })
}

fn statement(state: &mut State, cursor: &mut Cursor) -> Result<()> {
    if cursor.eat("create") {
        return create(state, cursor);
    }
    if cursor.eat("alter table") {
        return alter::table(state, cursor);
    }
    if cursor.eat("alter sequence") {
        return sequence::restart(state, cursor);
    }
    if cursor.eat("drop") {
        return drop_objects(state, cursor);
    }
    if cursor.eat("insert into") {
        return insert::insert_rows(state, cursor);
    }
    if cursor.eat("analyze") {
        // Sizes are always known exactly, so there is nothing to gather.
        let name = cursor.name()?;
        return state.table(&name, ErrorKind::Ddl).map(drop);
    }
    Err(cursor.fault("the statement is none that a database in memory knows"))
}

fn create(state: &mut State, cursor: &mut Cursor) -> Result<()> {
    if cursor.eat("table") {
        return table::create(state, cursor);
    }
    if cursor.eat("sequence") {
        return sequence::create(state, cursor);
    }
    let unique = cursor.eat("unique");
    let method = ["fulltext", "spatial"].into_iter().find(|word| cursor.eat(word));
    cursor.expect("index")?;
    constraint::create_index(state, cursor, unique, method)
}

fn drop_objects(state: &mut State, cursor: &mut Cursor) -> Result<()> {
    let tables = cursor.eat("table");
    if !tables {
        cursor.expect("sequence")?;
    }
    let lenient = cursor.eat("if exists");
    loop {
        let name = cursor.name()?;
        let found = if tables { drop_table(state, &name) } else { state.sequences.remove(&name).is_some() };
        if !found && !lenient {
            let kind = if tables { "table" } else { "sequence" };
            return Err(Error::new(ErrorKind::Ddl, format!("there is no such {kind}")).object(name));
        }
        if !cursor.eat_symbol(',') {
            break;
        }
    }
    let _ = cursor.eat("cascade") || cursor.eat("restrict");
    Ok(())
}

/// Foreign keys that reference the table go with it, so that tables can be dropped in any order.
fn drop_table(state: &mut State, name: &str) -> bool {
    let referencing: Vec<Table> = state
        .tables
        .values()
        .filter(|stored| stored.schema.foreign_keys.iter().any(|key| key.foreign_table == name))
        .map(|stored| Table::clone(&stored.schema))
        .collect();
    for mut table in referencing {
        table.foreign_keys.retain(|key| key.foreign_table != name);
        state.restructure(table);
    }
    state.tables.remove(name).is_some()
}
