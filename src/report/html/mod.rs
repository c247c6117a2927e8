//! The report as one self-contained page: no file beside it, no script needed to read it.

mod bars;
mod details;
mod markup;
mod summary;
mod tables;
mod timeline;
mod waterfall;

use super::verdict::Tone;
use super::{Report, VerifyReport};
use markup::esc;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The report of a copy as a page.
pub fn html(report: &Report) -> String {
    let headline = report.headline();
    let body = [
        summary::hero(&headline),
        summary::route(&report.source, &report.target, &summary::cargo(report)),
        summary::figures(report),
        timeline::section(report),
        waterfall::section(report),
        bars::section(report),
        tables::section(report),
        details::section(report),
        summary::footer(report),
    ];
    page(headline.tone, &format!("{}: {}", headline.title, report.target.name), &body)
}

/// The report of a comparison as a page.
pub fn verify_html(report: &VerifyReport) -> String {
    let headline = report.headline();
    let body = [
        summary::hero(&headline),
        summary::route(&report.source, &report.target, &format!("compared by {}", esc(&report.verification))),
        tables::comparisons(report),
        details::findings(&report.findings, &[]),
    ];
    page(headline.tone, &format!("{}: {}", headline.title, report.target.name), &body)
}

/// The whole document. Its policy forbids anything from outside, whatever a name may have smuggled in.
fn page(tone: Tone, title: &str, body: &[String]) -> String {
    let tone = summary::tone_class(tone);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>dbferry: {}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body class=\"{tone}\">\n<main>\n{}\n</main>\n\
         <div id=\"tip\" hidden></div>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        esc(title),
        body.join("\n")
    )
}
