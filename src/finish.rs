//! What comes after all tables are complete: foreign keys, positions of sequences, a last look at the source.

use crate::backends::{Range, Reader, Source, Target, Writer};
use crate::connect::{Sides, reopen_target};
use crate::error::{AtStep, Error, ErrorKind, Result, Side};
use crate::finding::Finding;
use crate::foreign_keys::make_foreign_keys;
use crate::introspect::Found;
use crate::plan::{IdentityPlan, Plan, Statement, TablePlan};
use crate::pool::{Stop, for_each};
use crate::probe::{Probe, TableProbes};
use crate::report::Position;
use crate::resume::Begun;
use crate::retry::{on_target, retrying};
use crate::run::Run;
use crate::schema::Table;

const MEND: &str =
    "run again with --resume while no structure changes: what was read of these tables is compared and mended";

/// Makes the target complete after its tables are: foreign keys, positions, and what the load had turned off.
///
/// # Errors
/// `Ddl` with the name of the object that cannot be built.
pub(crate) fn finish(
    run: &Run,
    plan: &Plan,
    found: &mut Found,
    sides: &mut Sides,
    begun: &Begun,
) -> Result<Vec<Position>> {
    make_foreign_keys(run, plan, sides, begun)?;
    let names: Vec<_> = plan.tables.iter().map(|table| table.source.as_str()).collect();
    last_look(run, &names, found, sides.source.as_mut())?;
    let positions = set_positions(run, plan, found, sides.target.as_mut())?;
    run_all(run, &plan.release, &mut sides.writers)?;
    Ok(positions)
}

/// What the coordinator's session on the source still has to tell: whether the tables are those that were read, and
/// where numbers stand.
fn last_look(run: &Run, tables: &[&str], found: &mut Found, source: &mut dyn Source) -> Result<()> {
    retrying(run, "positions", &Stop::of(&run.cancel), |failed| {
        if failed > 0 {
            source.recover().on(Side::Source)?;
        }
        refuse_disturbed(source, tables)?;
        let altered = source.altered().on(Side::Source)?;
        altered.iter().filter(|name| tables.contains(&name.as_str())).for_each(|name| run.found(was_altered(name)));
        source.refresh_positions(&mut found.schema).on(Side::Source)
    })
}

/// What must be seen while the sessions that read are still open: none of the tables they read can have been altered
/// since its first row was read, so that one that was altered all the same may be another table under its name.
///
/// # Errors
/// `Read` when a table was altered before it was read.
pub(crate) fn refuse_altered(run: &Run, plan: &Plan, source: &mut dyn Source, stop: &Stop<'_>) -> Result<()> {
    let mut altered = retrying(run, "structure", stop, |failed| {
        if failed > 0 {
            source.recover().on(Side::Source)?;
        }
        source.altered().on(Side::Source)
    })?;
    altered.retain(|name| plan.tables.iter().any(|table| table.source == *name));
    let Some(first) = altered.first() else { return Ok(()) };
    let what = format!("altered, or exchanged for other tables, before they were read: {}", altered.join(", "));
    Err(Error::new(ErrorKind::Read, what).on(Side::Source).object(first.clone()).help(MEND))
}

fn was_altered(table: &str) -> Finding {
    let text = "altered during the run, its columns excepted: the rows are those of the run's point in time, keys and indexes those of its begin";
    Finding::warning("source-altered", table, text)
}

/// A table that was truncated or rewritten while its rows were read may have been read wrongly.
fn refuse_disturbed(source: &mut dyn Source, tables: &[&str]) -> Result<()> {
    let mut disturbed = source.disturbed().on(Side::Source)?;
    disturbed.retain(|name| tables.contains(&name.as_str()));
    let Some(first) = disturbed.first() else { return Ok(()) };
    let what =
        format!("truncated, altered or dropped during the run, which no snapshot survives: {}", disturbed.join(", "));
    Err(Error::new(ErrorKind::Read, what).on(Side::Source).object(first.clone()).help(MEND))
}

/// Runs statements one after the other.
///
/// # Errors
/// `Ddl` with the name of the object.
pub(crate) fn execute_all<'a>(
    target: &mut dyn Target,
    statements: impl IntoIterator<Item = &'a Statement>,
) -> Result<()> {
    for statement in statements {
        target.execute(&statement.sql).on(Side::Target).map_err(|e| e.object(statement.object.clone()))?;
    }
    Ok(())
}

