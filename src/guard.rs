//! Refuses a target that is not empty, or that another run is at work on.

use crate::backends::{Target, TargetInfo};
use crate::error::{Error, ErrorKind, Result, Side};
use crate::finding::Finding;
use crate::schema::OtherObject;

/// Objects listed by name in the refusal; the rest is counted.
const LISTED: usize = 10;

/// Takes the run lock and refuses a target that holds anything.
///
/// # Errors
/// `TargetNotEmpty`, listing what is there.
pub(crate) fn guard(target: &mut dyn Target) -> Result<()> {
    if let Some(holder) = target.lock()? {
        return Err(Error::new(ErrorKind::TargetNotEmpty, format!("another run is at work on it: {holder}"))
            .on(Side::Target)
            .object(name(target.info()))
            .help("wait until it ends, or stop it"));
    }
    let found = target.inventory()?;
    if found.is_empty() { Ok(()) } else { Err(refusal(target.info(), &found)) }
}

/// What [`guard`] would refuse, as a finding of a plan.
///
/// # Errors
/// `Introspect` when the catalog cannot be read.
pub(crate) fn inventory_finding(target: &mut dyn Target) -> Result<Option<Finding>> {
    let found = target.inventory()?;
    Ok((!found.is_empty()).then(|| {
        Finding::error("target-not-empty", name(target.info()), format!("the target is not empty: {}", list(&found)))
            .help(remedy(target.info().database.as_str()))
    }))
}

fn name(info: &TargetInfo) -> String {
    match &info.namespace {
        Some(namespace) => format!("{}, schema {namespace}", info.database),
        None => info.database.clone(),
    }
}

/// What empties a target, as the user has to type it.
fn remedy(database: &str) -> String {
    format!(
        "use an empty database, or empty this one: `dbferry clear-target` with the same settings lists what it would \
         drop, and drops it with `--execute --confirm {database}`"
    )
}

fn refusal(info: &TargetInfo, found: &[OtherObject]) -> Error {
    let unfinished = found.iter().any(|o| o.name == crate::control::RUN_TABLE);
    let what = if unfinished {
        format!("it holds an unfinished run of dbferry: {}", list(found))
    } else {
        format!("it is not empty: {}", list(found))
    };
    Error::new(ErrorKind::TargetNotEmpty, what)
        .on(Side::Target)
        .object(name(info))
        .help(format!("{}; nothing was written", remedy(&info.database)))
}

fn list(found: &[OtherObject]) -> String {
    let names: Vec<_> = found.iter().take(LISTED).map(|o| format!("{} {}", o.kind, o.name)).collect();
    match found.len().saturating_sub(LISTED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_lists_and_counts() {
        let found: Vec<_> = (0..12).map(|i| OtherObject { kind: "table".into(), name: format!("t{i}") }).collect();
        let error = refusal(&TargetInfo { database: "app".into(), ..TargetInfo::default() }, &found);
        assert!(error.to_string().starts_with("target app: it is not empty: table t0, table t1"));
        assert!(error.to_string().ends_with("table t9 and 2 more"));
        assert!(error.help_text().is_some_and(|help| help.contains("--execute --confirm app")));
        assert_eq!(error.exit_code(), 2);
    }
}
