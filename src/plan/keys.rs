//! Primary and unique keys: names, what the target cannot keep, and when they are made.

use super::drafts::{ColumnDraft, KeyDraft, KeyKind, TableDraft};
use super::planner::Planner;
use super::policies::{examples, rows};
use crate::dialect::Scope;
use crate::dialect::names::Names;
use crate::finding::Finding;
use crate::probe::Probe;
use crate::schema::Key;

impl Planner<'_> {
    /// Primary and unique keys of a table.
    pub(super) fn keys(&mut self, table: &mut TableDraft<'_>) {
        let source = table.source;
        let mut own = Names::new(!self.target.identifiers.column_case);
        own.take("PRIMARY");
        if let Some(key) = &source.primary_key {
            self.primary(table, key, &mut own);
        }
        for key in &source.uniques {
            self.unique(table, key, &mut own);
        }
        self.index_names.insert(source.name.clone(), own);
    }

    fn primary(&mut self, table: &mut TableDraft<'_>, key: &Key, own: &mut Names) {
        if !self.key_fits(table, &key.name, &key.columns) {
            return;
        }
        for name in &key.columns {
            if let Some(at) = table.position(name) {
                table.columns[at].nullable = false;
            }
        }
        let named = self.target.tables.named_primary_key;
        let mysql_name = key.name == "PRIMARY";
        let wanted = if mysql_name { format!("{}_pkey", table.name) } else { key.name.clone() };
        let name = if named { self.index_name(own, table, &wanted) } else { String::new() };
        if named && !mysql_name {
            self.renamed("constraint", &table.source.name, &key.name, &name);
        }
        let tail = self.constraint_tail(table, key, false);
        let early = self.target.tables.rows_by_primary_key;
        self.collisions(table, key);
        let parts = self.column_list(table, &key.columns);
        table.keys.push(KeyDraft {
            kind: KeyKind::Primary,
            name,
            columns: key.columns.clone(),
            parts,
            tail,
            constraint: true,
            nulls_collide: false,
            method: String::new(),
            early,
        });
    }

    fn unique(&mut self, table: &mut TableDraft<'_>, key: &Key, own: &mut Names) {
        if !self.key_fits(table, &key.name, &key.columns) {
            return;
        }
        let name = self.index_name(own, table, &key.name);
        self.renamed(if key.constraint { "constraint" } else { "index" }, &table.source.name, &key.name, &name);
        self.collisions(table, key);
        self.weaker(table, key);
        let tail = self.constraint_tail(table, key, true);
        let parts = self.column_list(table, &key.columns);
        table.keys.push(KeyDraft {
            kind: KeyKind::Unique,
            name,
            columns: key.columns.clone(),
            parts,
            tail,
            constraint: key.constraint,
            nulls_collide: self.nulls_collide(key),
            method: String::new(),
            early: false,
        });
    }

    /// Name of an index in its scope.
    pub(super) fn index_name(&mut self, own: &mut Names, table: &TableDraft<'_>, name: &str) -> String {
        match self.target.identifiers.index_scope {
            Scope::Table => own.claim(self.target, &table.name, name),
            Scope::Schema => self.relations.claim(self.target, &table.name, name),
        }
    }

    /// Quoted target names of columns.
    pub(super) fn column_list(&self, table: &TableDraft<'_>, columns: &[String]) -> String {
        let names: Vec<&str> = columns.iter().filter_map(|name| table.column(name)).map(|c| c.name.as_str()).collect();
        self.target.quote_list(&names)
    }

    /// Refuses keys of too many columns or too many bytes.
    fn key_fits(&mut self, table: &TableDraft<'_>, name: &str, columns: &[String]) -> bool {
        let object = format!("{}.{name}", table.source.name);
        let limit = self.target.limits.key_columns;
        if limit > 0 && columns.len() > limit {
            let text =
                format!("{} columns are more than a key of {} can have ({limit})", columns.len(), self.target.name);
            let help = "drop the key on the source, or leave the table out with --exclude-tables";
            self.find(Finding::error("key-too-long", object, text).help(help));
            return false;
        }
        if let Some(found) = self.key_overflow(table, columns) {
            let help =
                "shorten these values or drop the key on the source, or leave the table out with --exclude-tables";
            self.find(Finding::error("key-too-long", object, found).help(help));
            return false;
        }
        columns.iter().all(|column| table.column(column).is_some())
    }

    /// What follows the brackets of a constraint; what the target cannot say becomes a finding.
    fn constraint_tail(&mut self, table: &TableDraft<'_>, key: &Key, unique: bool) -> String {
        let rules = &self.target.tables;
        let object = format!("{}.{}", table.source.name, key.name);
        let mut tail = String::new();
        if !key.include.is_empty() {
            if rules.include_columns {
                tail.push_str(&format!(" INCLUDE ({})", self.column_list(table, &key.include)));
            } else {
                self.find(Finding::note(
                    "include-dropped",
                    &object,
                    "columns that only ride along are left out of the key",
                ));
            }
        }
        let nullable = key.columns.iter().filter_map(|name| table.column(name)).any(|column| column.nullable);
        let collide = unique && key.nulls_collide && nullable;
        if collide && !self.target.has(&self.request.target.product, &self.target.since.nulls_not_distinct) {
            let text = "on the source two NULLs collide in this key, on the target they do not";
            self.find(
                Finding::warning("unique-weaker", &object, text)
                    .help("declare the columns NOT NULL if they have no NULLs"),
            );
        }
        if key.deferrable && rules.deferrable {
            tail.push_str(if key.initially_deferred { " DEFERRABLE INITIALLY DEFERRED" } else { " DEFERRABLE" });
        } else if key.deferrable {
            self.find(Finding::note(
                "deferrable-dropped",
                &object,
                "the target checks this key at once, not at commit",
            ));
        }
        tail
    }

    /// Whether two NULLs collide on the target too.
    pub(super) fn nulls_collide(&self, key: &Key) -> bool {
        key.nulls_collide && self.target.has(&self.request.target.product, &self.target.since.nulls_not_distinct)
    }

    /// Asks for values that differ on the source but that the target would call equal.
    fn collisions(&mut self, table: &TableDraft<'_>, key: &Key) {
        let columns = || key.columns.iter().filter_map(|name| table.column(name));
        let rules = &self.target.collations;
        // What a column's collation on the target takes for equal.
        let ignores = |column: &ColumnDraft<'_>, by_default: bool| {
            let own = by_default && column.collate.is_empty() || self.has_mendix_collation(column);
            own && super::keyed::is_text(column)
        };
        let ignore_case = columns().any(|column| ignores(column, rules.ignore_case));
        let ignore_trailing_blanks = columns().any(|column| ignores(column, rules.ignore_trailing_blanks));
        let stricter = |column: &ColumnDraft<'_>| {
            let source = column.source.collation.as_ref();
            ignores(column, rules.ignore_case) && source.is_none_or(|c| c.binary || c.case_sensitive)
                || ignores(column, rules.ignore_trailing_blanks) && source.is_none_or(|c| !c.pad_space)
        };
        if !columns().any(stricter) {
            return;
        }
        let probe = Probe::Collisions { columns: key.columns.clone(), ignore_case, ignore_trailing_blanks };
        let answer = self.data.ask(&table.source.name, probe);
        if let Some(answer) = answer.filter(|answer| answer.count > 0) {
            let text = format!("{} would collide in this key on the target{}", rows(answer.count), examples(answer));
            let help = "change these values or drop the key on the source";
            self.find(
                Finding::error("unique-collision", format!("{}.{}", table.source.name, key.name), text).help(help),
            );
        }
    }

    /// A key that ignores case on the source and does not on the target guarantees less.
    fn weaker(&mut self, table: &TableDraft<'_>, key: &Key) {
        let loose = |column: &ColumnDraft<'_>| {
            let ignores =
                column.source.collation.as_ref().is_some_and(|c| !c.binary && (!c.case_sensitive || c.pad_space));
            ignores && super::keyed::is_text(column) && column.collate.is_empty() && !self.target.collations.ignore_case
        };
        let names = key.columns.iter().filter_map(|name| table.column(name)).filter(|column| loose(column));
        let names: Vec<&str> = names.map(|column| column.source.name.as_str()).collect();
        if !names.is_empty() {
            let text = format!(
                "on the source {} is unique without case or trailing blanks, on the target code points decide",
                names.join(", ")
            );
            let object = format!("{}.{}", table.source.name, key.name);
            self.find(
                Finding::note("unique-weaker", object, text).help("the application must reject such twins itself"),
            );
        }
    }
}
