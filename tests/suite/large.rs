//! Values of many MiB arrive equal, and dbferry holds none of them as a whole.

use super::{Pair, copy_equal};
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::server::{Family, Server};
use std::fmt::Write as _;
use std::io::{BufWriter, Write};

/// Text of 17 bytes in 12 characters of every length: no border of a buffer falls on the same place of it twice.
const TEXT: &str = "aé€😀x\\y\tz\n'";
/// Bytes that are escaped or no text.
const BYTES: [u8; 7] = [0, 255, b'\\', b'\n', b'\t', b'\'', 195];
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
    (40 * MIB, 0),
    (0, 64 * MIB),
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
