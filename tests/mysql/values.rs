//! Every type and many values: written natively, copied by us, compared natively.

use super::{Server, copy, plan, schema, servers, source, table, target};
use dbferry::schema::Table;
use dbferry::types::Type;
use std::fmt::Write;

const COLUMNS: &str = "id int primary key, ti tinyint, tu tinyint unsigned, b1 tinyint(1), si smallint, mi mediumint, \
 mu mediumint unsigned, i int, iu int unsigned zerofill, bi bigint, bu bigint unsigned, y year, d decimal(20,6), \
 dz decimal(12,4) unsigned zerofill, dd decimal(65,30), d0 decimal(10,0), f float, g double, t1 bit(1), t9 bit(9), t64 bit(64), \
 c char(10), vc varchar(40), lat varchar(40) character set latin1, ci varchar(40) collate utf8mb4_bin, tx text, lt longtext, \
 bn binary(8), vb varbinary(40), bl longblob, da date, dt datetime, dt6 datetime(6), ts timestamp null, ts6 timestamp(6) null, \
 tm time, tm3 time(3), tm6 time(6), en enum('a','b''q','c,d','e\\\\f','ü',''), se set('x','y z','ü'), js json, ge geometry, po point";

/// Edge values by column, in the order of [`COLUMNS`] without `id`.
const EDGES: &[&str] = &[
    "-128, 0, -128, -32768, -8388608, 0, -2147483648, 0, -9223372036854775808, 0, 1901, -99999999999999.999999, 0.0001, \
     -99999999999999999999999999999999999.999999999999999999999999999999, -9999999999, -3.402823466e38, -1.7976931348623157e308, \
     b'0', b'0', b'0', '', '', '', '', '', '', '', '', '', '0000-00-00', '0000-00-00 00:00:00', '2024-00-00 01:02:03.000004', \
     '1970-01-01 00:00:01', '0000-00-00 00:00:00', '-838:59:59', '-838:59:59.000', '-838:59:59.000000', 'a', '', '{}', \
     ST_GeomFromText('POINT(1 2)', 4326), ST_GeomFromText('POINT(-1.5 2e10)')",
    "127, 255, 127, 32767, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615, 2155, \
     99999999999999.999999, 99999999.9999, 99999999999999999999999999999999999.999999999999999999999999999999, 9999999999, \
     3.402823466e38, 1.7976931348623157e308, b'1', b'111111111', x'FFFFFFFFFFFFFFFF', 'a\\tb\\nc\\\\', '\\\\N', 'éÿ', '\\0\\r\\n\\t\\\\''\"', \
     '😀\\\\t', 'ü\\n', x'FF00FE01090A5C00', x'090A5C5C4E', x'00FF80C328', '9999-12-31', '9999-12-31 23:59:59', \
     '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07', '2038-01-19 03:14:07.999999', '838:59:59', '838:59:59.000', '838:59:59.000000', \
     'e\\\\f', 'x,y z,ü', '{\"a\": \"ü😀\\\\n\", \"b\": [1, 2.5, null]}', \
     ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'), ST_GeomFromText('POINT(0 0)')",
    "0, 1, 2, 1, -1, 1, 7, 42, -1, 9223372036854775808, 0, 0.000001, 0, 0.000000000000000000000000000001, 0, 7.038531e-26, 5e-324, \
     b'1', b'100000001', b'1', ' lead', ' both ', 'ñ', 'Ab', 'trail ', repeat('x', 70000), 'a', 'a', repeat(x'5C0A', 40000), \
     '0000-05-05', '0009-01-01 00:00:00', '0001-01-01 00:00:00.000001', '2000-02-29 12:00:00', '1999-12-31 23:59:59.5', '00:00:00', \
     '-00:00:00.001', '100:00:00.000001', '', NULL, '[1, \"x\"]', ST_GeomFromText('LINESTRING(0 0,1 1)'), NULL",
];

