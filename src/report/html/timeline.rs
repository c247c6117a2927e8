//! SVG timeline: what each lane did when.

use super::markup::{card, esc, percent};
use crate::event::Work;
use crate::report::format::{counted, duration};
use crate::report::{Report, Span, printable};
use std::collections::BTreeMap;

/// Height of a lane in pixels, and the room below for the axis.
const LANE: usize = 30;
const AXIS: usize = 26;
/// Width in pixels for which labels are chosen; narrower pages cut them off.
const PIXELS: f64 = 960.0;
/// Pieces of one table closer than this share of the whole are drawn as one.
const MERGE: f64 = 0.0015;

/// Neighbouring pieces of work on one table.
struct Piece<'a> {
    span: &'a Span,
    to: f64,
    chunks: u64,
}

/// The card with the lanes; empty without spans.
pub(super) fn section(report: &Report) -> String {
    let end = report.timeline.iter().map(|s| s.to).filter(|t| t.is_finite()).fold(report.seconds, f64::max);
    if report.timeline.is_empty() || end <= 0.0 {
        return String::new();
    }
    let lanes = lanes(&report.timeline, end);
    let height = lanes.len() * LANE;
    let mut svg = axis(end, height);
    for (row, (lane, pieces)) in lanes.iter().enumerate() {
        svg.push_str(&draw_lane(row, *lane, pieces, end));
    }
    let labels: String = lanes.keys().map(|lane| format!("<li>lane {lane}</li>")).collect();
    let body = format!(
        "<div class=\"lanes\"><ol aria-hidden=\"true\">{labels}</ol><svg class=\"timeline\" role=\"img\" \
         aria-label=\"what each lane did when\" width=\"100%\" height=\"{}\">{svg}</svg></div>",
        height + AXIS
    );
    card("", "Timeline", &legend(), &body)
}

/// Colours and their meaning (markup).
pub(super) fn legend() -> String {
    let key = |work| format!("<span class=\"key {0}\">{0}</span>", class(work));
    [Work::Copy, Work::Index, Work::Verify].map(key).join(" ")
}

/// CSS class of a kind of work, which is its name too.
pub(super) fn class(work: Work) -> &'static str {
    match work {
        Work::Copy => "copy",
        Work::Index => "index",
        Work::Verify => "verify",
    }
}

/// The pieces of each lane in their order, close ones of one table joined.
fn lanes(timeline: &[Span], end: f64) -> BTreeMap<u32, Vec<Piece<'_>>> {
    let mut spans: Vec<_> = timeline.iter().filter(|s| s.from.is_finite() && s.to.is_finite()).collect();
    spans.sort_by(|a, b| a.lane.cmp(&b.lane).then(a.from.total_cmp(&b.from)));
    let mut lanes = BTreeMap::<u32, Vec<Piece<'_>>>::new();
    for span in spans {
        let pieces = lanes.entry(span.lane).or_default();
        match pieces.last_mut() {
            Some(last) if joins(last, span, end) => {
                last.to = last.to.max(span.to);
                last.chunks += 1;
            }
            _ => pieces.push(Piece { span, to: span.to, chunks: 1 }),
        }
    }
    lanes
}

fn joins(last: &Piece<'_>, span: &Span, end: f64) -> bool {
    last.span.work == span.work && last.span.table == span.table && span.from - last.to < end * MERGE
}

