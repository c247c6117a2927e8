//! Creates the target's tables, and before them the control tables that say which run is at work.

use crate::backends::TargetInfo;
use crate::connect::Sides;
use crate::dialect::ddl::{self, control_tables};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::finish::execute_all;
use crate::plan::{Plan, Statement};
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
    execute_all(target, &control_tables(sides.dialect, &info))?;
    execute_all(target, &[record_run(run, plan, sides.dialect, &info)])?;
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
    execute_all(sides.target.as_mut(), &ddl::drop_control_tables(sides.dialect, &info))
}

/// The row that says which run is at work.
fn record_run(run: &Run, plan: &Plan, dialect: &Dialect, info: &TargetInfo) -> Statement {
    let hash = |text: String| format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()));
    let settings = hash(format!("{:?}", run.settings.effective()));
    let structure = hash(serde_json::to_string(plan).unwrap_or_default());
    let texts = [&run.started, &host(), "running", &settings, &run.settings.source.display_name(), &structure];
    let values: Vec<_> = texts.iter().map(|text| dialect.literal(text)).collect();
    let id = dialect.literal(&hash(format!("{} {} {}", run.started, host(), std::process::id())));
    let table = dialect.qualified(info.namespace.as_deref(), RUN_TABLE);
    Statement {
        object: format!("table {RUN_TABLE}"),
        sql: format!(
            "INSERT INTO {table} (run_id, epoch, started, host, state, settings_hash, source, schema_hash) \
             VALUES ({id}, 1, {})",
            values.join(", ")
        ),
    }
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    if name.is_empty() { "unknown host".to_string() } else { name }
}
