//! Columns within limits: bounds for text in keys, collations, and rows that share a limit.

use super::Decision;
use super::drafts::{ColumnDraft, TableDraft};
use super::planner::Planner;
use super::policies::rows;
use crate::dialect::Dialect;
use crate::dialect::names::matches;
use crate::dialect::native::{bytes_tier, key_bytes, native, row_bytes, text_tier};
use crate::finding::Finding;
use crate::probe::Probe;
use crate::schema::{Collation, IndexTarget, Table};
use crate::types::{Length, Type, Unit};

impl Planner<'_> {
    /// Charset and collation clause of a text column.
    pub(super) fn collate(&mut self, table: &Table, draft: &ColumnDraft<'_>) -> String {
        if draft.fit.ascii {
            return self.target.collations.char_charset.clone();
        }
        let textual = matches!(draft.fit.ty, Type::Text { .. } | Type::Enum { .. } | Type::Set { .. });
        let Some(collation) = draft.source.collation.as_ref().filter(|_| textual && self.same_engine) else {
            return if textual { self.mendix_collation(table) } else { String::new() };
        };
        let Some(name) = self.own_collation(collation) else {
            let object = format!("{}.{}", table.name, draft.source.name);
            let text = format!("{} does not know collation {}: code points decide", self.target.name, collation.name);
            self.find(
                Finding::note("collation-changed", object, text).help("set another collation on the target afterwards"),
            );
            return String::new();
        };
        if name == self.target.collations.default {
            return String::new();
        }
        let rules = &self.target.collations;
        match name.split_once('_') {
            Some((charset, _)) if rules.charset_in_name => format!("CHARACTER SET {charset} COLLATE {name}"),
            None if rules.charset_in_name => format!("CHARACTER SET {name}"),
            _ if rules.everywhere.iter().any(|pattern| matches(pattern, &name)) => {
                format!("COLLATE {}", self.target.quote(&name))
            }
            _ => {
                self.own_order(table, draft, collation);
                String::new()
            }
        }
    }

    /// A collation that may be missing on the target is left to the database; only one that changes what is
    /// equal is worth a word.
    fn own_order(&mut self, table: &Table, draft: &ColumnDraft<'_>, collation: &Collation) {
        if !collation.binary {
            let object = format!("{}.{}", table.name, draft.source.name);
            let text =
                format!("collation {} is not copied: on the target code points decide what is equal", collation.name);
            self.find(
                Finding::warning("collation-changed", object, text)
                    .help("create the collation there and alter the column"),
            );
        }
    }

    /// The source's collation, or its twin, on a target of the same engine.
    fn own_collation(&self, collation: &Collation) -> Option<String> {
        let rules = &self.target.collations;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || c == '.';
        if !collation.name.chars().all(plain) {
            return None;
        }
        let own = self.same_product || !rules.unknown.iter().any(|pattern| matches(pattern, &collation.name));
        let name = if own { &collation.name } else { rules.twins.get(&collation.name)? };
        let version = self.request.target.product.numbers;
        Dialect::had(&self.target.newer.collations, version, name).then(|| name.clone())
    }

    /// Gives text and bytes without a bound one, where they are part of a primary or unique key and
    /// the target limits keys. Their data say whether one exists.
    pub(super) fn bound_keys(&mut self, tables: &mut [TableDraft<'_>]) {
        let limit = self.key_limit();
        if limit == 0 || self.target.limits.row_bytes == 0 || self.same_engine {
            return;
        }
        for table in tables {
            let keys = table.source.primary_key.iter().chain(&table.source.uniques);
            let keys: Vec<(String, Vec<String>)> = keys.map(|key| (key.name.clone(), key.columns.clone())).collect();
            for (name, columns) in keys {
                self.bound_key(table, &name, &columns, limit);
            }
            self.bound_referencing(table, limit);
        }
    }

    /// Bytes of a key on this target server.
    pub(super) fn key_limit(&self) -> u64 {
        let limit = self.target.limits.key_bytes;
        match self.request.target.page_size {
            size @ (4096 | 8192) if self.target.limits.row_bytes > 0 => limit * u64::from(size) / 16_384,
            _ => limit,
        }
    }

    fn bound_key(&mut self, table: &mut TableDraft<'_>, name: &str, columns: &[String], limit: u64) {
        let positions: Vec<usize> = columns.iter().filter_map(|column| table.position(column)).collect();
        let total: u64 = positions.iter().fold(0, |sum, at| key_bytes(&table.columns[*at].fit.ty).saturating_add(sum));
        if total <= limit {
            return;
        }
        let fair = limit / positions.len().max(1) as u64;
        let (flexible, fixed): (Vec<usize>, Vec<usize>) = positions.iter().partition(|at| {
            let ty = &table.columns[**at].fit.ty;
            is_flexible(ty) && key_bytes(ty) > fair
        });
        let taken: u64 = fixed.iter().fold(0, |sum, at| key_bytes(&table.columns[*at].fit.ty).saturating_add(sum));
        let lengths: Vec<Option<u64>> = flexible.iter().map(|at| self.longest(table, *at)).collect();
        let shares = share(limit.saturating_sub(taken), &flexible, &lengths, table);
        let Some(shares) = shares else {
            let object = format!("{}.{name}", table.source.name);
            let text =
                format!("the values of this key take more than the {limit} bytes that {} keys hold", self.target.name);
            let help = "shorten the values or drop the key on the source, or leave the table out with --exclude-tables";
            self.find(Finding::error("key-too-long", object, text).help(help));
            return;
        };
        for (at, n) in flexible.into_iter().zip(shares) {
            self.bound_column(table, at, n);
        }
    }

    fn longest(&mut self, table: &TableDraft<'_>, at: usize) -> Option<u64> {
        let column = &table.columns[at];
        let probe = Probe::MaxLength { column: column.source.name.clone() };
        let answer = self.data.ask(&table.source.name, probe)?;
        let bytes = matches!(column.fit.ty, Type::Bytes { .. });
        let longest = if bytes { answer.max } else { answer.min };
        u64::try_from(longest.unwrap_or(0)).ok()
    }

    fn bound_column(&mut self, table: &mut TableDraft<'_>, at: usize, n: u64) {
        let column = &table.columns[at];
        let bytes = matches!(column.fit.ty, Type::Bytes { .. });
        if current_units(&column.fit.ty).is_some_and(|current| current <= n) {
            return;
        }
        let ty = if bytes { Type::Bytes { max: Some(n), fixed: false } } else { Type::varchar(n) };
        let Some(name) = native(self.target, &self.request.target.product, &ty) else {
            return;
        };
        let (table_name, column_name) = (table.source.name.clone(), column.source.name.clone());
        let unit = if bytes { "bytes" } else { "characters" };
        let text = format!("it is bounded to {n} {unit}, because keys need a bound; all present values fit");
        let finding = Finding::warning("text-bounded", format!("{table_name}.{column_name}"), text)
            .help("check that the application writes no longer values");
        self.find(finding);
        let fit = &mut table.columns[at].fit;
        fit.decision = Decision::Mapped(format!("keys need a bound, and all its values fit {n} {unit}"));
        (fit.ty, fit.native) = (ty, name);
    }

    /// Columns of a foreign key take part in an index; those without a bound get the largest possible.
    fn bound_referencing(&mut self, table: &mut TableDraft<'_>, limit: u64) {
        let keys: Vec<Vec<String>> = table.source.foreign_keys.iter().map(|key| key.columns.clone()).collect();
        for columns in keys {
            self.bound_key(table, "foreign key", &columns, limit);
        }
    }

    /// Where all columns of a row share a limit, the longest texts outside of keys move out of the row.
    pub(super) fn fit_rows(&mut self, tables: &mut [TableDraft<'_>]) {
        let limit = self.target.limits.row_bytes;
        if limit == 0 || self.same_engine {
            return;
        }
        for table in tables {
            self.fit_row(table, limit, row_total, row_bytes);
            let page = self.page_limit();
            let in_page = page_bytes(self.target);
            self.fit_row(table, page, |table| table.columns.iter().map(|c| in_page(&c.fit.ty)).sum(), &in_page);
        }
    }

    fn fit_row(
        &mut self,
        table: &mut TableDraft<'_>,
        limit: u64,
        total: impl Fn(&TableDraft<'_>) -> u64,
        size: impl Fn(&Type) -> u64,
    ) {
        let keyed = |column: &ColumnDraft<'_>| is_key_column(table.source, &column.source.name);
        let mut candidates: Vec<usize> = (0..table.columns.len()).filter(|at| !keyed(&table.columns[*at])).collect();
        candidates.sort_by_key(|at| std::cmp::Reverse(size(&table.columns[*at].fit.ty)));
        let mut candidates = candidates.into_iter();
        while total(table) > limit {
            let smallest = self.target.limits.page_pointer.max(16);
            let Some(at) = candidates.next().filter(|at| size(&table.columns[*at].fit.ty) > smallest) else {
                let text = format!("its columns take {} bytes of the {limit} that a row holds", total(table));
                let help = "split the table on the source, or leave it out with --exclude-tables";
                self.find(Finding::error("row-too-large", &table.source.name, text).help(help));
                return;
            };
            self.demote(table, at);
        }
    }

    /// Bytes of a row that this target server keeps in a page.
    fn page_limit(&self) -> u64 {
        match (self.target.limits.page_bytes, self.request.target.page_size) {
            (0, _) => u64::MAX,
            (bytes, size @ (4096 | 8192)) => bytes * u64::from(size) / 16_384,
            (bytes, _) => bytes,
        }
    }

    fn demote(&self, table: &mut TableDraft<'_>, at: usize) {
        let fit = &mut table.columns[at].fit;
        let (name, ty) = match &fit.ty {
            Type::Text { max, .. } => text_tier(self.target, max.map(Length::max_utf8_bytes)),
            Type::Bytes { max, .. } => bytes_tier(self.target, *max),
            _ => return,
        };
        let why = format!("the columns of a {} row share {} bytes", self.target.name, self.target.limits.row_bytes);
        (fit.ty, fit.native, fit.decision) = (ty, name, Decision::Widened(why));
    }

    /// Asks whether values of a key are too long for a target that has no bounds in its types.
    pub(super) fn key_overflow(&mut self, table: &TableDraft<'_>, columns: &[String]) -> Option<String> {
        let limit = self.key_limit();
        if limit == 0 || self.target.limits.row_bytes > 0 || self.same_product {
            return None;
        }
        // Header of the index entry, and the length word and alignment of each column.
        let room = limit.saturating_sub(8 * (columns.len() as u64 + 1));
        let bounds = columns.iter().filter_map(|name| table.column(name)).map(|column| key_bytes(&column.source.ty));
        if bounds.fold(0, u64::saturating_add) <= room {
            return None;
        }
        let probe = Probe::KeyBytes { columns: columns.to_vec(), bytes: room };
        let answer = self.data.ask(&table.source.name, probe).filter(|answer| answer.count > 0)?;
        let found = format!("{} with keys of more than {room} bytes", rows(answer.count));
        Some(format!("{found}{}", super::policies::examples(answer)))
    }
}

/// Whether a collation decides about a column's equality on the target.
pub(super) fn is_text(column: &ColumnDraft<'_>) -> bool {
    matches!(column.fit.ty, Type::Text { .. } | Type::Enum { .. })
}

/// Whether text or bytes could be given a smaller bound.
fn is_flexible(ty: &Type) -> bool {
    matches!(ty, Type::Text { fixed: false, .. } | Type::Bytes { fixed: false, .. })
}

/// The bound of a type in its own unit, where its values stand in the row.
fn current_units(ty: &Type) -> Option<u64> {
    match ty {
        Type::Text { max: Some(Length { n, unit: Unit::CodePoints }), .. } => Some(*n),
        Type::Bytes { max, .. } => *max,
        _ => None,
    }
}

/// Divides `room` bytes among columns: what the data need, and equal shares of what is left.
fn share(room: u64, columns: &[usize], longest: &[Option<u64>], table: &TableDraft<'_>) -> Option<Vec<u64>> {
    let width = |at: usize| if matches!(table.columns[at].fit.ty, Type::Bytes { .. }) { 1 } else { 4 };
    let declared = |at: usize| current_units(&table.columns[at].fit.ty).unwrap_or(u64::MAX);
    let needs: Vec<u64> = columns.iter().zip(longest).map(|(_, n)| n.unwrap_or(1).max(1)).collect();
    let needed: u64 =
        columns.iter().zip(&needs).map(|(at, n)| n.saturating_mul(width(*at))).fold(0, u64::saturating_add);
    if columns.is_empty() || needed > room {
        return None;
    }
    let spare = (room - needed) / columns.len() as u64;
    Some(columns.iter().zip(&needs).map(|(at, n)| (n + spare / width(*at)).min(declared(*at))).collect())
}

fn row_total(table: &TableDraft<'_>) -> u64 {
    let null_bits = table.columns.len().div_ceil(8) as u64;
    table.columns.iter().map(|column| row_bytes(&column.fit.ty)).fold(null_bits, u64::saturating_add)
}

/// Bytes that a value leaves in its page.
fn page_bytes(target: &Dialect) -> impl Fn(&Type) -> u64 + use<> {
    let (inline, pointer) = (target.limits.page_inline, target.limits.page_pointer);
    move |ty| match ty {
        Type::Text { .. } | Type::Bytes { .. } | Type::Json { .. } | Type::Native { .. } => match key_bytes(ty) {
            bytes if bytes <= inline => bytes + 1,
            _ => pointer,
        },
        other => key_bytes(other),
    }
}

/// Whether a column is part of a key or index: it must stay in the row.
fn is_key_column(table: &Table, name: &str) -> bool {
    let keys = table.primary_key.iter().chain(&table.uniques).any(|key| key.columns.iter().any(|c| c == name));
    let parts = table.indexes.iter().flat_map(|index| &index.parts);
    let indexed = parts.into_iter().any(|part| matches!(&part.target, IndexTarget::Column(c) if c == name));
    keys || indexed || table.foreign_keys.iter().any(|key| key.columns.iter().any(|c| c == name))
}
