//! The portable schema of a database.

use super::load::database::Database;
use super::model::catalog::{ColumnDef, ForeignKeyDef, KeyDef, Kind, LOBS, PUBLIC, SequenceDef, TableDef};
use super::model::types::Base;
use crate::finding::Finding;
use crate::schema::{
    Check, Collation, Column, ForeignKey, Generated, Identity, IdentityKind, Index, IndexPart, IndexTarget, Key,
    OtherObject, Product, Schema, Sequence, Table,
};

/// Product name, which is also the dialect's.
pub(crate) const PRODUCT: &str = "HSQLDB";

/// Describes the tables of `schema`.
pub(crate) fn describe(database: &Database, schema: &str, name: &str) -> Schema {
    let catalog = &database.catalog;
    let (own, foreign): (Vec<_>, Vec<_>) =
        catalog.tables.iter().filter(|t| t.schema != LOBS).partition(|t| t.schema == schema);
    let mut tables: Vec<Table> = own.iter().filter(|t| t.kind != Kind::Temporary).map(|t| table(database, t)).collect();
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    let temporary = own.iter().filter(|t| t.kind == Kind::Temporary).map(|t| ("temporary table", t.name.clone()));
    let elsewhere = foreign.iter().map(|t| ("table", format!("{}.{}", t.schema, t.name)));
    let others = catalog
        .others
        .iter()
        .map(|o| (o.kind, if o.schema == PUBLIC { o.name.clone() } else { format!("{}.{}", o.schema, o.name) }));
    let not_copied = temporary.chain(elsewhere).chain(others);
    Schema {
        product: product(database),
        database: name.to_string(),
        namespace: Some(schema.to_string()),
        tables,
        sequences: catalog.sequences.iter().filter(|s| s.schema == schema).map(sequence).collect(),
        enums: Vec::new(),
        not_copied: not_copied.map(|(kind, name)| OtherObject { kind: kind.to_string(), name }).collect(),
        findings: own.iter().flat_map(|t| findings(t)).collect(),
        snapshot: None,
    }
}

/// Product and version of the files.
pub(crate) fn product(database: &Database) -> Product {
    let properties = &database.properties;
    Product { name: PRODUCT.into(), version: properties.version.clone(), numbers: properties.numbers }
}

fn table(database: &Database, def: &TableDef) -> Table {
    let (rows, bytes) = database.size(def);
    let key_columns = def.primary_key.iter().flat_map(|k| &k.columns);
    let key_columns: Vec<&String> = key_columns.collect();
    let unnamed = |name: &str, kind: &str, number: usize| {
        if name.is_empty() { format!("{kind}_{}_{number}", def.name) } else { name.to_string() }
    };
    let key = |k: &KeyDef, name: String| Key::new(name, k.columns.clone());
    let unique_indexes = def
        .indexes
        .iter()
        .filter(|i| i.unique)
        .map(|i| Key { constraint: false, ..Key::new(&i.name, i.columns.clone()) });
    let uniques = def.uniques.iter().enumerate().map(|(at, k)| key(k, unnamed(&k.name, "uq", at + 1)));
    let foreign = def.foreign_keys.iter().enumerate();
    Table {
        name: def.name.clone(),
        columns: def.columns.iter().map(|c| column(c, key_columns.contains(&&c.name))).collect(),
        primary_key: def
            .primary_key
            .as_ref()
            .map(|k| key(k, if k.name.is_empty() { format!("pk_{}", def.name) } else { k.name.clone() })),
        uniques: uniques.chain(unique_indexes).collect(),
        indexes: def.indexes.iter().filter(|i| !i.unique).map(index).collect(),
        foreign_keys: foreign.map(|(at, k)| foreign_key(database, def, k, def.foreign_key_name(at))).collect(),
        checks: def
            .checks
            .iter()
            .enumerate()
            .map(|(at, c)| Check {
                name: unnamed(&c.name, "ck", at + 1),
                expression: unqualified(&c.condition, def),
                not_validated: false,
            })
            .collect(),
        comment: def.comment.clone(),
        rows_estimate: rows,
        bytes_estimate: bytes,
    }
}

