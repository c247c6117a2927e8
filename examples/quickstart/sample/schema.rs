//! The statements that make the tables, as a script states them and as the runtime sends them.

use super::domain::{ASSOCIATIONS, ENTITIES, column_associations};
use super::model::{Association, Entity, Kind, Member, Storage, physical, sequence};

/// Mendix's own tables: name and columns, the way the script spells them. `V(n)` is text without case.
const OWN: &[(&str, &str)] = &[
    (
        "entity",
        r#""id" V(36) NOT NULL PRIMARY KEY,"entity_name" V(511) NOT NULL,"table_name" V(255) NOT NULL,"superentity_id" V(255),"remote" BOOLEAN,"remote_primary_key" BOOLEAN"#,
    ),
    (
        "attribute",
        r#""id" V(36) NOT NULL PRIMARY KEY,"entity_id" V(255) NOT NULL,"attribute_name" V(255) NOT NULL,"column_name" V(255) NOT NULL,"type" INTEGER NOT NULL,"length" INTEGER,"default_value" V(2147483647),"is_auto_number" BOOLEAN NOT NULL"#,
    ),
    ("index", r#""id" V(36) NOT NULL PRIMARY KEY,"table_id" V(36) NOT NULL,"index_name" V(255) NOT NULL"#),
    (
        "index_column",
        r#""index_id" V(36) NOT NULL,"column_id" V(36) NOT NULL,"sort_order" BOOLEAN NOT NULL,"ordinal" INTEGER NOT NULL,PRIMARY KEY("index_id","column_id")"#,
    ),
    (
        "association",
        r#""id" V(36) NOT NULL PRIMARY KEY,"association_name" V(511) NOT NULL,"table_name" V(255) NOT NULL,"parent_entity_id" V(36) NOT NULL,"child_entity_id" V(36) NOT NULL,"parent_column_name" V(255) NOT NULL,"child_column_name" V(255) NOT NULL,"pk_index_name" V(255),"index_name" V(255),"parent_fkc_name" V(255),"child_fkc_name" V(255),"parent_fkc_action" SMALLINT,"child_fkc_action" SMALLINT,"storage_format" SMALLINT"#,
    ),
    (
        "version",
        r#""versionnumber" V(255) NOT NULL PRIMARY KEY,"lastsyncdate" TIMESTAMP NOT NULL,"preanalysismigrationversionnumber" V(255) NOT NULL,"modelversionnumber" V(255),"sprintrprojectname" V(511),"mendixversion" V(255)"#,
    ),
    (
        "sequence",
        r#""name" V(255) NOT NULL,"attribute_id" V(36) NOT NULL PRIMARY KEY,"start_value" BIGINT NOT NULL,"current_value" BIGINT"#,
    ),
    ("entityidentifier", r#""id" V(36) NOT NULL PRIMARY KEY,"short_id" SMALLINT,"object_sequence" BIGINT"#),
    (
        "unique_constraint",
        r#""name" V(255) NOT NULL,"table_id" V(36) NOT NULL,"column_id" V(36) NOT NULL,PRIMARY KEY("name","column_id")"#,
    ),
    (
        "remote_primary_key",
        r#""id" V(36) NOT NULL PRIMARY KEY,"entity_id" V(255) NOT NULL,"attribute_name" V(255) NOT NULL,"column_name" V(255) NOT NULL,"type" INTEGER NOT NULL,"length" INTEGER"#,
    ),
    (
        "data_change_event",
        r#""sequence" BIGINT GENERATED ALWAYS AS IDENTITY(START WITH 0) NOT NULL PRIMARY KEY,"event_time" TIMESTAMP,"change_type" SMALLINT,"data" V(2147483647),"transaction_id" V(36),"execution_id" V(36)"#,
    ),
    ("properties", r#""key" V(200) NOT NULL PRIMARY KEY,"value" V(200) NOT NULL"#),
];

/// Columns of Mendix's own tables that have an index.
const OWN_INDEXES: &[(&str, &str)] =
    &[("entity", "entity_name"), ("sequence", "name"), ("entityidentifier", "short_id")];

/// Tables in the order of the script.
pub(crate) fn tables() -> Vec<String> {
    let own = OWN.iter().map(|(name, _)| format!("mendixsystem${name}"));
    let entities = ENTITIES.iter().map(|e| physical(e.name));
    let associations = ASSOCIATIONS.iter().filter(|a| !a.is_column()).map(|a| physical(a.name));
    own.chain(entities).chain(associations).collect()
}

/// Every statement that makes a sequence, table or index.
pub(crate) fn lines() -> Vec<String> {
    let mut lines: Vec<String> = ENTITIES.iter().flat_map(sequences).collect();
    for (name, columns) in OWN {
        let columns = columns.replace(" V(", " VARCHAR(");
        lines.push(format!("CREATE MEMORY TABLE PUBLIC.\"mendixsystem${name}\"({})", collated(&columns)));
        let indexes = OWN_INDEXES.iter().filter(|(table, _)| table == name);
        lines.extend(indexes.map(|(table, column)| {
            let table = format!("mendixsystem${table}");
            format!("CREATE INDEX \"idx_{table}_{column}\" ON PUBLIC.\"{table}\"(\"{column}\")")
        }));
    }
    for entity in ENTITIES {
        lines.push(format!("CREATE MEMORY TABLE PUBLIC.\"{}\"({})", physical(entity.name), parts(entity).join(",")));
        lines.extend(indexes(entity).into_iter().map(|(index, column)| {
            format!("CREATE INDEX \"{index}\" ON PUBLIC.\"{}\"(\"{column}\",\"id\")", physical(entity.name))
        }));
    }
    lines.extend(ASSOCIATIONS.iter().filter(|a| !a.is_column()).flat_map(association_table));
    lines
}

fn sequences(entity: &Entity) -> Vec<String> {
    let numbered = entity.attributes.iter().filter(|a| matches!(a.kind, Kind::AutoNumber));
    numbered
        .map(|a| format!("CREATE SEQUENCE PUBLIC.\"{}\" AS BIGINT START WITH 1", sequence(entity.name, a.name)))
        .collect()
}

/// Puts the collation behind every text type.
fn collated(columns: &str) -> String {
    let mut out = String::new();
    for (at, part) in columns.split(" VARCHAR(").enumerate() {
        match part.split_once(')') {
            Some((length, rest)) if at > 0 => out += &format!(" {}{rest}", text(length)),
            _ => out += part,
        }
    }
    out
}

fn text(length: &str) -> String {
    format!("VARCHAR({length}) COLLATE INFORMATION_SCHEMA.SQL_TEXT_UCC")
}

fn script_type(kind: Kind) -> String {
    match kind {
        Kind::AutoNumber | Kind::Long => "BIGINT".into(),
        Kind::Integer => "INTEGER".into(),
        Kind::Decimal => "DECIMAL(28,8)".into(),
        Kind::Boolean => "BOOLEAN".into(),
        Kind::DateTime => "TIMESTAMP".into(),
        Kind::Text(0) => text("2147483647"),
        Kind::Text(limit) | Kind::Enumeration(limit) => text(&limit.to_string()),
        Kind::Binary => "VARBINARY(16777216)".into(),
    }
}

fn parts(entity: &Entity) -> Vec<String> {
    let table = physical(entity.name);
    let mut parts = vec!["\"id\" BIGINT NOT NULL PRIMARY KEY".to_string()];
    parts.extend(entity.attributes.iter().map(|a| format!("\"{}\" {}", a.name.to_lowercase(), script_type(a.kind))));
    parts.extend(entity.members.iter().map(|m| {
        let ty = m.attribute().map_or("BIGINT".into(), |(_, kind)| script_type(kind));
        format!("\"{}\" {ty}", member_column(*m))
    }));
    parts.extend(column_associations(entity).map(|a| format!("\"{}\" BIGINT", physical(a.name))));
    parts.extend(
        uniques(entity).into_iter().map(|(name, column)| format!("CONSTRAINT \"{name}\" UNIQUE(\"{column}\")")),
    );
    parts.extend(references(entity).into_iter().map(|(column, child)| {
        format!("CONSTRAINT \"frn_{table}_{column}\" FOREIGN KEY(\"{column}\") REFERENCES PUBLIC.\"{child}\"(\"id\") ON DELETE SET NULL")
    }));
    parts
}

/// Column of a member.
pub(crate) fn member_column(member: Member) -> String {
    let name = member.attribute().map(|(name, _)| name).or(member.association());
    physical(name.unwrap_or_default())
}

/// Unique constraints: name and column.
pub(crate) fn uniques(entity: &Entity) -> Vec<(String, String)> {
    let table = physical(entity.name);
    let attributes = entity.unique.iter().map(|name| name.to_lowercase());
    let single = column_associations(entity).filter(|a| a.storage == Storage::UniqueColumn).map(|a| physical(a.name));
    attributes.chain(single).map(|column| (format!("uniq_{table}_{column}"), column)).collect()
}

/// Columns that reference another table, and that table.
fn references(entity: &Entity) -> Vec<(String, String)> {
    let users =
        entity.members.iter().filter_map(|m| m.association()).map(|name| (physical(name), "system$user".into()));
    users.chain(column_associations(entity).map(|a| (physical(a.name), physical(a.child)))).collect()
}

/// Indexes of an entity: name and column; the identifier follows the column in each.
pub(crate) fn indexes(entity: &Entity) -> Vec<(String, String)> {
    let table = physical(entity.name);
    let ordered = entity.indexed.iter().map(|name| name.to_lowercase());
    let special = entity.members.iter().filter(|m| **m == Member::Specialised).map(|m| member_column(*m));
    let ordered = ordered.chain(special).map(|column| (format!("idx_{table}_{column}_asc"), column));
    ordered.chain(references(entity).into_iter().map(|(column, _)| (format!("idx_{table}_{column}"), column))).collect()
}

fn association_table(association: &Association) -> Vec<String> {
    let (table, (parent, child)) = (physical(association.name), association.columns());
    let unique = match association.storage {
        Storage::Table => format!("CONSTRAINT \"uniq_{table}_{parent}\" UNIQUE(\"{parent}\"),"),
        _ => String::new(),
    };
    let reference = |column: &str, entity: &str| {
        let to = physical(entity);
        format!(
            "CONSTRAINT \"frn_{table}_{column}\" FOREIGN KEY(\"{column}\") REFERENCES PUBLIC.\"{to}\"(\"id\") ON DELETE CASCADE"
        )
    };
    vec![
        format!(
            "CREATE MEMORY TABLE PUBLIC.\"{table}\"(\"{parent}\" BIGINT NOT NULL,\"{child}\" BIGINT NOT NULL,PRIMARY KEY(\"{parent}\",\"{child}\"),{unique}{},{})",
            reference(&parent, association.parent),
            reference(&child, association.child)
        ),
        format!("CREATE INDEX \"{}\" ON PUBLIC.\"{table}\"(\"{child}\",\"{parent}\")", association.index()),
    ]
}

/// The statements of the runtime for a new entity, as the log keeps them.
pub(crate) fn deployment(entity: &Entity) -> Vec<String> {
    let table = physical(entity.name);
    let ty = |kind: Kind| match kind {
        Kind::Text(0) => "VARCHAR_IGNORECASE(2147483647)".to_string(),
        Kind::Text(limit) | Kind::Enumeration(limit) => format!("VARCHAR_IGNORECASE({limit})"),
        Kind::Integer => "INT".into(),
        other => script_type(other),
    };
    let attributes = entity.attributes.iter().map(|a| (a.name.to_lowercase(), a.kind));
    let members = entity.members.iter().filter_map(|m| m.attribute()).map(|(name, kind)| (name.to_lowercase(), kind));
    let columns: Vec<String> =
        attributes.chain(members).map(|(name, kind)| format!("\"{name}\" {} NULL", ty(kind))).collect();
    let mut lines: Vec<String> = sequences(entity).iter().map(|line| line.replace("PUBLIC.", "")).collect();
    lines.push(format!(
        "CREATE TABLE \"{table}\" (\"id\" BIGINT NOT NULL, {}, PRIMARY KEY(\"id\"))",
        columns.join(", ")
    ));
    for (name, column) in uniques(entity) {
        lines.push(format!("ALTER TABLE \"{table}\" ADD CONSTRAINT \"{name}\" UNIQUE (\"{column}\")"));
    }
    for (name, column) in indexes(entity) {
        lines.push(format!("CREATE INDEX \"{name}\" ON \"{table}\" (\"{column}\" ASC, \"id\" ASC)"));
    }
    lines
}
