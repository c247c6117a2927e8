//! `ALTER TABLE`.

use super::Cursor;
use super::constraint::{add_checked, table_constraint};
use crate::backends::memory::store::State;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Table;

/// Changes a table; `ALTER TABLE` has been read.
pub(super) fn table(state: &mut State, cursor: &mut Cursor) -> Result<()> {
    let name = cursor.name()?;
    loop {
        let table = Table::clone(&state.table(&name, ErrorKind::Ddl)?.schema);
        if cursor.eat("add") {
            let constraint = table_constraint(cursor, &table.name)?;
            add_checked(state, table, constraint)?;
        } else if cursor.eat("drop constraint") || cursor.eat("drop foreign key") || cursor.eat("drop index") {
            drop_constraint(state, table, &cursor.name()?)?;
        } else if cursor.eat("alter column") || cursor.eat("alter") {
            position(state, table, cursor)?;
        } else {
            return Err(cursor.fault("expected ADD, DROP CONSTRAINT or ALTER COLUMN"));
        }
        if !cursor.eat_symbol(',') {
            return Ok(());
        }
    }
}

fn drop_constraint(state: &mut State, mut table: Table, name: &str) -> Result<()> {
    let count = |table: &Table| {
        let keys = usize::from(table.primary_key.is_some()) + table.uniques.len() + table.foreign_keys.len();
        keys + table.indexes.len() + table.checks.len()
    };
    let before = count(&table);
    table.primary_key.take_if(|key| key.name == name);
    table.uniques.retain(|key| key.name != name);
    table.foreign_keys.retain(|key| key.name != name);
    table.indexes.retain(|index| index.name != name);
    table.checks.retain(|check| check.name != name);
    if count(&table) == before {
        return Err(
            Error::new(ErrorKind::Ddl, format!("there is no key, index or check called \"{name}\"")).object(table.name)
        );
    }
    state.restructure(table);
    Ok(())
}

/// `<column> RESTART [WITH] <next>`
fn position(state: &mut State, mut table: Table, cursor: &mut Cursor) -> Result<()> {
    let name = cursor.name()?;
    let object = format!("{}.{name}", table.name);
    cursor.expect("restart")?;
    cursor.eat("with");
    let next = cursor.integer()?;
    let identity = table.columns.iter_mut().find(|column| column.name == name).and_then(|c| c.identity.as_mut());
    let Some(identity) = identity else {
        return Err(Error::new(ErrorKind::Ddl, "there is no such column that numbers itself").object(object));
    };
    identity.next = Some(next);
    state.restructure(table);
    Ok(())
}