/// The engine writes columns of conditions as `SCHEMA.TABLE.COLUMN`.
fn unqualified(condition: &str, def: &TableDef) -> String {
    let quoted = |name: &str| super::sql::quote(name);
    let words = |name: &str| [super::model::render::word(name), quoted(name)];
    let mut text = condition.to_string();
    for schema in words(&def.schema) {
        for table in words(&def.name) {
            text = text.replace(&format!("{schema}.{table}."), "");
        }
    }
    text
}

fn column(def: &ColumnDef, in_key: bool) -> Column {
    let text = def.ty.is_text();
    Column {
        name: def.name.clone(),
        ty: def.ty.portable(),
        native: def.ty.native(),
        nullable: def.nullable && !in_key,
        default: def.default.clone(),
        identity: def.identity.as_ref().map(|i| Identity {
            always: i.always,
            next: i.next,
            start: i.start,
            increment: i.increment,
            kind: IdentityKind::Identity,
        }),
        generated: def.generated.as_ref().map(|e| Generated { expression: e.clone(), stored: true }),
        hidden: false,
        collation: text.then(|| collation(def)),
        comment: def.comment.clone(),
        needs: None,
    }
}

fn collation(def: &ColumnDef) -> Collation {
    let name = def.collation.clone().unwrap_or_else(|| "SQL_TEXT".into());
    let ignores_case = def.ignores_case();
    let binary = name.starts_with("SQL_TEXT") && !ignores_case;
    Collation {
        case_sensitive: !ignores_case,
        accent_sensitive: true,
        pad_space: !name.contains("NO_PAD"),
        binary,
        name,
    }
}

fn index(def: &super::model::catalog::IndexDef) -> Index {
    let part = |(at, name): (usize, &String)| IndexPart {
        target: IndexTarget::Column(name.clone()),
        descending: def.descending.get(at).copied().unwrap_or(false),
        nulls_first: None,
        prefix: None,
    };
    Index {
        name: def.name.clone(),
        parts: def.columns.iter().enumerate().map(part).collect(),
        unique: false,
        predicate: None,
        method: "btree".into(),
        include: Vec::new(),
        definition: None,
        needs: Vec::new(),
    }
}

fn foreign_key(database: &Database, def: &TableDef, key: &ForeignKeyDef, name: String) -> ForeignKey {
    let schema = key.foreign.schema.as_deref().unwrap_or(&def.schema);
    let primary = || database.catalog.table(schema, &key.foreign.name).and_then(|t| t.primary_key.as_ref());
    let foreign_columns = match key.foreign_columns.is_empty() {
        true => primary().map(|k| k.columns.clone()).unwrap_or_default(),
        false => key.foreign_columns.clone(),
    };
    ForeignKey {
        name,
        columns: key.columns.clone(),
        foreign_table: key.foreign.name.clone(),
        foreign_columns,
        on_delete: key.on_delete,
        on_update: key.on_update,
        deferrable: false,
        initially_deferred: false,
        // The engine checks no foreign key when it loads a script: rows may reference nothing.
        not_validated: true,
        match_full: key.match_full,
    }
}

fn sequence(def: &SequenceDef) -> Sequence {
    let (bytes, low, high) = match def.ty.base {
        Base::Tinyint => (1, i128::from(i8::MIN), i128::from(i8::MAX)),
        Base::Smallint => (2, i128::from(i16::MIN), i128::from(i16::MAX)),
        Base::Integer => (4, i128::from(i32::MIN), i128::from(i32::MAX)),
        _ => (8, i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    Sequence {
        name: def.name.clone(),
        bytes,
        start: def.start,
        increment: def.increment,
        min: def.min.unwrap_or(low),
        max: def.max.unwrap_or(high),
        cycle: def.cycle,
        cache: 1,
        next: def.next,
    }
}

/// What a user must know of a table's columns.
fn findings(table: &TableDef) -> Vec<Finding> {
    let mut found = Vec::new();
    for column in &table.columns {
        let object = format!("{}.{}", table.name, column.name);
        match &column.ty.base {
            Base::Other => found.push(
                Finding::error(
                    "type-not-supported",
                    object,
                    "it holds serialised Java objects (OTHER), which only Java can read",
                )
                .help("drop the column on the source, or leave the table out with --exclude-tables"),
            ),
            Base::TimestampTz => found.push(Finding::note(
                "offset-not-kept",
                object,
                "instants are copied exactly, in UTC; the offset that each value was entered with is not kept",
            )),
            _ => {}
        }
    }
    found
}
