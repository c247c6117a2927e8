//! Puts the plan's questions to the source: large tables are probed in parts, by all sessions at once.

use crate::backends::{Range, ReadColumn, ReadTable, Reader};
use crate::error::{AtStep, Result, Side};
use crate::pool::{for_each, lock};
use crate::probe::{Answer, Answers, Probe, TableProbes};
use crate::run::Run;
use crate::schema::Table;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Bytes of the source's estimate below which a table is not worth cutting.
const MIN_PART_BYTES: u64 = 16 << 20;

/// Answers all probes.
///
/// # Errors
/// `Read` when a query fails.
pub(crate) fn ask(run: &Run, asked: Vec<TableProbes<'_>>, readers: &mut [Box<dyn Reader>]) -> Result<Answers> {
    let jobs = Mutex::new(Vec::new());
    let sessions = readers.len() as u64;
    for_each(readers, asked, &run.cancel, |_, reader, probes, _| {
        let parts = cut(reader.as_mut(), probes, sessions)?;
        lock(&jobs).extend(parts);
        Ok(())
    })?;
    let mut jobs = jobs.into_inner().unwrap_or_default();
    jobs.sort_by_key(|job: &TableProbes<'_>| std::cmp::Reverse(job.table.bytes_estimate));
    let found = Mutex::new(BTreeMap::<(String, Probe), Answer>::new());
    for_each(readers, jobs, &run.cancel, |_, reader, part, _| {
        let answers = reader.probe(&part).on(Side::Source).map_err(|e| e.object(part.table.name.clone()))?;
        let mut found = lock(&found);
        for (probe, answer) in part.probes.into_iter().zip(answers) {
            let key = (part.table.name.clone(), probe);
            let merged = match found.remove(&key) {
                Some(before) => merge(&key.1, before, answer),
                None => answer,
            };
            found.insert(key, merged);
        }
        Ok(())
    })?;
    Ok(found.into_inner().unwrap_or_default().into_iter().collect())
}

/// One job for a small table; for a large one a job per range, and one for what needs the whole table.
fn cut<'a>(reader: &mut dyn Reader, probes: TableProbes<'a>, sessions: u64) -> Result<Vec<TableProbes<'a>>> {
    let table = probes.table;
    let size = (table.bytes_estimate / sessions.max(1)).max(MIN_PART_BYTES);
    if sessions < 2 || table.bytes_estimate <= size {
        return Ok(vec![probes]);
    }
    let (rows, whole): (Vec<_>, Vec<_>) = probes.probes.into_iter().partition(Probe::is_row_by_row);
    let mut jobs = Vec::new();
    if !rows.is_empty() {
        let ranges = reader.split(&readable(table), size).on(Side::Source).map_err(|e| e.object(table.name.clone()))?;
        jobs.extend(ranges.into_iter().map(|range| TableProbes { table, probes: rows.clone(), range }));
    }
    if !whole.is_empty() {
        jobs.push(TableProbes { table, probes: whole, range: Range::All });
    }
    Ok(jobs)
}

/// As much of a reading plan as cutting a table takes.
fn readable(table: &Table) -> ReadTable {
    let key = table.primary_key.iter().flat_map(|key| &key.columns).filter_map(|name| table.column(name));
    ReadTable {
        name: table.name.clone(),
        columns: Vec::new(),
        key: key.map(|c| ReadColumn { name: c.name.clone(), ty: c.ty.clone(), as_text: false }).collect(),
        key_order: false,
        splice: None,
        bytes_estimate: table.bytes_estimate,
        rows_estimate: table.rows_estimate,
    }
}

fn merge(probe: &Probe, a: Answer, b: Answer) -> Answer {
    let larger = |a: Option<i128>, b: Option<i128>| a.max(b);
    let smaller = |a: Option<i128>, b: Option<i128>| a.into_iter().chain(b).min();
    let min = match probe {
        Probe::Range { .. } => smaller(a.min, b.min),
        _ => larger(a.min, b.min),
    };
    let mut keys = a.keys;
    for key in b.keys {
        // Examples may come from the whole table: each part then names the same.
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys.truncate(3);
    Answer { count: a.count + b.count, min, max: larger(a.max, b.max), keys }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_a_whole() {
        let answer = |count, min, max| Answer { count, min, max, keys: Vec::new() };
        let range = Probe::Range { column: "c".into() };
        let merged = merge(&range, answer(2, Some(-1), Some(5)), answer(0, None, None));
        assert_eq!(merged, answer(2, Some(-1), Some(5)));
        let digits = Probe::DecimalDigits { column: "c".into() };
        let merged = merge(&digits, answer(1, Some(3), Some(8)), answer(1, Some(7), Some(2)));
        assert_eq!(merged, answer(2, Some(7), Some(8)));
        let found = || Answer { keys: vec!["id=1".into(), "id=9".into()], ..answer(1, None, None) };
        assert_eq!(merge(&range, found(), found()).keys, ["id=1", "id=9"]);
    }
}
