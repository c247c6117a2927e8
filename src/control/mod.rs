//! The control tables of a run: what was begun and what of it is done, kept in the target itself.

mod build;
mod record;
mod sql;
mod steps;

pub(crate) use record::{Claimed, Record, RunRow};
pub(crate) use sql::Control;
pub(crate) use steps::{Definition, Steps, definitions};

use crate::connect::Sides;
use crate::error::{AtStep, Result, Side};
use crate::failpoint::reach;
use crate::finish::execute_all;
use crate::plan::{Plan, Statement};
use crate::pool::Stop;
use crate::resume::Begun;
use crate::retry::retrying;
use crate::run::Run;

/// Creates the control tables in a fresh target; then named types, sequences and tables, as far as they are missing.
///
/// # Errors
/// `Ddl` with the name of the object.
pub(crate) fn create(plan: &Plan, sides: &mut Sides, begun: &Begun) -> Result<()> {
    let target = sides.target.as_mut();
    if begun.earlier.is_none() {
        execute_all(target, &begun.control.create())?;
        reach("create-control");
        // The run's row is what makes the target ours: it comes last.
        execute_all(target, &[begun.control.insert_run(&begun.row)])?;
    }
    reach("create");
    let mut done = Vec::new();
    for statement in structure(plan) {
        let made = begun.steps.run(statement, false, &mut |sql| target.execute(sql));
        done.extend(made.map_err(|e| e.object(statement.object.clone()))?);
        reach("create-one");
    }
    execute_all(target, &begun.record(&done, false))?;
    reach("created");
    Ok(())
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
    let (target, stop) = (sides.target.as_mut(), Stop::of(&run.cancel));
    for statement in control.drop() {
        retrying(run, &statement.object, &stop, |failed| {
            if failed > 0 {
                target.recover().on(Side::Target)?;
            }
            execute_all(target, std::slice::from_ref(&statement))
        })?;
        reach("drop-control");
    }
    Ok(())
}
