//! Probes find what is in the data and name rows by key.

use super::support::*;
use dbferry::probe::{Answer, Probe, TableProbes};

fn answers(db: &Db, table: &str, probes: Vec<Probe>) -> Vec<Answer> {
    let mut source = source(&db.endpoint);
    let schema = source.introspect().unwrap();
    let table = schema.tables.iter().find(|t| t.name == table).unwrap();
    reader(source.as_mut()).probe(&TableProbes { table, probes, range: dbferry::backends::Range::All }).unwrap()
}

fn c(name: &str) -> String {
    name.to_string()
}

#[test]
fn probes_are_answered_in_order() {
    let Some(db) = Db::create("probe") else { return };
    db.run("CREATE TABLE p (id int PRIMARY KEY);
            CREATE TABLE t (id int PRIMARY KEY, i int, b bit(4), v varchar(20), y bytea, d date, ts timestamp, n numeric,
                            f float8, r int);
            INSERT INTO p VALUES (1);
            INSERT INTO t VALUES
              (1, -5, B'0011', 'äb', '\\x0102', '2020-01-01', '2020-01-01 00:00:00.12', 12.340, 1, 1),
              (2, 7, B'1001', 'ÄB ', NULL, 'infinity', '0044-03-15 00:00 BC', -0.005, 'NaN', 2),
              (3, NULL, NULL, NULL, NULL, NULL, NULL, 'NaN', NULL, NULL);
            ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (r) REFERENCES p NOT VALID");
    let (min, max) = (-354_285, 2_932_896);
    let got = answers(
        &db,
        "t",
        vec![
            Probe::Range { column: c("i") },
            Probe::Range { column: c("b") },
            Probe::NulText { column: c("v") },
            Probe::MaxLength { column: c("v") },
            Probe::DateOutside { column: c("d"), min, max },
            Probe::DateOutside { column: c("ts"), min, max },
            Probe::NotFinite { column: c("f") },
            Probe::NotFinite { column: c("n") },
            Probe::ExcessFraction { column: c("ts"), digits: 1 },
            Probe::DecimalDigits { column: c("n") },
            Probe::KeyBytes { columns: vec![c("v"), c("y")], bytes: 4 },
            Probe::Collisions { columns: vec![c("v")], ignore_case: true, ignore_trailing_blanks: true },
            Probe::Collisions { columns: vec![c("v")], ignore_case: true, ignore_trailing_blanks: false },
            Probe::Dangling { foreign_key: c("fk") },
            Probe::ZeroDate { column: c("d") },
            Probe::MaxLength { column: c("y") },
        ],
    );
    let answer = |count, min, max, keys: &[&str]| Answer { count, min, max, keys: keys.iter().map(|k| c(k)).collect() };
    let expected = [
        answer(2, Some(-5), Some(7), &[]),
        answer(2, Some(3), Some(9), &[]),
        answer(0, None, None, &[]),
        answer(2, Some(3), Some(4), &[]),
        answer(1, None, None, &["id=2"]),
        answer(1, None, None, &["id=2"]),
        answer(1, None, None, &["id=2"]),
        answer(1, None, None, &["id=3"]),
        answer(1, None, None, &["id=1"]),
        answer(2, Some(2), Some(3), &[]),
        answer(1, None, None, &["id=1"]),
        answer(1, None, None, &["id=1 and id=2"]),
        answer(0, None, None, &[]),
        answer(1, None, None, &["id=2"]),
        answer(0, None, None, &[]),
        answer(1, Some(2), Some(2), &[]),
    ];
    for (at, (got, expected)) in got.iter().zip(&expected).enumerate() {
        assert_eq!(got, expected, "probe {at}");
    }
}
