//! README's tables are generated from the program; this test keeps them equal.
//!
//! `UPDATE_README=1 cargo test docs` writes them anew.

use dbferry::{backends, policy, settings};

#[test]
fn readme_tables_are_those_of_the_program() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let tables = [
        ("matrix", backends::matrix::markdown_table()),
        ("policies", policy::markdown_table()),
        ("settings", settings::names::markdown_table()),
        ("options", settings::names::markdown_options()),
    ];
    let wanted = tables.iter().fold(readme.clone(), |text, (name, table)| replace(&text, name, table));
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, &wanted).unwrap();
    } else {
        assert!(readme == wanted, "README.md is out of date: run UPDATE_README=1 cargo test docs");
    }
}

/// Puts `table` between the two marks called `name`.
fn replace(text: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("README.md has no mark {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("README.md has no mark {end}"));
    format!("{before}{begin}{}\n{end}{after}", table.trim_end())
}
