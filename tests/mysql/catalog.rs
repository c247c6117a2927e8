//! Introspection of every type and of hostile names.

use super::{schema, servers, source, table, target};
use dbferry::endpoint::Secret;
use dbferry::finding::Severity;
use dbferry::schema::{Action, IndexTarget, Schema};
use dbferry::types::{Length, Type, Unit};

const TABLES: &str = r#"
CREATE TABLE par(id int unsigned auto_increment primary key, code varchar(20) not null, unique key u_code(code)) comment='it''s `p` % _ x';
CREATE TABLE Par(id int primary key);
CREATE TABLE tt(
 id bigint unsigned not null auto_increment,
 ti1 tinyint(1) default 1, tiu tinyint unsigned, mi mediumint unsigned zerofill, i int not null default 5,
 b9 bit(9) default b'101', y year, d1 decimal(10,3) unsigned default 1.5, f float, g double,
 c char(25) default 'it''s "q" \\ %', v varchar(30) character set latin1, t0 tinytext, t1 text character set latin1, t3 longtext,
 bn binary(4), vbn varbinary(10) default 'a', bb blob,
 da date default '2020-01-01', dt datetime(3) default current_timestamp(3) on update current_timestamp(3),
 ts timestamp(6) null default current_timestamp(6), tm time(2),
 en enum('a','b''q','c,d','e\\f','') default 'b''q', se set('x','y z','ü'), js json, po point,
 gv int generated always as (i+1) virtual, gs varchar(40) generated always as (concat(t1,'x''y')) stored,
 par int unsigned, `we``ird % na_me` int comment 'multi
line', hid int invisible default 3,
 primary key(id), unique key uq(v,i), key k1(t0(10), i), fulltext key ft(t3), key kpar(par),
 constraint ck1 check (i > -100 and c <> 'x''y'),
 constraint fk1 foreign key (par) references par(id) on delete set null on update cascade
) auto_increment=77;
CREATE TABLE `we``ird ' " tbl %_`(`a b` int primary key);
CREATE TABLE mi(a int) engine=myisam;
CREATE TABLE pt(a int primary key) partition by hash(a) partitions 3;
CREATE VIEW vv AS SELECT 1 a;
CREATE TRIGGER trg BEFORE INSERT ON par FOR EACH ROW SET NEW.code = NEW.code;
CREATE PROCEDURE pp() SELECT 1;
CREATE EVENT ev ON SCHEDULE EVERY 1 YEAR DO SELECT 1;
"#;

fn ty(schema: &Schema, column: &str) -> Type {
    table(schema, "tt").column(column).unwrap().ty.clone()
}

#[test]
fn everything_is_found() {
    for server in servers() {
        let db = "mysql_t_cat%_`";
        server.native(
            "",
            "DROP DATABASE IF EXISTS `mysql_t_cat%_```; CREATE DATABASE `mysql_t_cat%_``` CHARACTER SET utf8mb4;",
        );
        server.native(db, TABLES);
        let schema = schema(&server.database(db));
        assert_eq!(schema.product.name, server.product);
        types(&schema);
        columns(&schema, server.is_mariadb());
        keys(&schema);
        others(&schema);
        server.native("", "DROP DATABASE `mysql_t_cat%_```;");
    }
}

