//! Cuts a table into key ranges.

use super::session::Session;
use super::sql;
use crate::backends::{KeyBound, Range, ReadColumn, ReadTable};
use crate::error::{ErrorKind, Result};
use crate::types::Type;

/// More ranges than this only cost: each is a transaction on the target.
const MAX_RANGES: u64 = 4096;

/// Ranges of about `bytes` bytes, first and last open-ended.
///
/// # Errors
/// `Read` when a query fails.
pub(super) fn split(session: &mut Session, table: &ReadTable, bytes: u64) -> Result<Vec<Range>> {
    let pieces = table.bytes_estimate.div_ceil(bytes.max(1)).min(MAX_RANGES);
    let Some(key) = table.key.first().filter(|_| pieces > 1) else { return Ok(vec![Range::All]) };
    let bounds = match &key.ty {
        Type::Int { .. } => even(session, table, key, pieces)?,
        ty => match Spelling::of(ty) {
            Some(spelling) => sampled(session, table, key, spelling, pieces)?,
            None => Vec::new(),
        },
    };
    Ok(ranges(&key.name, bounds))
}

fn ranges(column: &str, bounds: Vec<KeyBound>) -> Vec<Range> {
    if bounds.is_empty() {
        return vec![Range::All];
    }
    let starts = std::iter::once(None).chain(bounds.iter().cloned().map(Some));
    let ends = bounds.iter().cloned().map(Some).chain(std::iter::once(None));
    starts.zip(ends).map(|(from, to)| Range::Key { column: column.to_string(), from, to }).collect()
}

/// Equal steps between the smallest and the largest key.
fn even(session: &mut Session, table: &ReadTable, key: &ReadColumn, pieces: u64) -> Result<Vec<KeyBound>> {
    let column = sql::name(&key.name);
    let statement = format!("SELECT MIN({column}), MAX({column}) FROM {}", sql::name(&table.name));
    let rows = session
        .rows(&statement)
        .map_err(|f| f.error(ErrorKind::Read, "the key's range cannot be read").object(&*table.name))?;
    let number = |at: usize| rows.first()?.get(at)?.as_deref()?.parse::<i128>().ok();
    let (Some(min), Some(max)) = (number(0), number(1)) else { return Ok(Vec::new()) };
    Ok(steps(min, max, i128::from(pieces)).into_iter().map(KeyBound::Int).collect())
}

fn steps(min: i128, max: i128, pieces: i128) -> Vec<i128> {
    let pieces = pieces.min(max - min + 1);
    (1..pieces).map(|n| min + (max - min + 1) * n / pieces).collect()
}

/// How a bound of a key is read from the server and written back to it.
#[derive(Clone, Copy)]
enum Spelling {
    /// Hex of its UTF-8; compared by the column's own collation.
    Text,
    /// Hex of its bytes.
    Bytes,
    /// A number as it is.
    Number,
    /// A quoted text that the server casts to the column's type.
    Quoted,
}

impl Spelling {
    fn of(ty: &Type) -> Option<Spelling> {
        match ty {
            Type::Text { .. } => Some(Spelling::Text),
            Type::Bytes { .. } => Some(Spelling::Bytes),
            Type::Decimal { .. } => Some(Spelling::Number),
            Type::Date | Type::Timestamp { .. } | Type::Time { .. } | Type::Uuid => Some(Spelling::Quoted),
            _ => None,
        }
    }

    fn select(self, column: &str) -> String {
        match self {
            Spelling::Text => format!("HEX(CONVERT({column} USING utf8mb4))"),
            Spelling::Bytes => format!("HEX({column})"),
            Spelling::Number | Spelling::Quoted => format!("CAST({column} AS CHAR)"),
        }
    }

    fn literal(self, value: &str) -> String {
        match self {
            Spelling::Text if value.is_empty() => "''".to_string(),
            Spelling::Text => format!("_utf8mb4 X'{value}'"),
            Spelling::Bytes => format!("X'{value}'"),
            Spelling::Number => value.to_string(),
            Spelling::Quoted => format!("'{value}'"),
        }
    }
}

/// Walks through the key's index and takes every n-th entry.
fn sampled(
    session: &mut Session,
    table: &ReadTable,
    key: &ReadColumn,
    spelling: Spelling,
    pieces: u64,
) -> Result<Vec<KeyBound>> {
    let step = (table.rows_estimate / pieces).max(1);
    let column = sql::name(&key.name);
    let mut bounds: Vec<KeyBound> = Vec::new();
    let mut after = String::new();
    while bounds.len() < MAX_RANGES as usize {
        let statement = format!(
            "SELECT {} FROM {} {after} ORDER BY {column} LIMIT 1 OFFSET {step}",
            spelling.select(&column),
            sql::name(&table.name)
        );
        let found = session
            .value(&statement)
            .map_err(|f| f.error(ErrorKind::Read, "the key cannot be sampled").object(&*table.name))?;
        let Some(value) = found else { break };
        let literal = spelling.literal(&value);
        // Strictly above, so that equal leading keys cannot hold the walk up.
        after = format!("WHERE {column} > {literal}");
        bounds.push(KeyBound::Literal(literal));
    }
    Ok(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_cover_the_range() {
        assert_eq!(steps(1, 100, 4), [26, 51, 76]);
        assert_eq!(steps(5, 5, 4), Vec::<i128>::new());
        assert_eq!(steps(-10, 9, 2), [0]);
        assert_eq!(steps(0, i128::from(u64::MAX), 2), [1 << 63]);
    }

    #[test]
    fn ranges_are_open_at_both_ends() {
        let made = ranges("k", vec![KeyBound::Int(5)]);
        assert_eq!(made[0], Range::Key { column: "k".into(), from: None, to: Some(KeyBound::Int(5)) });
        assert_eq!(made[1], Range::Key { column: "k".into(), from: Some(KeyBound::Int(5)), to: None });
    }
}
