//! Secondary indexes: parts, predicates and methods that the target knows; others are reported.

use super::drafts::{KeyDraft, KeyKind, TableDraft};
use super::planner::Planner;
use crate::dialect::names::Names;
use crate::dialect::native::key_bytes;
use crate::dialect::words;
use crate::finding::Finding;
use crate::schema::{Index, IndexPart, IndexTarget};
use crate::types::{Type, Unit};

/// Characters of a prefix where the whole text is too long for an index.
const PREFIX: u64 = 191;

/// An index that is made, or why it is not.
type Made = Result<KeyDraft, String>;

impl Planner<'_> {
    /// Secondary indexes of a table, and the key that a numbering column needs.
    pub(super) fn indexes(&mut self, table: &mut TableDraft<'_>) {
        let source = table.source;
        let mut own = self.index_names.remove(&source.name).unwrap_or_default();
        for index in &source.indexes {
            match self.index(table, index, &mut own) {
                Ok(draft) => {
                    self.renamed("index", &source.name, &index.name, &draft.name);
                    table.keys.push(draft);
                }
                Err(why) => {
                    let object = format!("{}.{}", source.name, index.name);
                    let shown = index.definition.clone().unwrap_or_else(|| described(index));
                    let text = format!("this index is not copied: {why}: {shown}");
                    let help = "create an index that suits the target yourself";
                    self.find(Finding::warning("index-not-copied", object, text).help(help));
                }
            }
        }
        self.numbering_key(table, &mut own);
        self.count_indexes(table);
    }

    fn index(&mut self, table: &TableDraft<'_>, index: &Index, own: &mut Names) -> Made {
        let known =
            |method: &str| self.target.tables.methods.iter().any(|m| m == "*" || m.eq_ignore_ascii_case(method));
        if self.can_splice() && (index.definition.is_some()) {
            return self.same_definition(table, index, own);
        }
        if !known(&index.method) {
            return Err(format!("{} has no such index method ({})", self.target.name, index.method));
        }
        if index.parts.is_empty() {
            return Err("its parts are not known".into());
        }
        if !self.target.tables.include_columns && !index.include.is_empty() {
            let object = format!("{}.{}", table.source.name, index.name);
            self.find(Finding::note(
                "include-dropped",
                object,
                "columns that only ride along are left out of the index",
            ));
        }
        let predicate = self.predicate(table, index)?;
        let special = matches!(index.method.as_str(), "fulltext" | "spatial");
        let mut parts = Vec::with_capacity(index.parts.len());
        for part in &index.parts {
            parts.push(if special { self.plain_part(table, part)? } else { self.part(table, index, part)? });
        }
        self.index_fits(table, index)?;
        let mut tail = String::new();
        if self.target.tables.include_columns && !index.include.is_empty() {
            tail.push_str(&format!(" INCLUDE ({})", self.column_list(table, &index.include)));
        }
        tail.push_str(&predicate.map(|condition| format!(" WHERE {condition}")).unwrap_or_default());
        let columns = plain_columns(index);
        let name = self.index_name(own, table, &index.name);
        Ok(KeyDraft {
            kind: if index.unique { KeyKind::Unique } else { KeyKind::Index },
            name,
            columns,
            parts: parts.join(", "),
            tail,
            constraint: false,
            nulls_collide: false,
            method: if special { index.method.to_uppercase() } else { String::new() },
            early: false,
        })
    }

    /// The rest of the source's own statement after the table's name, for an equal server.
    fn same_definition(&mut self, table: &TableDraft<'_>, index: &Index, own: &mut Names) -> Made {
        if let Some(need) = index.needs.iter().find(|need| !self.target_has(need)) {
            let remedy = match &need.extension {
                Some(name) => format!("create extension {name} there before the copy"),
                None => "create it there before the copy".to_string(),
            };
            return Err(format!("the target lacks {} ({remedy})", need.what));
        }
        let rest = index.definition.as_deref().and_then(after_using);
        let rest = rest.ok_or_else(|| "its definition cannot be read".to_string())?.to_string();
        // A tree or hash of columns alone is made of any type.
        let any_type = plain_columns(index).len() == index.parts.len() && index.predicate.is_none();
        if !(any_type && matches!(index.method.as_str(), "btree" | "hash")) {
            for name in words(self.target, &rest)? {
                if let Some(obstacle) = self.column_use(table, &name).and_then(|column| column.obstacle) {
                    return Err(format!("column {name} {obstacle}"));
                }
            }
        }
        let name = self.index_name(own, table, &index.name);
        Ok(KeyDraft {
            kind: if index.unique { KeyKind::Unique } else { KeyKind::Index },
            name,
            columns: plain_columns(index),
            parts: String::new(),
            tail: format!(" {rest}"),
            constraint: false,
            nulls_collide: false,
            method: String::new(),
            early: false,
        })
    }

    /// A predicate that the target cannot say may be left out where the index is not unique.
    fn predicate(&mut self, table: &TableDraft<'_>, index: &Index) -> Result<Option<String>, String> {
        let Some(text) = &index.predicate else {
            return Ok(None);
        };
        if self.target.tables.partial_indexes {
            return self.translate(table, text, false).map(Some);
        }
        if index.unique {
            return Err(format!("{} has no partial indexes, and a whole one would refuse rows", self.target.name));
        }
        let object = format!("{}.{}", table.source.name, index.name);
        let note = format!("the index holds all rows, not only those with {text}");
        self.find(Finding::note("index-widened", object, note));
        Ok(None)
    }

    fn plain_part(&self, table: &TableDraft<'_>, part: &IndexPart) -> Result<String, String> {
        match &part.target {
            IndexTarget::Column(name) => {
                let column = table.column(name).ok_or_else(|| format!("column {name} is not on the target"))?;
                Ok(self.target.quote(&column.name))
            }
            IndexTarget::Expression(_) => Err("it is on an expression".into()),
        }
    }

    fn part(&mut self, table: &TableDraft<'_>, index: &Index, part: &IndexPart) -> Result<String, String> {
        let mut text = match &part.target {
            IndexTarget::Column(_) => match self.prefix(table, index, part)? {
                Some(prefixed) => prefixed,
                None => self.plain_part(table, part)?,
            },
            IndexTarget::Expression(expression) => {
                if !self.has_expression_indexes() {
                    return Err(format!("{} has no indexes on expressions", self.target.name));
                }
                let text = self.translate(table, expression, false)?;
                self.expression_fits(table, &text)?;
                format!("({text})")
            }
        };
        if part.descending {
            text.push_str(" DESC");
        }
        if let Some(first) = part.nulls_first.filter(|_| self.target.tables.nulls_order) {
            text.push_str(if first { " NULLS FIRST" } else { " NULLS LAST" });
        }
        Ok(text)
    }

    /// Where keys are limited, an expression on long text has a result that no index holds.
    fn expression_fits(&self, table: &TableDraft<'_>, text: &str) -> Result<(), String> {
        let limit = if self.target.limits.row_bytes > 0 { self.key_limit() } else { 0 };
        let long = |ty: &Type| matches!(ty, Type::Text { .. } | Type::Bytes { .. }) && key_bytes(ty) > limit;
        let mut columns = table.columns.iter().filter(|column| text.contains(&self.target.quote(&column.name)));
        if limit > 0 && !self.same_product && columns.any(|column| long(&column.fit.ty)) {
            return Err(format!("its results may be longer than {} keys", self.target.name));
        }
        Ok(())
    }

    fn has_expression_indexes(&self) -> bool {
        self.target.has(&self.request.target.product, &self.target.since.expression_indexes)
    }

    /// Where there is no index on the beginning of a column, an index that is not unique may be on all of it.
    fn whole_instead(
        &mut self,
        table: &TableDraft<'_>,
        index: &Index,
        column: &str,
        n: u64,
    ) -> Result<Option<String>, String> {
        if index.unique {
            return Err(format!("{} has no unique index on the first {n} of {column} only", self.target.name));
        }
        let object = format!("{}.{}", table.source.name, index.name);
        let note = format!("the index holds {column} whole, not only its first {n}");
        self.find(Finding::note("index-widened", object, note));
        Ok(None)
    }

    /// A part that is the beginning of a column only.
    fn prefix(&mut self, table: &TableDraft<'_>, index: &Index, part: &IndexPart) -> Result<Option<String>, String> {
        let name = self.plain_part(table, part)?;
        let IndexTarget::Column(source) = &part.target else { return Ok(None) };
        let ty = table.column(source).map(|column| &column.fit.ty);
        if let Some(n) = part.prefix {
            let whole = matches!(ty, Some(Type::Text { max: Some(max), .. }) if max.unit != Unit::Bytes && max.n <= n);
            return Ok(match (whole, self.target.tables.prefix_indexes) {
                (true, _) => None,
                (_, true) => Some(format!("{name}({n})")),
                _ if !self.has_expression_indexes() => return self.whole_instead(table, index, source, n),
                (_, false) if matches!(ty, Some(Type::Bytes { .. })) => Some(format!("(substring({name}, 1, {n}))")),
                (_, false) => Some(format!("(left({name}, {n}))")),
            });
        }
        let limit = self.key_limit();
        let share = limit / index.parts.len().max(1) as u64;
        if !self.target.tables.prefix_indexes || limit == 0 || self.same_engine {
            return Ok(None);
        }
        match ty {
            Some(ty @ (Type::Text { .. } | Type::Bytes { .. })) if key_bytes(ty) > share => {
                if index.unique {
                    return Err(
                        "its values may be too long, and a unique index on their beginnings would refuse rows".into()
                    );
                }
                let room = if matches!(ty, Type::Text { .. }) { share / 4 } else { share };
                let object = format!("{}.{}", table.source.name, index.name);
                let n = room.min(PREFIX);
                self.find(Finding::note(
                    "index-prefix",
                    object,
                    format!("the index holds the first {n} of {source} only"),
                ));
                Ok(Some(format!("{name}({n})")))
            }
            _ => Ok(None),
        }
    }

    /// Too many columns, or values that are too long for the target's index entries.
    fn index_fits(&mut self, table: &TableDraft<'_>, index: &Index) -> Result<(), String> {
        let limit = self.target.limits.key_columns;
        if limit > 0 && index.parts.len() > limit {
            return Err(format!("it has more columns than {} indexes can have ({limit})", self.target.name));
        }
        let whole = index.parts.iter().filter(|part| part.prefix.is_none());
        let columns: Vec<String> = whole
            .filter_map(|part| match &part.target {
                IndexTarget::Column(name) => Some(name.clone()),
                IndexTarget::Expression(_) => None,
            })
            .collect();
        match self.key_overflow(table, &columns) {
            Some(found) => Err(found),
            None => Ok(()),
        }
    }

    /// Where a numbering column must be the first of a key, the key that is it comes with the table.
    fn numbering_key(&mut self, table: &mut TableDraft<'_>, own: &mut Names) {
        if !self.target.tables.identity_needs_key {
            return;
        }
        let Some(column) = table.columns.iter().find(|column| column.identity.is_some()) else { return };
        let (source, target) = (column.source.name.clone(), column.name.clone());
        let first = |key: &KeyDraft| key.columns.first() == Some(&source) && key.method.is_empty();
        if table.keys.iter().any(|key| key.early && first(key)) {
            return;
        }
        if let Some(key) = table.keys.iter_mut().find(|key| first(key)) {
            key.early = true;
            return;
        }
        let name = own.claim(self.target, &table.name, &format!("{target}_auto"));
        let parts = self.target.quote(&target);
        table.keys.push(KeyDraft {
            kind: KeyKind::Index,
            name,
            columns: vec![source],
            parts,
            tail: String::new(),
            constraint: false,
            nulls_collide: false,
            method: String::new(),
            early: true,
        });
    }

    fn count_indexes(&mut self, table: &TableDraft<'_>) {
        let limit = self.target.limits.indexes;
        let count = table.keys.iter().filter(|key| key.kind != KeyKind::Primary).count();
        if limit > 0 && count > limit {
            let text = format!("{count} indexes are more than {} tables can have ({limit})", self.target.name);
            let help = "drop some on the source, or leave the table out with --exclude-tables";
            self.find(Finding::error("too-many-indexes", &table.source.name, text).help(help));
        }
    }
}

