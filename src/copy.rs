//! The story of a copy: ten steps, one call each. (`settings`, the first, is done before a run exists.)

use crate::conclude::{Outcome, conclude};
use crate::connect::{Sides, connect};
use crate::control::create;
use crate::decide::decide;
use crate::endpoint::Engine;
use crate::error::{Error, ErrorKind, Result, Step};
use crate::finish::finish;
use crate::guard::{guard, inventory_finding};
use crate::introspect::{Found, introspect};
use crate::plan::Plan;
use crate::report::Report;
use crate::resume::Begun;
use crate::run::Run;
use crate::transfer::transfer;
use crate::verify::check;

/// Refusals whose remedy the error itself repeats.
const LISTED: usize = 20;

/// Copies a database.
///
/// # Errors
/// Whatever stops the run, with its step; see [`crate::Error::exit_code`].
pub(crate) fn copy(run: &Run) -> Result<Report> {
    let mut sides = run.step(Step::Connect, || connect(run))?;
    let mut found = run.step(Step::Introspect, || introspect(run, &mut sides))?;
    let plan = run.step(Step::Plan, || refuse_findings(decide(run, &mut found, &sides)?))?;
    let begun = run.step(Step::Guard, || guard(run, &plan, &found, &mut sides))?;
    fill(run, &plan, &mut found, &mut sides, &begun).map_err(|error| how_to_go_on(run, error))
}

/// The steps that write: what they have done stays when they fail.
fn fill(run: &Run, plan: &Plan, found: &mut Found, sides: &mut Sides, begun: &Begun) -> Result<Report> {
    run.step(Step::Create, || create(run, plan, sides, begun))?;
    let entries = run.step(Step::Transfer, || transfer(run, plan, found, sides, begun))?;
    let positions = run.step(Step::Finish, || finish(run, plan, found, sides, begun))?;
    let checked = run.step(Step::Verify, || check(run, plan, sides.target.as_mut(), &entries))?;
    run.step(Step::Report, || conclude(run, plan, found, sides, begun, Outcome { entries, positions, checked }))
}

fn how_to_go_on(run: &Run, error: Error) -> Error {
    let line = match run.settings.target.engine {
        _ if error.kind() == ErrorKind::Difference => "`dbferry clear-target` empties the target for a new run",
        Engine::Hsqldb => "the target is as it was before: run again",
        _ => {
            "what is committed stays: go on with `dbferry copy --resume`, or empty the target with `dbferry clear-target`"
        }
    };
    error.also_help(line)
}

/// Decides everything and writes nothing. Refusals are findings of the plan.
///
/// # Errors
/// Whatever stops the run before a plan exists.
pub(crate) fn plan(run: &Run) -> Result<Plan> {
    let mut sides = run.step(Step::Connect, || connect(run))?;
    let mut found = run.step(Step::Introspect, || introspect(run, &mut sides))?;
    let mut plan = run.step(Step::Plan, || decide(run, &mut found, &sides))?;
    run.step(Step::Guard, || {
        plan.findings.extend(inventory_finding(sides.target.as_mut())?);
        Ok(plan)
    })
}

/// What resolves each refusal, one per line.
fn remedies(plan: &Plan) -> String {
    let shown = plan.errors().take(LISTED).map(|f| format!("{} ({}): {}; {}", f.object, f.code, f.text, f.help));
    let mut lines: Vec<_> = shown.collect();
    lines.push("`dbferry plan` shows all decisions; nothing was written".to_string());
    lines.join("\n")
}

/// A plan with findings that refuse the run is an error that names them.
fn refuse_findings(plan: Plan) -> Result<Plan> {
    let refusals: Vec<_> = plan.errors().map(|f| format!("{} ({})", f.object, f.code)).collect();
    match refusals.len() {
        0 => Ok(plan),
        n => Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "{n} {} this run: {}",
                if n == 1 { "finding refuses" } else { "findings refuse" },
                refusals.join(", ")
            ),
        )
        .help(remedies(&plan))),
    }
}