fn types(schema: &Schema) {
    let bytes = |n| Some(Length { n, unit: Unit::Bytes });
    assert_eq!(ty(schema, "id"), Type::Int { bytes: 8, unsigned: true });
    assert_eq!(ty(schema, "ti1"), Type::int(1));
    assert_eq!(table(schema, "tt").column("ti1").unwrap().native, "tinyint(1)");
    assert_eq!(ty(schema, "mi"), Type::Int { bytes: 3, unsigned: true });
    assert_eq!(ty(schema, "b9"), Type::Bits { len: Some(9), fixed: true });
    assert_eq!(ty(schema, "y"), Type::int(2));
    assert_eq!(ty(schema, "d1"), Type::decimal(10, 3));
    assert_eq!(ty(schema, "f"), Type::Float { bytes: 4 });
    assert_eq!(ty(schema, "c"), Type::Text { max: Some(Length::code_points(25)), fixed: true });
    assert_eq!(ty(schema, "t0"), Type::Text { max: bytes(255), fixed: false });
    assert_eq!(ty(schema, "t1"), Type::varchar(65_535));
    assert_eq!(ty(schema, "t3"), Type::text());
    assert_eq!(ty(schema, "bn"), Type::Bytes { max: Some(4), fixed: true });
    assert_eq!(ty(schema, "dt"), Type::Timestamp { precision: 3, zone: false });
    assert_eq!(ty(schema, "ts"), Type::Timestamp { precision: 6, zone: true });
    assert_eq!(ty(schema, "tm"), Type::Time { precision: 2, zone: false, duration: true });
    let labels: Vec<String> = ["a", "b'q", "c,d", "e\\f", ""].map(String::from).to_vec();
    assert_eq!(ty(schema, "en"), Type::Enum { name: None, labels });
    assert_eq!(ty(schema, "js"), Type::Json { binary: schema.product.name == "MySQL" });
    assert!(matches!(ty(schema, "po"), Type::Native { .. }));
}

