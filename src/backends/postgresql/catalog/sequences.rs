//! Sequences, the columns they number, and where each goes on.

use super::{Draft, SEQUENCES, run};
use crate::backends::postgresql::quote::{ident, qualified};
use crate::backends::postgresql::session::{Row, Session};
use crate::error::{ErrorKind, Result};
use crate::finding::Finding;
use crate::schema::{Identity, IdentityKind, Schema, Sequence};
use std::collections::HashMap;

/// Where a sequence stands.
#[derive(Clone, Copy)]
struct Position {
    last: i128,
    called: bool,
}

/// A sequence with its owner and position.
struct Found {
    sequence: Sequence,
    table_oid: Option<String>,
    column: String,
    kind: Option<IdentityKind>,
    always: bool,
    /// It has given a value, or was set to one that is not its start.
    used: bool,
    /// The session may see where it stands.
    readable: bool,
}

/// Adds identities to their columns, and free sequences to the schema.
pub(super) fn attach(session: &mut Session, draft: &mut Draft) -> Result<()> {
    for found in load(session)? {
        let at = found.table_oid.as_ref().and_then(|oid| draft.by_oid.get(oid)).copied();
        if !found.readable {
            draft.schema.findings.push(unreadable(session, &found.sequence.name));
        }
        let table = at.and_then(|at| draft.tables.get_mut(at));
        let column = table.and_then(|t| t.columns.iter_mut().find(|c| c.name == found.column));
        match (column, found.kind) {
            (Some(column), Some(kind)) => {
                if kind == IdentityKind::Serial {
                    column.default = None;
                }
                column.identity = Some(identity(&found, kind));
            }
            // The sequence of a partition or of a table that is not copied numbers nothing on the target.
            (None, Some(_)) => {}
            (_, None) => draft.schema.sequences.push(found.sequence),
        }
    }
    Ok(())
}

/// Reads the positions again.
pub(in crate::backends::postgresql) fn refresh(session: &mut Session, schema: &mut Schema) -> Result<()> {
    let names = table_names(session)?;
    for found in load(session)? {
        let name = found.table_oid.as_ref().and_then(|oid| names.get(oid));
        let table = schema.tables.iter_mut().find(|t| Some(&t.name) == name);
        let column = table.and_then(|t| t.columns.iter_mut().find(|c| c.name == found.column));
        match (column.and_then(|c| c.identity.as_mut()), found.kind) {
            (Some(known), Some(kind)) => known.next = identity(&found, kind).next,
            _ => {
                if let Some(known) = schema.sequences.iter_mut().find(|s| s.name == found.sequence.name) {
                    known.next = found.sequence.next;
                }
            }
        }
    }
    Ok(())
}

fn table_names(session: &mut Session) -> Result<HashMap<String, String>> {
    Ok(run(session, super::TABLES)?.iter().map(|row| (row.text("oid"), row.text("name"))).collect())
}

fn load(session: &mut Session) -> Result<Vec<Found>> {
    let rows = run(session, SEQUENCES)?;
    let positions = positions(session, &rows)?;
    rows.iter().map(|row| found(row, positions.get(&row.text("oid")).copied())).collect()
}

/// Asks each readable sequence itself: only it knows a position that was set but not yet given out.
fn positions(session: &mut Session, rows: &[Row]) -> Result<HashMap<String, Position>> {
    let schema = session.server.schema.clone();
    let asked: Vec<String> = rows
        .iter()
        .filter(|row| row.flag("can_select"))
        .map(|row| {
            let (oid, from) = (row.text("oid"), qualified(&schema, &row.text("name")));
            format!("SELECT {oid} AS oid, last_value AS last, is_called AS called FROM {from}")
        })
        .collect();
    let mut positions = HashMap::new();
    for batch in asked.chunks(200) {
        let answer = session
            .rows(&batch.join(" UNION ALL "), &[])
            .map_err(|fault| fault.error(ErrorKind::Introspect, "the positions of the sequences cannot be read"))?;
        for row in answer {
            positions.insert(row.text("oid"), Position { last: row.number("last")?, called: row.flag("called") });
        }
    }
    Ok(positions)
}

fn found(row: &Row, asked: Option<Position>) -> Result<Found> {
    let (start, increment) = (row.number("start")?, row.number("increment")?);
    let (min, max, cycle) = (row.number("min")?, row.number("max")?, row.flag("cycle"));
    let seen = row.get("last_value").and_then(|last| last.parse().ok()).map(|last| Position { last, called: true });
    let position = asked.or(seen).unwrap_or(Position { last: start, called: false });
    let next: i128 = match position.called {
        false => position.last,
        true if cycle && increment > 0 && position.last + increment > max => min,
        true if cycle && increment < 0 && position.last + increment < min => max,
        true => position.last + increment,
    };
    let kind = match row.get("owner_kind") {
        Some("i") => Some(IdentityKind::Identity),
        Some("a") if row.flag("is_default") => Some(IdentityKind::Serial),
        _ => None,
    };
    Ok(Found {
        sequence: Sequence {
            name: row.text("name"),
            bytes: row.number("bytes")?,
            start,
            increment,
            min,
            max,
            cycle,
            cache: row.number("cache")?,
            next,
        },
        table_oid: row.get("table_oid").map(str::to_string),
        column: row.text("column"),
        kind,
        always: row.flag("always"),
        used: position.called || position.last != start,
        readable: row.flag("can_select") || row.flag("can_use"),
    })
}

fn identity(found: &Found, kind: IdentityKind) -> Identity {
    Identity {
        always: found.always,
        next: found.used.then_some(found.sequence.next),
        start: found.sequence.start,
        increment: found.sequence.increment,
        kind,
    }
}

fn unreadable(session: &Session, name: &str) -> Finding {
    let (schema, user) = (ident(&session.server.schema), ident(&session.server.user));
    Finding::error("no-select", name, format!("user {user} may not see where the sequence stands"))
        .help(format!("GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {user}"))
}