fn draw_lane(row: usize, lane: u32, pieces: &[Piece<'_>], end: f64) -> String {
    let y = row * LANE;
    let mut svg = format!("<g><rect class=\"rail\" x=\"0\" y=\"{}\" width=\"100%\" height=\"{}\"/>", y + 3, LANE - 6);
    for (i, piece) in pieces.iter().enumerate() {
        svg.push_str(&draw_piece(piece, i, y, lane, end));
    }
    svg + "</g>\n"
}

fn draw_piece(piece: &Piece<'_>, i: usize, y: usize, lane: u32, end: f64) -> String {
    let span = piece.span;
    let x = percent(span.from, end);
    let width = (percent(piece.to, end) - x).max(0.05);
    let class = class(span.work);
    // Two shades in turn, for lines between hundreds of narrow pieces would hide the pieces.
    let shade = if i % 2 == 1 { " alt" } else { "" };
    // Round corners would leave nothing of a piece of a few pixels.
    let shape = if width < 0.7 { " thin" } else { "" };
    let chunks = if piece.chunks > 1 { format!(", {}", counted(piece.chunks, "piece")) } else { String::new() };
    let took = format!("{} from {}{chunks}, lane {lane}", duration(piece.to - span.from), duration(span.from));
    format!(
        "<svg class=\"{class}{shade}{shape}\" x=\"{x:.3}%\" y=\"{}\" width=\"{width:.3}%\" height=\"{}\"><title>{}\n{class}: \
         {took}</title><rect width=\"100%\" height=\"100%\"/>{}</svg>",
        y + 3,
        LANE - 6,
        esc(&span.table),
        label(&span.table, width)
    )
}

/// The table's name, where enough of it can be read.
fn label(table: &str, width: f64) -> String {
    let room = ((width / 100.0 * PIXELS - 14.0) / 7.4).max(0.0) as usize;
    let text = printable::fit(table, room);
    if room < 10 && text.contains('…') {
        return String::new();
    }
    format!("<text x=\"7\" y=\"16\">{}</text>", esc(&text))
}

fn axis(end: f64, height: usize) -> String {
    let step = tick(end);
    let mut svg = String::new();
    let mut i = 0;
    while i as f64 * step <= end * 0.985 {
        let at = i as f64 * step;
        let x = percent(at, end);
        let label = if i == 0 { "0".to_string() } else { tick_label(at, step) };
        let anchor = if i == 0 { "start" } else { "middle" };
        svg.push_str(&format!(
            "<line class=\"tick\" x1=\"{x:.3}%\" x2=\"{x:.3}%\" y1=\"0\" y2=\"{}\"/><text class=\"when\" \
             text-anchor=\"{anchor}\" x=\"{x:.3}%\" y=\"{}\">{label}</text>\n",
            height + 4,
            height + 19
        ));
        i += 1;
    }
    svg
}

/// A round distance that gives five to ten ticks.
fn tick(end: f64) -> f64 {
    const ROUND: [f64; 19] = [
        0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0,
        7200.0,
    ];
    ROUND.into_iter().find(|step| end / step <= 10.0).unwrap_or(end / 10.0)
}

fn tick_label(at: f64, step: f64) -> String {
    match step {
        s if s < 0.095 => format!("{at:.2} s"),
        s if s < 0.95 => format!("{at:.1} s"),
        s if s < 60.0 && at < 60.0 => format!("{at:.0} s"),
        s if s < 60.0 => format!("{}:{:02}", at as u64 / 60, at as u64 % 60),
        s if s < 3600.0 && at < 3600.0 => format!("{:.0} min", at / 60.0),
        _ => format!("{}:{:02} h", at as u64 / 3600, at as u64 / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(table: &str, from: f64, to: f64) -> Span {
        Span { lane: 1, table: table.into(), work: Work::Copy, from, to }
    }

    #[test]
    fn chunks_of_one_table_are_one_piece() {
        let spans = [span("a", 0.0, 1.0), span("a", 1.001, 2.0), span("b", 2.0, 3.0), span("a", 3.0, 10.0)];
        let lanes = lanes(&spans, 10.0);
        let chunks: Vec<_> = lanes[&1].iter().map(|p| (p.span.table.as_str(), p.chunks)).collect();
        assert_eq!(chunks, [("a", 2), ("b", 1), ("a", 1)]);
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(tick(7.1), 1.0);
        assert_eq!(tick(0.3), 0.05);
        assert_eq!(tick(4_000.0), 600.0);
        assert_eq!(tick_label(90.0, 30.0), "1:30");
        assert_eq!(tick_label(1200.0, 600.0), "20 min");
    }
}
