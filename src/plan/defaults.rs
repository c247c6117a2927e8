//! Defaults, generated columns and checks of a table, translated or reported.

use super::drafts::{ColumnDraft, TableDraft};
use super::planner::Planner;
use crate::dialect::defaults::{DefaultOf, DefaultValue, default_value, is_textual};
use crate::dialect::expression::{Class, ColumnUse, Translator, class};
use crate::dialect::names::Names;
use crate::endpoint::Engine;
use crate::finding::Finding;
use crate::schema::{Action, Check};
use crate::types::Type;

/// A check constraint of the target.
pub(super) struct CheckDraft {
    /// Target name.
    pub(super) name: String,
    /// Condition.
    pub(super) condition: String,
    /// Existing rows are not vouched for: it is added after the load, unvalidated.
    pub(super) unvalidated: bool,
}

impl Planner<'_> {
    /// Decides defaults and generated columns.
    pub(super) fn expressions(&mut self, tables: &mut [TableDraft<'_>]) {
        for table in tables {
            for at in 0..table.columns.len() {
                let generated = self.generated(table, at);
                table.columns[at].generated = generated;
            }
            for at in 0..table.columns.len() {
                let column = &table.columns[at];
                if column.identity.is_none() && column.generated.is_none() {
                    let default = self.default(table, at);
                    table.columns[at].default = default;
                }
            }
            self.hidden(table);
        }
    }

    /// What expressions may say about a table's columns.
    pub(super) fn column_use(&self, table: &TableDraft<'_>, name: &str) -> Option<ColumnUse> {
        let folds = !self.source.is_none_or(|source| source.identifiers.column_case);
        let same = |column: &&ColumnDraft<'_>| {
            column.source.name == name || folds && column.source.name.eq_ignore_ascii_case(name)
        };
        let column = table.columns.iter().find(same)?;
        let (from, to) = (class(&column.source.ty), class(&column.fit.ty));
        let as_integer = from == Class::Bool && to == Class::Number && self.target.types.boolean_is_integer;
        let loose = column.source.collation.as_ref().is_some_and(|c| !c.binary && (!c.case_sensitive || c.pad_space));
        let obstacle = if (from != to && !as_integer || column.fit.as_text) && !column.native_kept {
            Some("is of another kind on the target")
        } else if self.same_product && column.name != column.source.name {
            Some("has another name on the target")
        } else if loose && is_textual(&column.source.ty) && !self.same_engine {
            Some("compares text without case or trailing blanks on the source only")
        } else {
            None
        };
        Some(ColumnUse { name: self.target.quote(&column.name), class: from, obstacle })
    }

    /// Whether the target has a function built in, or one of an extension or user by this name.
    fn has_function(&self, name: &str) -> bool {
        let called = |object: &String| {
            let function = object.strip_prefix("function ").and_then(|rest| rest.split_once('('));
            function.is_some_and(|(function, _)| function == name)
        };
        self.target.has_function(self.request.target.product.numbers, name)
            || self.request.target.objects.iter().any(called)
    }

    /// Translates an expression on a table's columns.
    pub(super) fn translate(&self, table: &TableDraft<'_>, text: &str, exact: bool) -> Result<String, String> {
        let columns = |name: &str| {
            let mut column = self.column_use(table, name)?;
            let float = table.column(name).is_some_and(|column| matches!(column.source.ty, Type::Float { .. }));
            if exact && float && !self.same_product {
                column.obstacle = Some("is a floating-point number, whose results may differ");
            }
            Some(column)
        };
        Translator {
            source: self.source,
            target: self.target,
            has_function: &|name| self.has_function(name),
            same_product: self.same_product,
            same_engine: self.same_engine,
            exact,
            columns: &columns,
        }
        .translate(text)
    }

    fn generated(&mut self, table: &TableDraft<'_>, at: usize) -> Option<(String, bool)> {
        let column = &table.columns[at];
        let rule = column.source.generated.as_ref()?;
        let object = format!("{}.{}", table.source.name, column.source.name);
        let inexact = matches!(column.source.ty, Type::Float { .. }) && !self.same_product;
        let translated = if inexact {
            Err("floating-point results may differ".to_string())
        } else {
            self.translate(table, &rule.expression, true)
        };
        match translated {
            Ok(expression) => {
                let virtual_too = self.target.has(&self.request.target.product, &self.target.since.generated_virtual);
                let barred = rule.stored && virtual_too && self.cascades_into(table, &expression);
                if barred {
                    let text = "it is computed when read: the target stores no value that a foreign key may change";
                    self.find(Finding::note("generated-virtual", object, text));
                }
                Some((expression, rule.stored && !barred || !virtual_too))
            }
            Err(why) => {
                let text =
                    format!("the generated column becomes a plain one with its values: {why}: {}", rule.expression);
                self.find(
                    Finding::warning("generated-as-plain", object, text)
                        .help("let the application or a trigger compute new values"),
                );
                None
            }
        }
    }

    /// Whether a foreign key may change a column that a generated column is computed from.
    fn cascades_into(&self, table: &TableDraft<'_>, expression: &str) -> bool {
        let changes = |action: Action| !matches!(action, Action::NoAction | Action::Restrict);
        let keys = table.source.foreign_keys.iter().filter(|key| changes(key.on_delete) || changes(key.on_update));
        let mut columns = keys.flat_map(|key| &key.columns).filter_map(|name| table.column(name));
        !self.target.tables.cascades_into_stored && columns.any(|c| expression.contains(&self.target.quote(&c.name)))
    }

    fn default(&mut self, table: &TableDraft<'_>, at: usize) -> Option<String> {
        let column = &table.columns[at];
        let text = column.source.default.as_ref()?;
        let none = |_: &str| None;
        let translator = Translator {
            source: self.source,
            target: self.target,
            has_function: &|name| self.has_function(name),
            same_product: self.same_product,
            same_engine: self.same_engine,
            exact: false,
            columns: &none,
        };
        let of = DefaultOf { from: &column.source.ty, to: &column.fit.ty, translator: &translator };
        let why = match default_value(&of, text) {
            Ok(DefaultValue::None) => return None,
            Ok(DefaultValue::Sql(sql)) => return Some(sql),
            Ok(DefaultValue::Sequence(name)) => match self.next_value(&name) {
                Some(sql) => return Some(sql),
                None => format!("sequence {name} is not on the target"),
            },
            Err(why) => why,
        };
        let object = format!("{}.{}", table.source.name, column.source.name);
        let finding =
            Finding::warning("default-not-copied", object, format!("its default is not copied: {why}: {text}"));
        self.find(finding.help("set a default on the target yourself, or let the application give the value"));
        None
    }

    fn hidden(&mut self, table: &TableDraft<'_>) {
        let available = self.target.has(&self.request.target.product, &self.target.since.hidden_columns);
        for column in table.columns.iter().filter(|column| column.source.hidden) {
            if !(available && is_hideable(column)) {
                let object = format!("{}.{}", table.source.name, column.source.name);
                let text = "the hidden column becomes visible on the target";
                self.find(
                    Finding::note("hidden-column", object, text).help("name the columns in the application's queries"),
                );
            }
        }
    }

    /// Checks of a table: its own, and those that stand for a list of labels.
    pub(super) fn checks(&mut self, table: &TableDraft<'_>) -> Vec<CheckDraft> {
        let mut own = Names::new(!self.target.identifiers.column_case);
        let mut checks = Vec::new();
        for check in &table.source.checks {
            match self.check_condition(table, check) {
                Ok(condition) => {
                    let name = self.check_name(&mut own, table, &check.name);
                    self.renamed("constraint", &table.source.name, &check.name, &name);
                    checks.push(CheckDraft { name, condition, unvalidated: check.not_validated });
                }
                Err(why) => {
                    let object = format!("{}.{}", table.source.name, check.name);
                    let text = format!("this check is not copied: {why}: {}", check.expression);
                    self.find(
                        Finding::warning("check-not-copied", object, text)
                            .help("add it on the target yourself, or check in the application"),
                    );
                }
            }
        }
        for column in table.columns.iter().filter(|column| column.fit.check_labels) {
            if let Type::Enum { labels, .. } = &column.source.ty {
                let mut list: Vec<String> = labels.iter().map(|label| self.target.literal(label)).collect();
                if self.request.source_engine == Engine::MySql && !labels.iter().any(String::is_empty) {
                    // What MySQL keeps in place of a value that was none of the labels.
                    list.push(self.target.literal(""));
                }
                let condition = format!("{} IN ({})", self.target.quote(&column.name), list.join(", "));
                let name = self.check_name(&mut own, table, &format!("{}_{}_check", table.name, column.name));
                checks.push(CheckDraft { name, condition, unvalidated: false });
            }
        }
        checks
    }

    fn check_name(&mut self, own: &mut Names, table: &TableDraft<'_>, name: &str) -> String {
        self.constraint_name(self.target.identifiers.check_scope, own, &table.name, name)
    }

    fn check_condition(&self, table: &TableDraft<'_>, check: &Check) -> Result<String, String> {
        let product = &self.request.target.product;
        if !self.target.has(product, &self.target.since.checks) {
            return Err(format!("{} {} does not enforce checks", self.target.name, product.version));
        }
        let unenforced = self.target.has(product, &self.target.since.checks_not_enforced);
        if check.not_validated && !self.target.tables.not_valid && !unenforced {
            return Err("the source does not vouch for all rows, and the target would check them".into());
        }
        let used = std::cell::RefCell::new(Vec::new());
        let columns = |name: &str| {
            used.borrow_mut().push(name.to_string());
            self.column_use(table, name)
        };
        let translator = Translator {
            source: self.source,
            target: self.target,
            has_function: &|name| self.has_function(name),
            same_product: self.same_product,
            same_engine: self.same_engine,
            exact: false,
            columns: &columns,
        };
        let text = translator.translate(&check.expression)?;
        match used.into_inner().iter().find(|name| self.is_barred(table, name)) {
            Some(name) => Err(format!("{} does not allow column {name} in a check", self.target.name)),
            None => Ok(text),
        }
    }

    /// MySQL bars numbering columns, and columns that a foreign key may change, from checks.
    fn is_barred(&self, table: &TableDraft<'_>, name: &str) -> bool {
        if !self.target.tables.identity_needs_key {
            return false;
        }
        let numbering = table.column(name).is_some_and(|column| column.identity.is_some());
        let changes = |action: Action| !matches!(action, Action::NoAction | Action::Restrict);
        let changed = table.source.foreign_keys.iter().any(|key| {
            key.columns.iter().any(|column| column == name)
                && (changes(key.on_update) || key.on_delete == Action::SetNull || key.on_delete == Action::SetDefault)
        });
        numbering || changed
    }
}

/// A hidden column needs a value where a row does not name it.
pub(super) fn is_hideable(column: &ColumnDraft<'_>) -> bool {
    column.nullable || column.default.is_some() || column.generated.is_some() || column.identity.is_some()
}
