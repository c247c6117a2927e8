//! Keys, indexes, foreign keys and checks as the catalog describes them.

use super::expr;
use super::session::TextRow;
use crate::schema::{Action, Check, ForeignKey, Index, IndexPart, IndexTarget, Key, Table};

/// Adds one index to its table; `rows` are its parts in order (of `indexes.sql`).
pub(super) fn add_index(table: &mut Table, name: &str, rows: &[&TextRow]) {
    let Some(first) = rows.first() else { return };
    let unique = field(first, 2) == "0";
    let parts: Vec<IndexPart> = rows.iter().map(|row| part(row)).collect();
    let plain: Option<Vec<String>> = parts
        .iter()
        .map(|part| match &part.target {
            IndexTarget::Column(column) if part.prefix.is_none() => Some(column.clone()),
            _ => None,
        })
        .collect();
    match plain {
        Some(columns) if name == "PRIMARY" => table.primary_key = Some(Key::new(name, columns)),
        Some(columns) if unique => table.uniques.push(Key::new(name, columns)),
        _ => table.indexes.push(Index {
            name: name.to_string(),
            parts,
            unique,
            predicate: None,
            method: field(first, 6).to_ascii_lowercase(),
            include: Vec::new(),
            definition: None,
            needs: Vec::new(),
        }),
    }
}

fn part(row: &TextRow) -> IndexPart {
    let target = match row.get(7).and_then(Option::as_deref) {
        Some(expression) => IndexTarget::Expression(expr::unescape(expression)),
        None => IndexTarget::Column(field(row, 3).to_string()),
    };
    let method = field(row, 6);
    // Spatial indexes report the length of their internal key.
    let prefix = if method == "SPATIAL" || method == "RTREE" { None } else { field(row, 5).parse().ok() };
    IndexPart { target, descending: field(row, 4) == "D", nulls_first: None, prefix }
}

/// One foreign key; `rows` are its column pairs in order (of `foreign_keys.sql`).
pub(super) fn foreign_key(name: &str, rows: &[&TextRow], actions: Option<&TextRow>) -> ForeignKey {
    let column = |at: usize| rows.iter().map(|row| field(row, at).to_string()).collect();
    ForeignKey {
        name: name.to_string(),
        columns: column(2),
        foreign_table: rows.first().map(|row| field(row, 4).to_string()).unwrap_or_default(),
        foreign_columns: column(5),
        on_update: actions.map_or(Action::NoAction, |row| action(field(row, 2))),
        on_delete: actions.map_or(Action::NoAction, |row| action(field(row, 3))),
        deferrable: false,
        initially_deferred: false,
        not_validated: false,
        match_full: false,
    }
}

fn action(rule: &str) -> Action {
    match rule {
        "CASCADE" => Action::Cascade,
        "SET NULL" => Action::SetNull,
        "SET DEFAULT" => Action::SetDefault,
        "RESTRICT" => Action::Restrict,
        _ => Action::NoAction,
    }
}

/// One check of `checks_*.sql`.
pub(super) fn check(row: &TextRow, mariadb: bool) -> Check {
    let clause = field(row, 2);
    let text = if mariadb { clause.to_string() } else { expr::unescape(clause) };
    Check {
        name: field(row, 1).to_string(),
        expression: expr::without_outer_parentheses(&text).to_string(),
        not_validated: false,
    }
}

/// A field that the query always fills.
pub(super) fn field(row: &TextRow, at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}
