//! A PostgreSQL schema with one of everything.

use super::fixtures::{column, not_null, product, strings, with_default};
use dbferry::schema::{
    Action, Check, Column, EnumType, ForeignKey, Generated, Identity, IdentityKind, Index, IndexPart, IndexTarget, Key,
    OtherObject, Schema, Sequence, Table,
};
use dbferry::types::{Length, Type};

pub(super) fn schema() -> Schema {
    Schema {
        product: product("PostgreSQL"),
        database: "shop".into(),
        namespace: Some("public".into()),
        tables: vec![customer(), every_type(), hostile(), order(), tag()],
        sequences: vec![Sequence {
            name: "invoice_no".into(),
            bytes: 8,
            start: 1000,
            increment: 5,
            min: 1,
            max: 9_223_372_036_854_775_807,
            cycle: false,
            cache: 1,
            next: 1205,
        }],
        enums: vec![EnumType { name: "mood".into(), labels: strings(&["sad", "it's ok", "happy"]) }],
        not_copied: vec![OtherObject { kind: "view".into(), name: "v_orders".into() }],
        ..Schema::default()
    }
}

pub(super) fn identity(kind: IdentityKind) -> Option<Identity> {
    Some(Identity { always: false, next: Some(42), start: 1, increment: 1, kind })
}

pub(super) fn part(name: &str) -> IndexPart {
    IndexPart { target: IndexTarget::Column(name.into()), descending: false, nulls_first: None, prefix: None }
}

pub(super) fn index(name: &str, parts: Vec<IndexPart>) -> Index {
    Index {
        name: name.into(),
        parts,
        unique: false,
        predicate: None,
        method: "btree".into(),
        include: Vec::new(),
        definition: None,
        needs: Vec::new(),
    }
}

pub(super) fn foreign_key(name: &str, columns: &[&str], table: &str, foreign: &[&str]) -> ForeignKey {
    ForeignKey {
        name: name.into(),
        columns: strings(columns),
        foreign_table: table.into(),
        foreign_columns: strings(foreign),
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        deferrable: false,
        initially_deferred: false,
        not_validated: false,
        match_full: false,
    }
}

fn customer() -> Table {
    let email = column("email", Type::text(), "text");
    let lower = IndexPart { target: IndexTarget::Expression("lower((name)::text)".into()), ..part("") };
    Table {
        name: "customer".into(),
        columns: vec![
            Column { identity: identity(IdentityKind::Identity), ..not_null(column("id", Type::int(8), "bigint")) },
            not_null(email),
            column("name", Type::varchar(200), "character varying(200)"),
            column("favourite_order", Type::int(8), "bigint"),
            with_default(not_null(column("active", Type::Bool, "boolean")), "true"),
            Column {
                generated: Some(Generated { expression: "((name)::text || '!'::text)".into(), stored: true }),
                ..column("shout", Type::text(), "text")
            },
            Column {
                generated: Some(Generated { expression: "lower(email)".into(), stored: true }),
                ..column("email_lower", Type::text(), "text")
            },
        ],
        primary_key: Some(Key::new("customer_pkey", strings(&["id"]))),
        uniques: vec![Key::new("customer_email_key", strings(&["email"]))],
        indexes: vec![
            Index {
                definition: Some(
                    "CREATE INDEX customer_lower ON public.customer USING btree (lower((name)::text))".into(),
                ),
                ..index("customer_lower", vec![lower])
            },
            Index {
                predicate: Some("(active IS TRUE)".into()),
                definition: Some(
                    "CREATE INDEX customer_active ON public.customer USING btree (name DESC) WHERE (active IS TRUE)"
                        .into(),
                ),
                ..index("customer_active", vec![IndexPart { descending: true, ..part("name") }])
            },
        ],
        foreign_keys: vec![ForeignKey {
            on_delete: Action::SetNull,
            deferrable: true,
            initially_deferred: true,
            ..foreign_key("customer_favourite", &["favourite_order"], "order", &["id"])
        }],
        checks: vec![
            Check {
                name: "customer_name".into(),
                expression: "(char_length((name)::text) > 0)".into(),
                not_validated: false,
            },
            Check { name: "customer_like".into(), expression: "(email ~ '@'::text)".into(), not_validated: false },
        ],
        comment: Some("people who's paying; \\ \"all\" of them".into()),
        rows_estimate: 1000,
        bytes_estimate: 100_000,
    }
}

