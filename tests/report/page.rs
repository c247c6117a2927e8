//! The page of `--report file.html`.

use super::sample;
use dbferry::report::{html, verify_html};
use std::path::Path;

/// Leaves the samples where a browser can open them: `tmp/` of the target directory.
#[test]
fn pages_to_look_at() {
    let pages = [
        ("shop", html(&sample::shop())),
        ("three", html(&sample::many(3, 2))),
        ("many", html(&sample::many(500, 4))),
        ("hostile", html(&sample::hostile())),
        ("comparison", verify_html(&sample::comparison())),
    ];
    for (name, page) in pages {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}.html"));
        std::fs::write(path, page).unwrap();
    }
}

#[test]
fn a_page_needs_nothing_from_outside() {
    let page = html(&sample::shop());
    for reference in ["http:", "https:", "//cdn", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(reference), "{reference}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn hostile_names_are_inert() {
    let page = html(&sample::hostile());
    assert_eq!(page.matches("<script>").count(), 1, "only our own script");
    assert!(!page.contains("alert(1)</script>"));
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;"));
}

#[test]
fn five_hundred_tables_stay_a_small_page() {
    let page = html(&sample::many(500, 4));
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(page.contains("top 12 of 500"));
}

#[test]
fn every_element_is_closed() {
    for page in [html(&sample::shop()), html(&sample::hostile()), verify_html(&sample::comparison())] {
        for element in ["section", "div", "table", "tr", "td", "details", "svg", "ol", "ul", "li", "p", "span", "code"]
        {
            let opened = page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
            assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
        }
    }
}
