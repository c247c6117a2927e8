//! Foreign keys: types that agree on both ends, actions the target knows, and rows that reference nothing.

use super::drafts::{ColumnDraft, KeyDraft, KeyKind, TableDraft};
use super::planner::Planner;
use super::policies::{examples, rows};
use super::{Decision, ForeignKeyPlan, Statement};
use crate::dialect::expression::class;
use crate::dialect::names::Names;
use crate::dialect::widen::{Fit, canon};
use crate::finding::Finding;
use crate::policy::PolicyKind;
use crate::probe::Probe;
use crate::rewrite::{Rewrite, RewriteKind};
use crate::schema::{Action, ForeignKey};
use crate::types::{Type, Unit};
use std::collections::BTreeSet;

/// Chains of foreign keys longer than this keep their own types at the far end.
const PASSES: usize = 8;

impl Planner<'_> {
    /// Gives referencing columns the type of the referenced ones.
    pub(super) fn align_foreign_keys(&mut self, tables: &mut [TableDraft<'_>]) {
        if self.same_engine {
            return;
        }
        for _ in 0..PASSES {
            let changes = self.misaligned(tables);
            if changes.is_empty() {
                break;
            }
            for (table, column, fit, collate) in changes {
                let draft = &mut tables[table].columns[column];
                draft.canon = canon(&draft.source.ty, &fit);
                (draft.fit, draft.collate) = (fit, collate);
            }
        }
    }

    fn misaligned(&self, tables: &[TableDraft<'_>]) -> Vec<(usize, usize, Fit, String)> {
        let mut changes = Vec::new();
        for (number, table) in tables.iter().enumerate() {
            for key in &table.source.foreign_keys {
                let Some(parent) = tables.iter().find(|t| t.source.name == key.foreign_table) else { continue };
                for (from, to) in key.columns.iter().zip(&key.foreign_columns) {
                    let (Some(at), Some(to)) = (table.position(from), parent.column(to)) else { continue };
                    let own = &table.columns[at];
                    if self.must_agree(own, to) {
                        let why =
                            format!("it has the type of {}.{}, which it references", key.foreign_table, to.source.name);
                        let fit = Fit { decision: Decision::Widened(why), ..to.fit.clone() };
                        changes.push((number, at, fit, to.collate.clone()));
                    }
                }
            }
        }
        changes
    }

    fn must_agree(&self, own: &ColumnDraft<'_>, to: &ColumnDraft<'_>) -> bool {
        if own.fit.ty == to.fit.ty || class(&own.source.ty) != class(&to.source.ty) {
            return false;
        }
        let in_row = |ty: &Type| matches!(ty, Type::Text { max: Some(max), .. } if max.unit != Unit::Bytes);
        let mixed = matches!(
            (&own.fit.ty, &to.fit.ty),
            (Type::Decimal { .. }, Type::Int { .. }) | (Type::Int { .. }, Type::Decimal { .. })
        );
        mixed || self.target.tables.foreign_keys_same_type && !(in_row(&own.fit.ty) && in_row(&to.fit.ty))
    }

    /// Foreign keys of all tables, to be made after all data and keys.
    pub(super) fn foreign_keys(&mut self, tables: &[TableDraft<'_>]) {
        for table in tables {
            let mut own = Names::new(!self.target.identifiers.column_case);
            for key in &table.source.foreign_keys {
                let object = format!("{}.{}", table.source.name, key.name);
                match self.foreign_key(tables, table, key, &mut own) {
                    Ok(plan) => self.plan.foreign_keys.push(plan),
                    Err(why) => {
                        let text = format!("this foreign key to {} is not copied: {why}", key.foreign_table);
                        let help = "add it on the target yourself once its reason is gone";
                        self.find(Finding::warning("foreign-key-not-copied", object, text).help(help));
                    }
                }
            }
        }
    }

    fn foreign_key(
        &mut self,
        tables: &[TableDraft<'_>],
        table: &TableDraft<'_>,
        key: &ForeignKey,
        own: &mut Names,
    ) -> Result<ForeignKeyPlan, String> {
        let parent = tables.iter().find(|t| t.source.name == key.foreign_table);
        let parent = parent.ok_or("the table it references is not copied")?;
        let (columns, foreign_columns) = self.referenced_order(parent, key)?;
        let unvalidated = self.unvalidated(table, key);
        let name = self.constraint_name(self.target.identifiers.foreign_key_scope, own, &table.name, &key.name);
        self.renamed("constraint", &table.source.name, &key.name, &name);
        let mut sql = format!(
            "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
            self.qualified(&table.name),
            self.target.quote(&name),
            self.column_list(table, &columns),
            self.qualified(&parent.name),
            self.column_list(parent, &foreign_columns),
        );
        if key.match_full && self.target.tables.deferrable {
            sql.push_str(" MATCH FULL");
        } else if key.match_full && key.columns.len() > 1 {
            let object = format!("{}.{}", table.source.name, key.name);
            self.find(Finding::warning(
                "foreign-key-weaker",
                object,
                "MATCH FULL becomes MATCH SIMPLE: partly NULL references are allowed",
            ));
        }
        for (word, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
            let action = self.action(table, key, word, action);
            if action != Action::NoAction && action.sql() != self.target.tables.foreign_keys_action {
                sql.push_str(&format!(" ON {word} {}", action.sql()));
            }
        }
        sql.push_str(&self.deferral(table, key));
        let object = format!("foreign key {} on {}", self.target.quote(&name), self.target.quote(&table.name));
        let validate = &self.target.tables.foreign_keys_validate;
        let validate = (!unvalidated && !validate.is_empty()).then(|| Statement {
            object: object.clone(),
            sql: format!(
                "ALTER TABLE {} {}",
                self.qualified(&table.name),
                validate.replace("{name}", &self.target.quote(&name))
            ),
        });
        if unvalidated || validate.is_some() {
            sql.push_str(" NOT VALID");
        }
        let key = ForeignKey {
            name,
            columns: target_names(table, &columns),
            foreign_table: parent.name.clone(),
            foreign_columns: target_names(parent, &foreign_columns),
            ..key.clone()
        };
        Ok(ForeignKeyPlan { statement: Statement { object, sql }, validate, table: table.name.clone(), key })
    }

    /// Both column lists, in the order of the referenced key where the target insists on it.
    fn referenced_order(
        &self,
        parent: &TableDraft<'_>,
        key: &ForeignKey,
    ) -> Result<(Vec<String>, Vec<String>), String> {
        let same_set = |draft: &&KeyDraft| {
            draft.columns.len() == key.foreign_columns.len()
                && key.foreign_columns.iter().all(|column| draft.columns.contains(column))
        };
        let is_unique = |draft: &&KeyDraft| draft.kind != KeyKind::Index && !draft.tail.contains(" WHERE ");
        let exact = parent.keys.iter().filter(is_unique).find(|draft| draft.columns == key.foreign_columns);
        let Some(unique) = exact.or_else(|| parent.keys.iter().filter(is_unique).find(same_set)) else {
            if self.target.tables.referenced_must_be_unique {
                return Err("the columns it references are no key on the target".into());
            }
            return Ok((key.columns.clone(), key.foreign_columns.clone()));
        };
        if self.target.tables.foreign_keys_any_order {
            return Ok((key.columns.clone(), key.foreign_columns.clone()));
        }
        let pairs = unique.columns.iter().filter_map(|column| {
            let at = key.foreign_columns.iter().position(|name| name == column)?;
            Some((key.columns.get(at)?.clone(), column.clone()))
        });
        Ok(pairs.unzip())
    }

    /// Keys that the source does not vouch for are looked at; true where the target takes them as they are.
    fn unvalidated(&mut self, table: &TableDraft<'_>, key: &ForeignKey) -> bool {
        let doubtful = key.not_validated || self.may_dangle();
        if !doubtful || self.removes_references(table, key) {
            return false;
        }
        let probe = Probe::Dangling { foreign_key: key.name.clone() };
        let answer = self.data.ask(&table.source.name, probe);
        let Some(answer) = answer.filter(|answer| answer.count > 0) else {
            return false;
        };
        let object = format!("{}.{}", table.source.name, key.name);
        let verb = if answer.count == 1 { "references" } else { "reference" };
        let text = format!("{} {verb} nothing in {}{}", rows(answer.count), key.foreign_table, examples(answer));
        if self.target.tables.not_valid && self.same_product {
            let text = format!("{text}: the foreign key is made NOT VALID, as on the source");
            self.find(
                Finding::warning("dangling-reference", object, text)
                    .help("correct these rows and validate the constraint"),
            );
            return true;
        }
        self.find(Finding::error("dangling-reference", object, text).help(remedies(table, key)));
        false
    }

    /// Where a policy says so, references that lead nowhere are taken out of the rows on their way.
    fn removes_references(&mut self, table: &TableDraft<'_>, key: &ForeignKey) -> bool {
        let Some(column) = removable(table, key) else { return false };
        let name = &column.source.name;
        let policy = self.request.policies.lookup(PolicyKind::DanglingReference, &table.source.name, name);
        if policy.is_none() {
            return false;
        }
        let probe = Probe::DanglingValues { foreign_key: key.name.clone() };
        let Some(answer) = self.data.ask(&table.source.name, probe) else { return true };
        let gone: BTreeSet<i64> = answer.keys.iter().filter_map(|value| value.parse().ok()).collect();
        let kind = if column.nullable { RewriteKind::Null(gone) } else { RewriteKind::LeaveOut(gone) };
        let plan = self.plan.tables.iter_mut().find(|plan| plan.source == table.source.name);
        if let Some(plan) = plan.filter(|_| answer.count > 0) {
            let at = plan.columns.iter().position(|column| column.source == *name);
            plan.rewrite(at.map(|column| Rewrite { column, kind }));
        }
        true
    }

    fn action(&mut self, table: &TableDraft<'_>, key: &ForeignKey, word: &str, action: Action) -> Action {
        let not_null = || {
            let columns = key.columns.iter().filter_map(|name| table.column(name));
            columns.into_iter().any(|column| !column.nullable)
        };
        let why = match action {
            Action::SetDefault if !self.target.tables.set_default => "the target cannot set defaults",
            Action::SetNull if self.target.tables.foreign_keys_same_type && not_null() => "a column is NOT NULL",
            _ => return action,
        };
        let object = format!("{}.{}", table.source.name, key.name);
        let text = format!("ON {word} {} becomes NO ACTION: {why}", action.sql());
        self.find(Finding::warning("foreign-key-action", object, text).help("let the application do it"));
        Action::NoAction
    }

    fn deferral(&mut self, table: &TableDraft<'_>, key: &ForeignKey) -> String {
        if !key.deferrable {
            return String::new();
        }
        if !self.target.tables.deferrable {
            let object = format!("{}.{}", table.source.name, key.name);
            self.find(Finding::note(
                "deferrable-dropped",
                object,
                "the target checks this foreign key at once, not at commit",
            ));
            return String::new();
        }
        if key.initially_deferred { " DEFERRABLE INITIALLY DEFERRED".into() } else { " DEFERRABLE".into() }
    }
}

/// Columns by the names that they have on the target.
fn target_names(table: &TableDraft<'_>, columns: &[String]) -> Vec<String> {
    columns.iter().filter_map(|name| table.column(name)).map(|column| column.name.clone()).collect()
}

/// The column of a foreign key whose references can be removed on the way: its only one, an integer.
fn removable<'t, 'a>(table: &'t TableDraft<'a>, key: &ForeignKey) -> Option<&'t ColumnDraft<'a>> {
    let [name] = key.columns.as_slice() else { return None };
    let mut columns =
        table.columns.iter().filter(|column| matches!(column.source.ty, Type::Int { unsigned: false, .. }));
    columns.find(|column| column.source.name == *name)
}

/// What to do about references that lead nowhere.
fn remedies(table: &TableDraft<'_>, key: &ForeignKey) -> String {
    let correct = "correct these rows on the source, or drop the foreign key there";
    match removable(table, key) {
        Some(column) => {
            let scope = format!("{}.{}", table.source.name, column.source.name).replace('\'', "'\\''");
            format!("remove the references on the way with --policy '{scope}:dangling-reference=remove', {correct}")
        }
        None => correct.to_string(),
    }
}