/// A small generator: the same rows in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn bytes(&mut self, max: u64) -> String {
        let n = self.below(max + 1);
        (0..n).fold(String::from("X'"), |mut hex, _| {
            write!(hex, "{:02X}", self.next() as u8).unwrap();
            hex
        }) + "'"
    }

    fn text(&mut self, max: u64, alphabet: &[char]) -> String {
        let n = self.below(max + 1);
        let text: String = (0..n).map(|_| alphabet[self.below(alphabet.len() as u64) as usize]).collect();
        let hex: String = text.bytes().map(|b| format!("{b:02X}")).collect();
        format!("CONVERT(X'{hex}' USING utf8mb4)")
    }

    fn date(&mut self) -> String {
        format!("{:04}-{:02}-{:02}", 1 + self.below(9999), 1 + self.below(12), 1 + self.below(28))
    }

    fn clock(&mut self) -> String {
        format!("{:02}:{:02}:{:02}", self.below(24), self.below(60), self.below(60))
    }

    fn row(&mut self) -> String {
        let any = ['a', 'Z', ' ', '\t', '\n', '\\', '\'', '"', '\0', 'N', 'ü', '中', '😀', '\r', '%'];
        let latin = ['a', 'é', '\t', '\\', '\n', 'ÿ', '\0', ' '];
        let signed = |random: &mut Self, bits: u32| (random.next() as i64) << 11 >> (64 - bits);
        let mut cells = vec![signed(self, 8).to_string(), self.below(256).to_string(), self.below(2).to_string()];
        cells.extend([signed(self, 16).to_string(), signed(self, 24).to_string(), self.below(1 << 24).to_string()]);
        cells.extend([signed(self, 32).to_string(), self.below(1 << 32).to_string(), signed(self, 64).to_string()]);
        cells.extend([(self.next() << 11).to_string(), (1901 + self.below(255)).to_string()]);
        cells.push(format!("-{}.{:06}", self.below(100_000_000), self.below(1_000_000)));
        cells.push(format!("{}.{:04}", self.below(10_000_000), self.below(10_000)));
        cells.push(format!("{}.{:030}", self.next(), self.next()));
        cells.push(self.below(1_000_000_000).to_string());
        let single = f32::from_bits(self.next() as u32);
        cells.push(if single.is_finite() { format!("{:e}", f64::from(single)) } else { "NULL".to_string() });
        let double = f64::from_bits(self.next() << 11 | self.below(2048));
        cells.push(if double.is_finite() { format!("{double:e}") } else { "NULL".to_string() });
        cells.extend([format!("b'{}'", self.below(2)), self.below(512).to_string(), (self.next() << 11).to_string()]);
        cells.extend([self.text(10, &any), self.text(40, &any), self.text(40, &latin), self.text(40, &any)]);
        cells.extend([self.text(300, &any), self.text(300, &any), self.bytes(8), self.bytes(40), self.bytes(300)]);
        let (date, clock, micros) = (self.date(), self.clock(), self.below(1_000_000));
        cells.extend([format!("'{date}'"), format!("'{date} {clock}'"), format!("'{date} {clock}.{micros:06}'")]);
        let seconds = 1 + self.below(2_147_483_646);
        cells.extend([format!("FROM_UNIXTIME({seconds})"), format!("FROM_UNIXTIME({seconds}.{micros:06})")]);
        let sign = if self.below(2) == 0 { "" } else { "-" };
        cells.push(format!("'{sign}{}:{:02}:{:02}'", self.below(838), self.below(60), self.below(60)));
        cells.push(format!("'{sign}{clock}.{:03}'", self.below(1000)));
        cells.push(format!("'{sign}{clock}.{micros:06}'"));
        cells.extend([(1 + self.below(6)).to_string(), self.below(8).to_string()]);
        cells.push(format!("'{{\"k\": {}}}'", self.below(1000)));
        cells.push(format!("ST_GeomFromText('POINT({} {})')", self.below(100), self.below(100)));
        cells.push("NULL".to_string());
        cells.join(", ")
    }
}

fn rows() -> String {
    let mut script = String::from("SET time_zone = '+00:00', sql_mode = '';\nINSERT INTO v (id) VALUES (0);\n");
    for (id, edge) in EDGES.iter().enumerate() {
        writeln!(script, "INSERT INTO v VALUES ({}, {edge});", id + 1).unwrap();
    }
    let mut random = Random(42);
    for id in 10..400 {
        writeln!(script, "INSERT INTO v VALUES ({id}, {});", random.row()).unwrap();
    }
    script
}

