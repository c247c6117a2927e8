//! Fuzz targets of what a MySQL or MariaDB server says.

use super::connect::{self, Role};
use super::decode::Decoder;
use super::session::{Session, WireColumn};
use super::wire::Wire;
use super::{catalog, expr, greeting};
use crate::backends::ReadColumn;
use crate::endpoint::{Endpoint, Engine, Secret, TlsMode};
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

fn decoder(columns: &[(Type, ColumnType)]) -> Option<Decoder> {
    let wanted = |(at, (ty, _)): (usize, &(Type, ColumnType))| ReadColumn {
        name: format!("c{at}"),
        ty: ty.clone(),
        as_text: false,
    };
    let wanted: Vec<ReadColumn> = columns.iter().enumerate().map(wanted).collect();
    let sent: Vec<WireColumn> =
        columns.iter().map(|(_, kind)| WireColumn { kind: *kind as u8, unsigned: false }).collect();
    Decoder::new(&wanted, &sent).ok()
}

/// A row packet; the first byte chooses one type of the row, or all of them.
pub(crate) fn rows(data: &[u8]) {
    let Some((kind, packet)) = data.split_first() else { return };
    let all = columns();
    let some = all.get(usize::from(*kind)).map_or(all.as_slice(), std::slice::from_ref);
    if let Some(decoder) = decoder(some) {
        let _ = decoder.row(packet, &mut Swallow::default());
    }
    let _ = greeting::Greeting::parse(packet);
    if let Ok(text) = std::str::from_utf8(packet) {
        let _ = expr::unescape(text);
        let _ = expr::without_outer_parentheses(text);
        for (mariadb, ty) in [(true, "varchar"), (false, "varchar"), (false, "timestamp"), (false, "bit")] {
            let _ = expr::Default { text: Some(text), extra: "DEFAULT_GENERATED", ty, mariadb }.sql();
        }
    }
}

/// Packets of the server; the first byte chooses what was asked of it.
#[cfg(unix)]
pub(crate) fn session(data: &[u8]) {
    let Some((asked, said)) = data.split_first() else { return };
    let (stream, _server) = server_that_says(said);
    if asked % 4 == 0 {
        let mut endpoint = Endpoint::new(Engine::MySql, "h", 1, "d");
        (endpoint.user, endpoint.password, endpoint.tls) = ("u".into(), Secret::new("p"), TlsMode::Off);
        drop(connect::handshake(stream, &endpoint, Role::Source));
        return;
    }
    let mut session = Session { wire: Wire::new(stream), product: greeting::product("9.7.0"), thread: 1 };
    match asked % 4 {
        1 => drop(catalog::introspect(&mut session, "d")),
        2 => drop(session.rows("x")),
        _ => prepared(&mut session),
    }
}

fn prepared(session: &mut Session) {
    let Ok(cursor) = session.open_cursor("x") else { return };
    let wanted = columns().into_iter().cycle().take(cursor.columns.len());
    let wanted: Vec<ReadColumn> = wanted.map(|(ty, _)| ReadColumn { name: "c".into(), ty, as_text: false }).collect();
    let Ok(decoder) = Decoder::new(&wanted, &cursor.columns) else { return };
    while let Ok(Some(packet)) = session.next_row() {
        if decoder.row(packet, &mut Swallow::default()).is_err() {
            return;
        }
    }
}
