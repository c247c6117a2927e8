//! What a plan does differently for a Mendix database: types and collations as the runtime has them, tables it does not
//! know, names that rows hold, autonumbers.

use super::drafts::ColumnDraft;
use super::planner::Planner;
use super::{Decision, TablePlan};
use crate::dialect::widen::{Fit, widen};
use crate::endpoint::Engine;
use crate::finding::Finding;
use crate::mendix::{CHANGE_EVENT, Mendix, Named, SEQUENCE, is_deleted, names_in};
use crate::probe::Probe;
use crate::report::Position;
use crate::rewrite::{Rewrite, RewriteKind};
use crate::schema::{Column, Sequence, Table};
use crate::types::Type;
use std::collections::{BTreeMap, BTreeSet};

impl<'a> Planner<'a> {
    /// Whether the runtime does not know a table, so that it is left behind.
    pub(super) fn is_stray(&self, table: &str) -> bool {
        self.request.mendix.is_some_and(|mendix| !mendix.takes(table))
    }

    /// The note about a table that is left behind.
    pub(super) fn stray(&mut self, table: &str) {
        let (code, text) = match is_deleted(table) {
            true => ("table-of-deleted-entity", "what is left of a deleted entity is not copied"),
            false => ("table-unknown-to-mendix", "this table belongs to no entity or association and is not copied"),
        };
        self.find(Finding::note(code, table, text).help("copy it with --all-tables if you need it"));
    }

