//! The order in which a plan is decided.

use super::drafts::TableDraft;
use super::probes::Data;
use super::{Plan, Rename, Request, Statement};
use crate::dialect::names::{self, Names};
use crate::dialect::{self, Dialect, Scope};
use crate::endpoint::Engine;
use crate::finding::Finding;
use crate::probe::{Answers, TableProbes};
use std::collections::BTreeMap;

/// Every question about the data that [`plan`] needs an answer to. Only what the pair of engines calls for.
pub fn probes<'a>(request: &Request<'a>) -> Vec<TableProbes<'a>> {
    let Ok(mut planner) = Planner::new(*request, Data::asking()) else {
        return Vec::new();
    };
    planner.run();
    planner.data.questions(request.schema)
}

/// Decides the target's structure. What cannot be done is a finding of severity error in the plan.
pub fn plan(request: &Request<'_>, answers: &Answers) -> Plan {
    match Planner::new(*request, Data::answering(answers)) {
        Ok(mut planner) => {
            planner.run();
            planner.plan
        }
        Err(finding) => Plan {
            source: request.schema.product.clone(),
            target: request.target.product.clone(),
            findings: vec![finding],
            ..Plan::default()
        },
    }
}

/// A plan while it is being made.
pub(super) struct Planner<'a> {
    pub(super) request: Request<'a>,
    /// Dialect of the source; engines that are only ever read may have none.
    pub(super) source: Option<&'static Dialect>,
    pub(super) target: &'static Dialect,
    /// Both ends are of one engine (MySQL and MariaDB are).
    pub(super) same_engine: bool,
    /// Both ends are of one product.
    pub(super) same_product: bool,
    pub(super) data: Data<'a>,
    pub(super) plan: Plan,
    /// Names of tables, sequences and, where they share that name space, indexes.
    pub(super) relations: Names,
    /// Names of indexes within each table.
    pub(super) index_names: BTreeMap<String, Names>,
    /// Names of constraints whose scope is the schema.
    pub(super) constraints: Names,
}

impl<'a> Planner<'a> {
    fn new(request: Request<'a>, data: Data<'a>) -> Result<Self, Finding> {
        let product = &request.target.product;
        let target = Dialect::find(product).map_err(|error| {
            Finding::error("unsupported-version", product.name.clone(), error.to_string())
                .help(error.help_text().unwrap_or_default())
        })?;
        let source = &request.schema.product;
        let same_engine = request.source_engine == request.target_engine;
        Ok(Planner {
            source: dialect::load(&source.name).ok(),
            target,
            same_engine,
            same_product: same_engine && source.name.eq_ignore_ascii_case(&product.name),
            data,
            plan: Plan { source: source.clone(), target: product.clone(), ..Plan::default() },
            relations: Names::new(request.target.folds_table_names),
            index_names: BTreeMap::new(),
            constraints: Names::new(!target.identifiers.column_case),
            request,
        })
    }

    fn run(&mut self) {
        self.not_copied();
        let mut tables = self.tables();
        self.enums(&tables);
        // Once for numbers, whose width counts in keys, and once for the texts that keys give a bound.
        self.align_foreign_keys(&mut tables);
        self.bound_keys(&mut tables);
        self.fit_rows(&mut tables);
        self.align_foreign_keys(&mut tables);
        let autonumbers = self.autonumbers();
        self.sequences(&autonumbers);
        self.identities(&mut tables);
        self.expressions(&mut tables);
        for table in &mut tables {
            self.keys(table);
            self.indexes(table);
        }
        for table in &tables {
            let plan = self.table_plan(table);
            self.plan.tables.push(plan);
        }
        self.foreign_keys(&tables);
        self.rewrite_metadata(&autonumbers);
        self.plan.analyze = self.for_each_table(&tables, &self.target.tables.analyze, "statistics");
        self.plan.release = self.for_each_table(&tables, &self.target.tables.release, "upkeep");
    }

    /// Whether source and target are one PostgreSQL: rows can travel in the engine's own form.
    pub(super) fn can_splice(&self) -> bool {
        self.same_product && self.request.target_engine == Engine::PostgreSql
    }

    /// Adds a finding.
    pub(super) fn find(&mut self, finding: Finding) {
        self.plan.findings.push(finding);
    }

    /// Quoted name with the target's schema.
    pub(super) fn qualified(&self, name: &str) -> String {
        self.target.qualified(self.request.target.namespace.as_deref(), name)
    }

    /// Records a changed name.
    pub(super) fn renamed(&mut self, kind: &'static str, table: &str, from: &str, to: &str) {
        if from == to {
            return;
        }
        let fitted = names::fit(self.target, from);
        let why = if fitted == from {
            "another object has this name where it must be unique".to_string()
        } else {
            names::reason(self.target, from)
        };
        let (table, from, to) = (table.to_string(), from.to_string(), to.to_string());
        self.plan.renames.push(Rename { kind, table, from, to, why });
    }

    /// One statement per table; none where the dialect has no phrase for it.
    fn for_each_table(&self, tables: &[TableDraft<'_>], phrase: &str, what: &str) -> Vec<Statement> {
        let tables = tables.iter().filter(|_| !phrase.is_empty());
        let statement = |table: &TableDraft<'_>| Statement {
            object: format!("{what} of {}", self.target.quote(&table.name)),
            sql: phrase.replace("{name}", &self.qualified(&table.name)),
        };
        tables.map(statement).collect()
    }

    /// A name in the scope that the dialect gives to a kind of constraint.
    pub(super) fn constraint_name(&mut self, scope: Scope, own: &mut Names, table: &str, name: &str) -> String {
        match scope {
            Scope::Table => own.claim(self.target, "", name),
            Scope::Schema => self.constraints.claim(self.target, table, name),
        }
    }
}
