//! The report on stdout.

use super::sample;
use dbferry::finding::Finding;
use dbferry::report::{Report, Verdict, json, text, verify_text};

/// Columns of a line; the samples hold no wide characters.
fn columns(line: &str) -> usize {
    line.chars().count()
}

#[test]
fn a_shop() {
    insta::assert_snapshot!(text(&sample::shop(), false));
}

#[test]
fn a_comparison() {
    insta::assert_snapshot!(verify_text(&sample::comparison(), false));
}

#[test]
fn hostile_names_stay_in_their_places() {
    let text = text(&sample::hostile(), false);
    insta::assert_snapshot!(text);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    assert!(!text.lines().any(|line| line.starts_with("error: forged")));
}

#[test]
fn no_line_is_wider_than_a_hundred_columns() {
    for report in [sample::shop(), sample::many(500, 4), sample::hostile()] {
        for line in text(&report, false).lines() {
            assert!(columns(line) <= 100, "{} columns: {line}", columns(line));
        }
    }
}

#[test]
fn colour_only_when_asked_for() {
    assert!(text(&sample::shop(), true).contains("\u{1b}[1;32mcopied and verified"));
    assert!(!text(&sample::shop(), false).contains('\u{1b}'));
}

#[test]
fn the_verdict_says_no_more_than_was_proved() {
    let mut report = sample::many(3, 1);
    let first = |report: &Report| text(report, false).lines().next().unwrap_or_default().to_string();
    assert!(first(&report).starts_with("copied and verified: 3 tables, "));
    report.tables[1].verified = Verdict::Unverified;
    assert!(first(&report).starts_with("copied, 1 of 3 not verified: "));
    report.verification = "none".into();
    assert!(first(&report).starts_with("copied, not verified: "));
    report.tables[1].verified = Verdict::Different;
    assert!(first(&report).starts_with("1 of 3 tables differ: "));
    report.tables[1].verified = Verdict::Equal;
    report.exit = 143;
    assert!(first(&report).starts_with("interrupted: "));
}

#[test]
fn what_is_the_same_of_many_objects_is_said_once() {
    let mut report = sample::many(3, 1);
    let note = |n: usize| Finding::note("table-excluded", format!("t{n}"), "left out");
    report.findings = (0..40).map(note).chain([Finding::warning("other", "u", "something else")]).collect();
    let text = text(&report, false);
    assert_eq!(text.matches("left out").count(), 1, "{text}");
    assert!(text.contains("note[table-excluded] t0, t1, t2") && text.contains("t11 and 28 more: left out"), "{text}");
    assert!(text.contains("warning[other] u: something else"), "{text}");
}

#[test]
fn json_holds_everything() {
    let value: serde_json::Value = serde_json::from_str(&json(&sample::shop()).unwrap()).unwrap();
    assert_eq!(value["tables"].as_array().unwrap().len(), 10);
    assert_eq!(value["tables"][0]["verified"], "equal");
    assert_eq!(value["converted"][0]["cells"], 1_284);
    assert_eq!(value["timeline"][0]["work"], "copy");
}
