//! Refuses a target that is not empty, or that another run is at work on.

use crate::backends::lock::{LAST_BREATH, wait_for_lock};
use crate::backends::{Source, Target, TargetInfo};
use crate::connect::Sides;
use crate::control::{Control, Record, RunRow, Steps, definitions};
use crate::dialect::names::{CONTROL_TABLES, RUN};
use crate::endpoint::Engine;
use crate::error::{AtStep, Error, ErrorKind, Result, Side};
use crate::finding::Finding;
use crate::finish::execute_all;
use crate::introspect::Found;
use crate::plan::Plan;
use crate::pool::Stop;
use crate::resume::{Begun, Standing, compare, standing};
use crate::retry::{on_target, retrying};
use crate::run::Run;
use crate::schema::OtherObject;
use crate::settings::Options;
use std::collections::BTreeMap;
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// Objects listed by name in the refusal; the rest is counted.
const LISTED: usize = 10;

/// Takes the run lock, and refuses a target that holds anything but an unfinished run that is to go on.
///
/// # Errors
/// `TargetNotEmpty`, listing what is there or saying why the run cannot go on.
pub(crate) fn guard(run: &Run, plan: &Plan, found: &Found, sides: &mut Sides) -> Result<Begun> {
    let row = this_run(run, plan, found, identity(run, sides.source.as_mut())?);
    let control = Control::new(sides.dialect, sides.target.info());
    let mut first = None;
    on_target(run, "target", sides.target.as_mut(), |target, _| {
        let control = control.clone();
        take(run, target, Begun { control, row: row.clone(), earlier: None, steps: Steps::default() }, &mut first)
    })
}

/// Which database the source is.
fn identity(run: &Run, source: &mut dyn Source) -> Result<String> {
    retrying(run, "source", &Stop::of(&run.cancel), |failed| {
        if failed > 0 {
            source.recover().on(Side::Source)?;
        }
        source.identity().on(Side::Source)
    })
}

/// Makes the target this run's, or says why not. Nothing here is wrong when it is done twice; `first` is the unfinished
/// run as it was when this start came to it.
fn take(run: &Run, target: &mut dyn Target, fresh: Begun, first: &mut Option<RunRow>) -> Result<Begun> {
    take_lock(run, target, &fresh.control)?;
    let held = target.inventory().on(Side::Target)?;
    let resume = run.settings.options.resume;
    match standing(&held) {
        Standing::Empty => {
            if resume {
                run.found(starts_anew(run.settings.target.engine));
            }
        }
        Standing::Leftovers if resume => execute_all(target, &fresh.control.drop().collect::<Vec<_>>())?,
        Standing::Unfinished | Standing::Ended if resume => return go_on(run, target, fresh, &held, first),
        _ => return Err(refusal(target.info(), &held)),
    }
    Ok(fresh)
}

fn take_lock(run: &Run, target: &mut dyn Target, control: &Control) -> Result<()> {
    let patience = if run.settings.options.resume { LAST_BREATH } else { Duration::ZERO };
    let Some(holder) = wait_for_lock(target, patience).on(Side::Target)? else { return Ok(()) };
    // The other run may not have come as far as writing down who it is.
    let other = target.inventory().ok().filter(|held| held.iter().any(|o| o.name == RUN));
    let other = other.and_then(|_| RunRow::read(target, control).ok().flatten());
    let who = other.map_or(String::new(), |o| format!(", started {} on {}", o.started, o.host));
    Err(Error::new(ErrorKind::TargetNotEmpty, format!("another run is at work on it{who} ({holder})"))
        .on(Side::Target)
        .object(name(target.info()))
        .help("wait until it ends, or stop it"))
}

/// This run as it would be written down.
fn this_run(run: &Run, plan: &Plan, found: &Found, source: String) -> RunRow {
    let host = host();
    let seed = format!("{} {host} {}", run.started, std::process::id());
    RunRow {
        run_id: format!("{:016x}", xxh3_64(seed.as_bytes())),
        epoch: 1,
        started: run.started.clone(),
        host,
        settings: serde_json::to_string(&decisive(&run.settings.options)).unwrap_or_default(),
        source,
        snapshot: found.point.clone().unwrap_or_default(),
        plan: serde_json::to_string(&definitions(plan)).unwrap_or_default(),
    }
}