/// Every value as the server itself prints it, exactly.
fn dump(server: &Server, database: &str, table: &Table) -> Vec<String> {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let name = format!("`{}`", column.name);
            match &column.ty {
                Type::Float { .. } => format!("{name} + 0e0"),
                Type::Bits { .. } => format!("{name} + 0"),
                Type::Bytes { .. } => format!("HEX({name})"),
                Type::Native { name: ty, .. } if !ty.starts_with("inet") => format!("HEX({name})"),
                Type::Text { .. } | Type::Enum { .. } | Type::Set { .. } | Type::Json { .. } => {
                    format!("HEX(CONVERT({name} USING utf8mb4))")
                }
                _ => format!("CAST({name} AS CHAR)"),
            }
        })
        .collect();
    let script = format!("SET time_zone = '+00:00'; SELECT {} FROM `{}` ORDER BY id;", columns.join(", "), table.name);
    server.native(database, &script).lines().map(str::to_string).collect()
}

fn same(table: &Table, a: &[String], b: &[String]) {
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        for ((left, right), column) in x.split('\t').zip(y.split('\t')).zip(&table.columns) {
            assert_eq!(left, right, "column {} of row {}", column.name, x.split('\t').next().unwrap());
        }
    }
}

fn round_trip(from: &Server, to: &Server, extra: &str, values: &str) {
    let kind = if extra.is_empty() { "all" } else { "own" };
    let (a, b) = (format!("mysql_t_{kind}_from_{}", to.product), format!("mysql_t_{kind}_to_{}", from.product));
    from.fresh(&a);
    to.fresh(&b);
    to.control_table(&b);
    let create = format!("SET sql_mode = ''; CREATE TABLE v ({COLUMNS}{extra});");
    from.native(&a, &create);
    to.native(&b, &create);
    let fill = if extra.is_empty() { rows() } else { format!("INSERT INTO v (id) VALUES (1); {values}") };
    from.native(&a, &fill);
    let schema = schema(&from.database(&a));
    let table = table(&schema, "v");
    let (mut read, write) = plan(table);
    read.bytes_estimate = 4 * 1024 * 1024;
    let mut source = source(&from.database(&a)).unwrap();
    let mut readers = source.open_readers(1).unwrap();
    let mut target = target(&to.database(&b)).unwrap();
    let mut writer = target.open_writer().unwrap();
    let copied = copy(readers.sessions[0].as_mut(), writer.as_mut(), &read, &write, 1024 * 1024);
    let before = dump(from, &a, table);
    assert_eq!(copied, before.len() as u64);
    same(table, &before, &dump(to, &b, table));
    // Open transactions would keep the databases from being dropped.
    drop((readers, source, writer, target));
    let claims = to.native(&b, "SELECT COUNT(*) > 0, SUM(row_count), MIN(epoch), MIN(chunk_range) FROM dbferry_chunk;");
    assert_eq!(claims.trim_end(), format!("1\t{copied}\t1\tall 'of' it"));
    from.drop(&a);
    to.drop(&b);
}

#[test]
fn every_value_survives() {
    let servers = servers();
    for from in &servers {
        for to in &servers {
            eprintln!("{} to {}", from.product, to.product);
            round_trip(from, to, "", "");
        }
    }
}

#[test]
fn own_types_survive() {
    for server in servers() {
        let (extra, values) = if server.is_mariadb() {
            (
                ", u uuid, i4 inet4, i6 inet6",
                "INSERT INTO v (id, u, i4, i6) VALUES (2, '6ccd780c-baba-1026-9564-5b8c656024db', '1.2.3.4', '2001:db8::ff00:42:8329');",
            )
        } else {
            (", vec vector(3)", "INSERT INTO v (id, vec) VALUES (2, STRING_TO_VECTOR('[1.5, -2.25, 1e-20]'));")
        };
        round_trip(&server, &server, extra, values);
    }
}
