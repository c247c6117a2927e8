//! The `clear-target` command: what would have to be dropped, and dropping it.

use crate::connect::connect_target;
use crate::dialect::drop_statements;
use crate::error::{Error, ErrorKind, Result, Side, Step};
use crate::finish::execute_all;
use crate::plan::Statement;
use crate::run::Run;

/// The statements that empty the target; run only if `confirm` names the database.
///
/// # Errors
/// `Settings` when `confirm` names another database; `Connect`, `Introspect` or `Ddl`.
pub(crate) fn clear_target(run: &Run, confirm: Option<&str>) -> Result<Vec<Statement>> {
    let (mut target, dialect) = run.step(Step::Connect, || connect_target(run))?;
    let info = target.info().clone();
    if let Some(holder) = run.step(Step::Guard, || target.lock())? {
        return Err(Error::new(ErrorKind::TargetNotEmpty, format!("a run is at work on it: {holder}"))
            .at(Step::Guard)
            .on(Side::Target)
            .object(info.database)
            .help("wait until it ends, or stop it"));
    }
    let found = run.step(Step::Introspect, || target.inventory())?;
    let statements = drop_statements(dialect, &info, &found);
    match confirm {
        None => {}
        Some(name) if name == info.database => {
            run.step(Step::Create, || execute_all(target.as_mut(), &statements))?;
        }
        Some(_) => {
            return Err(Error::new(ErrorKind::Settings, "--confirm names another database than the target")
                .at(Step::Settings)
                .on(Side::Target)
                .object(info.database)
                .help("give the target's database name exactly; nothing was dropped"));
        }
    }
    Ok(statements)
}
