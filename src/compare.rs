//! The `verify` command: compares both sides without any local state.

use crate::backends::{ReadTable, Reader};
use crate::bisect::{Differing, name_rows};
use crate::connect::{Sides, connect_to_compare, reopen_target};
use crate::convert::ColumnRules;
use crate::decide::decide;
use crate::error::{AtStep, ErrorKind, Result, Side, Step};
use crate::finding::{Finding, Severity};
use crate::introspect::{Found, introspect, lanes};
use crate::ledger::column_rules;
use crate::plan::{Plan, TablePlan};
use crate::pool::{for_each, lock};
use crate::report::{TableComparison, Verdict, VerifyReport};
use crate::rewrite::Rewrite;
use crate::run::Run;
use crate::schema::Schema;
use crate::settings::VerifyMode;
use crate::verify::{ReadBack, Readable, survey, verdict};
use std::sync::Mutex;

type Sessions<'a> = &'a mut [Box<dyn Reader>];

/// Compares source and target table by table.
///
/// # Errors
/// What stops the comparison; a difference is not an error but a verdict in the report.
pub(crate) fn compare(run: &Run) -> Result<VerifyReport> {
    let mut sides = run.step(Step::Connect, || connect_to_compare(run))?;
    let mut target = run.step(Step::Connect, || reopen_target(run))?;
    let mut found = run.step(Step::Introspect, || introspect(run, &mut sides))?;
    let held = run.step(Step::Introspect, || target.introspect().on(Side::Target))?;
    let plan = run.step(Step::Plan, || decide(run, &mut found, &sides))?;
    let mut findings = structure_findings(&plan, &held);
    run.tell(&findings);
    let mut readers = target.open_readers(lanes(run)).at(Step::Connect).on(Side::Target)?.sessions;
    let (tables, rows) =
        run.step(Step::Verify, || compare_tables(run, &plan, &held, (&mut found.readers, &mut readers), &sides))?;
    run.tell(&rows);
    findings.extend(rows);
    Ok(report(run, &sides, &found, tables, findings))
}

fn compare_tables(
    run: &Run,
    plan: &Plan,
    held: &Schema,
    (source, target): (Sessions<'_>, Sessions<'_>),
    sides: &Sides,
) -> Result<(Vec<TableComparison>, Vec<Finding>)> {
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
    let compared: Vec<_> = compared.collect();
    let differing = |at: &usize| compared[*at].verdict == Verdict::Different;
    let tables = (0..compared.len()).filter(differing).map(|at| Differing {
        source: &source_tables[at],
        target: &target_tables[at],
        sums: (from[at].sum, to[at].sum),
    });
    let findings = name_rows_of(run, tables.collect(), source, target)?;
    Ok((compared, findings))
}

/// Which rows of these tables differ; row counts alone cannot tell.
fn name_rows_of(
    run: &Run,
    tables: Vec<Differing<'_>>,
    source: Sessions<'_>,
    target: Sessions<'_>,
) -> Result<Vec<Finding>> {
    if run.settings.options.verify != VerifyMode::Checksum {
        return Ok(Vec::new());
    }
    let findings = Mutex::new(Vec::new());
    let mut lanes: Vec<_> = source.iter_mut().zip(target).collect();
    for_each(&mut lanes, tables, &run.cancel, |_, (source, target), table, stop| {
        // That the tables differ is known: not to be able to say where must not hide it.
        let finding = match name_rows(&table, source.as_mut(), target.as_mut(), stop) {
            Err(error) if error.kind() != ErrorKind::Cancelled => {
                Finding::error("rows-differ", &table.target.name, format!("the rows cannot be named: {error}"))
            }
            outcome => outcome?,
        };
        lock(&findings).push(finding);
        Ok(())
    })?;
    let mut findings = findings.into_inner().unwrap_or_default();
    findings.sort_by(|a, b| a.object.cmp(&b.object));
    Ok(findings)
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