fn columns(schema: &Schema, mariadb: bool) {
    let tt = table(schema, "tt");
    let default = |name: &str| tt.column(name).unwrap().default.clone();
    assert_eq!(default("c").unwrap(), r#"'it''s "q" \\ %'"#);
    assert_eq!(default("d1").unwrap(), "1.500");
    assert_eq!(default("b9").unwrap(), "b'101'");
    // MariaDB shows hexadecimal digits from 11.7 on, as MySQL always did
    let bytes = default("vbn").unwrap().to_lowercase();
    assert!(bytes == "x'61'" || mariadb && bytes == "'a'", "{bytes}");
    assert_eq!(default("da").unwrap(), "'2020-01-01'");
    assert_eq!(default("dt").unwrap(), "CURRENT_TIMESTAMP(3)");
    assert_eq!(default("en").unwrap(), "'b''q'");
    assert_eq!(default("f"), None);
    let identity = tt.column("id").unwrap().identity.clone().unwrap();
    assert_eq!(identity.next, Some(77));
    assert!(tt.column("hid").unwrap().hidden);
    let generated = tt.column("gs").unwrap().generated.clone().unwrap();
    assert!(generated.stored && generated.expression == r"concat(`t1`,'x\'y')", "{generated:?}");
    assert!(!tt.column("gv").unwrap().generated.clone().unwrap().stored);
    assert_eq!(tt.column("we`ird % na_me").unwrap().comment.as_deref(), Some("multi\nline"));
    assert_eq!(table(schema, "par").comment.as_deref(), Some("it's `p` % _ x"));
    assert_eq!(tt.column("v").unwrap().collation.as_ref().unwrap().name, "latin1_swedish_ci");
}

fn keys(schema: &Schema) {
    let tt = table(schema, "tt");
    assert_eq!(tt.primary_key.as_ref().unwrap().columns, ["id"]);
    assert_eq!(tt.uniques.len(), 1);
    assert_eq!(tt.uniques[0].columns, ["v", "i"]);
    let k1 = tt.indexes.iter().find(|i| i.name == "k1").unwrap();
    assert_eq!(k1.parts[0].prefix, Some(10));
    assert_eq!(k1.parts[1].target, IndexTarget::Column("i".to_string()));
    assert_eq!(tt.indexes.iter().find(|i| i.name == "ft").unwrap().method, "fulltext");
    let fk = &tt.foreign_keys[0];
    assert_eq!((fk.foreign_table.as_str(), fk.on_delete, fk.on_update), ("par", Action::SetNull, Action::Cascade));
    assert_eq!(tt.checks.len(), 1, "{:?}", tt.checks);
    assert!(tt.checks[0].expression.ends_with(r"'x\'y'") || tt.checks[0].expression.ends_with(r"'x\'y')"));
}

fn others(schema: &Schema) {
    let names: Vec<&str> = schema.tables.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["Par", "mi", "par", "pt", "tt", "we`ird ' \" tbl %_"]);
    assert_eq!(table(schema, "Par").columns.len(), 1);
    let kinds: Vec<String> = schema.not_copied.iter().map(|o| format!("{} {}", o.kind, o.name)).collect();
    assert_eq!(kinds, ["event ev", "procedure pp", "trigger par.trg", "view vv"]);
    let codes: Vec<&str> = schema.findings.iter().map(|f| f.code).collect();
    for code in ["no-snapshot", "partitions-not-copied", "on-update-not-copied"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
}

#[test]
fn mariadb_has_sequences_and_history() {
    for server in servers().into_iter().filter(|s| s.is_mariadb()) {
        let db = "mysql_t_seq";
        server.fresh(db);
        server.native(
            db,
            "CREATE SEQUENCE sq START 5 INCREMENT 3 NOCACHE; SELECT NEXTVAL(sq); CREATE TABLE sv(a int) WITH SYSTEM VERSIONING; \
             CREATE TABLE u(u uuid, i inet6); CREATE TABLE ai(id int auto_increment primary key);",
        );
        let mut source = source(&server.database(db)).unwrap();
        let mut schema = source.introspect().unwrap();
        assert_eq!((schema.sequences[0].next, schema.sequences[0].increment), (8, 3));
        assert!(schema.findings.iter().any(|f| f.severity == Severity::Error && f.code == "system-versioned"));
        assert_eq!(table(&schema, "u").column("u").unwrap().ty, Type::Uuid);
        server.native(db, "SELECT NEXTVAL(sq); INSERT INTO ai VALUES (41);");
        source.refresh_positions(&mut schema).unwrap();
        assert_eq!(schema.sequences[0].next, 11);
        assert_eq!(table(&schema, "ai").columns[0].identity.as_ref().unwrap().next, Some(42));
        let inventory = target(&server.database(db)).unwrap().inventory().unwrap();
        assert_eq!(
            inventory.iter().map(|o| o.kind.as_str()).collect::<Vec<_>>(),
            ["sequence", "table", "table", "table"]
        );
        server.drop(db);
    }
}

#[test]
fn periods_of_mariadb_are_told() {
    for server in servers().into_iter().filter(|s| s.is_mariadb()) {
        let db = "mysql_t_period";
        server.fresh(db);
        server.native(
            db,
            "CREATE TABLE p(id int, a date, b date, PERIOD FOR span(a, b), UNIQUE (id, span WITHOUT OVERLAPS)); \
             CREATE TABLE q(a date, b date, PERIOD FOR span(a, b)); CREATE TABLE r(a date, b date, CHECK (a < b));",
        );
        let schema = schema(&server.database(db));
        let found: Vec<_> = schema.findings.iter().map(|f| (f.code, f.object.as_str())).collect();
        assert_eq!(found, [("period-flattened", "p.span"), ("period-flattened", "q.span")]);
        assert!(schema.findings[0].text.contains("WITHOUT OVERLAPS"), "{}", schema.findings[0].text);
        assert!(!schema.findings[1].text.contains("WITHOUT OVERLAPS"), "{}", schema.findings[1].text);
        server.drop(db);
    }
}

#[test]
fn missing_privileges_are_listed_at_once() {
    for server in servers() {
        let db = "mysql_t_priv";
        server.fresh(db);
        server.native(
            db,
            "CREATE TABLE a(x int, y int); CREATE TABLE b(x int); CREATE TABLE c(x int); DROP USER IF EXISTS mysql_t_priv@'%'; \
             CREATE USER mysql_t_priv@'%' IDENTIFIED BY 'x1!'; GRANT SELECT (x) ON mysql_t_priv.a TO mysql_t_priv@'%'; \
             GRANT INSERT ON mysql_t_priv.b TO mysql_t_priv@'%'; GRANT SELECT ON mysql_t_priv.c TO mysql_t_priv@'%';",
        );
        let mut endpoint = server.database(db);
        endpoint.user = "mysql_t_priv".to_string();
        endpoint.password = Secret::new("x1!");
        let error = source(&endpoint).unwrap().introspect().unwrap_err().render();
        assert!(error.contains("2 of the tables: a, b") && error.contains("GRANT SELECT"), "{error}");
        server.native(db, "DROP TABLE a, b;");
        let schema = schema(&endpoint);
        assert!(schema.findings.iter().any(|f| f.code == "partial-privileges"));
        server.native("", "DROP USER mysql_t_priv@'%';");
        server.drop(db);
    }
}
