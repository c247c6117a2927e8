//! How long each step took, one after the other.

use super::markup::{card, percent};
use crate::report::Report;
use crate::report::format::duration;

/// The card with the steps; empty without any.
pub(super) fn section(report: &Report) -> String {
    let sum: f64 = report.steps.iter().map(|s| s.seconds).sum();
    if report.steps.is_empty() || sum <= 0.0 {
        return String::new();
    }
    let mut at = 0.0;
    let mut rows = String::new();
    for step in &report.steps {
        let (left, width) = (percent(at, sum), percent(step.seconds, sum));
        at += step.seconds;
        // The figure stands behind its bar, or before it where there is no room behind.
        let side = if left + width > 82.0 { "before" } else { "behind" };
        rows.push_str(&format!(
            "<li><span>{0}</span><div><i class=\"{0} {side}\" style=\"margin-left:{left:.2}%;width:{width:.2}%\">\
             <b>{1}</b></i></div></li>\n",
            step.step,
            duration(step.seconds)
        ));
    }
    card("", "Steps", &duration(sum), &format!("<ol class=\"waterfall\">{rows}</ol>"))
}
