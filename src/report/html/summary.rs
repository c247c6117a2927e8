//! Head of the page: the verdict, the way from source to target, and the key figures.

use super::markup::esc;
use crate::report::format::{bytes, compact, count, duration, rate};
use crate::report::verdict::{Headline, Tone};
use crate::report::{Place, Report, Verdict};

const BOAT: &str = include_str!("boat.svg");
const DRUM: &str = include_str!("drum.svg");

/// CSS class of a tone.
pub(super) fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Mixed => "mixed",
        Tone::Bad => "bad",
    }
}

/// Verdict with its sign.
pub(super) fn hero(headline: &Headline) -> String {
    let sign = match headline.tone {
        Tone::Good => "M10 20.5l6.5 6.5L30 13",
        Tone::Mixed => "M20 10v13M20 28.5v.5",
        Tone::Bad => "M12 12l16 16M28 12L12 28",
    };
    format!(
        "<header class=\"hero\"><svg class=\"seal\" viewBox=\"0 0 40 40\" aria-hidden=\"true\"><circle cx=\"20\" \
         cy=\"20\" r=\"19\"/><path d=\"{sign}\"/></svg>\n<div><h1>{}</h1><p>{}</p></div></header>",
        esc(&sentence(&headline.title)),
        esc(&headline.detail)
    )
}

/// `text` with a capital first letter.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

/// Source, crossing and target; `cargo` (markup) stands above the crossing.
pub(super) fn route(source: &Place, target: &Place, cargo: &str) -> String {
    format!(
        "<section class=\"route\">{}<div class=\"crossing\"><p>{cargo}</p>{BOAT}</div>{}</section>",
        place("source", source),
        place("target", target)
    )
}

fn place(role: &str, place: &Place) -> String {
    let protection = if place.protection.is_empty() { "not stated" } else { &place.protection };
    let class = if protection == "plain" { "open" } else { "shut" };
    format!(
        "<div class=\"place {role}\">{DRUM}<div><span class=\"role\">{role}</span><strong>{} <em>{}</em></strong>\
         <code>{}</code><span class=\"lock {class}\">{}</span></div></div>",
        esc(&place.product.name),
        esc(&place.product.version),
        esc(&place.name),
        esc(protection)
    )
}

/// What was carried, in a few words (markup).
pub(super) fn cargo(report: &Report) -> String {
    let totals = report.totals();
    let speed = rate(totals.rows, report.transfer_seconds());
    format!("<b>{}</b> rows/s<br>{}/s", esc(&speed), bytes(per_second(totals.bytes, report.transfer_seconds())))
}

fn per_second(n: u64, seconds: f64) -> u64 {
    if seconds > 0.0005 { (n as f64 / seconds) as u64 } else { 0 }
}

/// Tiles with the figures that one asks for first.
pub(super) fn figures(report: &Report) -> String {
    let totals = report.totals();
    let verified = report.tables.iter().filter(|t| matches!(t.verified, Verdict::Equal | Verdict::Counted)).count();
    let how = match report.verification.as_str() {
        "checksum" => "verified cell by cell",
        "counts" => "row counts compared",
        _ => "verified",
    };
    let tiles = [
        tile(&count(totals.tables), "tables", ""),
        tile(&short(totals.rows), "rows", &count(totals.rows)),
        tile(&bytes(totals.bytes), "written", ""),
        tile(&duration(report.seconds), "in all", ""),
        tile(&count(report.objects_built), "keys and indexes", ""),
        tile(&format!("{verified}<small>/{}</small>", report.tables.len()), how, ""),
    ];
    format!("<section class=\"figures\">{}</section>", tiles.concat())
}

/// Millions in three digits, anything smaller in full.
fn short(n: u64) -> String {
    if n < 1_000_000 { count(n) } else { compact(n as f64) }
}

/// One figure (markup) and what it counts.
fn tile(figure: &str, label: &str, title: &str) -> String {
    let title = if title.is_empty() { String::new() } else { format!(" title=\"{}\"", esc(title)) };
    format!("<div class=\"tile\"{title}><strong>{figure}</strong><span>{}</span></div>", esc(label))
}

/// Version, start and snapshot.
pub(super) fn footer(report: &Report) -> String {
    let mut facts = vec![format!("dbferry {}", esc(&report.version)), format!("started {}", esc(&report.started))];
    if let Some(snapshot) = &report.snapshot {
        facts.push(format!("copied as of <code>{}</code>", esc(snapshot)));
    }
    format!("<footer>{}</footer>", facts.join(" · "))
}
