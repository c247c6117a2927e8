//! The structure of an in-memory database, as a source states it and as a guard lists it.

use super::store::State;
use super::types::spell;
use crate::schema::{Column, EnumType, OtherObject, Product, Schema, Table};
use crate::types::Type;

/// The product that sources and targets state.
pub(super) fn product() -> Product {
    Product { name: "memory".into(), version: "0".into(), numbers: (0, 0, 0) }
}

/// The table with each column's type as this backend spells it.
pub(super) fn spelled(mut table: Table) -> Table {
    for column in &mut table.columns {
        column.native = spell(&column.ty);
        if let Type::Native { name, .. } = &mut column.ty {
            name.clone_from(&column.native);
        }
    }
    table
}

/// The structure of a state.
pub(super) fn schema(database: &str, state: &State) -> Schema {
    let tables: Vec<Table> = state
        .tables
        .values()
        .map(|stored| Table {
            rows_estimate: stored.rows(),
            bytes_estimate: stored.bytes(),
            ..Table::clone(&stored.schema)
        })
        .collect();
    Schema {
        product: product(),
        database: database.to_string(),
        enums: enums(&tables),
        tables,
        sequences: state.sequences.values().cloned().collect(),
        snapshot: Some(point(state)),
        ..Schema::default()
    }
}

/// The point in time, as the report names it.
pub(super) fn point(state: &State) -> String {
    format!("change {}", state.changes)
}

/// Named enum types that columns use, each once.
fn enums(tables: &[Table]) -> Vec<EnumType> {
    let mut enums: Vec<EnumType> = Vec::new();
    for column in tables.iter().flat_map(|table| &table.columns) {
        if let Type::Enum { name: Some(name), labels } = &column.ty
            && enums.iter().all(|known| known.name != *name)
        {
            enums.push(EnumType { name: name.clone(), labels: labels.clone() });
        }
    }
    enums
}

/// Everything that a state holds.
pub(super) fn inventory(state: &State) -> Vec<OtherObject> {
    let object = |kind: &str, name: &String| OtherObject { kind: kind.into(), name: name.clone() };
    let tables = state.tables.keys().map(|name| object("table", name));
    tables.chain(state.sequences.keys().map(|name| object("sequence", name))).collect()
}

/// Puts the present positions of sequences and identities into a schema read earlier.
pub(super) fn refresh_positions(state: &State, schema: &mut Schema) {
    for sequence in &mut schema.sequences {
        if let Some(present) = state.sequences.get(&sequence.name) {
            sequence.next = present.next;
        }
    }
    for table in &mut schema.tables {
        let Some(stored) = state.tables.get(&table.name) else { continue };
        for column in &mut table.columns {
            let present = stored.schema.column(&column.name).and_then(next);
            if let Some(identity) = &mut column.identity {
                identity.next = present.or(identity.next);
            }
        }
    }
}

fn next(column: &Column) -> Option<i128> {
    column.identity.as_ref()?.next
}
