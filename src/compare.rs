//! The `verify` command: compares both sides without any local state.

use crate::backends::{ReadTable, Reader};
use crate::connect::{Sides, connect, reopen_target};
use crate::convert::ColumnRules;
use crate::decide::decide;
use crate::error::{AtStep, Result, Side, Step};
use crate::finding::{Finding, Severity};
use crate::introspect::{Found, introspect, lanes};
use crate::ledger::column_rules;
use crate::plan::{Plan, TablePlan};
use crate::report::{TableComparison, VerifyReport};
use crate::rewrite::Rewrite;
use crate::run::Run;
use crate::schema::Schema;
use crate::verify::{ReadBack, Readable, survey, verdict};

/// Compares source and target table by table.
///
/// # Errors
/// What stops the comparison; a difference is not an error but a verdict in the report.
pub(crate) fn compare(run: &Run) -> Result<VerifyReport> {
    let mut sides = run.step(Step::Connect, || connect(run))?;
    let mut target = run.step(Step::Connect, || reopen_target(run))?;
    let mut found = run.step(Step::Introspect, || introspect(run, &mut sides))?;
    let held = run.step(Step::Introspect, || target.introspect().on(Side::Target))?;
    let plan = run.step(Step::Plan, || decide(run, &mut found, &sides))?;
    let findings = structure_findings(&plan, &held);
    run.tell(&findings);
    let mut readers = target.open_readers(lanes(run)).at(Step::Connect).on(Side::Target)?.sessions;
    let tables =
        run.step(Step::Verify, || compare_tables(run, &plan, &held, &mut found.readers, &mut readers, &sides))?;
    Ok(report(run, &sides, &found, tables, findings))
}

fn compare_tables(
    run: &Run,
    plan: &Plan,
    held: &Schema,
    source: &mut [Box<dyn Reader>],
    target: &mut [Box<dyn Reader>],
    sides: &Sides,
) -> Result<Vec<TableComparison>> {
    let present: Vec<_> = plan.tables.iter().filter(|t| is_complete(t, held)).collect();
    let days = sides.dialect.day_range();
    let source_tables: Vec<_> = present
        .iter()
        .map(|t| readable(t, &t.source, t.read.clone(), t.rewrites.clone(), column_rules(t, days)))
        .collect();
    let target_tables: Vec<_> =
        present.iter().map(|t| readable(t, &t.target, t.read_back.clone(), Vec::new(), Vec::new())).collect();
    let (from, to) = std::thread::scope(|scope| {
        let to = scope.spawn(|| survey(run, Side::Target, &target_tables, target));
        let from = survey(run, Side::Source, &source_tables, source);
        (from, to.join())
    });
    let (from, to) = (from?, to.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
    let compared = present.iter().zip(from.iter().zip(&to)).map(|(plan, (from, to))| comparison(run, plan, from, to));
    Ok(compared.collect())
}

fn readable(
    plan: &TablePlan,
    name: &str,
    read: ReadTable,
    rewrites: Vec<Rewrite>,
    rules: Vec<ColumnRules>,
) -> Readable {
    Readable { name: name.to_string(), read, canons: plan.columns.iter().map(|c| c.canon).collect(), rewrites, rules }
}

fn comparison(run: &Run, plan: &TablePlan, from: &ReadBack, to: &ReadBack) -> TableComparison {
    TableComparison {
        source: plan.source.clone(),
        target: plan.target.clone(),
        source_rows: from.sum.rows,
        target_rows: to.sum.rows,
        verdict: verdict(run.settings.options.verify, from.sum, to.sum),
        seconds: from.seconds.max(to.seconds),
    }
}

fn is_complete(plan: &TablePlan, held: &Schema) -> bool {
    held.tables
        .iter()
        .find(|t| t.name == plan.target)
        .is_some_and(|t| plan.columns.iter().all(|c| t.column(&c.target).is_some()))
}

/// Tables and columns that the target lacks, and tables that it has too many.
fn structure_findings(plan: &Plan, held: &Schema) -> Vec<Finding> {
    let mut findings: Vec<_> = plan.findings.iter().filter(|f| f.severity == Severity::Error).cloned().collect();
    for table in &plan.tables {
        match held.tables.iter().find(|t| t.name == table.target) {
            None => {
                findings.push(Finding::error("table-missing", &table.target, "the target does not have this table"))
            }
            Some(found) => {
                let missing = table.columns.iter().filter(|c| found.column(&c.target).is_none());
                findings.extend(missing.map(|c| {
                    let object = format!("{}.{}", table.target, c.target);
                    Finding::error("column-missing", object, "the target does not have this column")
                }));
            }
        }
    }
    let extra = held.tables.iter().filter(|t| plan.tables.iter().all(|p| p.target != t.name));
    findings.extend(extra.map(|t| Finding::warning("table-extra", &t.name, "only the target has this table")));
    findings
}

fn report(
    run: &Run,
    sides: &Sides,
    found: &Found,
    tables: Vec<TableComparison>,
    findings: Vec<Finding>,
) -> VerifyReport {
    let (source, target) = sides.places(run, found);
    VerifyReport {
        source,
        target,
        verification: run.settings.options.verify.name().to_string(),
        seconds: run.elapsed(),
        tables,
        findings,
    }
}
