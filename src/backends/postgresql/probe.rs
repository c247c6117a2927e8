//! Answers to planning's questions: one aggregate query per table, and one more for keys where rows are concerned.

mod expression;

use super::copy_out::{From, condition};
use super::fault::Fault;
use super::quote::ident;
use super::session::{Row, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::probe::{Answer, Probe, TableProbes};
use crate::schema::Table;
use crate::types::Type;
use expression::{Question, dangling, question};

/// Answers the probes of one table, in order.
pub(super) fn answer(session: &mut Session, from: &From<'_>, probes: &TableProbes<'_>) -> Result<Vec<Answer>> {
    let table = probes.table;
    let folding = folding(session, probes)?;
    let version = session.server.numbers.0;
    let questions: Vec<Question> =
        probes.probes.iter().map(|probe| question(probe, table, version, &folding)).collect::<Result<_>>()?;
    let mut answers = aggregates(session, from, probes, &questions)?;
    for (at, probe) in probes.probes.iter().enumerate() {
        let (question, answer) = (&questions[at], &mut answers[at]);
        match (question, probe) {
            (Question::Groups { by }, _) => groups(session, from, table, by, answer)?,
            (_, Probe::Dangling { foreign_key }) => {
                let condition = dangling(table, foreign_key, from)?;
                answer.count = count(session, from, table, &condition)?;
                answer.keys = keys(session, from, table, answer.count, &condition)?;
            }
            (_, Probe::DanglingValues { foreign_key }) => {
                let condition = dangling(table, foreign_key, from)?;
                answer.count = count(session, from, table, &condition)?;
                answer.keys = values(session, from, table, foreign_key, &condition)?;
            }
            (Question::Rows { condition }, _) => {
                answer.keys = keys(session, from, table, answer.count, condition)?;
            }
            _ => {}
        }
    }
    Ok(answers)
}

fn ask(session: &mut Session, sql: &str) -> Result<Vec<Row>> {
    session.rows(sql, &[]).map_err(|fault: Fault| fault.error(ErrorKind::Read, "the data cannot be probed"))
}

/// How to fold case beyond ASCII: by ICU where the server has it, else by the database's own locale.
fn folding(session: &mut Session, probes: &TableProbes<'_>) -> Result<String> {
    if !probes.probes.iter().any(|p| matches!(p, Probe::Collisions { ignore_case: true, .. })) {
        return Ok(String::new());
    }
    let rows = ask(session, "SELECT 1 AS one FROM pg_catalog.pg_collation WHERE collname = 'und-x-icu'")?;
    Ok(if rows.is_empty() { "" } else { " COLLATE pg_catalog.\"und-x-icu\"" }.to_string())
}

/// All counts and bounds in one pass over the table.
fn aggregates(
    session: &mut Session,
    from: &From<'_>,
    probes: &TableProbes<'_>,
    questions: &[Question],
) -> Result<Vec<Answer>> {
    let mut answers = vec![Answer::default(); questions.len()];
    let mut columns = Vec::new();
    for (at, question) in questions.iter().enumerate() {
        match question {
            Question::Rows { condition } => columns.push(format!("count(*) FILTER (WHERE {condition}) AS count{at}")),
            Question::Bounds { value, low, high } => {
                columns
                    .push(format!("count({value}) AS count{at}, ({low})::text AS min{at}, ({high})::text AS max{at}"));
            }
            Question::Nothing | Question::Groups { .. } | Question::Separate => {}
        }
    }
    if columns.is_empty() {
        return Ok(answers);
    }
    let rows = ask(
        session,
        &format!("SELECT {} FROM {}{}", columns.join(", "), from.sql(&probes.table.name), condition(&probes.range)),
    )?;
    let Some(row) = rows.first() else { return Ok(answers) };
    for (at, answer) in answers.iter_mut().enumerate() {
        let number = |name: &str| row.get(&format!("{name}{at}")).map(expression::integer).transpose();
        answer.count = number("count")?.unwrap_or(0) as u64;
        answer.min = number("min")?;
        answer.max = number("max")?;
    }
    Ok(answers)
}

fn count(session: &mut Session, from: &From<'_>, table: &Table, condition: &str) -> Result<u64> {
    let sql = format!("SELECT count(*) AS rows FROM {} AS r WHERE {condition}", from.sql(&table.name));
    ask(session, &sql)?.first().map_or(Ok(0), |row| row.number("rows"))
}

/// Every value of a foreign key's column that references nothing.
fn values(
    session: &mut Session,
    from: &From<'_>,
    table: &Table,
    foreign_key: &str,
    condition: &str,
) -> Result<Vec<String>> {
    let key = table.foreign_keys.iter().find(|key| key.name == foreign_key);
    let Some(column) = key.and_then(|key| key.columns.first()) else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT DISTINCT r.{}::text AS value FROM {} AS r WHERE {condition}",
        ident(column),
        from.sql(&table.name)
    );
    Ok(ask(session, &sql)?.iter().map(|row| row.text("value").to_string()).collect())
}

/// Groups that fall together, and the first key of up to three of them.
fn groups(session: &mut Session, from: &From<'_>, table: &Table, by: &[String], answer: &mut Answer) -> Result<()> {
    let not_null: Vec<String> = by.iter().map(|part| format!("{part} IS NOT NULL")).collect();
    let grouped = format!(
        "FROM {} AS r WHERE {} GROUP BY {} HAVING count(*) > 1",
        from.sql(&table.name),
        not_null.join(" AND "),
        by.join(", ")
    );
    let rows = ask(session, &format!("SELECT count(*) AS rows FROM (SELECT 1 {grouped}) AS g"))?;
    answer.count = rows.first().map_or(Ok(0), |row| row.number("rows"))?;
    let Some(key) = printable_key(table).filter(|key| answer.count > 0 && key.len() == 1) else { return Ok(()) };
    let id = ident(key[0]);
    let sql =
        format!("SELECT (array_agg({id}::text))[1] AS one, (array_agg({id}::text))[2] AS other {grouped} LIMIT 2");
    for row in ask(session, &sql)? {
        answer.keys.push(format!("{0}={1} and {0}={2}", key[0], row.text("one"), row.text("other")));
    }
    Ok(())
}

/// Up to three keys of rows under a condition.
fn keys(session: &mut Session, from: &From<'_>, table: &Table, count: u64, condition: &str) -> Result<Vec<String>> {
    let Some(key) = printable_key(table).filter(|_| count > 0) else { return Ok(Vec::new()) };
    let columns: Vec<String> =
        key.iter().enumerate().map(|(at, name)| format!("{}::text AS k{at}", ident(name))).collect();
    let sql = format!("SELECT {} FROM {} AS r WHERE {condition} LIMIT 3", columns.join(", "), from.sql(&table.name));
    let shown = |row: &Row| {
        let parts = key.iter().enumerate().map(|(at, name)| format!("{name}={}", row.text(&format!("k{at}"))));
        parts.collect::<Vec<_>>().join(", ")
    };
    Ok(ask(session, &sql)?.iter().map(shown).collect())
}

/// The primary key, if its values may be shown: integers and UUIDs only.
fn printable_key(table: &Table) -> Option<Vec<&str>> {
    let key = table.primary_key.as_ref()?;
    let shown =
        |name: &String| table.column(name).is_some_and(|column| matches!(column.ty, Type::Int { .. } | Type::Uuid));
    key.columns.iter().all(shown).then(|| key.columns.iter().map(String::as_str).collect())
}

/// A probe names something that the table does not have.
fn unknown(table: &Table, name: &str) -> Error {
    Error::new(ErrorKind::Read, format!("there is no {name}")).object(&table.name)
}
