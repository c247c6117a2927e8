//! The fixture databases, by what they are about.

use super::database::Database;
use super::server::{Kind, Server};

const MYSQL_TYPES: &str = include_str!("../fixtures/mysql_family/types.sql");
const MYSQL_NAMES: &str = include_str!("../fixtures/mysql_family/names.sql");
const MYSQL_STRUCTURE: &str = include_str!("../fixtures/mysql_family/structure.sql");

/// A database with every type of the engine.
pub(crate) fn types(server: &Server) -> Database {
    let scripts: &[&str] = match server.kind {
        Kind::PostgreSql => &[include_str!("../fixtures/postgresql/types.sql")],
        Kind::MariaDb => &[MYSQL_TYPES, include_str!("../fixtures/mariadb/types.sql")],
        Kind::MySql => &[MYSQL_TYPES, include_str!("../fixtures/mysql/types.sql")],
        Kind::Hsqldb => &[include_str!("../fixtures/hsqldb/types.sql")],
    };
    Database::filled(server, "types", scripts)
}

/// A database of hostile identifiers.
pub(crate) fn names(server: &Server) -> Database {
    let script = match server.kind {
        Kind::PostgreSql => include_str!("../fixtures/postgresql/names.sql"),
        Kind::MariaDb | Kind::MySql => MYSQL_NAMES,
        Kind::Hsqldb => include_str!("../fixtures/hsqldb/names.sql"),
    };
    Database::filled(server, "names", &[script])
}

/// A database with every kind of key, index, constraint and numbering.
pub(crate) fn structure(server: &Server) -> Database {
    let scripts: &[&str] = match server.kind {
        Kind::PostgreSql => &[include_str!("../fixtures/postgresql/structure.sql")],
        Kind::MariaDb => &[MYSQL_STRUCTURE, include_str!("../fixtures/mariadb/structure.sql")],
        Kind::MySql => &[MYSQL_STRUCTURE],
        Kind::Hsqldb => &[include_str!("../fixtures/hsqldb/structure.sql")],
    };
    let wide = wide_table(300);
    let mut all = scripts.to_vec();
    all.push(&wide);
    Database::filled(server, "structure", &all)
}

/// A small database in portable SQL, for everything that is not about types.
pub(crate) fn small(server: &Server, label: &str) -> Database {
    Database::filled(server, label, &[include_str!("../fixtures/small.sql")])
}

fn wide_table(columns: u32) -> String {
    let list: Vec<String> = (1..=columns).map(|n| format!("c{n} int")).collect();
    let values: Vec<String> = (1..=columns).map(|n| n.to_string()).collect();
    let (list, values) = (list.join(", "), values.join(", "));
    let nulls = vec!["NULL"; columns as usize].join(", ");
    format!("CREATE TABLE wide ({list}); INSERT INTO wide VALUES ({values}), ({nulls});")
}
