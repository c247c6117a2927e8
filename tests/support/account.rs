//! Database accounts of a test's own, with rights as the documentation grants them; they vanish with the test.

use super::client;
use super::database::Database;
use super::server::{Family, Kind, Server};

const DOCUMENT: &str = include_str!("../../docs/grants.md");
const PASSWORD: &str = "Only-for-tests-7";

/// An account.
pub(crate) struct Account {
    /// Name to log in with.
    pub(crate) name: String,
    /// Password to log in with.
    pub(crate) password: &'static str,
    server: Server,
    database: String,
}

/// Statements of `docs/grants.md` for a side of an engine, one privilege each.
pub(crate) fn documented(kind: Kind, side: &str) -> Vec<String> {
    let heading = match (kind, side) {
        (Kind::Hsqldb, _) => unreachable!("files have no server to ask"),
        (Kind::PostgreSql, side) => format!("## PostgreSQL {side}"),
        (_, "target") => "## MySQL and MariaDB target".to_string(),
        (Kind::MariaDb, side) => format!("## MariaDB {side}"),
        (Kind::MySql, side) => format!("## MySQL {side}"),
    };
    let chapter = DOCUMENT.split_once(&heading).map_or("", |(_, chapter)| chapter);
    let block = chapter.split("```").nth(1).and_then(|block| block.strip_prefix("sql")).unwrap_or_default();
    let statements = block.split(";\n").map(str::trim).filter(|statement| !statement.is_empty());
    let statements: Vec<String> = statements.flat_map(one_by_one).collect();
    assert!(statements.len() > 1, "no statements below {heading}");
    statements
}

/// `GRANT a, b ON c` as `GRANT a ON c` and `GRANT b ON c`.
fn one_by_one(statement: &str) -> Vec<String> {
    match statement.strip_prefix("GRANT ").and_then(|rest| rest.split_once(" ON ")) {
        Some((privileges, rest)) => privileges.split(", ").map(|p| format!("GRANT {p} ON {rest}")).collect(),
        None => vec![statement.to_string()],
    }
}

impl Account {
    /// The account for a side (`source` or `target`) of a run, made by these statements of the documentation.
    pub(crate) fn new(database: &Database, side: &str, statements: &[String]) -> Account {
        let name: String = format!("{}_{side}", database.name).replace("suite_", "s_").chars().take(32).collect();
        let account =
            Account { name, password: PASSWORD, server: database.server.clone(), database: database.name.clone() };
        if database.family() == Family::PostgreSql {
            // What everybody may do by default would hide that a grant is missing.
            database.run(&format!(
                "REVOKE ALL ON DATABASE {} FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC;",
                database.name
            ));
        }
        for statement in statements {
            let statement = statement.replace(" app.", &format!(" {}.", database.name)).replace('…', PASSWORD);
            let statement = statement.replace("DATABASE app", &format!("DATABASE {}", database.name));
            database.run(&statement.replace("dbferry_reader", &account.name).replace("dbferry_writer", &account.name));
        }
        account
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let name = &self.name;
        let (database, sql) = match self.server.kind.family() {
            Family::Hsqldb => unreachable!("files have no server to ask"),
            Family::PostgreSql => (self.database.as_str(), format!("DROP OWNED BY {name} CASCADE; DROP ROLE {name}")),
            Family::MySql => ("mysql", format!("DROP USER {name}@'%'")),
        };
        if let Err(message) = client::attempt(&self.server, database, &sql) {
            eprintln!("account {name} stays: {message}");
        }
    }
}
