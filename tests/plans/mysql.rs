//! A MySQL or MariaDB schema with one of everything.

use super::fixtures::{column, not_null, product, strings, with_default};
use super::postgresql::{foreign_key, identity, index, part};
use dbferry::schema::{
    Action, Check, Collation, Column, ForeignKey, Generated, IdentityKind, Index, IndexPart, Key, Schema, Sequence,
    Table,
};
use dbferry::types::{Length, Type, Unit};

pub(super) fn schema(name: &str) -> Schema {
    let sequences = if name == "MariaDB" { vec![sequence()] } else { Vec::new() };
    Schema {
        product: product(name),
        database: "shop".into(),
        tables: vec![every_type(name), item(name), shop(name)],
        sequences,
        ..Schema::default()
    }
}

fn sequence() -> Sequence {
    Sequence {
        name: "numbers".into(),
        bytes: 8,
        start: 1,
        increment: 1,
        min: 1,
        max: 9_223_372_036_854_775_806,
        cycle: true,
        cache: 1000,
        next: 1001,
    }
}

fn collation(name: &str) -> Option<Collation> {
    let binary = name.ends_with("_bin");
    let case_sensitive = binary || name.ends_with("_cs");
    Some(Collation {
        name: name.into(),
        case_sensitive,
        accent_sensitive: case_sensitive,
        pad_space: !name.contains("0900") && !name.contains("nopad"),
        binary,
    })
}

/// The collation that a server of this product gives to most text.
fn usual(name: &str) -> Option<Collation> {
    collation(if name == "MySQL" { "utf8mb4_0900_ai_ci" } else { "utf8mb4_general_ci" })
}

fn text(name: &str, max: Option<Length>, fixed: bool, native: &str, order: &Option<Collation>) -> Column {
    Column { collation: order.clone(), ..column(name, Type::Text { max, fixed }, native) }
}

fn every_type(name: &str) -> Table {
    let unsigned = |bytes| Type::Int { bytes, unsigned: true };
    let order = usual(name);
    let bytes_of = |n| Some(Length { n, unit: Unit::Bytes });
    let mut columns = vec![
        with_default(column("flag", Type::int(1), "tinyint(1)"), "'1'"),
        column("not_a_flag", Type::int(1), "tinyint(1)"),
        column("tiny", unsigned(1), "tinyint unsigned"),
        column("medium", unsigned(3), "mediumint unsigned"),
        column("wide", unsigned(4), "int unsigned"),
        column("huge", unsigned(8), "bigint unsigned"),
        column("born", Type::int(2), "year(4)"),
        with_default(column("bit1", Type::Bits { len: Some(1), fixed: true }, "bit(1)"), "b'0'"),
        column("bit9", Type::Bits { len: Some(9), fixed: true }, "bit(9)"),
        column("price", Type::decimal(65, 30), "decimal(65,30)"),
        column("ratio", Type::Float { bytes: 4 }, "float"),
        text("code", Some(Length::code_points(8)), true, "char(8)", &collation("latin1_swedish_ci")),
        text("word", Some(Length::code_points(50)), false, "varchar(50)", &order),
        text("exact", Some(Length::code_points(50)), false, "varchar(50)", &collation("utf8mb4_bin")),
        text("short", bytes_of(255), false, "tinytext", &order),
        text("body", bytes_of(65_535), false, "text", &order),
        column("raw", Type::Bytes { max: Some(16), fixed: true }, "binary(16)"),
        with_default(column("bin", Type::Bytes { max: Some(20), fixed: false }, "varbinary(20)"), "x'0001'"),
        column("picture", Type::bytes(), "longblob"),
        column("day", Type::Date, "date"),
        with_default(
            not_null(column("at", Type::Timestamp { precision: 0, zone: false }, "datetime")),
            "'0000-00-00 00:00:00'",
        ),
        with_default(
            column("at3", Type::Timestamp { precision: 3, zone: false }, "datetime(3)"),
            "CURRENT_TIMESTAMP(3)",
        ),
        with_default(
            not_null(column("stamp", Type::Timestamp { precision: 0, zone: true }, "timestamp")),
            "CURRENT_TIMESTAMP",
        ),
        column("stamp_null", Type::Timestamp { precision: 6, zone: true }, "timestamp(6)"),
        column("length", Type::Time { precision: 2, zone: false, duration: true }, "time(2)"),
        with_default(
            column(
                "size",
                Type::Enum { name: None, labels: strings(&["S", "it's", "X\\L"]) },
                "enum('S','it''s','X\\L')",
            ),
            "'S'",
        ),
        column("colours", Type::Set { labels: strings(&["red", "green"]) }, "set('red','green')"),
        column("place", Type::Native { name: "point".into(), binary_portable: false }, "point"),
    ];
    if name == "MariaDB" {
        columns.push(column("uid", Type::Uuid, "uuid"));
        columns.push(column("ip", Type::Native { name: "inet6".into(), binary_portable: false }, "inet6"));
    } else {
        columns.push(column("doc", Type::Json { binary: true }, "json"));
    }
    Table { name: "every_type".into(), columns, ..Table::default() }
}

