//! Rows of every type go from table to table and come out equal; broken-off chunks leave nothing.

use super::support::*;
use dbferry::ErrorKind;
use dbferry::backends::{Range, SpliceFormat};
use dbferry::types::Type;

/// Every type with a portable twin, at its edges. `{s}` is the schema.
const TORTURE: &str = r#"
CREATE TYPE {s}.mood AS ENUM ('sad', 'it''s "ok"', '');
CREATE TABLE {s}."Tör;--""ture" (
  id bigint PRIMARY KEY, b bool, i2 smallint, i4 int, i8 bigint, n numeric, np numeric(12,4), nn numeric(6,-2),
  f4 real, f8 double precision, t text, v varchar(5), c char(4), nm name, y bytea, d date, ti time, tz timetz,
  ts timestamp, ts0 timestamp(0), tstz timestamptz, iv interval, u uuid, j json, jb jsonb, bi bit(9), vb varbit(70),
  m {s}.mood, "select ""x""" text)"#;

const ROWS: &str = r#"
INSERT INTO "Tör;--""ture" VALUES
 (1, true, 32767, 2147483647, 9223372036854775807, 1e100, 99999999.9999, 999900, 'NaN', 1.7976931348623157e308,
  repeat('é😀', 3000), 'ab😀 ', 'a', 'name', '\x00ff5c', 'infinity', '24:00:00', '23:59:59.999999+15:59',
  'infinity', '294276-12-31 23:59:59', '4714-11-24 00:00:00+00 BC', '-178000000 years 5 days -1 microsecond',
  'ffffffff-ffff-ffff-ffff-ffffffffffff', '{"b":1, "a" : 2, "a":3}', '{"b":1,"a":[1e400]}', B'101010101', B'',
  'it''s "ok"', ''),
 (2, false, -32768, -2147483648, -9223372036854775808, 'NaN', -0.0001, -100, '-Infinity', '-0', '', '', '', '',
  '', '5874897-12-31', '00:00', '00:00-15:59', '4714-11-24 00:00:00 BC', '1970-01-01', '-infinity', '0',
  '00000000-0000-0000-0000-000000000000', '[]', 'null', B'000000000', B'1', '', 'x'),
 (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (4, true, 0, 0, 0, '-Infinity', 0, 0, 1e-45, 5e-324, E'\\.\n\t\r', E'\u0001', ' ', 'n', '\xff', '0001-01-01',
  '12:34:56.789012', '12:34:56+05:30', '1969-12-31 23:59:59.999999', '9999-12-31', '2000-01-01', '1 mon -1 day',
  '12345678-9abc-def0-1234-56789abcdef0', '"\ud83d\ude00"', '{}', B'111111111', repeat('10', 35)::varbit, 'sad', 'y');
INSERT INTO "Tör;--""ture" (id, n, np, i8, t, f8, ts)
 SELECT g, (g * 1234.5678)::numeric / 10 ^ (g % 40), g / 100.0, g, 'row ' || g, g / 3.0,
        '2020-01-01'::timestamp + g * interval '12345.678901 s' FROM generate_series(5, 3000) AS g"#;

fn torture(name: &str) -> Option<Db> {
    let db = Db::create(name)?;
    db.run("CREATE SCHEMA \"Ziel \"\"1\"");
    db.run(&TORTURE.replace("{s}", "public"));
    db.run(ROWS);
    db.run(&TORTURE.replace("{s}", "\"Ziel \"\"1\""));
    target(&db.with_schema("Ziel \"1")).execute(CONTROL).unwrap();
    Some(db)
}

fn copies(name: &str, splice: Option<SpliceFormat>) {
    let Some(db) = torture(name) else { return };
    let mut source = source(&db.endpoint);
    let schema = source.introspect().unwrap();
    let table = &schema.tables[0];
    let mut reader = reader(source.as_mut());
    let mut target = target(&db.with_schema("Ziel \"1"));
    let mut writer = target.open_writer().unwrap();
    let ranges = reader.split(&read_table(table, splice), 100_000).unwrap();
    assert!(ranges.len() > 3, "{ranges:?}");
    assert_eq!(copy(reader.as_mut(), writer.as_mut(), table, splice, &ranges).unwrap(), 3000);
    // Enums of two schemas are two types, and json has no equality: whole rows are compared as text.
    let rows = |schema: &str| format!("SELECT t::text FROM {schema}.\"Tör;--\"\"ture\" AS t");
    let (from, to) = (rows("public"), rows("\"Ziel \"\"1\""));
    db.holds(&format!("NOT EXISTS ({from} EXCEPT ALL {to}) AND NOT EXISTS ({to} EXCEPT ALL {from})"));
    db.holds("SELECT sum(row_count) = 3000 FROM \"Ziel \"\"1\".dbferry_chunk");
    db.holds("SELECT bool_and(chunk_range = 'it''s all') FROM \"Ziel \"\"1\".dbferry_chunk");
}

#[test]
fn torture_by_cells() {
    copies("cells", None);
}

#[test]
fn torture_by_binary_frames() {
    copies("binary", Some(SpliceFormat::Binary));
}

#[test]
fn torture_by_text_frames() {
    copies("text", Some(SpliceFormat::Text));
}

#[test]
fn empty_and_columnless_tables_copy() {
    let Some(db) = Db::create("empty") else { return };
    db.run(
        "CREATE SCHEMA z; CREATE TABLE e (a int); CREATE TABLE n (); CREATE TABLE z.e (a int); CREATE TABLE z.n ();
            INSERT INTO n DEFAULT VALUES; INSERT INTO n DEFAULT VALUES",
    );
    target(&db.with_schema("z")).execute(CONTROL).unwrap();
    let mut source = source(&db.endpoint);
    let schema = source.introspect().unwrap();
    let mut reader = reader(source.as_mut());
    let mut writer = target(&db.with_schema("z")).open_writer().unwrap();
    for (table, rows) in schema.tables.iter().zip([0, 2]) {
        for splice in [None, Some(SpliceFormat::Binary), Some(SpliceFormat::Text)] {
            let done = copy(reader.as_mut(), writer.as_mut(), table, splice, &[Range::All]).unwrap();
            assert_eq!(done, rows, "{}", table.name);
            writer.execute("TRUNCATE z.dbferry_chunk").unwrap();
        }
    }
    db.holds("SELECT count(*) = 6 FROM z.n");
}

#[test]
fn broken_chunks_leave_nothing_and_the_sessions_go_on() {
    let Some(db) = Db::create("broken") else { return };
    db.run(
        "CREATE SCHEMA z; CREATE TABLE t AS SELECT 7000000 + g AS id, g::text AS v FROM generate_series(1, 200000) AS g;
            CREATE TABLE z.t (id int CHECK (id <> 7150000), v text)",
    );
    db.run(&CONTROL.replace("dbferry_", "z.dbferry_"));
    let mut source = source(&db.endpoint);
    let schema = source.introspect().unwrap();
    let table = &schema.tables[0];
    let mut reader = reader(source.as_mut());
    let mut writer = target(&db.with_schema("z")).open_writer().unwrap();

    let error = copy(reader.as_mut(), writer.as_mut(), table, None, &[Range::All]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Value, "{error:?}");
    assert!(format!("{error:?}").contains("23514") && !format!("{error:?}").contains("7150000"), "{error:?}");
    db.holds("NOT EXISTS (SELECT FROM z.t) AND NOT EXISTS (SELECT FROM z.dbferry_chunk)");

    let error = reader.read(&read_table(table, None), &Range::All, &mut Refuse).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);

    writer.execute("ALTER TABLE t DROP CONSTRAINT t_id_check").unwrap();
    let write = write_table(table, None);
    writer.begin(&write, &claim(0)).unwrap();
    assert_eq!(writer.commit(7, None).unwrap_err().kind(), ErrorKind::Write);
    assert_eq!(copy(reader.as_mut(), writer.as_mut(), table, None, &[Range::All]).unwrap(), 200_000);
    let error = copy(reader.as_mut(), writer.as_mut(), table, None, &[Range::All]).unwrap_err();
    assert!(error.to_string().contains("claimed by another run"), "{error:?}");
    db.holds("SELECT count(*) = 200000 FROM z.t");
}

