//! How a table is read, written and read back.

use super::drafts::{ColumnDraft, TableDraft};
use super::planner::Planner;
use super::{ColumnPlan, TablePlan};
use crate::backends::{ReadColumn, ReadTable, SpliceFormat, WriteColumn, WriteTable};
use crate::finding::Finding;
use crate::types::Type;

impl Planner<'_> {
    /// Puts a decided table together.
    pub(super) fn table_plan(&mut self, table: &TableDraft<'_>) -> TablePlan {
        if table.columns.is_empty() && self.target.tables.alters_rebuild {
            let text = format!("{} has no tables without columns", self.target.name);
            let help = format!("leave it out with --exclude-tables '{}'", table.source.name);
            self.find(Finding::error("no-columns", &table.source.name, text).help(help));
        }
        let checks = self.checks(table);
        let create = self.create_table(table, &checks);
        let indexes = self.index_table(table);
        let finish = self.finish_table(table, &checks);
        let splice = self.splice(table);
        let copied = || self.copied(table);
        TablePlan {
            source: table.source.name.clone(),
            target: table.name.clone(),
            columns: copied().map(column_plan).collect(),
            create,
            indexes,
            finish,
            identities: self.identity_plans(table),
            rewrites: Vec::new(),
            rows_estimate: table.source.rows_estimate,
            bytes_estimate: table.source.bytes_estimate,
            read: ReadTable {
                name: table.source.name.clone(),
                columns: copied().map(source_column).collect(),
                key: source_key(table),
                key_order: self.target.tables.rows_by_primary_key,
                splice,
                bytes_estimate: table.source.bytes_estimate,
                rows_estimate: table.source.rows_estimate,
            },
            write: WriteTable { name: table.name.clone(), columns: copied().map(write_column).collect(), splice },
            read_back: ReadTable {
                name: table.name.clone(),
                columns: copied().map(target_column).collect(),
                key: target_key(table),
                key_order: false,
                splice,
                bytes_estimate: table.source.bytes_estimate,
                rows_estimate: table.source.rows_estimate,
            },
        }
    }

    /// Columns whose values travel: not those that the target computes itself.
    fn copied<'t, 's>(&self, table: &'t TableDraft<'s>) -> impl Iterator<Item = &'t ColumnDraft<'s>> + use<'t, 's> {
        let all = self.target.tables.generated_written;
        table.columns.iter().filter(move |column| all || column.generated.is_none())
    }

    /// Rows travel in the engine's own form where nothing about them changes.
    fn splice(&self, table: &TableDraft<'_>) -> Option<SpliceFormat> {
        let copied = || self.copied(table);
        if !self.can_splice() || copied().any(|column| !column.conversions.is_empty()) {
            return None;
        }
        // A type that becomes text has the same text form on both sides.
        let portable = |ty: &Type| !matches!(ty, Type::Native { binary_portable: false, .. });
        let binary = copied().all(|column| column.native_kept && portable(&column.source.ty));
        Some(if binary { SpliceFormat::Binary } else { SpliceFormat::Text })
    }
}

fn column_plan(column: &ColumnDraft<'_>) -> ColumnPlan {
    ColumnPlan {
        source: column.source.name.clone(),
        target: column.name.clone(),
        source_type: column.source.native.clone(),
        target_type: column.fit.native.clone(),
        decision: column.fit.decision.clone(),
        canon: column.canon,
        conversions: column.conversions.clone(),
    }
}

fn source_column(column: &ColumnDraft<'_>) -> ReadColumn {
    ReadColumn { name: column.source.name.clone(), ty: column.source.ty.clone(), as_text: column.fit.as_text }
}

/// A type that stays what it is travels as text on both sides, or on neither.
fn target_column(column: &ColumnDraft<'_>) -> ReadColumn {
    let as_text = column.fit.as_text && matches!(column.fit.ty, Type::Native { .. });
    ReadColumn { name: column.name.clone(), ty: column.fit.ty.clone(), as_text }
}

fn write_column(column: &ColumnDraft<'_>) -> WriteColumn {
    WriteColumn { name: column.name.clone(), ty: column.fit.ty.clone(), native: column.fit.native.clone() }
}

/// Primary key of the source, or a unique key without NULLs.
fn source_key(table: &TableDraft<'_>) -> Vec<ReadColumn> {
    let source = table.source;
    let without_nulls =
        |columns: &[String]| columns.iter().all(|name| source.column(name).is_some_and(|c| !c.nullable));
    let unique = source.uniques.iter().find(|key| without_nulls(&key.columns));
    let columns = source.primary_key.as_ref().or(unique).map(|key| key.columns.as_slice()).unwrap_or_default();
    let columns = columns.iter().filter_map(|name| source.column(name));
    columns.map(|column| ReadColumn { name: column.name.clone(), ty: column.ty.clone(), as_text: false }).collect()
}

/// The same key on the target, if it is made there.
fn target_key(table: &TableDraft<'_>) -> Vec<ReadColumn> {
    let key = table.primary().or_else(|| {
        let without_nulls = |name: &String| table.column(name).is_some_and(|column| !column.nullable);
        let mut uniques = table.keys.iter().filter(|key| key.kind == super::drafts::KeyKind::Unique);
        uniques.find(|key| {
            !key.columns.is_empty() && !key.tail.contains(" WHERE ") && key.columns.iter().all(without_nulls)
        })
    });
    let columns = key.map(|key| key.columns.as_slice()).unwrap_or_default();
    let columns = columns.iter().filter_map(|name| table.column(name));
    columns.map(|column| ReadColumn { as_text: false, ..target_column(column) }).collect()
}
