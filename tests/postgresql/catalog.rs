//! Introspection of one schema with a bit of everything.

use super::support::*;
use dbferry::finding::Severity;
use dbferry::schema::{Action, IdentityKind, IndexTarget, Schema, Table};
use dbferry::types::Type;

const SCHEMA: &str = r#"
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS int DEFAULT 7 CHECK (VALUE > 0);
CREATE SEQUENCE free START 10 INCREMENT -2 MINVALUE -100 MAXVALUE 10;
SELECT nextval('free');
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE parent (
  id int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 3), code varchar(10) COLLATE nocase NOT NULL UNIQUE,
  m mood DEFAULT 'ok', d positive, arr int[], moods mood[], doubled int GENERATED ALWAYS AS (id * 2) STORED,
  PRIMARY KEY (id) INCLUDE (code));
COMMENT ON TABLE parent IS 'it''s a table'; COMMENT ON COLUMN parent.code IS 'the code';
INSERT INTO parent (code) VALUES ('a'), ('b');
CREATE TABLE child (
  n serial, p int NOT NULL REFERENCES parent ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
  amount numeric(10,2) DEFAULT 1.5, at timestamptz(3) DEFAULT now(), "Weird ""name""" text,
  CONSTRAINT sane CHECK (amount > 0), CONSTRAINT uq UNIQUE NULLS NOT DISTINCT (n) DEFERRABLE);
CREATE INDEX ix_order ON child (amount DESC, p NULLS FIRST) INCLUDE (at);
CREATE INDEX ix_expr ON child (lower("Weird ""name""")) WHERE amount > 1;
CREATE UNIQUE INDEX ux_plain ON child (p, amount);
CREATE UNIQUE INDEX ux_part ON child (p) WHERE amount > 5;
CREATE TABLE parted (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
INSERT INTO parted VALUES (1, '2000-01-01'), (2, '2021-01-01');
CREATE TABLE heir (extra int) INHERITS (parent);
CREATE UNLOGGED TABLE fleeting (a int);
CREATE VIEW v AS SELECT 1 AS one; CREATE MATERIALIZED VIEW mv AS SELECT 1 AS one;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION f();
CREATE TABLE ranges (r int4range, EXCLUDE USING gist (r WITH &&));
CREATE SCHEMA other; CREATE TABLE other.t (a int)"#;

fn table<'a>(schema: &'a Schema, name: &str) -> &'a Table {
    schema.tables.iter().find(|t| t.name == name).unwrap()
}

#[test]
fn one_schema_with_everything() {
    let Some(db) = Db::create("catalog") else { return };
    db.run(SCHEMA);
    let mut source = source(&db.endpoint);
    let mut schema = source.introspect().unwrap();
    let names: Vec<_> = schema.tables.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["child", "fleeting", "heir", "parent", "parted", "ranges"]);
    parent(&schema);
    child(&schema);
    around(&schema);

    let free = &schema.sequences[0];
    assert_eq!((free.name.as_str(), free.next, free.increment), ("free", 8, -2));
    db.run("SELECT nextval('free'); SELECT setval('child_n_seq', 41, false)");
    source.refresh_positions(&mut schema).unwrap();
    assert_eq!(schema.sequences[0].next, 6);
    assert_eq!(table(&schema, "child").columns[0].identity.as_ref().unwrap().next, Some(41));

    let mut rows = Rows::default();
    let parted = read_table(table(&schema, "parted"), None);
    let mut reader = reader(source.as_mut());
    assert_eq!(reader.read(&parted, &dbferry::backends::Range::All, &mut rows).unwrap(), 2);
    let parent = read_table(table(&schema, "parent"), None);
    assert_eq!(reader.count(&parent).unwrap(), 2);
}

fn parent(schema: &Schema) {
    let parent = table(schema, "parent");
    assert_eq!(parent.comment.as_deref(), Some("it's a table"));
    assert_eq!(parent.primary_key.as_ref().unwrap().include, ["code"]);
    assert!(parent.uniques[0].constraint);
    let [id, code, m, d, arr, moods, doubled] = parent.columns.as_slice() else { panic!("{:?}", parent.columns) };
    let identity = id.identity.as_ref().unwrap();
    assert!(identity.always && identity.kind == IdentityKind::Identity);
    assert_eq!((identity.start, identity.increment, identity.next), (5, 3, Some(11)));
    assert_eq!((code.ty.clone(), code.native.as_str()), (Type::varchar(10), "character varying(10)"));
    let collation = code.collation.as_ref().unwrap();
    assert!(!collation.case_sensitive && collation.accent_sensitive && !collation.binary);
    assert_eq!(code.comment.as_deref(), Some("the code"));
    assert_eq!(m.ty, Type::Enum { name: Some("mood".into()), labels: vec!["sad".into(), "ok".into()] });
    assert_eq!(m.default.as_deref(), Some("'ok'::mood"));
    assert_eq!((d.ty.clone(), d.native.as_str(), d.default.as_deref()), (Type::int(4), "integer", Some("7")));
    assert_eq!(arr.ty, Type::Native { name: "integer[]".into(), binary_portable: true });
    assert_eq!(moods.ty, Type::Native { name: "mood[]".into(), binary_portable: false });
    let generated = doubled.generated.as_ref().unwrap();
    assert!(generated.stored && generated.expression == "(id * 2)" && doubled.default.is_none());
    assert_eq!(schema.enums[0].name, "mood");
}

