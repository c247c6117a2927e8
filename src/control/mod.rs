//! The control tables of a run: what was begun and what of it is done, kept in the target itself.

mod build;
mod record;
mod sql;
mod steps;

pub(crate) use record::{Claimed, Record, RunRow};
pub(crate) use sql::Control;
pub(crate) use steps::{Definition, Steps, definitions};

use crate::backends::Target;
use crate::connect::Sides;
use crate::error::{Nature, Result};
use crate::failpoint::reach;
use crate::finish::execute_all;
use crate::plan::{Plan, Statement};
use crate::resume::Begun;
use crate::retry::on_target;
use crate::run::Run;

/// Creates the control tables in a fresh target; then named types, sequences and tables, as far as they are missing.
///
/// # Errors
/// `Ddl` with the name of the object.
pub(crate) fn create(run: &Run, plan: &Plan, sides: &mut Sides, begun: &Begun) -> Result<()> {
    let target = sides.target.as_mut();
    if begun.earlier.is_none() {
        begin(run, target, begun)?;
    }
    reach("create");
    let mut done = Vec::new();
    for statement in structure(plan) {
        done.extend(on_target(run, &statement.object, target, |target, again| {
            begun.steps.run(statement, again, &mut |sql| target.execute(sql))
        })?);
        reach("create-one");
    }
    on_target(run, "control tables", target, |target, again| execute_all(target, &begun.record(&done, again)))?;
    reach("created");
    Ok(())
}

/// The control tables, and the run's row, which is what makes the target ours: it comes last.
fn begin(run: &Run, target: &mut dyn Target, begun: &Begun) -> Result<()> {
    for statement in &begun.control.create() {
        on_target(run, &statement.object, target, |target, again| {
            match execute_all(target, std::slice::from_ref(statement)) {
                // Only its answer was lost: the target was empty and nobody else has the lock.
                Err(error) if again && error.how() == Nature::Exists => Ok(()),
                outcome => outcome,
            }
        })?;
    }
    reach("create-control");
    let row = begun.control.insert_run(&begun.row);
    on_target(run, &row.object, target, |target, again| {
        let written = again && RunRow::read(target, &begun.control)?.is_some();
        if written { Ok(()) } else { execute_all(target, std::slice::from_ref(&row)) }
    })
}

/// What must exist before rows come, in order.
fn structure(plan: &Plan) -> impl Iterator<Item = &Statement> {
    let sequences = plan.sequences.iter().map(|s| &s.create);
    plan.prepare.iter().chain(sequences).chain(plan.tables.iter().map(|t| &t.create))
}

/// Drops the control tables after a run that ended well, the run's row last.
///
/// # Errors
/// `Ddl` when the server refuses.
pub(crate) fn drop_control_tables(run: &Run, sides: &mut Sides, control: &Control) -> Result<()> {
    let target = sides.target.as_mut();
    for statement in control.drop() {
        on_target(run, &statement.object, target, |target, _| execute_all(target, std::slice::from_ref(&statement)))?;
        reach("drop-control");
    }
    Ok(())
}
