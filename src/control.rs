//! Creates the target's tables, and before them the control tables that say which run is at work.

use crate::connect::Sides;
use crate::error::Result;
use crate::finish::execute_all;
use crate::plan::Plan;
use crate::run::Run;

/// One row: the run.
pub(crate) const RUN_TABLE: &str = "dbferry_run";

/// Creates control tables, named types, sequences and tables.
///
/// # Errors
/// `Ddl` with the name of the object.
pub(crate) fn create(run: &Run, plan: &Plan, sides: &mut Sides) -> Result<()> {
    let target = sides.target.as_mut();
    let info = target.info().clone();
    execute_all(target, &sides.dialect.create_control_tables(&info))?;
    execute_all(target, &[sides.dialect.record_run(&info, &run.started, &host())])?;
    execute_all(target, &plan.prepare)?;
    execute_all(target, plan.sequences.iter().map(|s| &s.create))?;
    execute_all(target, plan.tables.iter().map(|t| &t.create))
}

/// Drops the control tables after a run that ended well.
///
/// # Errors
/// `Ddl` when the server refuses.
pub(crate) fn drop_control_tables(sides: &mut Sides) -> Result<()> {
    let info = sides.target.info().clone();
    execute_all(sides.target.as_mut(), &sides.dialect.drop_control_tables(&info))
}

/// Name of this machine, for those who ask who is at work.
pub(crate) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    if name.is_empty() { "unknown host".to_string() } else { name }
}
