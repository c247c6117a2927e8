//! Whether a target holds an unfinished run that may go on, and what of it is done. Pure.

use crate::backends::Range;
use crate::control::{Claimed, Control, Definition, Record, RunRow, Steps};
use crate::dialect::names::{CONTROL_TABLES, RUN};
use crate::error::{Error, ErrorKind, Result, Side};
use crate::schema::OtherObject;
use std::collections::{BTreeMap, BTreeSet};

/// Objects named when two plans differ; the rest is counted.
const LISTED: usize = 5;

/// A run that was begun on this target, by this start or an earlier one.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    /// The control tables.
    pub(crate) control: Control,
    /// The run, with this start's epoch.
    pub(crate) row: RunRow,
    /// What earlier starts did; `None` when this is the first.
    pub(crate) earlier: Option<Record>,
    /// Statements that earlier starts ran.
    pub(crate) steps: Steps,
}

/// What a target holds, by the names of its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing.
    Empty,
    /// Control tables only, without a run: a start that was stopped in its first moment.
    Leftovers,
    /// A run that did not end.
    Unfinished,
    /// A run that ended well and was stopped while it removed its control tables.
    Ended,
    /// Something of somebody else's.
    Foreign,
}

/// What an inventory amounts to.
pub(crate) fn standing(found: &[OtherObject]) -> Standing {
    let ours: BTreeSet<_> = found.iter().map(|o| o.name.as_str()).filter(|n| CONTROL_TABLES.contains(n)).collect();
    match (ours.contains(RUN), ours.len() == CONTROL_TABLES.len()) {
        _ if found.is_empty() => Standing::Empty,
        (true, true) => Standing::Unfinished,
        // The run's table is made last and dropped last.
        (true, false) => Standing::Ended,
        (false, _) if ours.len() == found.len() => Standing::Leftovers,
        (false, _) => Standing::Foreign,
    }
}

/// Refuses to go on with a run that copied something else, or otherwise.
///
/// # Errors
/// `TargetNotEmpty`, saying what differs.
pub(crate) fn compare(earlier: &RunRow, now: &RunRow) -> Result<()> {
    let mut differences = different_settings(&earlier.settings, &now.settings);
    if earlier.source != now.source {
        differences.push(format!("the source was {}, and is {}", earlier.source, now.source));
    }
    differences.extend(different_plans(&earlier.plan, &now.plan));
    if differences.is_empty() {
        return Ok(());
    }
    let what = format!(
        "the unfinished run (started {} on {}) cannot go on: {}",
        earlier.started,
        earlier.host,
        differences.join("; ")
    );
    Err(Error::new(ErrorKind::TargetNotEmpty, what)
        .on(Side::Target)
        .help("undo the change, or empty the target with `dbferry clear-target` and start again; nothing was written"))
}

fn different_settings(earlier: &str, now: &str) -> Vec<String> {
    let map = |json: &str| serde_json::from_str::<BTreeMap<String, String>>(json).unwrap_or_default();
    let (earlier, now) = (map(earlier), map(now));
    let names: BTreeSet<_> = earlier.keys().chain(now.keys()).collect();
    let shown = |value: Option<&String>| match value.map(String::as_str) {
        None | Some("") => "not set".to_string(),
        Some(text) => format!("`{text}`"),
    };
    let differing = names.into_iter().filter(|name| earlier.get(*name) != now.get(*name));
    differing.map(|name| format!("{name} was {}, and is {}", shown(earlier.get(name)), shown(now.get(name)))).collect()
}

/// What the source's structure, or the server's version, has changed in the plan.
fn different_plans(earlier: &str, now: &str) -> Option<String> {
    if earlier == now {
        return None;
    }
    let list = |json: &str| serde_json::from_str::<Vec<Definition>>(json).unwrap_or_default();
    let (earlier, now) = (list(earlier), list(now));
    let hashes = |list: &[Definition]| list.iter().map(|d| d.hash.clone()).collect::<BTreeSet<_>>();
    let (before, after) = (hashes(&earlier), hashes(&now));
    let lost = earlier.iter().filter(|d| !after.contains(&d.hash));
    let new = now.iter().filter(|d| !before.contains(&d.hash));
    let names: BTreeSet<_> = lost.chain(new).map(|d| d.object.as_str()).collect();
    let shown: Vec<_> = names.iter().take(LISTED).copied().collect();
    let more = names.len().saturating_sub(LISTED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let what = if names.is_empty() { "the order of tables".to_string() } else { shown.join(", ") };
    Some(format!("the source's structure changed, and with it the plan of {what}{more}"))
}

/// What becomes of a table whose copy was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing of it is there.
    Fresh,
    /// What is there cannot be told apart from what is missing: it is emptied and copied whole.
    Restart,
    /// These chunks are there if the source still holds the same in their ranges; the others are copied.
    Keep(BTreeMap<u32, Claimed>),
}

