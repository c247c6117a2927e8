//! Lets the plan ask its questions of the data, and makes the plan from the answers.

use crate::connect::Sides;
use crate::error::{AtStep, Result, Side};
use crate::introspect::Found;
use crate::plan::{Plan, Request, TableFilter, plan, probes};
use crate::pool::{for_each, lock};
use crate::probe::Answers;
use crate::run::Run;
use std::sync::Mutex;

/// Decides the target's structure.
///
/// # Errors
/// `Read` when a probe fails, `Settings` when a table pattern is malformed.
pub(crate) fn decide(run: &Run, found: &mut Found, sides: &Sides) -> Result<Plan> {
    let options = &run.settings.options;
    let filter = TableFilter::new(&options.tables, &options.exclude_tables)?;
    let request = Request {
        schema: &found.schema,
        source_engine: run.settings.source.engine,
        target_engine: run.settings.target.engine,
        target: sides.target.info(),
        policies: &options.policies,
        tables: &filter,
    };
    let answers = Mutex::new(Answers::default());
    for_each(&mut found.readers, probes(&request), &run.cancel, |_, reader, table, _| {
        let name = &table.table.name;
        let given = reader.probe(&table).on(Side::Source).map_err(|e| e.object(name.clone()))?;
        lock(&answers).insert(name, table.probes, given);
        Ok(())
    })?;
    let plan = plan(&request, &answers.into_inner().unwrap_or_default());
    run.tell(&plan.findings);
    Ok(plan)
}
