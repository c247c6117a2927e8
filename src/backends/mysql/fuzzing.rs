//! Fuzz targets of what a MySQL or MariaDB server says.

use super::connect::{self, Role};
use super::decode::Decoder;
use super::fault::Fault;
use super::session::{Session, WireColumn};
use super::wire::{Packet, Wire};
use super::{catalog, expr, greeting};
use crate::backends::ReadColumn;
use crate::endpoint::{Endpoint, Engine, Secret, TlsMode};
use crate::error::Result;
use crate::fuzzing::{Swallow, server_that_says};
use crate::types::Type;
use mysql_common::constants::ColumnType;

/// Column types of a result and what is read from them.
fn columns() -> Vec<(Type, ColumnType)> {
    vec![
        (Type::int(8), ColumnType::MYSQL_TYPE_LONGLONG),
        (Type::int(1), ColumnType::MYSQL_TYPE_TINY),
        (Type::Decimal { precision: Some(28), scale: Some(8) }, ColumnType::MYSQL_TYPE_NEWDECIMAL),
        (Type::Float { bytes: 8 }, ColumnType::MYSQL_TYPE_DOUBLE),
        (Type::text(), ColumnType::MYSQL_TYPE_VAR_STRING),
        (Type::bytes(), ColumnType::MYSQL_TYPE_BLOB),
        (Type::Date, ColumnType::MYSQL_TYPE_DATE),
        (Type::Time { precision: 6, zone: false, duration: true }, ColumnType::MYSQL_TYPE_TIME),
        (Type::Timestamp { precision: 6, zone: false }, ColumnType::MYSQL_TYPE_DATETIME),
        (Type::Timestamp { precision: 6, zone: true }, ColumnType::MYSQL_TYPE_TIMESTAMP),
        (Type::Uuid, ColumnType::MYSQL_TYPE_STRING),
        (Type::Bits { len: Some(9), fixed: true }, ColumnType::MYSQL_TYPE_BIT),
    ]
}

fn decoder(columns: &[(Type, ColumnType)]) -> Result<Decoder> {
    let wanted = |(at, (ty, _)): (usize, &(Type, ColumnType))| ReadColumn {
        name: format!("c{at}"),
        ty: ty.clone(),
        as_text: false,
    };
    let wanted: Vec<ReadColumn> = columns.iter().enumerate().map(wanted).collect();
    let sent: Vec<WireColumn> =
        columns.iter().map(|(_, kind)| WireColumn { kind: *kind as u8, unsigned: false }).collect();
    Decoder::new(&wanted, &sent)
}

/// A row packet; the first byte chooses one type of the row, or all of them.
pub(crate) fn rows(data: &[u8]) {
    let Some((kind, packet)) = data.split_first() else { return };
    let _ = row_of(*kind, packet);
    let _ = greeting::Greeting::parse(packet);
    if let Ok(text) = std::str::from_utf8(packet) {
        let _ = expr::unescape(text);
        let _ = expr::without_outer_parentheses(text);
        for (mariadb, ty) in [(true, "varchar"), (false, "varchar"), (false, "timestamp"), (false, "bit")] {
            let _ = expr::Default { text: Some(text), extra: "DEFAULT_GENERATED", ty, mariadb }.sql();
        }
    }
}

fn row_of(kind: u8, packet: &[u8]) -> Result<()> {
    let all = columns();
    let some = all.get(usize::from(kind)).map_or(all.as_slice(), std::slice::from_ref);
    decoder(some)?.row(packet, &mut Swallow::default())
}

/// Packets of the server; the first byte chooses what was asked of it.
#[cfg(unix)]
pub(crate) fn session(data: &[u8]) {
    if let Some((asked, said)) = data.split_first() {
        let _ = conversation(*asked, said);
    }
}

/// Rows that were read before the conversation came to its end.
#[cfg(unix)]
fn conversation(asked: u8, said: &[u8]) -> std::result::Result<usize, Fault> {
    let (stream, _server) = server_that_says(said);
    if asked.is_multiple_of(4) {
        let mut endpoint = Endpoint::new(Engine::MySql, "h", 1, "d");
        (endpoint.user, endpoint.password, endpoint.tls) = ("u".into(), Secret::new("p"), TlsMode::Off);
        return Ok(connect::handshake(stream, &endpoint, Role::Source).map(|_| 0)?);
    }
    let mut session = Session { wire: Wire::new(stream), product: greeting::product("9.7.0"), thread: 1, warnings: 0 };
    match asked % 4 {
        1 => Ok(catalog::introspect(&mut session, "d").map(|schema| schema.tables.len())?),
        2 => session.rows("x").map(|rows| rows.len()),
        _ => prepared(&mut session),
    }
}

fn prepared(session: &mut Session) -> std::result::Result<usize, Fault> {
    let cursor = session.open_cursor("x")?;
    let wanted = columns().into_iter().cycle().take(cursor.columns.len());
    let wanted: Vec<ReadColumn> = wanted.map(|(ty, _)| ReadColumn { name: "c".into(), ty, as_text: false }).collect();
    let decoder = Decoder::new(&wanted, &cursor.columns)?;
    let mut rows = 0;
    while let Some(packet) = session.next_row()? {
        match packet {
            Packet::Whole(packet) => decoder.row(packet, &mut Swallow::default())?,
            Packet::Long(mut packet) => decoder.long_row(&mut packet, &mut Swallow::default())?,
        }
        rows += 1;
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::seed;

    #[test]
    fn seeds_are_read_to_their_end() {
        for name in ["all", "nulls"] {
            let bytes = seed("mysql_rows", name);
            row_of(bytes[0], &bytes[1..]).unwrap();
        }
        for (name, rows) in [("login", 0), ("catalog", 2), ("rows", 2), ("prepared", 1)] {
            let bytes = seed("mysql_session", name);
            assert_eq!(conversation(bytes[0], &bytes[1..]).ok(), Some(rows), "{name}");
        }
        let refused = seed("mysql_session", "refused");
        assert!(conversation(refused[0], &refused[1..]).is_err());
    }
}