/// Decides by what was recorded. A chunk without checksum proves nothing of its range under a new snapshot, so that
/// only a whole table of such chunks is kept.
pub(crate) fn fate(ranges: Option<&[Range]>, claims: Option<&BTreeMap<u32, Claimed>>) -> Fate {
    let claims = claims.cloned().unwrap_or_default();
    match ranges {
        None if claims.is_empty() => Fate::Fresh,
        // Restarting begins by taking the ranges away.
        None | Some([]) => Fate::Restart,
        Some(ranges) => {
            let whole = claims.len() == ranges.len();
            if whole || claims.values().all(|c| c.hash.is_some()) { Fate::Keep(claims) } else { Fate::Restart }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(names: &[&str]) -> Vec<OtherObject> {
        names.iter().map(|name| OtherObject { kind: "table".into(), name: (*name).to_string() }).collect()
    }

    #[test]
    fn names_tell_how_far_a_run_came() {
        assert_eq!(standing(&[]), Standing::Empty);
        assert_eq!(standing(&objects(&["dbferry_chunk", "dbferry_ranges"])), Standing::Leftovers);
        assert_eq!(standing(&objects(&["dbferry_chunk", "t"])), Standing::Foreign);
        assert_eq!(standing(&objects(&["t"])), Standing::Foreign);
        assert_eq!(standing(&objects(&["dbferry_run", "dbferry_ranges", "t"])), Standing::Ended);
        let all = ["dbferry_run", "dbferry_ranges", "dbferry_chunk", "dbferry_step", "t"];
        assert_eq!(standing(&objects(&all)), Standing::Unfinished);
    }

    fn row(settings: &str, source: &str, plan: &str) -> RunRow {
        let (settings, source, plan) = (settings.to_string(), source.to_string(), plan.to_string());
        RunRow { started: "T".into(), host: "h".into(), settings, source, plan, ..RunRow::default() }
    }

    #[test]
    fn every_difference_is_named() {
        let plan = r#"[{"object":"table \"t\"","hash":"1"},{"object":"table \"u\"","hash":"2"}]"#;
        let earlier = row(r#"{"tables":"a*","version":"1"}"#, "A", plan);
        assert!(compare(&earlier, &earlier).is_ok());
        let now = row(r#"{"policies":"nan=null","version":"1"}"#, "B", &plan.replace("\"2\"", "\"3\""));
        let text = compare(&earlier, &now).unwrap_err().to_string();
        for part in ["tables was `a*`, and is not set", "policies was not set, and is `nan=null`"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(text.contains("the source was A, and is B") && text.contains("the plan of table \"u\""), "{text}");
        assert!(!text.contains("table \"t\""), "{text}");
    }

    #[test]
    fn chunks_are_kept_where_they_can_be_proved() {
        let claim = |hash| Claimed { rows: 1, hash };
        let claims = |list: &[(u32, Option<u128>)]| list.iter().map(|(n, h)| (*n, claim(*h))).collect();
        let two: &[Range] = &[Range::All, Range::All];
        assert_eq!(fate(None, None), Fate::Fresh);
        assert_eq!(fate(Some(&[]), None), Fate::Restart);
        assert_eq!(fate(Some(two), None), Fate::Keep(BTreeMap::new()));
        assert_eq!(fate(Some(two), Some(&claims(&[(0, None)]))), Fate::Restart);
        for kept in [claims(&[(0, Some(7))]), claims(&[(0, None), (1, None)])] {
            assert_eq!(fate(Some(two), Some(&kept)), Fate::Keep(kept));
        }
    }
}
