//! Cutting a table into chunks: by pages of its heap, or by key where its rows lie in another order.

use super::copy_out::From;
use super::quote::ident;
use super::session::{Row, Session};
use crate::backends::{KeyBound, Range, ReadTable};
use crate::error::{ErrorKind, Result};
use crate::types::Type;

/// TID range scans came with version 14; before it every page range would read the whole table.
const TID_RANGES_SINCE: u32 = 14;
/// Rows that lie less in key order than this are read by key where the target wants key order.
const IN_ORDER: f64 = 0.9;

/// Chunks of about `bytes` bytes. The table is larger than that, and not partitioned.
pub(super) fn split(session: &mut Session, table: &ReadTable, bytes: u64) -> Result<Vec<Range>> {
    let (schema, name) = (session.server.schema.clone(), table.name.clone());
    let key = table.key.first().filter(|c| matches!(c.ty, Type::Int { .. }));
    let facts = facts(session, &schema, &name, key.map_or("", |c| &c.name))?;
    let count = table.bytes_estimate.div_ceil(bytes.max(1));
    let disordered = table.key_order
        && facts.get("correlation").and_then(|c| c.parse().ok()).is_some_and(|c: f64| c.abs() < IN_ORDER);
    let by_pages_too = session.server.numbers.0 >= TID_RANGES_SINCE && facts.flag("heap");
    if let Some(key) = key.filter(|_| disordered || !by_pages_too) {
        return by_key(session, table, &key.name, &facts, count);
    }
    if !by_pages_too {
        return Ok(vec![Range::All]);
    }
    Ok(by_pages(facts.number("pages")?, count))
}

fn facts(session: &mut Session, schema: &str, table: &str, key: &str) -> Result<Row> {
    let sql = include_str!("../../../dialects/postgresql/layout.sql");
    let rows = session
        .rows(sql, &[schema, table, key])
        .map_err(|fault| fault.error(ErrorKind::Read, "the table's layout cannot be read"))?;
    rows.into_iter().next().ok_or_else(|| crate::Error::new(ErrorKind::Read, "the table is gone"))
}

/// Equal page ranges, open at both ends: pages may have been added since.
fn by_pages(pages: u64, count: u64) -> Vec<Range> {
    let count = count.min(pages).max(1);
    let bounds: Vec<u64> = (1..count).map(|n| (u128::from(pages) * u128::from(n) / u128::from(count)) as u64).collect();
    between(bounds).map(|(from, to)| Range::Pages { from, to }).collect()
}

/// Key ranges with about as many rows each, by the histogram where there is one, else of equal width.
fn by_key(session: &mut Session, table: &ReadTable, key: &str, facts: &Row, count: u64) -> Result<Vec<Range>> {
    let histogram: Vec<i64> = facts.json("histogram")?;
    let mut bounds = if histogram.len() > 2 {
        let last = histogram.len() as u64 - 1;
        let count = count.min(last);
        (1..count).map(|n| i128::from(histogram[(last * n / count) as usize])).collect()
    } else {
        equal_widths(session, table, key, count)?
    };
    bounds.dedup();
    let column = key.to_string();
    Ok(between(bounds)
        .map(|(from, to)| Range::Key {
            column: column.clone(),
            from: from.map(KeyBound::Int),
            to: to.map(KeyBound::Int),
        })
        .collect())
}

fn equal_widths(session: &mut Session, table: &ReadTable, key: &str, count: u64) -> Result<Vec<i128>> {
    let from = From { schema: &session.server.schema.clone(), partitioned: false };
    let key = ident(key);
    let rows = session
        .rows(&format!("SELECT min({key}) AS low, max({key}) AS high FROM {}", from.sql(&table.name)), &[])
        .map_err(|fault| fault.error(ErrorKind::Read, format!("the range of {key} cannot be read")))?;
    let Some(row) = rows.first().filter(|row| row.get("low").is_some()) else { return Ok(Vec::new()) };
    let (low, high): (i128, i128) = (row.number("low")?, row.number("high")?);
    let count = i128::from(count).min(high - low + 1).max(1);
    Ok((1..count).map(|n| low + (high - low + 1) * n / count).collect())
}

/// Neighbouring bounds as pairs, open at both ends.
fn between<T: Copy>(bounds: Vec<T>) -> impl Iterator<Item = (Option<T>, Option<T>)> {
    let froms = std::iter::once(None).chain(bounds.clone().into_iter().map(Some));
    let tos = bounds.into_iter().map(Some).chain(std::iter::once(None));
    froms.zip(tos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_ranges_cover_everything_once() {
        let ranges = by_pages(10, 3);
        assert_eq!(
            ranges,
            [
                Range::Pages { from: None, to: Some(3) },
                Range::Pages { from: Some(3), to: Some(6) },
                Range::Pages { from: Some(6), to: None },
            ]
        );
        assert_eq!(by_pages(2, 50).len(), 2);
        assert_eq!(by_pages(0, 5), [Range::Pages { from: None, to: None }]);
    }
}
