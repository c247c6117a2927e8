//! Lets the plan ask its questions of the data, and makes the plan from the answers.

use crate::ask::ask;
use crate::connect::Sides;
use crate::error::Result;
use crate::introspect::Found;
use crate::mendix::{self, Mendix};
use crate::plan::{Plan, Request, TableFilter, plan, probes};
use crate::run::Run;

/// Decides the target's structure.
///
/// # Errors
/// `Read` when a probe fails, `Settings` when a table pattern is malformed.
pub(crate) fn decide(run: &Run, found: &mut Found, sides: &Sides) -> Result<Plan> {
    let options = &run.settings.options;
    let filter = TableFilter::new(&options.tables, &options.exclude_tables)?;
    let mendix = mendix(run, found)?;
    let request = Request {
        schema: &found.schema,
        source_engine: run.settings.source.engine,
        target_engine: run.settings.target.engine,
        target: sides.target.info(),
        policies: &options.policies,
        tables: &filter,
        mendix: mendix.as_ref(),
    };
    let answers = ask(run, probes(&request), &mut found.readers)?;
    let plan = plan(&request, &answers);
    run.tell(&plan.findings);
    Ok(plan)
}

/// What Mendix's own tables say, if the source has them.
fn mendix(run: &Run, found: &mut Found) -> Result<Option<Mendix>> {
    let Some(reader) = found.readers.first_mut() else { return Ok(None) };
    let found = mendix::read(&found.schema, reader.as_mut())?;
    Ok(if run.settings.options.all_tables { found.map(Mendix::with_all_tables) } else { found })
}
