//! Answers questions about a table's data: one scan tells all bounds, and whether any row needs a closer look.

mod conditions;

use super::session::Session;
use super::sql;
use crate::error::{ErrorKind, Result};
use crate::probe::{Answer, Probe, TableProbes};
use crate::schema::Table;
use crate::types::Type;
use conditions::{condition, lengths, suspicion, utf8};

/// Answers the probes of one table, in order.
///
/// # Errors
/// `Read` when a query fails.
pub(super) fn answer(session: &mut Session, probes: &TableProbes<'_>) -> Result<Vec<Answer>> {
    let table = probes.table;
    let mut answers = scan(session, probes)?;
    for (probe, answer) in probes.probes.iter().zip(&mut answers) {
        match probe {
            Probe::Collisions { columns, ignore_case, ignore_trailing_blanks } => {
                let groups = collisions(table, columns, *ignore_case, *ignore_trailing_blanks);
                answer.count = count(session, table, &groups)?;
            }
            Probe::Dangling { foreign_key } => {
                if let Some(orphans) = dangling(table, foreign_key) {
                    answer.count = count(session, table, &format!("SELECT 1 {orphans}"))?;
                    if answer.count > 0 {
                        answer.keys = keys(session, table, &orphans, "c.")?;
                    }
                }
            }
            Probe::DanglingValues { foreign_key } => {
                if let Some(orphans) = dangling(table, foreign_key) {
                    answer.count = count(session, table, &format!("SELECT 1 {orphans}"))?;
                    answer.keys = values(session, table, foreign_key, &orphans)?;
                }
            }
            other => {
                if let (true, Some(condition)) = (answer.count > 0, condition(table, other)) {
                    let from = format!("FROM {} WHERE {condition}", sql::name(&table.name));
                    answer.keys = keys(session, table, &from, "")?;
                }
            }
        }
    }
    Ok(answers)
}

/// One pass over the rows for all bounds and for whether any row meets a condition; only then a second that counts.
fn scan(session: &mut Session, probes: &TableProbes<'_>) -> Result<Vec<Answer>> {
    let mut answers = vec![Answer::default(); probes.probes.len()];
    let Some(statement) = screening(probes)? else { return Ok(answers) };
    let found = first_row(session, probes.table, &statement)?;
    let (suspicious, bounds) = found.split_first().unwrap_or((&None, &[]));
    for (answer, three) in answers.iter_mut().zip(bounds.chunks(3)) {
        let number = |at: usize| three.get(at)?.as_deref()?.parse::<i128>().ok();
        answer.count = number(0).and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        (answer.min, answer.max) = (number(1), number(2));
    }
    if suspicious.as_deref() == Some("0") {
        return Ok(answers);
    }
    if let Some(statement) = counting(probes)? {
        let counts = first_row(session, probes.table, &statement)?;
        for (answer, count) in answers.iter_mut().zip(counts) {
            answer.count = count.and_then(|n| n.parse().ok()).unwrap_or(answer.count);
        }
    }
    Ok(answers)
}

/// The statement that looks at every row: a first column that is not 0 when a row may meet a condition, and three
/// for each probe. `None` if no probe needs it.
fn screening(probes: &TableProbes<'_>) -> Result<Option<String>> {
    let (table, none) = (probes.table, "NULL".to_string());
    let suspicion = suspicion(table, &probes.probes);
    let bounds: Vec<_> = probes.probes.iter().map(|probe| bounds(table, probe)).collect();
    if suspicion.is_none() && bounds.iter().all(Option::is_none) {
        return Ok(None);
    }
    // Adding up would compute with decimals, row by row.
    let mut list = vec![suspicion.map_or("0".to_string(), |any| format!("BIT_OR({any})"))];
    list.extend(bounds.into_iter().flat_map(|three| three.unwrap_or([none.clone(), none.clone(), none.clone()])));
    aggregate(probes, &list).map(Some)
}

/// The statement that counts the rows which meet each probe's condition; `None` if none has one.
fn counting(probes: &TableProbes<'_>) -> Result<Option<String>> {
    let conditions: Vec<_> = probes.probes.iter().map(|probe| condition(probes.table, probe)).collect();
    if conditions.iter().all(Option::is_none) {
        return Ok(None);
    }
    let count = |condition: Option<String>| condition.map_or("NULL".into(), |met| format!("COUNT({met} OR NULL)"));
    let list: Vec<String> = conditions.into_iter().map(count).collect();
    aggregate(probes, &list).map(Some)
}

fn aggregate(probes: &TableProbes<'_>, list: &[String]) -> Result<String> {
    let name = &probes.table.name;
    let range = super::read::condition(name, &probes.range)?;
    Ok(format!("SELECT {} FROM {}{range}", list.join(", "), sql::name(name)))
}

fn first_row(session: &mut Session, table: &Table, statement: &str) -> Result<Vec<Option<String>>> {
    let rows = session
        .rows(statement)
        .map_err(|f| f.error(ErrorKind::Read, "the data cannot be probed").object(&*table.name))?;
    Ok(rows.into_iter().next().unwrap_or_default())
}