    fn mendix_for(&self, table: &str) -> Option<&'a Mendix> {
        self.request.mendix.filter(|mendix| mendix.knows(table))
    }

    /// Whether a column is a boolean attribute: a boolean on the target, too, even as part of an index.
    pub(super) fn is_boolean_attribute(&self, table: &Table, column: &Column) -> bool {
        self.mendix_for(&table.name).is_some_and(|mendix| mendix.is_boolean(&table.name, &column.name))
    }

    /// The runtime's own type, where it is another one than the closest and holds every value.
    pub(super) fn mendix_fit(&mut self, table: &Table, column: &Column) -> Option<Fit> {
        self.mendix_for(&table.name)?;
        let facts = &self.target.mendix;
        let (ty, why) = match &column.ty {
            Type::Timestamp { precision, zone: false } if *precision < facts.fraction => {
                let why = format!("the Mendix Runtime keeps {} digits of a second's fraction here", facts.fraction);
                (Type::Timestamp { precision: facts.fraction, zone: false }, why)
            }
            Type::Bytes { max, fixed: false } if facts.binary > 0 && max.is_none_or(|max| max > facts.binary) => {
                let probe = Probe::MaxLength { column: column.name.clone() };
                let longest = self.data.ask(&table.name, probe)?.max.unwrap_or(0);
                if longest > i128::from(facts.binary) {
                    return None;
                }
                let why = "the Mendix Runtime's bound, which all its values fit".to_string();
                (Type::Bytes { max: Some(facts.binary), fixed: false }, why)
            }
            _ => return None,
        };
        let fit = widen(self.target, &self.request.target.product, &ty);
        let decision = if matches!(ty, Type::Bytes { .. }) { Decision::Mapped(why) } else { Decision::Widened(why) };
        Some(Fit { decision, ..fit })
    }

    /// Collation clause of the runtime's text columns, where it is not the engine's usual one.
    pub(super) fn mendix_collation(&self, table: &Table) -> String {
        let collation = &self.target.mendix.collation;
        match self.mendix_for(&table.name) {
            Some(_) if !collation.is_empty() && !self.same_engine => {
                format!("COLLATE {}", self.target.quote(collation))
            }
            _ => String::new(),
        }
    }

    /// Whether a text column gets the runtime's own collation, which ignores case and trailing blanks.
    pub(super) fn has_mendix_collation(&self, column: &ColumnDraft<'_>) -> bool {
        let collation = &self.target.mendix.collation;
        !self.same_engine && !collation.is_empty() && column.collate.contains(collation.as_str())
    }

    /// Whether rows may reference nothing although their foreign key is in force: MySQL takes such rows while
    /// `foreign_key_checks` is off, and associations of Mendix are where they come from.
    pub(super) fn may_dangle(&self) -> bool {
        self.request.mendix.is_some() && self.request.source_engine == Engine::MySql
    }

    /// Whether a column takes no numbers but its own: the runtime declares it so where the engine can.
    pub(super) fn numbers_always(&self, table: &Table) -> bool {
        self.request.mendix.is_some() && table.name == CHANGE_EVENT
    }

    /// Where each autonumber goes on, by the name of its sequence.
    pub(super) fn autonumbers(&mut self) -> BTreeMap<String, i128> {
        let Some(mendix) = self.request.mendix else { return BTreeMap::new() };
        let schema = self.request.schema;
        let mut next = BTreeMap::new();
        for number in &mendix.numbers {
            let place = number.place.as_ref().and_then(|(table, column)| {
                let table = schema.tables.iter().find(|t| t.name == *table)?;
                table.column(column).filter(|c| matches!(c.ty, Type::Int { .. })).map(|_| (table, column))
            });
            let probe = |column: &String| Probe::Range { column: column.clone() };
            let answer = place.and_then(|(table, column)| self.data.ask(&table.name, probe(column)));
            let sequence = schema.sequences.iter().find(|sequence| sequence.name == number.sequence);
            let value = number.next(sequence.map(|sequence| sequence.next), answer.and_then(|answer| answer.max));
            next.insert(number.sequence.clone(), value);
        }
        next
    }

    /// Sequences that the runtime expects and the source's engine did without.
    pub(super) fn missing_sequences(&self, numbers: &BTreeMap<String, i128>) -> Vec<Sequence> {
        let has = |name: &str| self.request.schema.sequences.iter().any(|sequence| sequence.name == name);
        let start = |name: &str| {
            let numbers = self.request.mendix.iter().flat_map(|mendix| &mendix.numbers);
            numbers.into_iter().find(|number| number.sequence == name).map_or(1, |number| number.start)
        };
        let missing = numbers.iter().filter(|(name, _)| self.target.mendix.sequences && !has(name));
        missing
            .map(|(name, next)| Sequence {
                name: name.clone(),
                bytes: 8,
                start: start(name),
                increment: 1,
                min: i128::from(i64::MIN),
                max: i128::from(i64::MAX),
                cycle: false,
                cache: 1,
                next: *next,
            })
            .collect()
    }

    /// Gives the rows of the runtime's tables the names and positions of the target.
    pub(super) fn rewrite_metadata(&mut self, numbers: &BTreeMap<String, i128>) {
        if self.request.mendix.is_none() {
            return;
        }
        let mut split = BTreeSet::new();
        for at in 0..self.plan.tables.len() {
            let mut rewrites = self.renamings(&self.plan.tables[at], &mut split);
            rewrites.extend(self.numberings(at, numbers));
            self.plan.tables[at].rewrite(rewrites);
        }
        for (table, column, name) in split {
            let text = format!("{name} gets different names on the target, and this column cannot tell which is meant");
            let help = "rename one of the objects with this name on the source";
            self.find(Finding::error("mendix-name-ambiguous", format!("{table}.{column}"), text).help(help));
        }
    }

    fn renamings(&self, table: &TablePlan, split: &mut BTreeSet<(String, String, String)>) -> Vec<Rewrite> {
        let mut rewrites = Vec::new();
        for (name, named) in names_in(&table.source) {
            let (names, mut ambiguous) = named.renamed(&self.plan.renames);
            ambiguous.extend(names.keys().filter(|from| self.stays_somewhere(named, from)).cloned());
            split.extend(ambiguous.into_iter().map(|from| (table.source.clone(), name.to_string(), from)));
            let column = table.columns.iter().position(|column| column.source == name);
            let column = column.filter(|_| !names.is_empty());
            rewrites.extend(column.map(|column| Rewrite { column, kind: RewriteKind::Name(names) }));
        }
        rewrites
    }

    /// Whether more objects have a name than it was changed for: in another table it stays.
    fn stays_somewhere(&self, named: Named, name: &str) -> bool {
        let copied = |table: &&Table| self.plan.tables.iter().any(|plan| plan.source == table.name);
        let tables = self.request.schema.tables.iter().filter(copied);
        named.renames(&self.plan.renames, name) < tables.map(|table| named.uses(table, name)).sum()
    }

    /// Positions in rows, for engines whose runtime reads them there.
    fn numberings(&mut self, at: usize, numbers: &BTreeMap<String, i128>) -> Option<Rewrite> {
        let mendix = self.request.mendix.filter(|_| !self.target.mendix.sequences)?;
        let table = self.plan.tables.get(at).filter(|table| table.source == SEQUENCE)?;
        let place = |name: &str| table.columns.iter().position(|column| column.source == name);
        let (key, column) = (place("attribute_id")?, place("current_value")?);
        if key > column {
            let text = "its columns stand in an order that no known version of the runtime has";
            let help = "start the app once with a newer runtime, or number anew after the copy";
            self.find(Finding::error("mendix-autonumber", SEQUENCE, text).help(help));
            return None;
        }
        let known = mendix.numbers.iter().filter_map(|number| Some((number, *numbers.get(&number.sequence)?)));
        let values = crate::mendix::last_values(known.clone());
        let position =
            |(number, next): (&crate::mendix::AutoNumber, i128)| Position { object: number.sequence.clone(), next };
        self.plan.numbers = known.map(position).collect();
        Some(Rewrite { column, kind: RewriteKind::Number { key, numbers: values } })
    }
}

impl TablePlan {
    /// Adds changes to rows; rows that change cannot travel in the engine's own form.
    pub(super) fn rewrite(&mut self, rewrites: impl IntoIterator<Item = Rewrite>) {
        self.rewrites.extend(rewrites);
        if !self.rewrites.is_empty() {
            (self.read.splice, self.write.splice, self.read_back.splice) = (None, None, None);
        }
    }
}
