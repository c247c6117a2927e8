//! Values of many MiB arrive equal, and dbferry holds none of them as a whole.

use super::{Pair, copy_equal};
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::server::{Family, Kind, Server};
use std::fmt::Write as _;
use std::io::{BufWriter, Write};

/// Text with characters of every length, in an odd number of bytes: no border of a buffer falls twice on the same place.
const TEXT: &str = "aé€😀 The quick brown fox jumps over the lazy dog: ñ ☃ 🦊 … x\\y\tz\n'";
/// Bytes that are escaped or no text, among others.
const BYTES: [u8; 31] = *b"\x00\xff\\\n\t'\xc3 The quick brown fox\xf0\x9f\xa6\x8a";
/// Most MiB that a run may take, however large the values are.
const PEAK: u64 = 100;

const MIB: usize = 1 << 20;
/// Bytes of the two values of each row, `b` and `t`, for servers: around the lengths at which rows and values are
/// no longer held (8 and 256 KiB), around the longest frame of MySQL's protocol, and beyond.
const ROWS: &[(usize, usize)] = &[
    (8192, 262_144),
    (8193, 262_100),
    (262_125, 8191),
    (262_126, 17),
    (131_072, 131_060),
    (MIB, MIB + 1),
    (16 * MIB - 1, 1),
    (2, 17 * MIB),
    (64 * MIB, 0),
];

/// Between servers by their own digests, with files by every byte.
pub(super) fn check(pair: &Pair) {
    if [pair.source.kind, pair.target.kind].iter().any(|kind| kind.family() == Family::Hsqldb) {
        return with_files(pair);
    }
    let source = filled(&pair.source, ROWS);
    let target = pair.target("large");
    let outcome = Dbferry::copy(&source, &target).args(&["--jobs", "2"]).run().expect(0);
    assert_eq!(digests(&source), digests(&target));
    assert_eq!(digests(&source).len(), ROWS.len());
    assert!((1..=PEAK).contains(&outcome.peak), "{} MiB were resident", outcome.peak);
}

/// Length and digest of every value, as the server computes them.
fn digests(database: &Database) -> Vec<String> {
    let query = match database.family() {
        Family::PostgreSql => {
            "SELECT id, length(b), encode(sha256(b), 'hex'), octet_length(t), encode(sha256(convert_to(t, 'UTF8')), 'hex'),
             tail FROM large ORDER BY id"
        }
        _ => "SELECT CONCAT_WS('|', id, LENGTH(b), SHA2(b, 256), LENGTH(t), SHA2(t, 256), tail) FROM large ORDER BY id",
    };
    database.lines(query)
}

/// A table whose rows have values of these lengths.
fn filled(server: &Server, rows: &[(usize, usize)]) -> Database {
    let database = Database::empty(server, "large");
    match server.kind.family() {
        Family::MySql => fill_from_file(&database, rows),
        _ => fill_by_queries(&database, rows),
    }
    database
}

fn fill_by_queries(database: &Database, rows: &[(usize, usize)]) {
    let postgresql = database.family() == Family::PostgreSql;
    let (bytes, text) = if postgresql { ("bytea", "text") } else { ("blob(1G)", "clob(1G)") };
    let mut script = format!("CREATE TABLE large (id int PRIMARY KEY, b {bytes}, t {text}, tail int);");
    let hex: String = BYTES.iter().map(|byte| format!("{byte:02x}")).collect();
    let quoted = TEXT.replace('\'', "''");
    for (id, (b, t)) in rows.iter().enumerate() {
        let digits = format!("repeat('{hex}', {}) || repeat('70', {})", b / BYTES.len(), b % BYTES.len());
        let bytes = match postgresql {
            true => format!("decode({digits}, 'hex')"),
            false => format!("HEXTORAW(CAST({digits} AS varchar(1000000000)))"),
        };
        let text = format!("repeat('{quoted}', {}) || repeat('p', {})", t / TEXT.len(), t % TEXT.len());
        let _ = write!(script, "INSERT INTO large VALUES ({id}, {bytes}, {text}, {id});");
    }
    database.run(&script);
}

/// The server's own limit for values in statements and results of functions does not count for files.
fn fill_from_file(database: &Database, rows: &[(usize, usize)]) {
    let mut file = BufWriter::new(tempfile::NamedTempFile::new().expect("file for rows"));
    for (id, (b, t)) in rows.iter().enumerate() {
        write!(file, "{id}\t{id}\t").expect("row is written");
        repeat(&mut file, &BYTES, *b);
        file.write_all(b"\t").expect("row is written");
        repeat(&mut file, TEXT.as_bytes(), *t);
        file.write_all(b"\n").expect("row is written");
    }
    let file = file.into_inner().expect("rows are written");
    database.run(&format!(
        "CREATE TABLE large (id int PRIMARY KEY, b longblob, t longtext, tail int) CHARACTER SET utf8mb4;
         LOAD DATA LOCAL INFILE '{}' INTO TABLE large CHARACTER SET binary (id, tail, b, t);",
        file.path().display()
    ));
}

/// `length` bytes of a pattern in LOAD DATA's form; the rest of it that is left is `p`.
fn repeat(file: &mut impl Write, pattern: &[u8], length: usize) {
    let escaped: Vec<u8> = pattern
        .iter()
        .flat_map(|byte| match byte {
            b'\\' | b'\t' | b'\n' => vec![b'\\', *byte],
            byte => vec![*byte],
        })
        .collect();
    let (times, rest) = (length / pattern.len(), length % pattern.len());
    let block = escaped.repeat(1000);
    for _ in 0..times / 1000 {
        file.write_all(&block).expect("row is written");
    }
    file.write_all(&escaped.repeat(times % 1000)).expect("row is written");
    file.write_all(&vec![b'p'; rest]).expect("row is written");
}

/// Files of the built-in database hold LOBs beside their rows, other texts and bytes within.
fn with_files(pair: &Pair) {
    let rows = [(8192, 262_144), (262_145, 8193), (0, 3 * MIB), (3 * MIB, 17)];
    let source = filled(&pair.source, &rows);
    let target = pair.target("large");
    copy_equal(&source, &target, &Dbferry::copy(&source, &target).args(&["--jobs", "2"]), &[]);
}

/// A shape is read through `HEX()`, whose result the server cuts to NULL where it is longer than its limit.
#[test]
fn shapes_beyond_the_limit_of_functions_are_no_null() {
    let Some(pair) = Pair::or_skip(Kind::MariaDb, Kind::PostgreSql) else { return };
    let source = Database::empty(&pair.source, "shape");
    let limit: usize = source.run("SELECT @@max_allowed_packet").trim().parse().expect("a limit");
    let points = (limit / 2 / 16 + 10_000) as u32;
    let mut file = BufWriter::new(tempfile::NamedTempFile::new().expect("file for rows"));
    write!(file, "1\t000000000102000000{:08x}", points.swap_bytes()).expect("row is written");
    file.write_all(&b"000000000000f03f0000000000000040".repeat(points as usize)).expect("row is written");
    let file = file.into_inner().expect("rows are written");
    source.run(&format!(
        "CREATE TABLE shapes (id int PRIMARY KEY, g geometry);
         LOAD DATA LOCAL INFILE '{}' INTO TABLE shapes (id, @g) SET g = UNHEX(@g);",
        file.path().display()
    ));
    assert_eq!(source.run("SELECT COUNT(g) FROM shapes").trim(), "1");
    let outcome = Dbferry::copy(&source, &pair.target("shape")).run().expect(3);
    let error = outcome.error();
    assert!(error.contains("shapes.g") && error.contains("max_allowed_packet"), "{error}");
}
