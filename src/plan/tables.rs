//! Which tables are copied, under which names, and what is left behind.

use super::Statement;
use super::drafts::{ColumnDraft, TableDraft};
use super::planner::Planner;
use crate::dialect::names::{CONTROL_TABLES, Names, fit};
use crate::finding::{Finding, Severity};
use crate::schema::{IndexTarget, OtherObject, Table};
use crate::types::Type;
use std::collections::BTreeSet;

impl<'a> Planner<'a> {
    /// Findings of the source, and a note for each object that is not copied.
    pub(super) fn not_copied(&mut self) {
        let schema = self.request.schema;
        let findings: Vec<Finding> = schema.findings.iter().filter(|f| !self.left_out(f)).cloned().collect();
        self.plan.findings.extend(findings);
        let there = |object: &&OtherObject| {
            let name = format!("extension {}", object.name);
            self.same_product && object.kind == "extension" && self.request.target.objects.contains(&name)
        };
        self.plan.not_copied = schema.not_copied.iter().filter(|object| !there(object)).cloned().collect();
        for object in self.plan.not_copied.clone() {
            let code = match object.kind.as_str() {
                "view" | "materialized view" => "view-not-copied",
                "trigger" => "trigger-not-copied",
                "function" | "procedure" | "aggregate" | "routine" => "routine-not-copied",
                "event" => "event-not-copied",
                _ => "object-not-copied",
            };
            let text = format!("this {} is not copied", object.kind);
            self.find(Finding::note(code, &object.name, text).help("create it on the target yourself if you need it"));
        }
    }

    /// Whether a finding is about a table that is not copied.
    fn left_out(&self, finding: &Finding) -> bool {
        let (schema, object) = (self.request.schema, finding.object.as_str());
        let prefix = object.split('.').next().unwrap_or_default();
        let table = [object, prefix].into_iter().find(|name| schema.tables.iter().any(|t| t.name == *name));
        // A table that cannot be copied at all stands in a refusal only, not among the schema's tables.
        let sequence = || schema.sequences.iter().any(|sequence| sequence.name == object);
        let refused = finding.severity == Severity::Error && !object.is_empty() && !sequence();
        match table.or(refused.then_some(object)) {
            Some(table) => !self.request.tables.takes(table) || self.is_stray(table),
            None => self.request.tables.excludes(object),
        }
    }

    /// The tables that the filter takes, with their columns.
    pub(super) fn tables(&mut self) -> Vec<TableDraft<'a>> {
        let schema = self.request.schema;
        for name in CONTROL_TABLES {
            self.relations.take(name);
        }
        let mut drafts = Vec::new();
        for table in &schema.tables {
            if !self.request.tables.takes(&table.name) {
                self.find(Finding::note(
                    "table-excluded",
                    &table.name,
                    "left out, as --tables or --exclude-tables says",
                ));
                continue;
            }
            if self.is_stray(&table.name) {
                self.stray(&table.name);
                continue;
            }
            if let Some(name) = self.table_name(table) {
                let columns = self.table_columns(table);
                drafts.push(TableDraft { source: table, name, columns, keys: Vec::new() });
            }
        }
        drafts
    }

    fn table_name(&mut self, table: &Table) -> Option<String> {
        let wanted = fit(self.target, &table.name);
        if wanted == table.name && !self.relations.take(&wanted) {
            let reserved = CONTROL_TABLES.iter().any(|name| name.eq_ignore_ascii_case(&wanted));
            self.find(if reserved {
                Finding::error(
                    "name-reserved",
                    &table.name,
                    "dbferry needs this name for a table of its own on the target",
                )
                .help(format!("leave it out with --exclude-tables '{}', or rename it", table.name))
            } else {
                Finding::error(
                    "name-collision",
                    &table.name,
                    "another table has this name on the target, which compares table names without case",
                )
                .help(format!("leave one out with --exclude-tables '{}', or rename one", table.name))
            });
            return None;
        }
        let name = if wanted == table.name { wanted } else { self.relations.claim(self.target, "", &table.name) };
        self.renamed("table", "", &table.name, &name);
        Some(name)
    }

    fn table_columns(&mut self, table: &'a Table) -> Vec<ColumnDraft<'a>> {
        let limit = self.target.limits.columns;
        if limit > 0 && table.columns.len() > limit {
            let text =
                format!("{} columns are more than {} tables can have ({limit})", table.columns.len(), self.target.name);
            self.find(
                Finding::error("too-many-columns", &table.name, text)
                    .help("split the table on the source, or leave it out with --exclude-tables"),
            );
        }
        let keyed = keyed_columns(self.request.schema.tables.as_slice(), table);
        let mut names = Names::new(!self.target.identifiers.column_case);
        for name in &self.target.identifiers.reserved_columns {
            names.take(name);
        }
        let mut drafts = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            let name = names.claim(self.target, "", &column.name);
            self.renamed("column", &table.name, &column.name, &name);
            drafts.push(self.column(table, column, name, keyed.contains(column.name.as_str())));
        }
        drafts
    }

    /// Named enum types, where columns on the target use them.
    pub(super) fn enums(&mut self, tables: &[TableDraft<'_>]) {
        if !(self.same_product && self.target.tables.named_enums) {
            return;
        }
        let columns = tables.iter().flat_map(|table| &table.columns);
        let used: BTreeSet<&str> = columns
            .filter_map(|column| match &column.fit.ty {
                Type::Enum { name: Some(name), .. } => Some(name.as_str()),
                Type::Native { name, .. } => Some(name.trim_end_matches("[]")),
                _ => None,
            })
            .collect();
        for kind in &self.request.schema.enums {
            if !used.iter().any(|name| named(name, &kind.name)) {
                continue;
            }
            let labels: Vec<String> = kind.labels.iter().map(|label| self.target.literal(label)).collect();
            let sql = format!("CREATE TYPE {} AS ENUM ({})", self.qualified(&kind.name), labels.join(", "));
            let object = format!("type {}", self.target.quote(&kind.name));
            self.plan.prepare.push(Statement { object, sql });
        }
    }
}

/// Whether `spelled`, which may be quoted and carry a schema, is the type `name`.
pub(super) fn named(spelled: &str, name: &str) -> bool {
    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
    [name, quoted.as_str()].iter().any(|form| spelled == *form || spelled.ends_with(&format!(".{form}")))
}

/// Columns of a table that are part of a key, an index or either end of a foreign key.
fn keyed_columns<'t>(all: &'t [Table], table: &'t Table) -> BTreeSet<&'t str> {
    let keys = table.primary_key.iter().chain(&table.uniques).flat_map(|key| &key.columns);
    let parts = table.indexes.iter().flat_map(|index| &index.parts);
    let indexed = parts.filter_map(|part| match &part.target {
        IndexTarget::Column(name) => Some(name),
        IndexTarget::Expression(_) => None,
    });
    let from = table.foreign_keys.iter().flat_map(|key| &key.columns);
    let to = all.iter().flat_map(|other| &other.foreign_keys);
    let to = to.filter(|key| key.foreign_table == table.name).flat_map(|key| &key.foreign_columns);
    keys.chain(indexed).chain(from).chain(to).map(String::as_str).collect()
}
