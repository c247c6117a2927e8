//! Snapshots of the plans for a small Mendix database.

use super::app::App;
use crate::hsqldb::normal::endpoint;
use dbferry::backends::{TargetInfo, find};
use dbferry::endpoint::Engine;
use dbferry::plan::{Answers, Plan, Request, TableFilter, plan, probes, render};
use dbferry::schema::Product;
use dbferry::{Policies, mendix};

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