#[test]
fn a_killed_session_says_so() {
    let Some(db) = Db::create("killed") else { return };
    db.run(&format!("CREATE TABLE t (v text); {CONTROL}"));
    let mut source = source(&db.endpoint);
    let table = source.introspect().unwrap().tables.into_iter().find(|t| t.name == "t").unwrap();
    let write = write_table(&table, None);
    let mut writer = target(&db.endpoint).open_writer().unwrap();
    writer.begin(&write, &claim(0)).unwrap();
    db.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active'
            AND datname = current_database()",
    );
    let mut encoder = writer.encoder(&write).unwrap();
    let text = "x".repeat(1_000_000);
    let error = (0..100)
        .find_map(|_| {
            encoder.cell(dbferry::cell::Cell::Text(&text)).unwrap();
            encoder.end_row().unwrap();
            writer.send(&encoder.take(Vec::new())).err()
        })
        .unwrap();
    assert!(format!("{error:?}").contains("57P01"), "{error:?}");
    writer.abort();
    db.holds("NOT EXISTS (SELECT FROM t) AND NOT EXISTS (SELECT FROM dbferry_chunk)");
}

#[test]
fn readers_share_one_point_in_time() {
    let Some(db) = Db::create("snapshot") else { return };
    db.run("CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 10) AS g");
    let mut source = source(&db.endpoint);
    db.run("INSERT INTO t SELECT 99 FROM generate_series(1, 5)");
    let schema = source.introspect().unwrap();
    let readers = source.open_readers(3).unwrap();
    assert!(readers.point.unwrap().contains("at LSN"));
    for mut reader in readers.sessions {
        let mut rows = Rows::default();
        assert_eq!(reader.read(&read_table(&schema.tables[0], None), &Range::All, &mut rows).unwrap(), 10);
        assert_eq!(reader.count(&read_table(&schema.tables[0], None)).unwrap(), 10);
    }
}