/// Count, smallest and largest value as aggregates, of a probe that asks for them.
fn bounds(table: &Table, probe: &Probe) -> Option<[String; 3]> {
    match probe {
        Probe::Range { column } => {
            let name = sql::name(column);
            let value = match table.column(column).map(|c| &c.ty) {
                Some(Type::Int { .. }) => name.clone(),
                _ => format!("{name} + 0"),
            };
            Some([format!("COUNT({name})"), format!("MIN({value})"), format!("MAX({value})")])
        }
        Probe::MaxLength { column } => {
            let (characters, bytes) = lengths(table, column);
            Some([format!("COUNT({})", sql::name(column)), format!("MAX({characters})"), format!("MAX({bytes})")])
        }
        Probe::DecimalDigits { column } => {
            let name = sql::name(column);
            let before = format!("MAX(CHAR_LENGTH(TRUNCATE(ABS({name}), 0)))");
            let after = format!(
                "MAX(IF(LOCATE('.', {name}), CHAR_LENGTH(TRIM(TRAILING '0' FROM SUBSTRING_INDEX({name}, '.', -1))), 0))"
            );
            Some([format!("COUNT({name})"), before, after])
        }
        _ => None,
    }
}

/// Groups of rows that are one on the target. The key tells them apart on the source, so two in a group are enough.
fn collisions(table: &Table, columns: &[String], ignore_case: bool, ignore_trailing_blanks: bool) -> String {
    let parts: Vec<String> = columns
        .iter()
        .map(|column| match table.column(column).map(|c| &c.ty) {
            Some(Type::Text { .. }) => {
                let mut text = utf8(table, column);
                if ignore_case {
                    text = format!("LOWER({text})");
                }
                if ignore_trailing_blanks {
                    text = format!("TRIM(TRAILING ' ' FROM {text})");
                }
                // Bytes: grouping by text would use its collation, blanks and all.
                format!("CAST({text} AS BINARY)")
            }
            _ => sql::name(column),
        })
        .collect();
    let present: Vec<String> = columns.iter().map(|c| format!("{} IS NOT NULL", sql::name(c))).collect();
    let (table, groups) = (sql::name(&table.name), parts.join(", "));
    format!("SELECT 1 FROM {table} WHERE {} GROUP BY {groups} HAVING COUNT(*) > 1", present.join(" AND "))
}

/// Rows whose foreign key names a row that does not exist.
fn dangling(table: &Table, foreign_key: &str) -> Option<String> {
    let key = table.foreign_keys.iter().find(|key| key.name == foreign_key)?;
    let pairs: Vec<(String, String)> =
        key.columns.iter().zip(&key.foreign_columns).map(|(a, b)| (sql::name(a), sql::name(b))).collect();
    let (_, first) = pairs.first()?;
    let on: Vec<String> = pairs.iter().map(|(a, b)| format!("c.{a} = p.{b}")).collect();
    let present: Vec<String> = pairs.iter().map(|(a, _)| format!("c.{a} IS NOT NULL")).collect();
    Some(format!(
        "FROM {} c LEFT JOIN {} p ON {} WHERE {} AND p.{first} IS NULL",
        sql::name(&table.name),
        sql::name(&key.foreign_table),
        on.join(" AND "),
        present.join(" AND ")
    ))
}

fn count(session: &mut Session, table: &Table, query: &str) -> Result<u64> {
    let value = session
        .value(&format!("SELECT COUNT(*) FROM ({query}) q"))
        .map_err(|f| f.error(ErrorKind::Read, "the data cannot be probed").object(&*table.name))?;
    Ok(value.and_then(|v| v.parse().ok()).unwrap_or(0))
}

/// Every value of a foreign key's column that references nothing.
fn values(session: &mut Session, table: &Table, foreign_key: &str, orphans: &str) -> Result<Vec<String>> {
    let key = table.foreign_keys.iter().find(|key| key.name == foreign_key);
    let Some(column) = key.and_then(|key| key.columns.first()) else { return Ok(Vec::new()) };
    let rows = session
        .rows(&format!("SELECT DISTINCT c.{} {orphans}", sql::name(column)))
        .map_err(|f| f.error(ErrorKind::Read, "references cannot be read").object(&*table.name))?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

/// Up to three keys of rows concerned; only integer and uuid columns may be shown.
fn keys(session: &mut Session, table: &Table, from: &str, prefix: &str) -> Result<Vec<String>> {
    let shown: Vec<&str> = table
        .primary_key
        .iter()
        .flat_map(|key| &key.columns)
        .filter(|name| matches!(table.column(name).map(|c| &c.ty), Some(Type::Int { .. } | Type::Uuid)))
        .map(String::as_str)
        .collect();
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> = shown.iter().map(|name| format!("{prefix}{}", sql::name(name))).collect();
    let rows = session
        .rows(&format!("SELECT {} {from} LIMIT 3", list.join(", ")))
        .map_err(|f| f.error(ErrorKind::Read, "keys cannot be read").object(&*table.name))?;
    let describe = |row: Vec<Option<String>>| {
        let pairs = shown.iter().zip(row).map(|(name, value)| format!("{name}={}", value.unwrap_or_default()));
        pairs.collect::<Vec<_>>().join(",")
    };
    Ok(rows.into_iter().map(describe).collect())
}