/// Runs statements that do not depend on each other in parallel.
///
/// # Errors
/// `Ddl` with the name of the object.
fn run_all(run: &Run, statements: &[Statement], writers: &mut [Box<dyn Writer>]) -> Result<()> {
    for_each(writers, statements.iter().collect(), &run.cancel, |_, writer, statement, stop| {
        repeat(run, writer.as_mut(), statement, stop)
    })
}

/// Runs a statement that can be run twice, and again where that may help.
///
/// # Errors
/// `Ddl` with the name of the object.
pub(crate) fn repeat(run: &Run, writer: &mut dyn Writer, statement: &Statement, stop: &Stop<'_>) -> Result<()> {
    retrying(run, &statement.object, stop, |failed| {
        if failed > 0 {
            writer.recover().on(Side::Target)?;
        }
        writer.execute(&statement.sql).on(Side::Target).map_err(|e| e.object(statement.object.clone()))
    })
}

/// Sets sequences and identities where the source stood, never below what the data already holds.
fn set_positions(run: &Run, plan: &Plan, found: &Found, target: &mut dyn Target) -> Result<Vec<Position>> {
    if plan.sequences.is_empty() && plan.tables.iter().all(|t| t.identities.is_empty()) {
        return Ok(Vec::new());
    }
    let mut wanted = retrying(run, "positions", &Stop::of(&run.cancel), |_| next_identities(run, plan, found))?;
    for sequence in &plan.sequences {
        let found = found.schema.sequences.iter().find(|s| s.name == sequence.source).map(|s| s.next);
        let Some(next) = found.max(sequence.floor) else { continue };
        wanted.push((&sequence.position, Position { object: sequence.target.clone(), next }));
    }
    for (statement, position) in &wanted {
        on_target(run, &statement.object, target, |target, _| set(target, statement, position.next))?;
    }
    Ok(wanted.into_iter().map(|(_, position)| position).collect())
}

/// The next value of each numbering column. The sessions that look at the data end here: their snapshot would
/// keep the statements that set the positions waiting for ever.
fn next_identities<'p>(run: &Run, plan: &'p Plan, found: &Found) -> Result<Vec<(&'p Statement, Position)>> {
    let mut source = reopen_target(run)?;
    let mut readers = source.open_readers(1).on(Side::Target)?.sessions;
    let Some(reader) = readers.first_mut() else { return Ok(Vec::new()) };
    let mut wanted = Vec::new();
    for table in &plan.tables {
        for identity in &table.identities {
            let source = found.schema.tables.iter().find(|t| t.name == table.source);
            let next = next_identity(source, table, identity, reader.as_mut())?;
            let object = format!("{}.{}", table.target, identity.target);
            wanted.push((&identity.position, Position { object, next }));
        }
    }
    Ok(wanted)
}

fn next_identity(
    source: Option<&Table>,
    table: &TablePlan,
    identity: &IdentityPlan,
    reader: &mut dyn Reader,
) -> Result<i128> {
    let rule = source.and_then(|t| t.column(&identity.column)).and_then(|c| c.identity.as_ref());
    let probes = TableProbes {
        table: &Table { name: table.target.clone(), ..Table::default() },
        probes: vec![Probe::Range { column: identity.target.clone() }],
        range: Range::All,
    };
    let answers = reader.probe(&probes).on(Side::Target).map_err(|e| e.object(table.target.clone()))?;
    let down = identity.increment < 0;
    let held = answers.first().and_then(|a| if down { a.min } else { a.max }).map(|n| n + identity.increment);
    let stated = rule.and_then(|r| r.next).or(rule.map(|r| r.start)).unwrap_or(1);
    Ok(match held {
        Some(held) if down => stated.min(held),
        Some(held) => stated.max(held),
        None => stated,
    })
}

fn set(target: &mut dyn Target, statement: &Statement, next: i128) -> Result<()> {
    let sql = statement.with_next(&next.to_string());
    target.execute(&sql).on(Side::Target).map_err(|e| e.object(statement.object.clone()))
}
