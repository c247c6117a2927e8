//! The control tables of a run live in memory: they never reach the files.

use crate::backends::hsqldb::sql::cursor::Cursor;
use crate::dialect::names::CONTROL_TABLES;

/// A statement about a control table: which, and whether it creates (`true`) or drops (`false`) it.
pub(super) fn control_statement(sql: &str) -> Option<(String, Option<bool>)> {
    let mut cursor = Cursor::new(sql).ok()?;
    let effect = if cursor.takes(&["CREATE", "TABLE"]) {
        Some(true)
    } else if cursor.takes(&["DROP", "TABLE"]) {
        Some(false)
    } else if cursor.takes(&["INSERT", "INTO"]) || cursor.takes(&["DELETE", "FROM"]) || cursor.takes(&["UPDATE"]) {
        None
    } else {
        return None;
    };
    let _ = cursor.takes(&["IF", "EXISTS"]) || cursor.takes(&["IF", "NOT", "EXISTS"]);
    let name = cursor.name().ok()?.name;
    let known = CONTROL_TABLES.iter().any(|table| table.eq_ignore_ascii_case(&name));
    known.then(|| (name.to_lowercase(), effect))
}

/// Whether a statement writes rows.
pub(super) fn is_row_statement(sql: &str) -> bool {
    let words = ["INSERT", "UPDATE", "DELETE", "MERGE"];
    Cursor::new(sql).is_ok_and(|cursor| words.iter().any(|word| cursor.sees(&[word])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_control_tables_are_kept_back() {
        let run = |effect| Some(("dbferry_run".to_string(), effect));
        assert_eq!(control_statement("CREATE TABLE \"PUBLIC\".\"dbferry_run\" (a int)"), run(Some(true)));
        assert_eq!(control_statement("INSERT INTO \"dbferry_run\" VALUES (1)"), run(None));
        assert_eq!(control_statement("DROP TABLE IF EXISTS \"PUBLIC\".\"dbferry_run\""), run(Some(false)));
        assert_eq!(control_statement("CREATE TABLE \"t\" (a int)"), None);
        assert!(is_row_statement("insert into t values (1)") && !is_row_statement("CREATE TABLE t (a int)"));
    }
}