/// Columns of an index that has no other parts.
fn plain_columns(index: &Index) -> Vec<String> {
    let columns = index.parts.iter().map(|part| match (&part.target, part.prefix) {
        (IndexTarget::Column(name), None) => Some(name.clone()),
        _ => None,
    });
    columns.collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// Parts as text, for messages.
fn described(index: &Index) -> String {
    let parts: Vec<&str> = index
        .parts
        .iter()
        .map(|part| match &part.target {
            IndexTarget::Column(text) | IndexTarget::Expression(text) => text.as_str(),
        })
        .collect();
    let predicate = index.predicate.as_ref().map(|text| format!(" WHERE {text}")).unwrap_or_default();
    format!("{} ({}){predicate}", index.method, parts.join(", "))
}

/// From the first `USING` that stands outside of quotes.
fn after_using(definition: &str) -> Option<&str> {
    let mut quoted = false;
    for (at, c) in definition.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted && definition[at..].starts_with(" USING ") => return Some(&definition[at + 1..]),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::after_using;

    #[test]
    fn using_outside_of_quotes() {
        let text = r#"CREATE INDEX " USING "" x" ON public."a USING b" USING gin (v) WHERE (a > 0)"#;
        assert_eq!(after_using(text), Some("USING gin (v) WHERE (a > 0)"));
        assert_eq!(after_using("CREATE INDEX i ON t (a)"), None);
    }
}
