//! `CREATE SEQUENCE` and `ALTER SEQUENCE`.

use super::Cursor;
use crate::backends::memory::store::State;
use crate::backends::memory::types::parse;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Sequence;
use crate::types::Type;

/// Creates a sequence; `CREATE SEQUENCE` has been read.
pub(super) fn create(state: &mut State, cursor: &mut Cursor) -> Result<()> {
    let name = cursor.name()?;
    if state.sequences.contains_key(&name) {
        return Err(Error::new(ErrorKind::Ddl, "there is such a sequence already").object(name));
    }
    let mut sequence = Sequence {
        name,
        bytes: 8,
        start: 1,
        increment: 1,
        min: 1,
        max: i128::from(i64::MAX),
        cycle: false,
        cache: 1,
        next: 1,
    };
    let mut start = None;
    while option(cursor, &mut sequence, &mut start)? {}
    // Without a start, counting begins at the bound that the step leads away from.
    sequence.start = start.unwrap_or(if sequence.increment < 0 { sequence.max } else { sequence.min });
    sequence.next = sequence.start;
    state.sequences.insert(sequence.name.clone(), sequence);
    Ok(())
}

/// Reads one option; false if there is none.
fn option(cursor: &mut Cursor, sequence: &mut Sequence, start: &mut Option<i128>) -> Result<bool> {
    if cursor.eat("as") {
        let Type::Int { bytes, .. } = parse(cursor)? else { return Err(cursor.fault("expected an integer type")) };
        sequence.bytes = bytes;
    } else if cursor.eat("start with") || cursor.eat("start") {
        *start = Some(cursor.integer()?);
    } else if cursor.eat("increment by") || cursor.eat("increment") {
        sequence.increment = cursor.integer()?;
    } else if cursor.eat("minvalue") {
        sequence.min = cursor.integer()?;
    } else if cursor.eat("maxvalue") {
        sequence.max = cursor.integer()?;
    } else if cursor.eat("cache") {
        sequence.cache = i64::try_from(cursor.integer()?).unwrap_or(i64::MAX);
    } else if cursor.eat("cycle") {
        sequence.cycle = true;
    } else {
        return Ok(cursor.eat("no cycle") || cursor.eat("no minvalue") || cursor.eat("no maxvalue"));
    }
    Ok(true)
}

/// Sets where a sequence goes on; `ALTER SEQUENCE` has been read.
pub(super) fn restart(state: &mut State, cursor: &mut Cursor) -> Result<()> {
    let name = cursor.name()?;
    cursor.expect("restart")?;
    cursor.eat("with");
    let next = cursor.integer()?;
    match state.sequences.get_mut(&name) {
        Some(sequence) => {
            sequence.next = next;
            Ok(())
        }
        None => Err(Error::new(ErrorKind::Ddl, "there is no such sequence").object(name)),
    }
}
