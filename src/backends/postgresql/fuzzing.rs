//! Fuzz targets of what a PostgreSQL server says.

use super::connect;
use super::connect::Role;
use super::copy_out::{self, Opening, Row};
use super::decode::Decoder;
use super::fault::Fault;
use super::numeric::{self, Bounds};
use super::session::Session;
use super::wire::Wire;
use super::{catalog, split};
use crate::backends::{ReadColumn, ReadTable};
use crate::endpoint::{Endpoint, Engine, Secret, TlsMode};
use crate::error::Result;
use crate::fuzzing::{Swallow, server_that_says};
use crate::types::Type;

fn types() -> Vec<Type> {
    vec![
        Type::int(8),
        Type::Bool,
        Type::Decimal { precision: None, scale: None },
        Type::Float { bytes: 8 },
        Type::text(),
        Type::Json { binary: true },
        Type::bytes(),
        Type::Date,
        Type::Time { precision: 6, zone: false, duration: false },
        Type::Time { precision: 6, zone: true, duration: false },
        Type::Timestamp { precision: 6, zone: false },
        Type::Timestamp { precision: 6, zone: true },
        Type::Interval,
        Type::Uuid,
        Type::Bits { len: None, fixed: false },
        Type::Native { name: "inet".into(), binary_portable: true },
    ]
}

fn table(types: impl Iterator<Item = Type>) -> ReadTable {
    let column = |(at, ty)| ReadColumn { name: format!("c{at}"), ty, as_text: false };
    let columns: Vec<ReadColumn> = types.enumerate().map(column).collect();
    let (name, key) = ("t".to_string(), columns.first().cloned().into_iter().collect());
    ReadTable { name, columns, key, key_order: false, splice: None, bytes_estimate: 1 << 40, rows_estimate: 1 << 30 }
}

/// A CopyData body; the first byte chooses one type of the row, or all of them.
pub(crate) fn rows(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else { return };
    let _ = row_of(*kind, body);
    let _ = Opening::default().strip(body);
    let mut digits = Vec::new();
    let _ = numeric::decode(body, &mut digits);
    if let Ok(text) = std::str::from_utf8(body) {
        let _ = numeric::encode(text, Bounds::new(Some(28), Some(8)), &mut Vec::new());
        let _ = numeric::encode(text, Bounds::new(None, None), &mut Vec::new());
    }
}

fn row_of(kind: u8, body: &[u8]) -> Result<bool> {
    let all = types();
    let table = match all.get(usize::from(kind)) {
        Some(ty) => table(std::iter::once(ty.clone())),
        None => table(all.into_iter()),
    };
    Decoder::new(&table).row(body, &mut Swallow::default())
}

/// Messages of the server; the first byte chooses what was asked of it.
#[cfg(unix)]
pub(crate) fn session(data: &[u8]) {
    if let Some((asked, said)) = data.split_first() {
        let _ = conversation(*asked, said);
    }
}

/// Whether the conversation came to its end.
#[cfg(unix)]
fn conversation(asked: u8, said: &[u8]) -> std::result::Result<(), Fault> {
    let (stream, _server) = server_that_says(said);
    let mut wire = Wire::new(stream);
    if asked.is_multiple_of(5) {
        let mut endpoint = Endpoint::new(Engine::PostgreSql, "h", 1, "d");
        (endpoint.user, endpoint.password, endpoint.tls) = ("u".into(), Secret::new("p"), TlsMode::Off);
        connect::login(&mut wire, &endpoint)?;
    }
    wire.trust_lengths();
    let mut session = Session::new(wire);
    match asked % 5 {
        0 => connect::configure(&mut session, "public", Role::Source),
        1 => catalog::introspect(&mut session).map(drop).map_err(Fault::Sink),
        2 => split::split(&mut session, &table(types().into_iter()), 1).map(drop).map_err(Fault::Sink),
        3 => session.execute("x").map(drop),
        _ => copied(&mut session),
    }
}

fn copied(session: &mut Session) -> std::result::Result<(), Fault> {
    let (mut decoder, mut opening) = (Decoder::new(&table(types().into_iter())), Opening::default());
    let mut sink = Swallow::default();
    copy_out::run(session, "COPY", &mut |row| match row {
        Row::Short(body) => {
            let body = opening.strip(body)?;
            if body.is_empty() { Ok(false) } else { decoder.row(body, &mut sink).map_err(Fault::Sink) }
        }
        Row::Long(mut body) => {
            opening.skip(&mut body)?;
            decoder.long_row(&mut body, &mut sink).map(|()| true)
        }
    })
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::seed;

    #[test]
    fn seeds_are_read_to_their_end() {
        for name in ["all", "nulls"] {
            let bytes = seed("postgresql_rows", name);
            assert!(row_of(bytes[0], &bytes[1..]).unwrap(), "{name}");
        }
        for name in ["login", "copy", "catalog"] {
            let bytes = seed("postgresql_session", name);
            assert!(conversation(bytes[0], &bytes[1..]).is_ok(), "{name}");
        }
        let refused = seed("postgresql_session", "error");
        assert!(matches!(conversation(refused[0], &refused[1..]), Err(Fault::Server(_))));
    }
}
