//! Multi-row INSERT, for servers where LOAD DATA LOCAL is off.

use super::fault::Fault;
use super::session::{Done, Session};
use crate::error::{Error, ErrorKind};

/// Statements beyond this gain nothing.
const MAX_STATEMENT: usize = 4 * 1024 * 1024;

/// Sends tuples (each behind its length) as statements that the server's packet limit allows.
///
/// # Errors
/// The server's refusal; `Value` for a row that no statement can hold.
pub(super) fn send(session: &mut Session, head: &str, max_packet: u64, buffer: &[u8]) -> Result<Done, Fault> {
    let hard = usize::try_from(max_packet).ok().filter(|n| *n > 0).unwrap_or(MAX_STATEMENT);
    let soft = (hard / 2).min(MAX_STATEMENT);
    let mut total = Done::default();
    let mut statement = head.to_string().into_bytes();
    let mut rows = 0u64;
    let mut rest = buffer;
    while let Some((len, tail)) = rest.split_first_chunk::<4>() {
        let (tuple, tail) = tail
            .split_at_checked(u32::from_le_bytes(*len) as usize)
            .ok_or(Fault::Protocol("a buffer of rows is cut in the middle"))?;
        rest = tail;
        if head.len() + tuple.len() + 64 > hard {
            return Err(too_long().into());
        }
        if rows > 0 && statement.len() + tuple.len() > soft {
            flush(session, &mut statement, head, &mut rows, &mut total)?;
        }
        if rows > 0 {
            statement.push(b',');
        }
        statement.extend_from_slice(tuple);
        rows += 1;
    }
    flush(session, &mut statement, head, &mut rows, &mut total)?;
    Ok(total)
}

/// The error for a row that no statement can hold.
pub(super) fn too_long() -> Error {
    Error::new(ErrorKind::Value, "a row is longer than the server's max_allowed_packet")
        .help("raise max_allowed_packet on the target, or switch local_infile on")
}

fn flush(
    session: &mut Session,
    statement: &mut Vec<u8>,
    head: &str,
    rows: &mut u64,
    total: &mut Done,
) -> Result<(), Fault> {
    if *rows == 0 {
        return Ok(());
    }
    session.query_bytes(statement)?;
    let done = session.done()?;
    total.affected += done.affected;
    total.warnings = total.warnings.saturating_add(done.warnings);
    statement.truncate(head.len());
    *rows = 0;
    if done.warnings > 0 {
        // Later statements would wipe the warnings out.
        return Err(super::write::warnings(session).into());
    }
    Ok(())
}