fn every_type() -> Table {
    let types: &[(&str, Type, &str)] = &[
        ("c_bool", Type::Bool, "boolean"),
        ("c_int2", Type::int(2), "smallint"),
        ("c_numeric", Type::decimal(28, 8), "numeric(28,8)"),
        ("c_numeric_free", Type::Decimal { precision: None, scale: None }, "numeric"),
        ("c_numeric_neg", Type::decimal(5, -2), "numeric(5,-2)"),
        ("c_real", Type::Float { bytes: 4 }, "real"),
        ("c_double", Type::Float { bytes: 8 }, "double precision"),
        ("c_char", Type::Text { max: Some(Length::code_points(10)), fixed: true }, "character(10)"),
        ("c_char_long", Type::Text { max: Some(Length::code_points(300)), fixed: true }, "character(300)"),
        ("c_varchar_long", Type::varchar(20_000), "character varying(20000)"),
        ("c_varchar_mid", Type::varchar(16_000), "character varying(16000)"),
        ("c_text", Type::text(), "text"),
        ("c_bytea", Type::bytes(), "bytea"),
        ("c_date", Type::Date, "date"),
        ("c_time", Type::Time { precision: 6, zone: false, duration: false }, "time without time zone"),
        ("c_timetz", Type::Time { precision: 6, zone: true, duration: false }, "time with time zone"),
        ("c_timestamp", Type::Timestamp { precision: 3, zone: false }, "timestamp(3) without time zone"),
        ("c_timestamptz", Type::Timestamp { precision: 6, zone: true }, "timestamp with time zone"),
        ("c_interval", Type::Interval, "interval"),
        ("c_uuid", Type::Uuid, "uuid"),
        ("c_json", Type::Json { binary: false }, "json"),
        ("c_jsonb", Type::Json { binary: true }, "jsonb"),
        ("c_bit", Type::Bits { len: Some(5), fixed: true }, "bit(5)"),
        ("c_varbit", Type::Bits { len: None, fixed: false }, "bit varying"),
        ("c_mood", Type::Enum { name: Some("mood".into()), labels: strings(&["sad", "it's ok", "happy"]) }, "mood"),
        ("c_array", Type::Native { name: "integer[]".into(), binary_portable: true }, "integer[]"),
        ("c_inet", Type::Native { name: "inet".into(), binary_portable: true }, "inet"),
        ("c_xml", Type::Native { name: "xml".into(), binary_portable: false }, "xml"),
    ];
    let mut columns: Vec<Column> = types.iter().map(|(name, ty, native)| column(name, ty.clone(), native)).collect();
    let defaults = [
        ("c_bool", "false"),
        ("c_numeric", "'-1.50'::numeric"),
        ("c_text", "'it''s \\ here'::text"),
        ("c_bytea", "'\\x00ff'::bytea"),
        ("c_date", "CURRENT_DATE"),
        ("c_timestamp", "CURRENT_TIMESTAMP"),
        ("c_timestamptz", "now()"),
        ("c_uuid", "gen_random_uuid()"),
        ("c_mood", "'happy'::mood"),
        ("c_jsonb", "'{}'::jsonb"),
        ("c_int2", "nextval('invoice_no'::regclass)"),
    ];
    for (name, default) in defaults {
        columns
            .iter_mut()
            .filter(|column| column.name == name)
            .for_each(|column| column.default = Some(default.into()));
    }
    Table { name: "every_type".into(), columns, ..Table::default() }
}

fn hostile() -> Table {
    let names = ["a\"b`c];--\nd'e", "select", "😀 ", "Key", "key", "\\"];
    let mut columns: Vec<Column> = names.iter().map(|name| column(name, Type::int(4), "integer")).collect();
    columns.push(column(&"ü".repeat(31), Type::varchar(5), "character varying(5)"));
    columns[0].nullable = false;
    Table {
        name: "hos\"ti`le];--\n😀".into(),
        columns,
        primary_key: Some(Key::new("pk\"`", strings(&[names[0]]))),
        indexes: vec![index(
            "customer_email_key_of_the_hostile_table_with_a_name_of_63_bytes",
            vec![part("select"), part("Key")],
        )],
        comment: Some("semi;colon".into()),
        ..Table::default()
    }
}

fn order() -> Table {
    let unique = Key { nulls_collide: true, ..Key::new("order_ref", strings(&["customer", "reference"])) };
    Table {
        name: "order".into(),
        columns: vec![
            Column {
                identity: identity(IdentityKind::Serial),
                ..not_null(with_default(column("id", Type::int(8), "bigint"), "nextval('order_id_seq'::regclass)"))
            },
            not_null(column("customer", Type::int(4), "integer")),
            column("reference", Type::varchar(1000), "character varying(1000)"),
            with_default(column("status", Type::varchar(20), "character varying(20)"), "'new'::character varying"),
            column("placed", Type::Timestamp { precision: 6, zone: true }, "timestamp with time zone"),
            column("note", Type::text(), "text"),
        ],
        primary_key: Some(Key::new("order_pkey", strings(&["id"]))),
        uniques: vec![unique],
        indexes: vec![index("order_placed", vec![part("placed"), part("id")]), index("order_note", vec![part("note")])],
        foreign_keys: vec![ForeignKey {
            on_delete: Action::Cascade,
            ..foreign_key("order_customer", &["customer"], "customer", &["id"])
        }],
        checks: vec![Check {
            name: "order_status".into(),
            expression: "((status)::text = ANY ((ARRAY['new'::character varying, 'paid'::character varying])::text[]))"
                .into(),
            not_validated: false,
        }],
        rows_estimate: 5000,
        ..Table::default()
    }
}

fn tag() -> Table {
    Table {
        name: "tag".into(),
        columns: vec![
            not_null(column("b", Type::int(4), "integer")),
            not_null(column("a", Type::varchar(40), "character varying(40)")),
            column("parent_a", Type::varchar(40), "character varying(40)"),
            column("parent_b", Type::int(4), "integer"),
        ],
        uniques: vec![Key::new("tag_ab", strings(&["b", "a"]))],
        foreign_keys: vec![foreign_key("tag_parent", &["parent_a", "parent_b"], "tag", &["a", "b"])],
        ..Table::default()
    }
}