/// The settings that decide what is copied, and how.
fn decisive(options: &Options) -> BTreeMap<&'static str, String> {
    let policies = options.policies.iter().map(|(scope, kind, conversion)| {
        let scope = if scope.is_empty() { String::new() } else { format!("{scope}:") };
        format!("{scope}{}={}", kind.name(), conversion.describe())
    });
    BTreeMap::from([
        ("tables", options.tables.join(", ")),
        ("exclude-tables", options.exclude_tables.join(", ")),
        ("policies", policies.collect::<Vec<_>>().join(", ")),
        ("the version of dbferry", env!("CARGO_PKG_VERSION").to_string()),
    ])
}

fn starts_anew(engine: Engine) -> Finding {
    let why = match engine {
        Engine::Hsqldb => "the files of an unfinished run stand beside the target and are made anew",
        _ => "the target is empty",
    };
    Finding::note("nothing-to-resume", "target", format!("there is nothing to go on with: {why}; the copy starts anew"))
}

/// Takes over an unfinished run, then reads what it did: in this order, nothing can be added behind our back.
fn go_on(
    run: &Run,
    target: &mut dyn Target,
    fresh: Begun,
    held: &[OtherObject],
    first: &mut Option<RunRow>,
) -> Result<Begun> {
    let control = &fresh.control;
    let Some(earlier) = RunRow::read(target, control)? else {
        // Without its row the run has made nothing but control tables, some of which may be dropped by now.
        if !held.iter().all(|object| CONTROL_TABLES.contains(&object.name.as_str())) {
            return Err(refusal(target.info(), held));
        }
        execute_all(target, &control.drop().collect::<Vec<_>>())?;
        return Ok(fresh);
    };
    compare(&earlier, &fresh.row).map_err(|error| error.object(name(target.info())))?;
    let row = RunRow { run_id: earlier.run_id.clone(), epoch: earlier.epoch + 1, ..fresh.row };
    let earlier = first.get_or_insert(earlier);
    execute_all(target, &[control.take_over(&row)])?;
    let record = match standing(held) {
        Standing::Ended => Record { ended: true, ..Record::default() },
        _ => Record::read(target, control)?,
    };
    let steps = match record.ended {
        true => Steps::resumed(planned(&row)),
        false => Steps::resumed(record.steps.clone()),
    };
    run.found(resumed(earlier, &row, &record));
    Ok(Begun { control: fresh.control, row, earlier: Some(record), steps })
}

fn planned(row: &RunRow) -> std::collections::BTreeSet<String> {
    let plan: Vec<crate::control::Definition> = serde_json::from_str(&row.plan).unwrap_or_default();
    plan.into_iter().map(|definition| definition.hash).collect()
}

fn resumed(earlier: &RunRow, now: &RunRow, record: &Record) -> Finding {
    let chunks: usize = record.claims.values().map(BTreeMap::len).sum();
    let rows: u64 = record.claims.values().flat_map(BTreeMap::values).map(|c| c.rows).sum();
    let text = format!(
        "start {} of a run whose last start was {} on {} at {}: {chunks} chunks with {rows} rows are on the target; \
         whatever is kept is compared with the source as it is now, which is the point in time of this copy",
        now.epoch, earlier.started, earlier.host, earlier.snapshot
    );
    Finding::note("resumed", "target", text)
}

/// Name of this machine, for those who ask who is at work.
pub(crate) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    if name.is_empty() { "unknown host".to_string() } else { name }
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
    let (what, help) = match standing(found) {
        Standing::Unfinished | Standing::Ended | Standing::Leftovers => {
            ("it holds an unfinished run of dbferry", "go on with it (`dbferry copy --resume`), or ")
        }
        _ => ("it is not empty", ""),
    };
    Error::new(ErrorKind::TargetNotEmpty, format!("{what}: {}", list(found)))
        .on(Side::Target)
        .object(name(info))
        .help(format!("{help}{}; nothing was written", remedy(&info.database)))
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
