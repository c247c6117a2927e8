//! Whether tables are still those that were introspected: InnoDB's snapshots do not cover structure.

use super::session::{Session, TextRow};
use crate::error::{ErrorKind, Result};
use std::collections::BTreeMap;

/// What tells a table from one that was altered or made anew under its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    altered: String,
    columns: Vec<String>,
}

/// The tables of a database.
pub(super) type Shapes = BTreeMap<String, Shape>;

/// Tables that are gone or have other columns.
pub(super) fn disturbed(before: &Shapes, now: &Shapes) -> Vec<String> {
    let other = |(name, shape): &(&String, &Shape)| now.get(*name).is_none_or(|now| now.columns != shape.columns);
    before.iter().filter(other).map(|(name, _)| name.clone()).collect()
}

/// Tables that have the same columns and were altered all the same.
pub(super) fn altered(before: &Shapes, now: &Shapes) -> Vec<String> {
    let touched = |(name, shape): &(&String, &Shape)| {
        now.get(*name).is_some_and(|now| now.columns == shape.columns && now.altered != shape.altered)
    };
    before.iter().filter(touched).map(|(name, _)| name.clone()).collect()
}

/// The shape of every table of the session's database.
///
/// # Errors
/// `Introspect` when a catalog query fails.
pub(super) fn read(session: &mut Session) -> Result<Shapes> {
    let mut query = |sql: &str| {
        session.rows(sql).map_err(|f| f.error(ErrorKind::Introspect, "the shapes of the tables cannot be read"))
    };
    let tables = query(include_str!("../../../dialects/mysql/shape_tables.sql"))?;
    let columns = query(include_str!("../../../dialects/mysql/shape_columns.sql"))?;
    Ok(shapes(tables, columns))
}

fn shapes(tables: Vec<TextRow>, columns: Vec<TextRow>) -> Shapes {
    let mut shapes = BTreeMap::new();
    for row in tables {
        let mut fields = row.into_iter().map(Option::unwrap_or_default);
        let (name, altered) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        shapes.insert(name, Shape { altered, columns: Vec::new() });
    }
    for row in columns {
        let mut fields = row.into_iter().map(Option::unwrap_or_default);
        if let Some(shape) = fields.next().and_then(|name| shapes.get_mut(&name)) {
            shape.columns.push(fields.collect::<Vec<_>>().join(" "));
        }
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fields: &[&str]) -> TextRow {
        fields.iter().map(|field| Some((*field).to_string())).collect()
    }

    #[test]
    fn columns_disturb_and_anything_else_alters() {
        let of = |at, ty| shapes(vec![row(&["t", at])], vec![row(&["t", "c", ty]), row(&["other", "c", ty])]);
        let before = of("1", "int");
        let told = |now: &Shapes| (disturbed(&before, now).len(), altered(&before, now).len());
        assert_eq!(told(&of("1", "int")), (0, 0));
        assert_eq!(told(&of("2", "int")), (0, 1));
        assert_eq!(told(&of("2", "bigint")), (1, 0));
        assert_eq!(told(&Shapes::new()), (1, 0));
    }
}
