//! Keys, indexes, foreign keys and checks.

use super::objects::Objects;
use super::{Draft, findings};
use crate::backends::postgresql::session::Row;
use crate::error::Result;
use crate::finding::Finding;
use crate::schema::{Action, Check, ForeignKey, Index, IndexPart, IndexTarget, Key, OtherObject};

/// A part of an index as `indexes.sql` describes it.
#[derive(serde::Deserialize)]
struct Part {
    column: Option<String>,
    expression: Option<String>,
    descending: bool,
    nulls_first: bool,
    /// Default operator class and the column's own collation.
    plain: bool,
}

impl Part {
    /// Nothing about it that a key constraint cannot say.
    fn fits_key(&self) -> bool {
        self.column.is_some() && self.plain && !self.descending && !self.nulls_first
    }

    fn portable(self) -> IndexPart {
        IndexPart {
            // The default is last when ascending and first when descending.
            nulls_first: (self.nulls_first != self.descending).then_some(self.nulls_first),
            descending: self.descending,
            prefix: None,
            target: match (self.column, self.expression) {
                (Some(column), _) => IndexTarget::Column(column),
                (None, expression) => IndexTarget::Expression(expression.unwrap_or_default()),
            },
        }
    }
}

/// Sorts indexes into primary key, unique keys and secondary indexes.
pub(super) fn indexes(rows: Vec<Row>, objects: &Objects, draft: &mut Draft) -> Result<()> {
    for row in rows {
        let parts: Vec<Part> = row.json("parts")?;
        let Some(table) = draft.table(&row) else { continue };
        let weaker = row.flag("period").then(|| findings::period_key(&table.name, &row));
        let constraint = row.get("constraint_kind");
        let is_key = row.flag("is_unique") && row.get("predicate").is_none() && parts.iter().all(Part::fits_key);
        match constraint {
            // An exclusion constraint is named among the objects that are not copied.
            Some("x") => {}
            Some("p") => table.primary_key = Some(key(&row, parts)?),
            _ if !row.flag("valid") => {
                let name = format!("{}.{}", table.name, row.text("name"));
                draft.schema.not_copied.push(OtherObject { kind: "invalid index".to_string(), name });
            }
            Some(_) => table.uniques.push(key(&row, parts)?),
            None if is_key => table.uniques.push(key(&row, parts)?),
            None => table.indexes.push(Index { needs: objects.of_index(&row)?, ..index(&row, parts)? }),
        }
        draft.schema.findings.extend(weaker);
    }
    Ok(())
}

fn key(row: &Row, parts: Vec<Part>) -> Result<Key> {
    Ok(Key {
        constraint: row.get("constraint_kind").is_some(),
        nulls_collide: row.flag("nulls_collide"),
        deferrable: row.flag("deferrable"),
        initially_deferred: row.flag("initially_deferred"),
        include: row.list("include")?,
        ..Key::new(row.text("name"), parts.into_iter().filter_map(|part| part.column).collect())
    })
}

fn index(row: &Row, parts: Vec<Part>) -> Result<Index> {
    Ok(Index {
        name: row.text("name"),
        parts: parts.into_iter().map(Part::portable).collect(),
        unique: row.flag("is_unique"),
        predicate: row.get("predicate").map(str::to_string),
        method: row.text("method"),
        include: row.list("include")?,
        definition: row.get("definition").map(str::to_string),
        needs: Vec::new(),
    })
}

/// Adds foreign keys and checks to their tables.
pub(super) fn constraints(rows: Vec<Row>, draft: &mut Draft) -> Result<()> {
    for row in rows {
        if let Some(finding) = findings::constraint(&row, draft) {
            draft.schema.findings.push(finding);
        } else if row.get("kind") == Some("f") {
            foreign_key(&row, draft)?;
        } else if let Some(table) = draft.table(&row) {
            table.checks.push(Check {
                name: row.text("name"),
                expression: row.text("expression"),
                not_validated: !row.flag("validated"),
            });
        }
    }
    Ok(())
}

fn foreign_key(row: &Row, draft: &mut Draft) -> Result<()> {
    let referenced = row.get("foreign_oid").and_then(|oid| draft.by_oid.get(oid)).copied();
    let referenced = referenced.and_then(|at| draft.tables.get(at)).map(|table| table.name.clone());
    let Some(table) = draft.table(row) else { return Ok(()) };
    let Some(foreign_table) = referenced else {
        let object = format!("{}.{}", table.name, row.text("name"));
        draft.schema.findings.push(
            Finding::warning(
                "foreign-key-not-copied",
                object.clone(),
                format!("it references {}, which is not among the copied tables", row.text("foreign_name")),
            )
            .help("add the constraint by hand if the referenced table exists on the target"),
        );
        draft.schema.not_copied.push(OtherObject { kind: "foreign key".to_string(), name: object });
        return Ok(());
    };
    table.foreign_keys.push(ForeignKey {
        name: row.text("name"),
        columns: row.list("columns")?,
        foreign_table,
        foreign_columns: row.list("foreign_columns")?,
        on_delete: action(row, "on_delete"),
        on_update: action(row, "on_update"),
        deferrable: row.flag("deferrable"),
        initially_deferred: row.flag("initially_deferred"),
        not_validated: !row.flag("validated"),
        match_full: row.flag("match_full"),
    });
    Ok(())
}

fn action(row: &Row, column: &str) -> Action {
    match row.get(column) {
        Some("r") => Action::Restrict,
        Some("c") => Action::Cascade,
        Some("n") => Action::SetNull,
        Some("d") => Action::SetDefault,
        _ => Action::NoAction,
    }
}
