//! The rows of Mendix's own tables, made from the same domain model as the tables they tell of.

use super::domain::{ASSOCIATIONS, ENTITIES, column_associations};
use super::model::{Association, Entity, Kind, Storage, physical, sequence};
use super::random::guid;
use super::schema::{indexes, member_column, uniques};
use super::store::{Store, short_id};
use super::value::{Value, text};

/// Attribute lists of `System.owner` and the like are kept per entity.
fn member_guid(entity: &Entity, name: &str) -> String {
    guid(&format!("{}/{name}", entity.name))
}

/// Everything that is known of the model before the log.
pub(crate) fn describe(store: &mut Store) {
    ENTITIES.iter().for_each(|entity| describe_entity(store, entity));
    ASSOCIATIONS.iter().for_each(|association| describe_association(store, association));
    let zone = [
        ("DefaultProcessedTaskCleanupAge", "604800000"),
        ("DefaultScheduledEventsCleanupAge", "604800000"),
        ("leftoverUnreferencedFileCleanupComplete", "true"),
        ("Mendix.Runtime.DeploymentID", "638864670727158560"),
        ("MxAdminUserName", "MxAdmin"),
        ("oldFileMigrationCompleted", "true"),
        ("ScheduledEventsExecution", "ALL:638864670727158560"),
    ];
    for (key, value) in zone {
        store.row("mendixsystem$properties", vec![text(key), text(value)]);
    }
    let version = vec![
        text("4.2"),
        Value::Time(store.clock),
        text("4.5.0"),
        text("1.4.0.27"),
        text("Quick start"),
        text("10.24.0.73019"),
    ];
    store.row("mendixsystem$version", version);
}

/// The rows about one entity.
pub(crate) fn describe_entity(store: &mut Store, entity: &Entity) {
    let id = guid(entity.name);
    let parent = entity.parent.map_or(Value::Null, |name| text(guid(name)));
    store.row(
        "mendixsystem$entity",
        vec![text(&id), text(entity.name), text(physical(entity.name)), parent, Value::Bool(false), Value::Bool(false)],
    );
    for attribute in entity.attributes {
        attribute_row(store, entity, attribute.name, attribute.kind, attribute.default);
    }
    for (name, kind) in entity.members.iter().filter_map(|m| m.attribute()) {
        let default = if name == "submetaobjectname" { entity.name } else { "" };
        attribute_row(store, entity, name, kind, default);
    }
    for member in entity.members {
        if let Some(name) = member.association() {
            let own = guid("System.User");
            column_row(store, &member_guid(entity, name), name, entity, &own, &member_column(*member));
        }
    }
    for (name, column) in indexes(entity) {
        let index = guid(&name);
        store.row("mendixsystem$index", vec![text(&index), text(&id), text(&name)]);
        store.row(
            "mendixsystem$index_column",
            vec![text(index), text(column_guid(entity, &column)), Value::Bool(false), Value::Int(0)],
        );
    }
    for (name, column) in uniques(entity) {
        store.row("mendixsystem$unique_constraint", vec![text(name), text(&id), text(column_guid(entity, &column))]);
    }
    let reserved = store.reserved(entity);
    store.row("mendixsystem$entityidentifier", vec![text(id), Value::Int(short_id(entity)), Value::Int(reserved)]);
}

fn attribute_row(store: &mut Store, entity: &Entity, name: &str, kind: Kind, default: &str) {
    let id = member_guid(entity, name);
    let numbered = matches!(kind, Kind::AutoNumber);
    let (code, length) = (Value::Int(kind.code()), Value::Int(kind.length()));
    let row = vec![
        text(&id),
        text(guid(entity.name)),
        text(name),
        text(name.to_lowercase()),
        code,
        length,
        text(default),
        Value::Bool(numbered),
    ];
    store.row("mendixsystem$attribute", row);
    if numbered {
        let row = vec![text(sequence(entity.name, name)), text(id), Value::Int(1), Value::Int(0)];
        store.row("mendixsystem$sequence", row);
    }
}

/// Identifier of the attribute or association that a column stands for.
fn column_guid(entity: &Entity, column: &str) -> String {
    let attributes = entity.attributes.iter().map(|a| a.name);
    let members = entity.members.iter().filter_map(|m| m.attribute().map(|(name, _)| name).or(m.association()));
    if let Some(name) = attributes.chain(members).find(|name| physical(name) == column) {
        return member_guid(entity, name);
    }
    column_associations(entity).find(|a| physical(a.name) == column).map_or_else(String::new, |a| guid(a.name))
}

fn column_row(store: &mut Store, id: &str, name: &str, entity: &Entity, child: &str, column: &str) {
    let table = physical(entity.name);
    let key = format!("frn_{table}_{column}");
    let names = [text(id), text(name), text(table), text(guid(entity.name)), text(child), text("id"), text(column)];
    let mut row = names.to_vec();
    row.extend([Value::Null, Value::Null, Value::Null, text(key), Value::Null, Value::Int(2), Value::Int(1)]);
    store.row("mendixsystem$association", row);
}

fn describe_association(store: &mut Store, association: &Association) {
    let id = guid(association.name);
    let (parent, child) = (guid(association.parent), guid(association.child));
    let table = physical(association.name);
    if association.is_column() {
        let entity = super::domain::find(association.parent);
        column_row(store, &id, association.name, entity, &child, &table);
        return;
    }
    let (from, to) = association.columns();
    let keys = [format!("frn_{table}_{from}"), format!("frn_{table}_{to}")].map(text);
    if association.storage == Storage::Table {
        store.row(
            "mendixsystem$unique_constraint",
            vec![text(format!("uniq_{table}_{from}")), text(&id), text(&parent)],
        );
    }
    let mut row =
        [text(&id), text(association.name), text(table), text(parent), text(child), text(from), text(to)].to_vec();
    row.extend([Value::Null, text(association.index())]);
    row.extend(keys);
    row.extend([Value::Int(0), Value::Int(0), Value::Int(2)]);
    store.row("mendixsystem$association", row);
}