fn child(schema: &Schema) {
    let child = table(schema, "child");
    let serial = child.columns[0].identity.as_ref().unwrap();
    assert_eq!((serial.kind, serial.next, child.columns[0].default.as_ref()), (IdentityKind::Serial, None, None));
    assert_eq!(child.columns[2].ty, Type::decimal(10, 2));
    assert_eq!(child.columns[3].ty, Type::Timestamp { precision: 3, zone: true });
    assert_eq!(child.columns[4].name, "Weird \"name\"");
    let key = &child.foreign_keys[0];
    assert_eq!((key.on_delete, key.on_update), (Action::Cascade, Action::SetNull));
    assert!(key.deferrable && key.initially_deferred && !key.not_validated);
    assert_eq!((key.foreign_table.as_str(), key.foreign_columns[0].as_str()), ("parent", "id"));
    assert_eq!(child.checks[0].expression, "(amount > (0)::numeric)");
    let uniques: Vec<_> = child.uniques.iter().map(|k| (k.name.as_str(), k.constraint, k.nulls_collide)).collect();
    assert_eq!(uniques, [("uq", true, true), ("ux_plain", false, false)]);
    assert!(child.uniques[0].deferrable);
    let [expr, order, part] = child.indexes.as_slice() else { panic!("{:?}", child.indexes) };
    assert_eq!(expr.parts[0].target, IndexTarget::Expression("lower(\"Weird \"\"name\"\"\")".into()));
    assert_eq!(expr.predicate.as_deref(), Some("(amount > (1)::numeric)"));
    assert!(order.parts[0].descending && order.parts[0].nulls_first.is_none());
    assert_eq!((order.parts[1].nulls_first, order.include[0].as_str()), (Some(true), "at"));
    assert_eq!(
        order.definition.as_deref(),
        Some("CREATE INDEX ix_order ON child USING btree (amount DESC, p NULLS FIRST) INCLUDE (at)")
    );
    assert!(part.unique);
}

fn around(schema: &Schema) {
    let others: Vec<_> = schema.not_copied.iter().map(|o| format!("{} {}", o.kind, o.name)).collect();
    for expected in ["view v", "materialized view mv", "function f()", "trigger child.tr", "domain positive"] {
        assert!(others.iter().any(|o| o == expected), "{expected} in {others:?}");
    }
    assert!(others.iter().any(|o| o.starts_with("exclusion constraint ranges.")));
    assert!(others.iter().any(|o| o.starts_with("domain check positive: ")));
    let has = |severity, code, object: &str| {
        schema.findings.iter().any(|f| (f.severity, f.code, f.object.as_str()) == (severity, code, object))
    };
    assert!(has(Severity::Note, "partitions-flattened", "parted"));
    assert!(has(Severity::Warning, "inheritance-flattened", "heir"));
    assert!(has(Severity::Warning, "domain-flattened", "parent.d"));
    assert!(has(Severity::Note, "unlogged", "fleeting"));
    assert!(has(Severity::Note, "other-schemas", ""));
    assert!(!schema.findings.iter().any(|f| f.severity == Severity::Error));
}

#[test]
fn large_objects_are_refused() {
    let Some(db) = Db::create("lo") else { return };
    db.run("SELECT lo_from_bytea(0, 'x')");
    let schema = source(&db.endpoint).introspect().unwrap();
    assert!(schema.findings.iter().any(|f| f.severity == Severity::Error && f.code == "large-objects"));
}

#[test]
fn inventory_lists_what_is_there() {
    let Some(db) = Db::create("inventory") else { return };
    assert!(target(&db.endpoint).inventory().unwrap().is_empty());
    db.run("CREATE TABLE t (id serial); CREATE VIEW v AS SELECT 1 AS a; CREATE SEQUENCE s; CREATE TYPE e AS ENUM ()");
    let found: Vec<_> =
        target(&db.endpoint).inventory().unwrap().into_iter().map(|o| format!("{} {}", o.kind, o.name)).collect();
    assert_eq!(found, ["sequence s", "table t", "type e", "view v"]);
}

/// What came with version 18 and is either kept or told.
#[test]
fn constraints_of_postgresql_18() {
    let Some(db) = Db::create("catalog18") else { return };
    let mut first = source(&db.endpoint);
    let product = first.introspect().unwrap().product;
    if product.numbers.0 < 18 {
        eprintln!("skipped: PostgreSQL {} has no such constraints", product.version);
        return;
    }
    db.run(
        "CREATE TABLE a (k int4range, v int GENERATED ALWAYS AS (1) VIRTUAL, r daterange,
           PRIMARY KEY (k, r WITHOUT OVERLAPS));
         CREATE TABLE b (k int4range, n int, r daterange, FOREIGN KEY (k, PERIOD r) REFERENCES a (k, PERIOD r),
           CONSTRAINT c CHECK (n > 0) NOT ENFORCED);
         ALTER TABLE b ADD CONSTRAINT nn NOT NULL n NOT VALID",
    );
    let schema = source(&db.endpoint).introspect().unwrap();
    let mut found: Vec<_> = schema.findings.iter().map(|f| (f.code, f.object.as_str())).collect();
    found.sort_unstable();
    let told = [
        ("check-not-copied", "b.c"),
        ("foreign-key-not-copied", "b.b_k_r_fkey"),
        ("key-weaker", "a.a_pkey"),
        ("not-null-dropped", "b.n"),
    ];
    assert_eq!(found, told);
    assert!(
        table(&schema, "a").primary_key.is_some() && !table(&schema, "a").columns[1].generated.as_ref().unwrap().stored
    );
    let b = table(&schema, "b");
    assert!(b.columns[1].nullable && b.checks.is_empty() && b.foreign_keys.is_empty());
}
