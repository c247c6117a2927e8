//! Chunks that must not arrive: refused, rolled back, and said so without the value.

use super::{Server, claim, plan, schema, servers, source, table, target};
use dbferry::backends::{Range, WriteTable, Writer};
use dbferry::cell::{Cell, RowSink};
use dbferry::error::{Error, ErrorKind, Result};
use dbferry::probe::{Probe, TableProbes};
use dbferry::types::Type;

fn prepare(server: &Server, db: &str, ddl: &str) -> (WriteTable, Box<dyn Writer>) {
    server.fresh(db);
    server.control_table(db);
    server.native(db, ddl);
    let schema = schema(&server.database(db));
    let (_, write) = plan(table(&schema, "t"));
    let writer = target(&server.database(db)).unwrap().open_writer().unwrap();
    (write, writer)
}

fn load(writer: &mut dyn Writer, write: &WriteTable, chunk: u32, rows: &[&[Cell<'_>]]) -> Result<()> {
    writer.begin(write, &claim(chunk))?;
    let mut encoder = writer.encoder(write)?;
    for row in rows {
        for cell in *row {
            encoder.cell(*cell)?;
        }
        encoder.end_row()?;
    }
    writer.send(&encoder.take(Vec::new()))?;
    writer.commit(rows.len() as u64, None)
}

fn is_clean(server: &Server, db: &str) {
    assert_eq!(
        server.native(db, "SELECT (SELECT COUNT(*) FROM t), (SELECT COUNT(*) FROM dbferry_chunk);").trim_end(),
        "0\t0"
    );
}

fn secretive(error: &Error, kind: ErrorKind) {
    let text = error.render();
    assert_eq!(error.kind(), kind, "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn bad_rows_roll_the_chunk_back() {
    for server in servers() {
        let db = "mysql_t_bad";
        let (mut write, mut writer) =
            prepare(&server, db, "CREATE TABLE t (id int PRIMARY KEY, v varchar(5), e enum('a') NOT NULL);");
        let writer = writer.as_mut();
        let ok = [Cell::I64(1), Cell::Text("x"), Cell::Text("a")];
        let twice = load(writer, &write, 0, &[&ok, &ok]).unwrap_err();
        secretive(&twice, ErrorKind::Write);
        is_clean(&server, db);
        // Past our own check, so that the server's is seen.
        write.columns[1].ty = Type::text();
        let long =
            load(writer, &write, 0, &[&ok, &[Cell::I64(2), Cell::Text("secret!"), Cell::Text("a")]]).unwrap_err();
        secretive(&long, ErrorKind::Value);
        let label = load(writer, &write, 0, &[&[Cell::I64(2), Cell::Null, Cell::Text("secret")]]).unwrap_err();
        secretive(&label, ErrorKind::Value);
        let null = load(writer, &write, 0, &[&[Cell::I64(2), Cell::Null, Cell::Null]]).unwrap_err();
        secretive(&null, ErrorKind::Value);
        is_clean(&server, db);
        load(writer, &write, 0, &[&ok]).unwrap();
        let claimed = load(writer, &write, 0, &[]).unwrap_err();
        assert!(claimed.to_string().contains("claimed"), "{claimed}");
        load(writer, &write, 1, &[]).unwrap();
        assert_eq!(server.native(db, "SELECT SUM(row_count), COUNT(*) FROM dbferry_chunk;").trim_end(), "1\t2");
        server.drop(db);
    }
}

#[test]
fn an_aborted_chunk_leaves_nothing() {
    for server in servers() {
        let db = "mysql_t_abort";
        let (write, mut writer) = prepare(&server, db, "CREATE TABLE t (id int PRIMARY KEY);");
        writer.begin(&write, &claim(0)).unwrap();
        writer.send(b"1\n2\n3").unwrap();
        writer.abort();
        is_clean(&server, db);
        load(writer.as_mut(), &write, 0, &[&[Cell::I64(1)]]).unwrap();
        drop(writer);
        server.drop(db);
    }
}

#[test]
fn the_run_lock_names_its_holder() {
    for server in servers() {
        let db = "mysql_t_lock";
        server.fresh(db);
        let mut first = target(&server.database(db)).unwrap();
        let mut second = target(&server.database(db)).unwrap();
        assert_eq!(first.lock().unwrap(), None);
        assert!(second.lock().unwrap().unwrap().contains("root"));
        drop(first);
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert_eq!(second.lock().unwrap(), None);
        let info = second.info();
        assert!(info.page_size == 16384 && info.max_packet > 0 && info.slow_load.is_none());
        assert_eq!(second.execute("CREATE TABLE").unwrap_err().kind(), ErrorKind::Ddl);
        server.drop(db);
    }
}

struct Count(u64);

impl RowSink for Count {
    fn cell(&mut self, _: Cell<'_>) -> Result<()> {
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        self.0 += 1;
        Ok(())
    }
}

#[test]
fn splits_cover_every_row_once() {
    for server in servers() {
        let db = "mysql_t_split";
        server.fresh(db);
        let keys = [
            ("a", "int", "n * 7 - 500"),
            ("b", "varchar(20) collate utf8mb4_general_ci", "CONCAT(IF(n % 2, 'Ä', 'a'), ' ', n, '''')"),
            ("c", "varbinary(20)", "UNHEX(LPAD(HEX(n * 37), 8, '0'))"),
            ("d", "decimal(20,5)", "n / 7 - 20"),
            ("e", "datetime(3)", "'2020-01-01' + INTERVAL n * 61 SECOND"),
            ("f", "char(36) character set latin1", "LEFT(SHA2(n, 256), 36)"),
            ("g", "date", "'1000-01-01' + INTERVAL n DAY"),
            ("h", "double", "n / 3"),
        ];
        for (name, ty, value) in keys {
            server.native(
                db,
                &format!(
                    "CREATE TABLE {name} (k {ty}, m int, PRIMARY KEY (k, m)); INSERT INTO {name} WITH RECURSIVE s AS \
                 (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 900) SELECT {value}, n FROM s;"
                ),
            );
        }
        let schema = schema(&server.database(db));
        let mut source = source(&server.database(db)).unwrap();
        let mut readers = source.open_readers(1).unwrap();
        let reader = readers.sessions[0].as_mut();
        for (name, ..) in keys {
            let (mut read, _) = plan(table(&schema, name));
            (read.bytes_estimate, read.rows_estimate) = (1000, 900);
            let ranges = reader.split(&read, 100).unwrap();
            assert!(name == "h" || ranges.len() >= 9, "{name}: {} ranges", ranges.len());
            let mut count = Count(0);
            for range in &ranges {
                reader.read(&read, range, &mut count).unwrap();
            }
            assert_eq!(count.0, 900, "{name}");
            let mut all = Count(0);
            assert_eq!(reader.read(&read, &Range::All, &mut all).unwrap(), 900);
        }
        drop(readers);
        server.drop(db);
    }
}

#[test]
fn probes_find_what_is_there() {
    for server in servers() {
        let db = "mysql_t_probe";
        server.fresh(db);
        server.native(
            db,
            "SET sql_mode = 'ALLOW_INVALID_DATES'; CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1); \
             CREATE TABLE t (id int PRIMARY KEY, n bigint, b bit(9), v varchar(20) character set latin1, w text, d date, s datetime(6), \
             x decimal(20,8), k varchar(20) collate utf8mb4_bin, r int, KEY(r), CONSTRAINT fk FOREIGN KEY (r) REFERENCES p(id)); \
             SET foreign_key_checks = 0; \
             INSERT INTO t VALUES (1, -5, b'101', 'é', 'a', '0000-00-00', '2020-01-01 00:00:00.123456', 1.5, 'a', 1), \
             (2, 9, b'111111111', 'ab\\0c', '中中', '2024-02-30', '1000-01-01', -123.25, 'A', 7), \
             (3, NULL, NULL, NULL, 'x\\0', '2024-02-29', '9999-12-31', NULL, 'a ', NULL), (4, 0, 0, '', '', '2024-05-00', NULL, 0, 'b', 1);",
        );
        let schema = schema(&server.database(db));
        let column = || "v".to_string();
        let key = || vec!["k".to_string()];
        let collide = |ignore_case, ignore_trailing_blanks| Probe::Collisions {
            columns: key(),
            ignore_case,
            ignore_trailing_blanks,
        };
        let probes = vec![
            Probe::Range { column: "n".into() },
            Probe::Range { column: "b".into() },
            Probe::NulText { column: column() },
            Probe::NulText { column: "w".into() },
            Probe::ZeroDate { column: "d".into() },
            Probe::MaxLength { column: column() },
            Probe::MaxLength { column: "w".into() },
            Probe::DateOutside { column: "s".into(), min: -350_000, max: 2_000_000 },
            Probe::NotFinite { column: "n".into() },
            Probe::ExcessFraction { column: "s".into(), digits: 3 },
            Probe::DecimalDigits { column: "x".into() },
            Probe::KeyBytes { columns: vec!["w".into()], bytes: 5 },
            collide(false, false),
            collide(true, false),
            collide(false, true),
            collide(true, true),
            Probe::Dangling { foreign_key: "fk".into() },
        ];
        let mut source = source(&server.database(db)).unwrap();
        let mut readers = source.open_readers(1).unwrap();
        let answers = readers.sessions[0]
            .probe(&TableProbes { table: table(&schema, "t"), probes, range: dbferry::backends::Range::All })
            .unwrap();
        let counts: Vec<u64> = answers.iter().map(|a| a.count).collect();
        assert_eq!(counts, [3, 3, 1, 1, 3, 3, 4, 2, 0, 1, 3, 1, 0, 1, 1, 1, 1], "{}", server.product);
        let range = |at: usize| (answers[at].min, answers[at].max);
        assert_eq!(range(0), (Some(-5), Some(9)));
        assert_eq!(range(1), (Some(0), Some(511)));
        assert_eq!(range(5), (Some(4), Some(4)));
        assert_eq!(range(6), (Some(2), Some(6)));
        assert_eq!(range(10), (Some(3), Some(2)));
        assert_eq!(answers[2].keys, ["id=2"]);
        assert_eq!(answers[4].keys, ["id=1", "id=2", "id=4"]);
        assert_eq!(answers[16].keys, ["id=2"]);
        drop(readers);
        server.drop(db);
    }
}
