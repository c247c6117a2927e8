//! What a user must know about the source before it is copied.

use super::Draft;
use crate::backends::postgresql::quote::{ident, qualified};
use crate::backends::postgresql::session::{Row, Session};
use crate::error::Result;
use crate::finding::Finding;
use crate::schema::Schema;

/// Findings about one row of `tables.sql`.
pub(super) fn table(session: &Session, row: &Row, schema: &mut Schema) {
    let name = row.text("name");
    let full = qualified(&session.server.schema, &name);
    let user = ident(&session.server.user);
    if !row.flag("can_select") {
        schema.findings.push(
            Finding::error("no-select", &name, format!("user {user} may not read it"))
                .help(format!("GRANT SELECT ON {full} TO {user}")),
        );
    }
    if row.flag("row_security") {
        schema.findings.push(
            Finding::error("row-security", &name, format!("row security hides rows of it from user {user}"))
                .help(format!("read as the table's owner or a role with BYPASSRLS: ALTER ROLE {user} BYPASSRLS")),
        );
    }
    if row.flag("partitioned") {
        schema.findings.push(Finding::note("partitions-flattened", &name, "its partitions become one table"));
    }
    if row.flag("stray_partition") {
        let text = "it is a partition of a table in another schema and is copied as a table of its own";
        schema.findings.push(Finding::warning("partition-detached", &name, text));
    }
    if let Some(parents) = row.get("parents") {
        let text = format!("it inherits from {parents}; each table is copied with its own rows, without the bond");
        schema.findings.push(
            Finding::warning("inheritance-flattened", &name, text)
                .help("queries on the parent will no longer see the child's rows; ALTER TABLE … INHERIT restores it"),
        );
    }
    if row.flag("unlogged") && session.server.standby {
        let text = "it is unlogged: the source is a standby, which has none of its rows";
        let help = "copy from the primary server, or leave the table out (--exclude-tables)";
        schema.findings.push(Finding::error("unlogged-on-standby", &name, text).help(help));
    } else if row.flag("unlogged") {
        schema.findings.push(Finding::note("unlogged", &name, "it is unlogged and becomes an ordinary table"));
    }
}

/// Findings about one row of `columns.sql`.
pub(super) fn column(row: &Row, object: &str, schema: &mut Schema) {
    if let Some(domain) = row.get("domain") {
        let text = format!("domain {domain} becomes its base type {}; its checks are not copied", row.text("native"));
        schema
            .findings
            .push(Finding::warning("domain-flattened", object, text).help("add the checks to the column by hand"));
    }
    if let Some(constraint) = row.get("unchecked_not_null") {
        let text = format!("it may be NULL on the target: the source never looked whether all rows keep {constraint}");
        schema.findings.push(
            Finding::warning("not-null-dropped", object, text)
                .help("VALIDATE CONSTRAINT on the source, and start again"),
        );
    }
}

/// A key that also keeps ranges apart. Equal ranges overlap, so what is left of it holds for the rows.
pub(super) fn period_key(table: &str, row: &Row) -> Finding {
    let text = "it refuses equal values on the target, but no overlapping ones: WITHOUT OVERLAPS is not copied";
    Finding::warning("key-weaker", format!("{table}.{}", row.text("name")), text)
        .help("make the key again WITHOUT OVERLAPS after the copy, if the target knows such keys")
}

/// What is said of a constraint that is not recreated; `None` for all others.
pub(super) fn constraint(row: &Row, draft: &mut Draft) -> Option<Finding> {
    let object = format!("{}.{}", draft.table(row)?.name, row.text("name"));
    let foreign = row.get("kind") == Some("f");
    if !row.flag("enforced") {
        let (code, what) =
            if foreign { ("foreign-key-not-copied", "foreign key") } else { ("check-not-copied", "check") };
        return Some(Finding::note(
            code,
            object,
            format!("the {what} is not enforced on the source and not recreated"),
        ));
    }
    row.flag("period").then(|| {
        let text = format!("the foreign key over a PERIOD of {} is not recreated", row.text("foreign_name"));
        Finding::warning("foreign-key-not-copied", object, text)
            .help("add it by hand after the copy, if the target knows such keys")
    })
}

/// Findings about the rest of the database.
pub(super) fn surroundings(rows: Vec<Row>, draft: &mut Draft) -> Result<()> {
    let Some(row) = rows.first() else { return Ok(()) };
    let findings = &mut draft.schema.findings;
    if row.flag("large_objects") {
        findings.push(
            Finding::error("large-objects", "", "the database holds large objects, which are not copied")
                .help("move them into bytea columns, or remove them with lo_unlink or vacuumlo"),
        );
    }
    let others = row.list("other_schemas")?;
    if !others.is_empty() {
        let text = format!("other schemas hold tables that are not copied: {}", others.join(", "));
        findings.push(Finding::note("other-schemas", "", text).help("run once for each (SourceDatabaseSchema)"));
    }
    Ok(())
}
