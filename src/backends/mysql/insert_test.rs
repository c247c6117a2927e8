//! INSERT against real servers: the integration tests cannot switch `local_infile` off for everybody.

use super::connect::{self, Role};
use super::session::Session;
use super::write::MySqlWriter;
use crate::backends::{Claim, WriteColumn, WriteTable, Writer};
use crate::cell::{Cell, Special};
use crate::endpoint::{Endpoint, Engine, Secret};
use crate::error::{ErrorKind, Result};
use crate::types::Type;

fn endpoints() -> Vec<Endpoint> {
    ["DBFERRY_TEST_MARIADB_URL", "DBFERRY_TEST_MYSQL_URL"].iter().filter_map(|name| endpoint(name)).collect()
}

fn endpoint(variable: &str) -> Option<Endpoint> {
    let Ok(url) = std::env::var(variable) else {
        eprintln!("skipped: {variable} is not set");
        return None;
    };
    let (account, place) = url.strip_prefix("mysql://")?.rsplit_once('@')?;
    let (user, password) = account.split_once(':')?;
    let (host, port) = place.trim_end_matches('/').rsplit_once(':')?;
    let mut endpoint = Endpoint::new(Engine::MySql, host, port.parse().ok()?, "information_schema");
    endpoint.user = user.to_string();
    endpoint.password = Secret::new(password);
    Some(endpoint)
}

const DB: &str = "mysql_t_insert";

fn prepare(endpoint: &mut Endpoint) -> Session {
    let mut session = connect::open(endpoint, Role::Target).unwrap();
    for statement in [
        "DROP DATABASE IF EXISTS mysql_t_insert",
        "CREATE DATABASE mysql_t_insert CHARACTER SET utf8mb4",
        "USE mysql_t_insert",
        "CREATE TABLE dbferry_run (epoch bigint)",
        "INSERT INTO dbferry_run VALUES (3)",
        "CREATE TABLE dbferry_chunk (epoch bigint, table_no int, chunk_no int, chunk_range text, row_count bigint, row_hash varchar(32), PRIMARY KEY (table_no, chunk_no))",
        "CREATE TABLE t (id int PRIMARY KEY, v varchar(200) CHARACTER SET latin1, x text, b blob, d date, s datetime(6), m time(6), \
         n decimal(20,5), f float, g double, i bit(9), j json, p point, e enum('ü','b'), y year)",
    ] {
        session.run(statement).unwrap();
    }
    endpoint.database = DB.to_string();
    session
}

fn table() -> WriteTable {
    let time = Type::Time { precision: 6, zone: false, duration: true };
    let columns = [
        ("id", Type::int(4)),
        ("v", Type::varchar(200)),
        ("x", Type::text()),
        ("b", Type::bytes()),
        ("d", Type::Date),
        ("s", Type::Timestamp { precision: 6, zone: false }),
        ("m", time),
        ("n", Type::decimal(20, 5)),
        ("f", Type::Float { bytes: 4 }),
        ("g", Type::Float { bytes: 8 }),
        ("i", Type::Bits { len: Some(9), fixed: true }),
        ("j", Type::Json { binary: true }),
        ("p", Type::Native { name: "point".into(), binary_portable: false }),
        ("e", Type::Enum { name: None, labels: vec!["ü".into(), "b".into()] }),
        ("y", Type::int(2)),
    ];
    let columns = columns.map(|(name, ty)| WriteColumn { name: name.into(), ty, native: String::new() }).to_vec();
    WriteTable { name: "t".into(), columns, splice: None }
}

const POINT: &str = "E61000000101000000000000000000F03F0000000000000040";

fn write(writer: &mut MySqlWriter, rows: i64, text: &str) -> Result<()> {
    let table = table();
    writer.begin(&table, &Claim { epoch: 3, table: 1, chunk: 2, range: "r".into() })?;
    let mut encoder = writer.encoder(&table)?;
    for id in 0..rows {
        let cells = [
            Cell::I64(id),
            Cell::Text("é'\\ "),
            Cell::Text(text),
            Cell::Bytes(&[0, 255, 39, 92]),
            Cell::Special(Special::ZeroDate(0, 0, 0, 0)),
            Cell::Timestamp(19_782, 1_000_000),
            Cell::Time(-1_500_000_000),
            Cell::Decimal("-12.50000"),
            Cell::F32(7.038_531e-26),
            Cell::F64(0.1),
            Cell::Bits(&[128, 128], 9),
            Cell::Text("{\"a\": \"ü\"}"),
            Cell::Text(POINT),
            Cell::Text("ü"),
            Cell::I64(0),
        ];
        for cell in cells {
            encoder.cell(cell)?;
        }
        encoder.end_row()?;
    }
    writer.send(&encoder.take(Vec::new()))?;
    writer.commit(rows as u64, None)
}

#[test]
fn rows_by_insert_arrive_equal() {
    for mut endpoint in endpoints() {
        let mut control = prepare(&mut endpoint);
        let session = connect::open(&endpoint, Role::Target).unwrap();
        // A small packet limit makes many statements of one buffer.
        let mut writer = MySqlWriter::new(endpoint.clone(), session, false, 8192);
        let text = "a'b\\c\0\n\t\"😀";
        write(&mut writer, 500, text).unwrap();
        let found = control
            .rows(
                "SELECT COUNT(*), MIN(v), MIN(HEX(x)), MIN(HEX(b)), MIN(d), MIN(s), MIN(m), MIN(n), MIN(f + 0e0), MIN(g), MIN(i + 0), \
                 MIN(CAST(j AS CHAR)), MIN(HEX(p)), MIN(e), MIN(y + 0), COUNT(DISTINCT id) FROM t",
            )
            .unwrap();
        let found: Vec<String> = found[0].iter().map(|v| v.clone().unwrap_or_default()).collect();
        let hex: String = text.bytes().map(|b| format!("{b:02X}")).collect();
        let single = format!("{}", f64::from(7.038_531e-26_f32));
        assert_eq!(found[8].parse::<f64>().unwrap() as f32, single.parse::<f64>().unwrap() as f32);
        let wanted = [
            "500",
            "é'\\ ",
            &hex,
            "00FF275C",
            "0000-00-00",
            "2024-02-29 00:00:00.001000",
            "-00:00:01.500000",
            "-12.50000",
        ];
        assert_eq!(&found[..8], &wanted);
        assert_eq!(&found[9..], &["0.1", "257", "{\"a\": \"ü\"}", POINT, "ü", "0", "500"]);
        assert_eq!(control.value("SELECT row_count FROM dbferry_chunk").unwrap().as_deref(), Some("500"));
        refusals(&mut control, &mut writer);
        control.run("DROP DATABASE mysql_t_insert").unwrap();
    }
}

/// What must not arrive is rolled back and not shown.
fn refusals(control: &mut Session, writer: &mut MySqlWriter) {
    control.run("TRUNCATE dbferry_chunk").unwrap();
    let twice = write(writer, 1, "secret").unwrap_err();
    assert!(twice.kind() == ErrorKind::Write && !twice.render().contains("secret"), "{twice:?}");
    writer.abort();
    control.run("TRUNCATE t").unwrap();
    let long = write(writer, 1, &"x".repeat(10_000)).unwrap_err();
    assert!(long.kind() == ErrorKind::Value && long.render().contains("max_allowed_packet"), "{long:?}");
    writer.abort();
    assert_eq!(control.value("SELECT COUNT(*) FROM dbferry_chunk").unwrap().as_deref(), Some("0"));
    write(writer, 3, "x").unwrap();
}
