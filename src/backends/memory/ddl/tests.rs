//! Statements as plans write them, and what the rows make of them.

use crate::backends::memory::{MemoryDb, Value, open_target};
use crate::error::{Error, ErrorKind};
use crate::schema::{Action, IndexTarget, Table};
use crate::types::Type;

fn run(db: &MemoryDb, sql: &str) -> Result<(), Error> {
    open_target(&db.endpoint())?.execute(sql)
}

fn refused(db: &MemoryDb, sql: &str, why: &str) {
    let before = format!("{:?}", db.schema());
    let error = run(db, sql).unwrap_err();
    let text = error.render();
    assert_eq!(error.kind(), ErrorKind::Ddl, "{sql}");
    assert!(text.contains(why), "{sql}: {text}");
    assert!(!text.contains("secret"), "{sql}: {text}");
    assert_eq!(format!("{:?}", db.schema()), before, "{sql}");
}

fn built(statements: &[&str]) -> MemoryDb {
    let db = MemoryDb::new("test");
    statements.iter().for_each(|sql| run(&db, sql).unwrap_or_else(|error| panic!("{sql}: {error:?}")));
    db
}

fn table(db: &MemoryDb, name: &str) -> Table {
    db.schema().tables.into_iter().find(|table| table.name == name).unwrap()
}

const NAMES: &str = r#"CREATE TABLE "a ""b"";--😀" (
    "id" int8 NOT NULL IDENTITY ALWAYS (INCREMENT BY -2 MINVALUE -9 MAXVALUE 9 START WITH 5),
    "primary" varchar(5) COLLATE "C" DEFAULT 'it''s, NOT NULL' NOT NULL COMMENT 'it''s',
    "n" decimal(10,2) DEFAULT (1 + (2)) HIDDEN,
    "kind" enum('a','b''c') DEFAULT NULL,
    "twice" int4 GENERATED ALWAYS AS (("n" * 2)) STORED,
    "now" timestamptz(3) DEFAULT CURRENT_TIMESTAMP(3) NULL,
    "q""q" boolean DEFAULT "n" IS NOT NULL NOT NULL CHECK ("q""q" <> E'\\' OR '\\' = ''''),
    "x" uuid DEFAULT NEXT VALUE FOR "s",
    CONSTRAINT "c" CHECK ("n" > 0 AND "primary" IS NOT NULL)
) COMMENT 'whole';"#;

#[test]
fn create_table_keeps_everything() {
    let db = built(&[NAMES]);
    let table = &db.schema().tables[0];
    assert_eq!((table.name.as_str(), table.comment.as_deref()), ("a \"b\";--😀", Some("whole")));
    let [id, primary, n, kind, twice, now, q, x] = &table.columns[..] else { panic!("columns are missing") };
    let identity = id.identity.as_ref().unwrap();
    assert_eq!((identity.always, identity.start, identity.increment, id.nullable), (true, 5, -2, false));
    assert_eq!((primary.name.as_str(), &primary.ty, primary.nullable), ("primary", &Type::varchar(5), false));
    assert_eq!(primary.default.as_deref(), Some("'it''s, NOT NULL'"));
    assert_eq!(primary.comment.as_deref(), Some("it's"));
    assert_eq!(primary.collation.as_ref().unwrap().name, "C");
    assert_eq!((n.default.as_deref(), n.hidden), (Some("(1 + (2))"), true));
    assert_eq!(kind.ty, Type::Enum { name: None, labels: vec!["a".into(), "b'c".into()] });
    assert_eq!(kind.default.as_deref(), Some("NULL"));
    let generated = twice.generated.as_ref().unwrap();
    assert_eq!((generated.expression.as_str(), generated.stored), ("(\"n\" * 2)", true));
    assert_eq!((now.native.as_str(), now.default.as_deref()), ("timestamptz(3)", Some("CURRENT_TIMESTAMP(3)")));
    assert_eq!((q.default.as_deref(), q.nullable), (Some("\"n\" IS NOT NULL"), false));
    assert_eq!(table.checks[0].expression, r#""q""q" <> E'\\' OR '\\' = ''''"#);
    assert_eq!(x.default.as_deref(), Some("NEXT VALUE FOR \"s\""));
    assert_eq!(table.checks[1].expression, "\"n\" > 0 AND \"primary\" IS NOT NULL");
    refused(&db, NAMES, "such a table already");
}

