//! Names the rows that differ: halves the range of keys until single keys are left.

use crate::backends::{KeyBound, Range, Reader};
use crate::digest::Sum;
use crate::error::{AtStep, Result, Side};
use crate::finding::Finding;
use crate::pool::Stop;
use crate::probe::{Probe, TableProbes};
use crate::schema::Table;
use crate::types::Type;
use crate::verify::{Readable, hash_range};

/// Keys that are named; the rest is only said to be there.
const NAMED: usize = 10;

/// A table that differs, on both sides, with the sums of all its rows.
pub(crate) struct Differing<'a> {
    pub(crate) source: &'a Readable,
    pub(crate) target: &'a Readable,
    pub(crate) sums: (Sum, Sum),
}

/// A range of keys, both ends included, whose sums differ or not.
#[derive(Clone, Copy)]
struct Piece {
    low: i128,
    high: i128,
    sums: (Sum, Sum),
}

/// Reads halves of the table on both sides until it knows the keys of the rows that differ; what is found is a finding.
///
/// # Errors
/// `Read` when a side cannot be read.
pub(crate) fn name_rows(
    table: &Differing<'_>,
    source: &mut dyn Reader,
    target: &mut dyn Reader,
    stop: &Stop<'_>,
) -> Result<Finding> {
    let finding = |text: String| Finding::error("rows-differ", &table.target.name, text);
    let Some((at, key)) = numeric_key(table.source) else {
        return Ok(finding("the rows cannot be named: the table has no key of whole numbers".into()));
    };
    let whole = bounds(table.source, at, source).on(Side::Source)?.into_iter();
    let whole = whole.chain(bounds(table.target, at, target).on(Side::Target)?);
    let Some((low, high)) = whole.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
        return Ok(finding("the rows have no keys by which they could be named".into()));
    };
    let mut named = Vec::new();
    let mut open = vec![Piece { low, high, sums: table.sums }];
    while let Some(piece) = open.pop() {
        if piece.sums.0 == piece.sums.1 {
            continue;
        }
        if named.len() == NAMED {
            named.push(format!("more up to {high}"));
            break;
        }
        if piece.low == piece.high {
            named.push(describe(&piece));
            continue;
        }
        let lower = lower_half(table, at, piece, source, target, stop)?;
        let rest = |all: Sum, part: Sum| all.without(part);
        let sums = (rest(piece.sums.0, lower.sums.0), rest(piece.sums.1, lower.sums.1));
        open.push(Piece { low: lower.high + 1, sums, ..piece });
        open.push(lower);
    }
    Ok(finding(format!("rows differ by {key}: {}", named.join(", "))))
}

/// The sums of a piece's lower half; those of the upper one are what is left of the whole.
fn lower_half(
    table: &Differing<'_>,
    at: usize,
    piece: Piece,
    source: &mut dyn Reader,
    target: &mut dyn Reader,
    stop: &Stop<'_>,
) -> Result<Piece> {
    let high = piece.low + (piece.high - piece.low) / 2;
    let range = |side: &Readable| Range::Key {
        column: side.read.columns[at].name.clone(),
        from: Some(KeyBound::Int(piece.low)),
        to: Some(KeyBound::Int(high + 1)),
    };
    let from = hash_range(source, table.source, &range(table.source), stop).on(Side::Source)?;
    let to = hash_range(target, table.target, &range(table.target), stop).on(Side::Target)?;
    Ok(Piece { low: piece.low, high, sums: (from, to) })
}

/// Place and name of the first key column, if it holds whole numbers.
fn numeric_key(table: &Readable) -> Option<(usize, &str)> {
    let key = table.read.key.first().filter(|key| matches!(key.ty, Type::Int { .. }))?;
    let at = table.read.columns.iter().position(|column| column.name == key.name)?;
    Some((at, key.name.as_str()))
}

/// Smallest and largest key of a side.
fn bounds(table: &Readable, at: usize, reader: &mut dyn Reader) -> Result<Option<(i128, i128)>> {
    let probes = TableProbes {
        table: &Table { name: table.read.name.clone(), ..Table::default() },
        probes: vec![Probe::Range { column: table.read.columns[at].name.clone() }],
        range: Range::All,
    };
    let answers = reader.probe(&probes).map_err(|e| e.object(table.name.clone()))?;
    Ok(answers.first().and_then(|answer| answer.min.zip(answer.max)))
}

fn describe(piece: &Piece) -> String {
    let (source, target) = (piece.sums.0.rows, piece.sums.1.rows);
    let what = match (source, target) {
        (_, 0) => "missing on the target".to_string(),
        (0, _) => "only on the target".to_string(),
        (source, target) if source == target => "other values".to_string(),
        (source, target) => format!("{source} rows on the source, {target} on the target"),
    };
    format!("{} ({what})", piece.low)
}
