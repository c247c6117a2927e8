//! Removes the control tables and puts the report together.

use crate::connect::Sides;
use crate::control::drop_control_tables;
use crate::error::Result;
use crate::event::{Event, TableState};
use crate::finding::Finding;
use crate::introspect::Found;
use crate::ledger::{Entry, converted};
use crate::plan::{Decision, Plan, TablePlan};
use crate::report::{ColumnReport, Position, Report, TableReport};
use crate::resume::Begun;
use crate::run::Run;
use crate::verify::ReadBack;

/// Results of the steps that the report tells about.
pub(crate) struct Outcome {
    pub(crate) entries: Vec<Entry>,
    pub(crate) positions: Vec<Position>,
    pub(crate) checked: Vec<ReadBack>,
}

/// Ends a run that went well.
///
/// # Errors
/// `Ddl` when the control tables cannot be dropped.
pub(crate) fn conclude(
    run: &Run,
    plan: &Plan,
    found: &Found,
    sides: &mut Sides,
    begun: &Begun,
    outcome: Outcome,
) -> Result<Report> {
    drop_control_tables(run, sides, &begun.control)?;
    let notes = sides.target.notes();
    run.tell(&notes);
    let tables = table_reports(run, plan, &outcome);
    let built = plan.foreign_keys.len() + plan.tables.iter().map(TablePlan::objects).sum::<usize>();
    let (source, target) = sides.places(run, found);
    Ok(Report {
        version: env!("CARGO_PKG_VERSION").to_string(),
        started: run.started.clone(),
        seconds: run.elapsed(),
        exit: 0,
        source,
        target,
        snapshot: found.point.clone(),
        lanes: sides.writers.len() as u32,
        verification: run.settings.options.verify.name().to_string(),
        steps: run.step_times(),
        tables,
        renames: plan.renames.clone(),
        findings: findings(run, plan, found).into_iter().chain(notes).collect(),
        converted: plan.tables.iter().zip(&outcome.entries).flat_map(|(p, e)| converted(p, &e.copied)).collect(),
        positions: outcome.positions.into_iter().chain(plan.numbers.iter().cloned()).collect(),
        objects_built: built as u64,
        not_copied: plan.not_copied.clone(),
        timeline: run.timeline(),
    })
}

fn findings(run: &Run, plan: &Plan, found: &Found) -> Vec<Finding> {
    let slower = found.note.iter().map(|note| Finding::note("snapshot", "source", note.clone()));
    slower.chain(run.findings()).chain(plan.findings.iter().cloned()).collect()
}

fn table_reports(run: &Run, plan: &Plan, outcome: &Outcome) -> Vec<TableReport> {
    let results = outcome.entries.iter().zip(&outcome.checked);
    plan.tables
        .iter()
        .zip(results)
        .map(|(plan, (entry, checked))| {
            let (rows, bytes) = (entry.copied.rows, entry.copied.bytes);
            let (table, state) = (plan.source.clone(), TableState::Done);
            run.observers.emit(Event::Table { table, rows, rows_total: rows, bytes, state });
            TableReport {
                source: plan.source.clone(),
                target: plan.target.clone(),
                rows,
                bytes,
                seconds: entry.copied.seconds,
                index_seconds: entry.built,
                verify_seconds: checked.seconds,
                verified: checked.verdict,
                columns: changed_columns(plan),
            }
        })
        .collect()
}

fn changed_columns(plan: &TablePlan) -> Vec<ColumnReport> {
    let changed = plan.columns.iter().filter(|c| c.decision != Decision::Exact);
    changed
        .map(|c| ColumnReport {
            column: c.source.clone(),
            from: c.source_type.clone(),
            to: c.target_type.clone(),
            decision: c.decision.clone(),
        })
        .collect()
}
