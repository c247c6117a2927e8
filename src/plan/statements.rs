//! The statements of one table: `CREATE TABLE`, then keys, indexes, checks and comments.

use super::Statement;
use super::defaults::{CheckDraft, is_hideable};
use super::drafts::{ColumnDraft, KeyDraft, KeyKind, TableDraft};
use super::planner::Planner;
use crate::finding::Finding;

impl Planner<'_> {
    /// `CREATE TABLE`, with the keys that must exist before rows arrive.
    pub(super) fn create_table(&mut self, table: &TableDraft<'_>, checks: &[CheckDraft]) -> Statement {
        let mut lines: Vec<String> = Vec::new();
        for column in &table.columns {
            lines.push(self.column_line(table, column));
        }
        for key in table.keys.iter().filter(|key| key.early) {
            lines.push(self.key_clause(key));
        }
        for check in checks {
            let name = self.target.quote(&check.name);
            if !check.unvalidated {
                lines.push(format!("CONSTRAINT {name} CHECK ({})", check.condition));
            } else if !self.target.tables.not_valid {
                lines.push(format!("CONSTRAINT {name} CHECK ({}) NOT ENFORCED", check.condition));
            }
        }
        let mut sql = format!("CREATE TABLE {} (\n  {}\n)", self.qualified(&table.name), lines.join(",\n  "));
        if !self.target.tables.suffix.is_empty() {
            sql.push_str(&format!(" {}", self.target.tables.suffix));
        }
        if let Some(comment) = self.comment_clause(&table.source.name, table.source.comment.as_deref(), false) {
            sql.push_str(&comment);
        }
        Statement { object: format!("table {}", self.target.quote(&table.name)), sql }
    }

    fn column_line(&mut self, table: &TableDraft<'_>, column: &ColumnDraft<'_>) -> String {
        let native = column.serial.as_ref().unwrap_or(&column.fit.native);
        let mut line = format!("{} {native}", self.target.quote(&column.name));
        let mut add = |text: &str| {
            if !text.is_empty() {
                line.push(' ');
                line.push_str(text);
            }
        };
        add(&column.collate);
        if let Some((expression, stored)) = &column.generated {
            add(&format!("GENERATED ALWAYS AS ({expression})"));
            add(if *stored { &self.target.tables.generated_stored } else { "VIRTUAL" });
        }
        if let Some(default) = &column.default {
            add(&format!("DEFAULT {default}"));
        }
        add(column.identity.as_deref().unwrap_or(""));
        // All products take constraints last, some take them nowhere else.
        if !column.nullable && (column.generated.is_none() || self.target.tables.generated_not_null) {
            add("NOT NULL");
        } else if column.fit.native.starts_with("timestamp") && self.target.tables.alters_rebuild {
            // Without it older servers make such a column NOT NULL with a default of their own.
            add("NULL");
        }
        let product = &self.request.target.product;
        if column.source.hidden && is_hideable(column) && self.target.has(product, &self.target.since.hidden_columns) {
            add(&self.target.tables.hidden);
        }
        let object = format!("{}.{}", table.source.name, column.source.name);
        if let Some(comment) = self.comment_clause(&object, column.source.comment.as_deref(), true) {
            line.push_str(&comment);
        }
        line
    }

    /// Comment as a clause, where the dialect has it that way; too long ones are reported.
    fn comment_clause(&mut self, object: &str, comment: Option<&str>, of_column: bool) -> Option<String> {
        let comment = comment.filter(|text| !text.is_empty() && self.target.limits.column_comment > 0)?;
        let limits = &self.target.limits;
        let limit = if of_column { limits.column_comment } else { limits.table_comment };
        if limit > 0 && comment.chars().count() > limit {
            let text = format!("its comment is longer than the {limit} characters of {} comments", self.target.name);
            self.find(Finding::note("comment-not-copied", object, text));
            return None;
        }
        Some(format!(" COMMENT {}", self.target.literal(comment)))
    }

    /// A key within `CREATE TABLE`, or after `ADD`.
    fn key_clause(&self, key: &KeyDraft) -> String {
        let name = self.target.quote(&key.name);
        let mysql = self.target.tables.alters_rebuild;
        match key.kind {
            KeyKind::Primary if key.name.is_empty() => format!("PRIMARY KEY ({})", key.parts),
            KeyKind::Primary => format!("CONSTRAINT {name} PRIMARY KEY ({}){}", key.parts, key.tail),
            KeyKind::Unique if mysql => format!("UNIQUE KEY {name} ({})", key.parts),
            KeyKind::Unique => {
                let nulls = if key.nulls_collide { " NULLS NOT DISTINCT" } else { "" };
                format!("CONSTRAINT {name} UNIQUE{nulls} ({}){}", key.parts, key.tail)
            }
            KeyKind::Index if key.method.is_empty() => format!("KEY {name} ({})", key.parts),
            KeyKind::Index => format!("{} KEY {name} ({})", key.method, key.parts),
        }
    }

    /// Indexes that can be built after the load while the table is read: side by side, or all in one statement.
    pub(super) fn index_table(&self, table: &TableDraft<'_>) -> Vec<Statement> {
        let late = table.keys.iter().filter(|key| !key.early);
        if self.target.tables.alters_rebuild {
            return self.one_alter(table, &late.filter(|key| key.method.is_empty()).collect::<Vec<_>>());
        }
        let late = late.filter(|key| !key.constraint || self.is_from_index(key));
        late.map(|key| self.index_statement(table, key)).collect()
    }

    /// What needs the table for itself after the load: keys, late checks, comments.
    pub(super) fn finish_table(&self, table: &TableDraft<'_>, checks: &[CheckDraft]) -> Vec<Statement> {
        let late = table.keys.iter().filter(|key| !key.early);
        let mut statements: Vec<_> = if self.target.tables.alters_rebuild {
            late.filter(|key| !key.method.is_empty()).map(|key| self.special_alter(table, key)).collect()
        } else {
            late.filter(|key| key.constraint).map(|key| self.key_statement(table, key)).collect()
        };
        let name = self.qualified(&table.name);
        for check in checks.iter().filter(|check| check.unvalidated && self.target.tables.not_valid) {
            let constraint = self.target.quote(&check.name);
            let sql = format!("ALTER TABLE {name} ADD CONSTRAINT {constraint} CHECK ({}) NOT VALID", check.condition);
            statements
                .push(Statement { object: format!("check {constraint} on {}", self.target.quote(&table.name)), sql });
        }
        if self.target.tables.statement_comments {
            self.comment_statements(table, &mut statements);
        }
        statements
    }

    /// All keys in one statement that scans the table once.
    fn one_alter(&self, table: &TableDraft<'_>, keys: &[&KeyDraft]) -> Vec<Statement> {
        if keys.is_empty() {
            return Vec::new();
        }
        let clauses: Vec<String> = keys.iter().map(|key| format!("ADD {}", self.key_clause(key))).collect();
        let sql = format!("ALTER TABLE {}\n  {}", self.qualified(&table.name), clauses.join(",\n  "));
        vec![Statement { object: format!("keys of {}", self.target.quote(&table.name)), sql }]
    }

    /// A full-text or spatial key by itself: the first full-text one rebuilds the table.
    fn special_alter(&self, table: &TableDraft<'_>, key: &KeyDraft) -> Statement {
        let object = format!("index {} on {}", self.target.quote(&key.name), self.target.quote(&table.name));
        let sql = format!("ALTER TABLE {} ADD {}", self.qualified(&table.name), self.key_clause(key));
        Statement { object, sql }
    }

    /// A constraint whose index is built first, together with the table's other indexes.
    fn is_from_index(&self, key: &KeyDraft) -> bool {
        self.target.tables.constraints_from_indexes && key.tail.is_empty()
    }

    fn key_statement(&self, table: &TableDraft<'_>, key: &KeyDraft) -> Statement {
        let (name, quoted) = (self.qualified(&table.name), self.target.quote(&key.name));
        let (kind, keyword) = match key.kind {
            KeyKind::Primary => ("primary key", "PRIMARY KEY"),
            _ => ("unique key", "UNIQUE"),
        };
        let clause = match self.is_from_index(key) {
            true => format!("CONSTRAINT {quoted} {keyword} USING INDEX {quoted}"),
            false => self.key_clause(key),
        };
        let object = format!("{kind} {quoted} on {}", self.target.quote(&table.name));
        Statement { object, sql: format!("ALTER TABLE {name} ADD {clause}") }
    }

    fn index_statement(&self, table: &TableDraft<'_>, key: &KeyDraft) -> Statement {
        let (name, quoted) = (self.qualified(&table.name), self.target.quote(&key.name));
        let unique = if key.kind == KeyKind::Index { "" } else { "UNIQUE " };
        let method = if key.method.is_empty() { String::new() } else { format!("{} ", key.method) };
        let parts = if key.parts.is_empty() { String::new() } else { format!(" ({})", key.parts) };
        let nulls = if key.nulls_collide { " NULLS NOT DISTINCT" } else { "" };
        let sql = format!("CREATE {unique}{method}INDEX {quoted} ON {name}{parts}{}{nulls}", key.tail);
        Statement { object: format!("index {quoted} on {}", self.target.quote(&table.name)), sql }
    }

    fn comment_statements(&self, table: &TableDraft<'_>, statements: &mut Vec<Statement>) {
        let name = self.qualified(&table.name);
        let object = format!("comments of {}", self.target.quote(&table.name));
        let mut add = |what: String, comment: &Option<String>| {
            if let Some(comment) = comment.as_ref().filter(|text| !text.is_empty()) {
                let sql = format!("COMMENT ON {what} IS {}", self.target.literal(comment));
                statements.push(Statement { object: object.clone(), sql });
            }
        };
        add(format!("TABLE {name}"), &table.source.comment);
        for column in &table.columns {
            add(format!("COLUMN {name}.{}", self.target.quote(&column.name)), &column.source.comment);
        }
    }
}
