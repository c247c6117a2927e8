//! Replays the log: sessions, commits, rows and the statements that change structure.

use super::database::has_rows;
use super::overlay::{Overlay, Row};
use super::rows::KeyMaker;
use super::scan::Located;
use super::session::{Change, Session};
use crate::backends::hsqldb::fault::{RESTART, malformed, needs_restart};
use crate::backends::hsqldb::files::lines::Lines;
use crate::backends::hsqldb::model::catalog::{Catalog, TableDef};
use crate::backends::hsqldb::model::statement::Applied;
use crate::backends::hsqldb::rows::split::{Raw, insert, value, values};
use crate::backends::hsqldb::sql::cursor::Cursor;
use crate::backends::hsqldb::sql::escape::decode_line;
use crate::error::Result;
use std::collections::HashMap;
use std::path::Path;

/// Replays the log at `path` over catalog and rows; what is not committed at its end is undone.
///
/// # Errors
/// `Unsupported` naming the line that only the engine can replay.
pub(crate) fn replay(path: &Path, catalog: &mut Catalog, rows: &Located) -> Result<HashMap<u32, Overlay>> {
    let mut lines = Lines::open(path, 0)?;
    let mut replay = Replay { catalog, rows, overlays: HashMap::new(), sessions: HashMap::new(), current: 0 };
    let mut number = 0_u64;
    while let Some(line) = lines.next()? {
        number += 1;
        // The engine writes ahead in zeros where the disk was full or lost power.
        let empty = line.text.iter().all(|b| *b == 0 || b.is_ascii_whitespace());
        match replay.line(line.text) {
            Err(_) if empty => {}
            // The last line may be torn; what it belongs to was not committed.
            Err(_) if !line.complete => break,
            Err(error) => {
                return Err(error
                    .place(&format!(" (line {number} of the log)"))
                    .help(RESTART)
                    .object(path.display().to_string()));
            }
            Ok(()) => {}
        }
    }
    Ok(replay.overlays)
}

struct Replay<'a> {
    catalog: &'a mut Catalog,
    rows: &'a Located,
    overlays: HashMap<u32, Overlay>,
    sessions: HashMap<u64, Session>,
    current: u64,
}

impl Replay<'_> {
    fn line(&mut self, text: &[u8]) -> Result<()> {
        let text = self.switch_session(text)?;
        if let Some((name, values)) = insert(text) {
            return self.insert(name, values);
        }
        if let Some(rest) = text.strip_prefix(b"DELETE FROM ") {
            return self.delete(rest);
        }
        match text {
            b"" => Ok(()),
            b"COMMIT" => {
                let (overlays, session) = self.session();
                session.commit(overlays);
                Ok(())
            }
            _ => self.statement(text),
        }
    }

    /// `/*C12*/` before a statement.
    fn switch_session<'t>(&mut self, text: &'t [u8]) -> Result<&'t [u8]> {
        let Some(rest) = text.strip_prefix(b"/*C") else { return Ok(text) };
        let end = memchr::memmem::find(rest, b"*/").ok_or_else(|| malformed("a session number is cut off"))?;
        let digits = std::str::from_utf8(&rest[..end]).ok().and_then(|n| n.parse().ok());
        self.current = digits.ok_or_else(|| malformed("a session number is no number"))?;
        Ok(&rest[end + 2..])
    }

    fn session(&mut self) -> (&mut HashMap<u32, Overlay>, &mut Session) {
        (&mut self.overlays, self.sessions.entry(self.current).or_default())
    }

    /// Rows without key are told apart by all columns: when those change, so do their keys.
    fn rekey(&mut self) -> Result<()> {
        let keyless = self.catalog.tables.iter().filter(|t| t.primary_key.is_none() && t.layouts.len() > 1);
        for table in keyless {
            if let Some(overlay) = self.overlays.get_mut(&table.id).filter(|o| !o.counted.is_empty()) {
                overlay.rekey(&mut KeyMaker::new(table)?)?;
            }
        }
        Ok(())
    }

    fn schema(&mut self) -> String {
        let initial = self.catalog.initial_schema.clone();
        self.session().1.schema.clone().unwrap_or(initial)
    }

    fn table(&mut self, name: &[u8]) -> Result<&TableDef> {
        let name = decode_line(name)?;
        let name = Cursor::new(&name)?.name()?;
        let schema = name.schema.unwrap_or_else(|| self.schema());
        let table = self.catalog.table(&schema, &name.name);
        table.ok_or_else(|| malformed("a row belongs to a table that does not exist").object(name.name))
    }

    fn insert(&mut self, name: &[u8], text: &[u8]) -> Result<()> {
        let mut raws = Vec::new();
        if !values(text, &mut raws)?.is_empty() {
            return Err(malformed("something follows a row"));
        }
        let table = self.table(name)?;
        let (id, layout, has_key) = (table.id, table.layouts.len().saturating_sub(1), table.primary_key.is_some());
        let mut maker = KeyMaker::new(table)?;
        let key = maker.key(layout, &raws)?.into();
        let numbers = identity_value(table, &raws);
        self.move_identity(id, numbers);
        let row = Row { layout, values: text.into() };
        self.session().1.pending.push(Change { table: id, key, has_key, deleted: false, row });
        Ok(())
    }

    /// The engine moves an identity past every value that is inserted.
    fn move_identity(&mut self, table: u32, value: Option<i128>) {
        let Some(value) = value else { return };
        let tables = self.catalog.tables.iter_mut().filter(|t| t.id == table);
        for identity in tables.flat_map(|t| t.columns.iter_mut()).filter_map(|c| c.identity.as_mut()) {
            let next = identity.next.unwrap_or(identity.start);
            let beyond = value + identity.increment;
            identity.next = Some(if identity.increment < 0 { next.min(beyond) } else { next.max(beyond) });
        }
    }

    fn delete(&mut self, text: &[u8]) -> Result<()> {
        let cut = memchr::memmem::find(text, b" WHERE ").ok_or_else(|| malformed("a deletion is cut off"))?;
        // A quoted name may hold the word itself: then the part before it does not end a name.
        let cut = if text.first() == Some(&b'"') { quoted_end(text).unwrap_or(cut) } else { cut };
        let (name, conditions) = text.split_at(cut);
        let conditions = conditions.strip_prefix(b" WHERE ").ok_or_else(|| malformed("a deletion is cut off"))?;
        let pairs = conditions_of(conditions)?;
        let table = self.table(name)?;
        let (id, layout, has_key) = (table.id, table.layouts.len().saturating_sub(1), table.primary_key.is_some());
        let mut raws = Vec::new();
        for column in &table.columns {
            let given = pairs.iter().find(|(name, _)| *name == column.name);
            let needed = table.primary_key.as_ref().is_none_or(|k| k.columns.contains(&column.name));
            match given {
                Some((_, raw)) => raws.push(*raw),
                None if needed => return Err(malformed("a deletion does not name all columns of the key")),
                None => raws.push(Raw::Bare(b"NULL")),
            }
        }
        let key = KeyMaker::new(table)?.key(layout, &raws)?.into();
        let row = Row { layout, values: join(&raws).into() };
        self.session().1.pending.push(Change { table: id, key, has_key, deleted: true, row });
        Ok(())
    }

    fn statement(&mut self, text: &[u8]) -> Result<()> {
        let sql = decode_line(text)?;
        let mut cursor = Cursor::new(&sql)?;
        if cursor.takes(&["ROLLBACK"]) {
            if cursor.peek().is_some() && !cursor.takes(&["WORK"]) {
                return Err(needs_restart("the log rolls back to a savepoint"));
            }
            self.session().1.pending.clear();
            return Ok(());
        }
        if cursor.takes(&["DISCONNECT"]) {
            self.sessions.remove(&self.current);
            return Ok(());
        }
        if cursor.sees(&["CONNECT"]) || cursor.sees(&["SAVEPOINT"]) || cursor.sees(&["RELEASE"]) {
            return Ok(());
        }
        let schema = self.schema();
        let commits = !cursor.sees(&["SET", "SCHEMA"]) && !cursor.sees(&["ALTER", "SEQUENCE"]);
        let pending = |id: u32| self.sessions.values().any(|s| s.pending.iter().any(|c| c.table == id));
        let (rows, overlays) = (self.rows, &self.overlays);
        let full = |id: u32| pending(id) || has_rows(id, rows, overlays);
        let applied = self.catalog.apply(&sql, &schema, &full)?;
        if commits {
            let (overlays, session) = self.session();
            session.commit(overlays);
            self.rekey()?;
        }
        match applied {
            Applied::Done => {}
            Applied::Schema(schema) => self.session().1.schema = Some(schema),
            Applied::Emptied(id) => self.overlays.entry(id).or_default().empty(),
        }
        Ok(())
    }
}