fn item(name: &str) -> Table {
    let order = usual(name);
    let prefixed = IndexPart { prefix: Some(20), ..part("description") };
    let total = Generated { expression: "`price` * `amount`".into(), stored: false };
    let label = Generated { expression: "concat(`name`,_utf8mb4'-',`shop`)".into(), stored: true };
    Table {
        name: "item".into(),
        columns: vec![
            Column {
                identity: identity(IdentityKind::AutoIncrement),
                ..not_null(column("id", Type::Int { bytes: 8, unsigned: true }, "bigint unsigned"))
            },
            not_null(column("shop", Type::Int { bytes: 8, unsigned: true }, "bigint unsigned")),
            Column {
                default: Some("''".into()),
                ..not_null(text("name", Some(Length::code_points(190)), false, "varchar(190)", &order))
            },
            text("description", Some(Length { n: 65_535, unit: Unit::Bytes }), false, "text", &order),
            with_default(not_null(column("price", Type::decimal(10, 2), "decimal(10,2)")), "0.00"),
            with_default(not_null(column("amount", Type::int(4), "int(11)")), "1"),
            Column { generated: Some(total), ..column("total", Type::decimal(20, 2), "decimal(20,2)") },
            Column {
                generated: Some(label),
                ..text("label", Some(Length::code_points(250)), false, "varchar(250)", &order)
            },
            Column { hidden: true, ..column("secret", Type::int(4), "int(11)") },
        ],
        primary_key: Some(Key::new("PRIMARY", strings(&["id"]))),
        uniques: vec![Key { constraint: false, ..Key::new("name", strings(&["shop", "name"])) }],
        indexes: vec![
            index("description", vec![prefixed]),
            index("price", vec![IndexPart { descending: true, ..part("price") }, part("amount")]),
            Index { method: "fulltext".into(), ..index("words", vec![part("description")]) },
        ],
        foreign_keys: vec![ForeignKey {
            on_delete: Action::Cascade,
            on_update: Action::Restrict,
            ..foreign_key("item_shop", &["shop"], "shop", &["id"])
        }],
        checks: vec![Check {
            name: "positive".into(),
            expression: "(`amount` >= 0) and (`price` between 0 and 100000)".into(),
            not_validated: false,
        }],
        comment: Some("what's sold".into()),
        rows_estimate: 10_000,
        ..Table::default()
    }
}

fn shop(name: &str) -> Table {
    Table {
        name: "shop".into(),
        columns: vec![
            Column {
                identity: identity(IdentityKind::AutoIncrement),
                ..not_null(column("id", Type::Int { bytes: 8, unsigned: true }, "bigint unsigned"))
            },
            Column {
                comment: Some("the shop's name".into()),
                ..not_null(text("name", Some(Length::code_points(190)), false, "varchar(190)", &usual(name)))
            },
        ],
        primary_key: Some(Key::new("PRIMARY", strings(&["id"]))),
        indexes: vec![index("name", vec![part("name")])],
        ..Table::default()
    }
}
