//! `INSERT INTO` with literals, for the control tables.

use super::Cursor;
use crate::backends::memory::Value;
use crate::backends::memory::store::State;
use crate::backends::memory::write::insert;
use crate::error::{Error, ErrorKind, Result};

/// Inserts rows; `INSERT INTO` has been read.
pub(super) fn insert_rows(state: &mut State, cursor: &mut Cursor) -> Result<()> {
    let schema = state.table(&cursor.name()?, ErrorKind::Ddl)?.schema.clone();
    let names = match cursor.sees("values") {
        true => schema.columns.iter().map(|column| column.name.clone()).collect(),
        false => cursor.names()?,
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    cursor.expect("values")?;
    loop {
        let values = row(cursor)?;
        let cells: Vec<_> = values.iter().map(Value::cell).collect();
        // A statement that fails is a statement that fails, whatever the cause.
        insert(state, &schema, &names, &cells).map_err(|error| {
            Error::new(ErrorKind::Ddl, "a row cannot be inserted").object(schema.name.clone()).caused_by(error)
        })?;
        if !cursor.eat_symbol(',') {
            return Ok(());
        }
    }
}

fn row(cursor: &mut Cursor) -> Result<Vec<Value>> {
    cursor.symbol('(')?;
    let mut values = vec![literal(cursor)?];
    while cursor.eat_symbol(',') {
        values.push(literal(cursor)?);
    }
    cursor.symbol(')')?;
    Ok(values)
}

fn literal(cursor: &mut Cursor) -> Result<Value> {
    if cursor.eat("null") {
        return Ok(Value::Null);
    }
    if cursor.eat("true") {
        return Ok(Value::Bool(true));
    }
    if cursor.eat("false") {
        return Ok(Value::Bool(false));
    }
    match cursor.eat_number() {
        Some(number) => Ok(number.parse().map_or(Value::Decimal(number), Value::I64)),
        None => cursor.string().map(Value::Text),
    }
}