#[test]
fn disordered_tables_are_cut_by_key() {
    let Some(db) = Db::create("bykey") else { return };
    db.run(
        "CREATE TABLE t (id int PRIMARY KEY, v text);
            INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(-20000, 20000) AS g ORDER BY md5(g::text)",
    );
    db.run("ANALYZE t");
    let mut source = source(&db.endpoint);
    let schema = source.introspect().unwrap();
    let mut table = read_table(&schema.tables[0], None);
    table.key_order = true;
    table.columns.truncate(1);
    let mut reader = reader(source.as_mut());
    let ranges = reader.split(&table, 1_000_000).unwrap();
    assert!(ranges.len() > 3 && matches!(ranges[0], Range::Key { from: None, .. }), "{ranges:?}");
    let mut rows = Rows::default();
    for range in &ranges {
        reader.read(&table, range, &mut rows).unwrap();
    }
    let ids: Vec<i64> = rows.0.iter().map(|row| row[0].parse().unwrap()).collect();
    assert_eq!(ids, (-20_000..=20_000).collect::<Vec<_>>());
}

#[test]
fn huge_rows_pass() {
    let Some(db) = Db::create("huge") else { return };
    db.run("CREATE SCHEMA z; CREATE TABLE t AS SELECT repeat('0123456789', 3000000) AS v; CREATE TABLE z.t (v text)");
    db.run(&CONTROL.replace("dbferry_", "z.dbferry_"));
    let mut source = source(&db.endpoint);
    let schema = source.introspect().unwrap();
    assert_eq!(schema.tables[0].columns[0].ty, Type::text());
    let mut reader = reader(source.as_mut());
    let mut writer = target(&db.with_schema("z")).open_writer().unwrap();
    copy(reader.as_mut(), writer.as_mut(), &schema.tables[0], None, &[Range::All]).unwrap();
    db.holds("(SELECT v FROM z.t) = (SELECT v FROM t)");
}
