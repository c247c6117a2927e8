//! Probes find exactly the rows that each question means, in every table that MySQL and MariaDB let be filled.

use super::{Server, schema, servers, source, table};
use dbferry::backends::{KeyBound, Range};
use dbferry::probe::{Answer, Probe, TableProbes};

/// Dates in their spelling, and whether no calendar has them.
const DATES: &[(&str, bool)] = &[
    ("0000-00-00", true),
    ("0000-00-05", true),
    ("0000-05-00", true),
    ("0000-05-05", true),
    ("0000-12-31", true),
    ("2024-00-00", true),
    ("2024-00-10", true),
    ("2024-00-31", true),
    ("2024-02-00", true),
    ("2023-02-29", true),
    ("2023-02-31", true),
    ("1900-02-29", true),
    ("2023-04-31", true),
    ("0001-01-01", false),
    ("1000-02-28", false),
    ("2000-02-29", false),
    ("2024-02-29", false),
    ("2024-12-31", false),
    ("9999-12-31", false),
];

fn ask(server: &Server, db: &str, probes: Vec<Probe>, range: Range) -> Vec<Answer> {
    let schema = schema(&server.database(db));
    let mut source = source(&server.database(db)).unwrap();
    let mut readers = source.open_readers(1).unwrap();
    readers.sessions[0].probe(&TableProbes { table: table(&schema, "t"), probes, range }).unwrap()
}

fn zero(column: &str) -> Probe {
    Probe::ZeroDate { column: column.into() }
}

fn nul(column: &str) -> Probe {
    Probe::NulText { column: column.into() }
}

fn counts(answers: &[Answer]) -> Vec<u64> {
    answers.iter().map(|answer| answer.count).collect()
}

#[test]
fn each_date_that_no_calendar_has_is_found() {
    for server in servers() {
        let db = "mysql_t_probe_dates";
        server.fresh(db);
        let rows = DATES.iter().map(|(d, _)| format!("('{d}', '{d} 10:00:00', '{d} 23:59:59.999999', '{d}')"));
        server.native(
            db,
            &format!(
                "SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'; CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, \
                 d date, s datetime NOT NULL, m datetime(6), k date NOT NULL, z timestamp(6) NULL, KEY(k)); \
                 INSERT INTO t (d, s, m, k) VALUES {}; INSERT INTO t VALUES (1000, NULL, '2024-01-01', NULL, '2024-01-01', \
                 '0000-00-00'), (1001, NULL, '2024-01-01', NULL, '2024-01-01', '1970-01-01 00:00:01'), \
                 (1002, NULL, '2024-01-01', NULL, '2024-01-01', '2024-02-29 23:59:59.999999');",
                rows.collect::<Vec<_>>().join(", ")
            ),
        );
        let questions = || ["d", "s", "m", "k", "z"].map(zero).to_vec();
        for (at, (date, unknown)) in DATES.iter().enumerate() {
            let at = at as i128 + 1;
            let one =
                Range::Key { column: "id".into(), from: Some(KeyBound::Int(at)), to: Some(KeyBound::Int(at + 1)) };
            let found = counts(&ask(&server, db, questions(), one));
            let expected = u64::from(*unknown);
            assert_eq!(found, [expected, expected, expected, expected, 0], "{}: {date}", server.product);
        }
        let unknown = DATES.iter().filter(|(_, unknown)| *unknown).count() as u64;
        let all = ask(&server, db, questions(), Range::All);
        assert_eq!(counts(&all), [unknown, unknown, unknown, unknown, 1], "{}", server.product);
        assert_eq!(all[4].keys, ["id=1000"]);
        server.drop(db);
    }
}

#[test]
fn a_nul_is_found_whatever_stands_beside_it() {
    for server in servers() {
        let db = "mysql_t_probe_nul";
        server.fresh(db);
        // Charsets and collations that do not mix, and a zero byte that is no NUL.
        server.native(
            db,
            "CREATE TABLE t (id int PRIMARY KEY, a varchar(9) COLLATE utf8mb4_general_ci, b text COLLATE utf8mb4_unicode_ci, \
             c varchar(9) CHARACTER SET latin1, d varchar(9) CHARACTER SET cp1251, e varchar(9) CHARACTER SET utf16, \
             f longtext COLLATE utf8mb4_bin, g char(9) CHARACTER SET ascii); \
             INSERT INTO t VALUES (1, 'é', 'ß', 'é', 'ж', 'ab', '中', 'x'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL);",
        );
        let columns = ["a", "b", "c", "d", "e", "f", "g"];
        let found = || counts(&ask(&server, db, columns.map(nul).to_vec(), Range::All));
        assert_eq!(found(), [0; 7], "{}", server.product);
        for (at, column) in columns.iter().enumerate() {
            server.native(db, &format!("UPDATE t SET {column} = 'x\\0y' WHERE id = 2;"));
            let mut expected = [0; 7];
            expected[at] = 1;
            assert_eq!(found(), expected, "{}: {column}", server.product);
            server.native(db, &format!("UPDATE t SET {column} = NULL WHERE id = 2;"));
        }
        server.drop(db);
    }
}

#[test]
fn a_nul_is_found_in_rows_longer_than_the_server_puts_together() {
    for server in servers() {
        let db = "mysql_t_probe_long";
        server.fresh(db);
        // Each text is within max_allowed_packet, both together are not.
        server.native(
            db,
            "CREATE TABLE t (id int PRIMARY KEY, a longtext, b longtext, n tinyint(1)); \
             INSERT INTO t VALUES (1, REPEAT('a', @@max_allowed_packet * 0.6), REPEAT('b', @@max_allowed_packet * 0.6), 1);",
        );
        let questions = || vec![nul("a"), Probe::Range { column: "n".into() }, nul("b")];
        let answers = ask(&server, db, questions(), Range::All);
        assert_eq!(counts(&answers), [0, 1, 0], "{}", server.product);
        assert_eq!((answers[1].min, answers[1].max), (Some(1), Some(1)));
        server.native(db, "UPDATE t SET b = INSERT(b, CHAR_LENGTH(b) - 1, 1, '\\0'), n = -3;");
        let answers = ask(&server, db, questions(), Range::All);
        assert_eq!(counts(&answers), [0, 1, 1], "{}", server.product);
        assert_eq!((answers[1].min, answers[2].keys.as_slice()), (Some(-3), ["id=1".to_string()].as_slice()));
        server.drop(db);
    }
}

#[test]
fn probes_of_an_empty_table_find_nothing() {
    for server in servers() {
        let db = "mysql_t_probe_empty";
        server.fresh(db);
        server.native(db, "CREATE TABLE t (id int PRIMARY KEY, a text, b text, d date, n int);");
        let questions = vec![nul("a"), nul("b"), zero("d"), Probe::Range { column: "n".into() }];
        let answers = ask(&server, db, questions, Range::All);
        assert!(answers.iter().all(|answer| *answer == Answer::default()), "{}: {answers:?}", server.product);
        server.drop(db);
    }
}