/// Values as they stand in a row, up to the closing bracket.
fn join(raws: &[Raw<'_>]) -> Vec<u8> {
    let mut text = Vec::new();
    for raw in raws {
        text.extend_from_slice(if text.is_empty() { b"" } else { b"," });
        match raw {
            Raw::Quoted { text: value, .. } => text.extend_from_slice(&[b"'", *value, b"'"].concat()),
            Raw::Bare(value) | Raw::Array(value) | Raw::Binary(value) => text.extend_from_slice(value),
        }
    }
    text.push(b')');
    text
}

/// The value of the column that numbers itself.
fn identity_value(table: &TableDef, raws: &[Raw<'_>]) -> Option<i128> {
    let at = table.columns.iter().position(|c| c.identity.is_some())?;
    match raws.get(at)? {
        Raw::Bare(digits) => std::str::from_utf8(digits).ok()?.parse().ok(),
        _ => None,
    }
}

/// One past the quote that closes the name at the start.
fn quoted_end(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr(b'"', text.get(at..)?)? + 1;
        if text.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

/// `column=value AND column IS NULL …`.
fn conditions_of(mut text: &[u8]) -> Result<Vec<(String, Raw<'_>)>> {
    let broken = || malformed("a deletion has conditions that are not understood");
    let mut pairs = Vec::new();
    loop {
        let end = match text.first() {
            Some(b'"') => quoted_end(text),
            _ => text.iter().position(|b| matches!(b, b'=' | b' ')),
        };
        let (name, rest) = text.split_at_checked(end.ok_or_else(broken)?).ok_or_else(broken)?;
        let name = decode_line(name)?;
        let name = Cursor::new(&name)?.identifier()?;
        let (raw, rest) = match rest.strip_prefix(b" IS NULL") {
            Some(rest) => (Raw::Bare(b"NULL"), rest),
            None => condition_value(rest.strip_prefix(b"=").ok_or_else(broken)?)?,
        };
        pairs.push((name, raw));
        match rest.strip_prefix(b" AND ") {
            Some(next) => text = next,
            None if rest.is_empty() => return Ok(pairs),
            None => return Err(broken()),
        }
    }
}

/// A value that may be the last thing in its line.
fn condition_value(text: &[u8]) -> Result<(Raw<'_>, &[u8])> {
    let quoted = matches!(text.first(), Some(b'\'' | b' ' | b'A'));
    if quoted {
        return value(text);
    }
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    Ok((Raw::Bare(&text[..end]), &text[end..]))
}
