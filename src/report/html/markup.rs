//! Small pieces of HTML; everything that comes from a database goes through [`esc`].

use crate::report::printable::printable;

/// Text for an element or a quoted attribute: markup is escaped, and what cannot be seen is made visible.
pub(super) fn esc(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for c in printable(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A card with a heading; `note` stands small beside it (markup).
pub(super) fn card(class: &str, title: &str, note: &str, body: &str) -> String {
    format!(
        "<section class=\"card {class}\"><header><h2>{}</h2><p class=\"aside\">{note}</p></header>\n{body}\n</section>",
        esc(title)
    )
}

/// A section that can be opened; empty without items.
pub(super) fn fold(title: &str, items: u64, open: bool, body: &str) -> String {
    let open = if open { " open" } else { "" };
    format!(
        "<details{open}><summary><span>{}</span><b class=\"count\">{}</b></summary>\n{body}\n</details>",
        esc(title),
        crate::report::format::count(items)
    )
}

/// A plain table: headings and rows of cells that are markup already.
pub(super) fn plain_table(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head: String = headings.iter().map(|h| format!("<th scope=\"col\">{}</th>", esc(h))).collect();
    let row = |cells: Vec<String>| {
        let cells: String = cells.iter().map(|c| format!("<td>{c}</td>")).collect();
        format!("<tr>{cells}</tr>\n")
    };
    format!(
        "<div class=\"scroll\"><table class=\"plain\"><thead><tr>{head}</tr></thead>\n<tbody>{}</tbody></table></div>",
        rows.map(row).collect::<String>()
    )
}

/// A share of `whole` in percent for a width or a position, within 0 and 100.
pub(super) fn percent(part: f64, whole: f64) -> f64 {
    let share = if whole > 0.0 { part / whole * 100.0 } else { 0.0 };
    if share.is_finite() { share.clamp(0.0, 100.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_names_is_inert() {
        assert_eq!(esc("<script>\"a\"&'b'\n"), "&lt;script&gt;&quot;a&quot;&amp;&#39;b&#39;\\n");
    }

    #[test]
    fn shares_stay_within_bounds() {
        assert_eq!(percent(1.0, 4.0), 25.0);
        assert_eq!(percent(5.0, 4.0), 100.0);
        assert_eq!(percent(1.0, 0.0), 0.0);
        assert_eq!(percent(f64::NAN, 1.0), 0.0);
    }
}
