//! Servers, requests and answers that the tests plan with.

use dbferry::Policies;
use dbferry::backends::TargetInfo;
use dbferry::endpoint::Engine;
use dbferry::plan::{Answers, Plan, Request, TableFilter, plan, probes};
use dbferry::probe::{Answer, Probe};
use dbferry::schema::{Column, Product, Schema};
use dbferry::types::Type;

/// A server product by its name, with or without a version: `MariaDB 10.5`.
pub(super) fn product(name: &str) -> Product {
    let (name, version) = name.split_once(' ').unwrap_or_else(|| (name, usual_version(name)));
    let mut parts = version.split('.').map(|part| part.parse().unwrap());
    let mut part = || parts.next().unwrap_or(0);
    Product { name: name.into(), version: version.into(), numbers: (part(), part(), part()) }
}

fn usual_version(name: &str) -> &'static str {
    match name {
        "PostgreSQL" => "15.0",
        "MySQL" => "9.7",
        "MariaDB" => "10.11",
        "HSQLDB" => "2.5",
        _ => "1.0",
    }
}

pub(super) fn engine(name: &str) -> Engine {
    match product(name).name.as_str() {
        "PostgreSQL" => Engine::PostgreSql,
        "MySQL" | "MariaDB" => Engine::MySql,
        "HSQLDB" => Engine::Hsqldb,
        _ => Engine::Memory,
    }
}

pub(super) fn target(name: &str) -> TargetInfo {
    TargetInfo {
        product: product(name),
        database: "target".into(),
        namespace: match product(name).name.as_str() {
            "PostgreSQL" => Some("public".into()),
            "HSQLDB" => Some("PUBLIC".into()),
            _ => None,
        },
        page_size: if engine(name) == Engine::MySql { 16_384 } else { 0 },
        ..TargetInfo::default()
    }
}

/// Answers every probe: `special` may give an answer, all others find nothing.
pub(super) fn answers(request: &Request<'_>, special: &dyn Fn(&str, &Probe) -> Option<Answer>) -> Answers {
    let mut answers = Answers::default();
    for table in probes(request) {
        let given = table.probes.iter().map(|probe| special(&table.table.name, probe).unwrap_or_default()).collect();
        answers.insert(&table.table.name, table.probes, given);
    }
    answers
}

/// Plans `schema` for the product called `name`.
pub(super) fn plan_for(schema: &Schema, name: &str, policies: &Policies) -> Plan {
    plan_with(schema, name, policies, &|_, _| None)
}

pub(super) fn plan_with(
    schema: &Schema,
    name: &str,
    policies: &Policies,
    special: &dyn Fn(&str, &Probe) -> Option<Answer>,
) -> Plan {
    let (target, tables) = (target(name), TableFilter::default());
    let request = Request {
        schema,
        source_engine: engine(&schema.product.name),
        target_engine: engine(name),
        target: &target,
        policies,
        tables: &tables,
        mendix: None,
    };
    plan(&request, &answers(&request, special))
}

/// A column with a type that is spelled `native`.
pub(super) fn column(name: &str, ty: Type, native: &str) -> Column {
    Column::new(name, ty, native)
}

pub(super) fn not_null(column: Column) -> Column {
    Column { nullable: false, ..column }
}

pub(super) fn with_default(column: Column, text: &str) -> Column {
    Column { default: Some(text.into()), ..column }
}

pub(super) fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_string()).collect()
}