/// `t` with two rows that differ in `id` only, NULL in `n`, and one row in `p`.
fn with_rows() -> MemoryDb {
    built(&[
        "CREATE TABLE t (id int4, v text, n int4)",
        "CREATE TABLE p (id int8 PRIMARY KEY, v char(3))",
        "INSERT INTO t (v, id) VALUES ('secret', 1), ('secret', 2)",
        "INSERT INTO p VALUES (1, 'a')",
    ])
}

#[test]
fn keys_are_checked() {
    let db = with_rows();
    refused(&db, r#"ALTER TABLE "t" ADD CONSTRAINT "k" UNIQUE ("v")"#, "two rows are equal in unique key \"k\"");
    refused(&db, r#"CREATE UNIQUE INDEX "k" ON "t" ("v" DESC)"#, "two rows are equal in unique key \"k\"");
    refused(&db, r#"CREATE UNIQUE INDEX "k" ON "t" ("v"(3))"#, "two rows are equal in unique index \"k\"");
    refused(&db, r#"ALTER TABLE "t" ADD CONSTRAINT "pk" PRIMARY KEY ("n")"#, "primary key \"pk\" meets NULL");
    refused(&db, r#"ALTER TABLE "t" ADD CONSTRAINT "k" UNIQUE NULLS NOT DISTINCT ("n")"#, "two rows are equal");
    refused(&db, r#"CREATE UNIQUE INDEX "k" ON "t" ("n") INCLUDE ("v") NULLS NOT DISTINCT"#, "two rows are equal");
    refused(&db, r#"ALTER TABLE "t" ADD CONSTRAINT "k" UNIQUE ("none")"#, "the column none");
    for sql in [
        r#"ALTER TABLE "t" ADD CONSTRAINT "pk" PRIMARY KEY ("id") INCLUDE ("v") DEFERRABLE INITIALLY DEFERRED"#,
        r#"ALTER TABLE "t" ADD CONSTRAINT "k" UNIQUE ("v", "id"), ADD UNIQUE INDEX "k2" ("n")"#,
        r#"CREATE UNIQUE INDEX "part" ON "t" ("v") WHERE "id" > 1 NULLS NOT DISTINCT"#,
        r#"CREATE INDEX "i" ON "t" USING hash ((lower("v")) DESC NULLS LAST, "v"(3), n ASC) INCLUDE ("id")"#,
        r#"CREATE FULLTEXT INDEX "f" ON "t" ("v")"#,
    ] {
        run(&db, sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    refused(&db, r#"ALTER TABLE "t" ADD CONSTRAINT "pk2" PRIMARY KEY ("id")"#, "a primary key already");
    refused(&db, r#"ALTER TABLE "t" ADD CONSTRAINT "k" UNIQUE ("id")"#, "called \"k\" already");
    refused(&db, "INSERT INTO t VALUES (1, 'x', NULL)", "a row cannot be inserted");
    let table = table(&db, "t");
    let pk = table.primary_key.unwrap();
    assert!(pk.deferrable && pk.initially_deferred && pk.include == ["v"] && !table.columns[0].nullable);
    assert_eq!(table.uniques.iter().map(|key| key.constraint).collect::<Vec<_>>(), [true, false]);
    let index = &table.indexes[1];
    assert_eq!((index.method.as_str(), index.parts.len(), &index.include[..]), ("hash", 3, &["id".to_string()][..]));
    assert_eq!(index.parts[0].target, IndexTarget::Expression("lower(\"v\")".into()));
    assert_eq!((index.parts[0].descending, index.parts[0].nulls_first), (true, Some(false)));
    assert_eq!((&index.parts[1].target, index.parts[1].prefix), (&IndexTarget::Column("v".into()), Some(3)));
}

#[test]
fn foreign_keys_are_checked() {
    let db = with_rows();
    let add = r#"ALTER TABLE "t" ADD CONSTRAINT "fk" FOREIGN KEY ("id") REFERENCES "p" ("id") ON DELETE CASCADE"#;
    refused(&db, add, "foreign key \"fk\" references a row that does not exist");
    refused(&db, r#"ALTER TABLE "t" ADD FOREIGN KEY ("id") REFERENCES "q" ("id")"#, "no such table");
    refused(
        &db,
        r#"ALTER TABLE "t" ADD FOREIGN KEY ("v") REFERENCES "p" ("v")"#,
        "references no primary or unique key",
    );
    run(&db, r#"ALTER TABLE "t" ADD FOREIGN KEY ("n") REFERENCES "p" ("id")"#).unwrap();
    run(&db, &format!("{add} NOT VALID")).unwrap();
    run(&db, r#"ALTER TABLE "t" DROP CONSTRAINT "fk""#).unwrap();
    run(&db, "INSERT INTO p VALUES (2, NULL)").unwrap();
    run(&db, add).unwrap();
    let keys = table(&db, "t").foreign_keys;
    assert_eq!((keys.len(), keys[1].on_delete, keys[1].on_update), (2, Action::Cascade, Action::NoAction));
    refused(&db, "INSERT INTO t VALUES (3, 'x', NULL)", "a row cannot be inserted");
    run(&db, "DROP TABLE p").unwrap();
    assert!(table(&db, "t").foreign_keys.is_empty());
}

#[test]
fn sequences_and_positions() {
    let db = built(&[
        r#"CREATE SEQUENCE "s" INCREMENT BY -2 MINVALUE -10 MAXVALUE 5 START WITH 5 CACHE 7 CYCLE"#,
        r#"ALTER SEQUENCE "s" RESTART WITH -3"#,
        r#"CREATE TABLE "t" ("id" int4 IDENTITY, "v" text)"#,
        r#"ALTER TABLE "t" ALTER COLUMN "id" RESTART WITH 42"#,
        r#"ANALYZE "t""#,
    ]);
    let sequence = &db.schema().sequences[0];
    assert_eq!((sequence.start, sequence.increment, sequence.next, sequence.cache), (5, -2, -3, 7));
    assert!(sequence.cycle && sequence.min == -10 && sequence.max == 5);
    assert_eq!(table(&db, "t").columns[0].identity.as_ref().unwrap().next, Some(42));
    refused(&db, r#"ALTER TABLE "t" ALTER COLUMN "v" RESTART WITH 1"#, "numbers itself");
    refused(&db, r#"CREATE SEQUENCE "s""#, "such a sequence already");
    run(&db, r#"DROP SEQUENCE IF EXISTS "s", "none""#).unwrap();
    refused(&db, r#"DROP SEQUENCE "s""#, "no such sequence");
}

#[test]
fn what_is_not_understood_is_refused() {
    let db = with_rows();
    refused(&db, "SELECT 1", "none that a database in memory knows");
    refused(&db, "CREATE VIEW v AS SELECT 'secret'", "expected INDEX");
    refused(&db, "CREATE TABLE u (a blob)", "no type `blob`");
    refused(&db, "CREATE TABLE u (a int4, a int4)", "two columns of this name");
    refused(&db, "CREATE TABLE u (a int4) ENGINE=x", "goes on where it should end");
    refused(&db, "CREATE TABLE u (a int4 CHECK (a >))", "expected an expression");
    refused(&db, "CREATE TABLE u (a text DEFAULT 'secret", "a quote is not closed");
    refused(&db, "INSERT INTO t VALUES (1, 'secret', now())", "expected a string literal");
    refused(&db, "INSERT INTO t (id) VALUES ('secret')", "a value of kind text");
    refused(&db, "DROP TABLE u", "no such table");
    run(&db, "DROP TABLE IF EXISTS u, p CASCADE").unwrap();
    assert_eq!(db.rows("t").unwrap()[0], [Value::I64(1), Value::Text("secret".into()), Value::Null]);
}
