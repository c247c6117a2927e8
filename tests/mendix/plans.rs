//! Snapshots of the plans for a small Mendix database.

use super::app::App;
use crate::hsqldb::normal::endpoint;
use dbferry::Policies;
use dbferry::backends::memory::{MemoryDb, Value};
use dbferry::backends::{TargetInfo, find};
use dbferry::endpoint::Engine;
use dbferry::mendix::{self, Mendix};
use dbferry::plan::{Answers, Plan, Request, TableFilter, plan, probes, render};
use dbferry::schema::{Column, Index, IndexPart, IndexTarget, Product, Table};
use dbferry::types::Type;

fn planned(name: &str, engine: Engine, numbers: (u32, u32, u32)) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let mut app = App::new(1);
    app.strays();
    app.write(folder.path());
    let mut source = (find(Engine::Hsqldb).unwrap().open_source)(&endpoint(folder.path())).unwrap();
    let mut reader = source.open_readers(1).unwrap().sessions.remove(0);
    let schema = source.introspect().unwrap();
    let mendix = mendix::read(&schema, reader.as_mut()).unwrap();
    let product = Product { name: name.into(), version: format!("{}.{}", numbers.0, numbers.1), numbers };
    let page_size = if engine == Engine::MySql { 16_384 } else { 0 };
    let target = TargetInfo { product, database: "app".into(), page_size, ..TargetInfo::default() };
    let (policies, tables) = (Policies::default(), TableFilter::default());
    let request = Request {
        schema: &schema,
        source_engine: Engine::Hsqldb,
        target_engine: engine,
        target: &target,
        policies: &policies,
        tables: &tables,
        mendix: mendix.as_ref(),
    };
    let mut answers = Answers::default();
    for table in probes(&request) {
        let given = reader.probe(&table).unwrap();
        answers.insert(&table.table.name, table.probes, given);
    }
    plan(&request, &answers)
}

fn check(name: &str, engine: Engine, numbers: (u32, u32, u32)) {
    let plan = planned(name, engine, numbers);
    let name = format!("mendix_to_{}", name.to_lowercase());
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("{name}.sql"), render::sql(&plan));
        insta::assert_snapshot!(format!("{name}.txt"), render::text(&plan));
    });
}

#[test]
fn to_postgresql() {
    check("PostgreSQL", Engine::PostgreSql, (15, 0, 0));
}

#[test]
fn to_mariadb() {
    check("MariaDB", Engine::MySql, (10, 11, 0));
}

#[test]
fn to_hsqldb() {
    check("HSQLDB", Engine::Hsqldb, (2, 7, 1));
}

/// Indexes share one name space per schema on PostgreSQL, but not on MySQL, where two tables may have one each of a name.
#[test]
fn a_name_that_becomes_two_is_refused() {
    let db = MemoryDb::new("ambiguous");
    let text = |name: &str| Column::new(name, Type::varchar(255), "varchar(255)");
    for (name, column) in [("mendixsystem$version", "versionnumber"), ("mendixsystem$index", "index_name")] {
        let table = Table { name: name.into(), columns: vec![text(column)], ..Table::default() };
        db.add_table(table, [vec![Value::Text("idx_code".into())]]).unwrap();
    }
    let mut source = (find(Engine::Memory).unwrap().open_source)(&db.endpoint()).unwrap();
    let mut schema = source.introspect().unwrap();
    schema.product = Product { name: "MySQL".into(), version: "9.7".into(), numbers: (9, 7, 0) };
    for name in ["a", "b"] {
        let part = IndexPart {
            target: IndexTarget::Column("code".into()),
            descending: false,
            nulls_first: None,
            prefix: None,
        };
        let index = Index {
            name: "idx_code".into(),
            parts: vec![part],
            unique: false,
            predicate: None,
            method: "btree".into(),
            include: Vec::new(),
            definition: None,
            needs: Vec::new(),
        };
        schema.tables.push(Table {
            name: name.into(),
            columns: vec![text("code")],
            indexes: vec![index],
            ..Table::default()
        });
    }
    let mut reader = source.open_readers(1).unwrap().sessions.remove(0);
    let mendix = mendix::read(&schema, reader.as_mut()).unwrap();
    let errors = |mendix: Option<&Mendix>| {
        let product = Product { name: "PostgreSQL".into(), version: "15.0".into(), numbers: (15, 0, 0) };
        let target = TargetInfo { product, ..TargetInfo::default() };
        let (policies, tables) = (Policies::default(), TableFilter::default());
        let request = Request {
            schema: &schema,
            source_engine: Engine::MySql,
            target_engine: Engine::PostgreSql,
            target: &target,
            policies: &policies,
            tables: &tables,
            mendix,
        };
        let plan = plan(&request, &Answers::default());
        plan.errors().map(|finding| (finding.code, finding.object.clone())).collect::<Vec<_>>()
    };
    assert_eq!(errors(mendix.as_ref()), [("mendix-name-ambiguous", "mendixsystem$index.index_name".to_string())]);
    assert_eq!(errors(None), [], "other databases may have such names");
}
