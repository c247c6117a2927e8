//! Asks a database with its own SQL whether everything that Mendix's tables name is there.

use crate::support::database::Database;
use crate::support::hsqldb::engine::Engine;
use crate::support::server::{Family, Kind};
use std::collections::BTreeSet;
use std::path::Path;

/// A database that answers queries.
pub(crate) enum Sql<'a> {
    /// On a server, through its native client.
    Server(&'a Database),
    /// In files, through the real engine.
    Files(&'a Engine, &'a Path),
}

/// Names that columns of Mendix's tables hold, as the catalog spells them, and where the catalog has such names.
const NAMED: [(&str, &str, Catalog); 12] = [
    ("tables", "SELECT \"table_name\" FROM \"mendixsystem$entity\"", Catalog::Tables),
    ("association tables", "SELECT \"table_name\" FROM \"mendixsystem$association\"", Catalog::Tables),
    (
        "columns",
        "SELECT CONCAT(e.\"table_name\", '.', a.\"column_name\") FROM \"mendixsystem$attribute\" a JOIN \"mendixsystem$entity\" e ON e.\"id\" = a.\"entity_id\"",
        Catalog::Columns,
    ),
    (
        "parents",
        "SELECT CONCAT(\"table_name\", '.', \"parent_column_name\") FROM \"mendixsystem$association\"",
        Catalog::Columns,
    ),
    (
        "children",
        "SELECT CONCAT(\"table_name\", '.', \"child_column_name\") FROM \"mendixsystem$association\"",
        Catalog::Columns,
    ),
    ("indexes", "SELECT \"index_name\" FROM \"mendixsystem$index\"", Catalog::Indexes),
    (
        "association indexes",
        "SELECT \"index_name\" FROM \"mendixsystem$association\" WHERE \"index_name\" IS NOT NULL",
        Catalog::Indexes,
    ),
    ("unique constraints", "SELECT \"name\" FROM \"mendixsystem$unique_constraint\"", Catalog::Constraints),
    (
        "foreign keys of parents",
        "SELECT \"parent_fkc_name\" FROM \"mendixsystem$association\" WHERE \"parent_fkc_name\" IS NOT NULL",
        Catalog::Constraints,
    ),
    (
        "foreign keys of children",
        "SELECT \"child_fkc_name\" FROM \"mendixsystem$association\" WHERE \"child_fkc_name\" IS NOT NULL",
        Catalog::Constraints,
    ),
    (
        "keys of associations",
        "SELECT \"pk_index_name\" FROM \"mendixsystem$association\" WHERE \"pk_index_name\" IS NOT NULL",
        Catalog::Constraints,
    ),
    ("sequences", "SELECT \"name\" FROM \"mendixsystem$sequence\"", Catalog::Sequences),
];

/// What a catalog lists.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Catalog {
    Tables,
    Columns,
    Indexes,
    Constraints,
    Sequences,
}

impl Sql<'_> {
    /// The rows of each query, which has one column. Names are quoted the standard way.
    pub(crate) fn answers(&self, queries: &[String]) -> Vec<Vec<String>> {
        let run = |query: &String| match self {
            Sql::Server(database) if database.family() == Family::MySql => {
                database.lines(&format!("SET sql_mode = 'ANSI_QUOTES';{query};"))
            }
            Sql::Server(database) => database.lines(&format!("{query};")),
            Sql::Files(..) => Vec::new(),
        };
        let Sql::Files(engine, folder) = self else { return queries.iter().map(run).collect() };
        // One start of the engine for all.
        let script: String =
            queries.iter().map(|query| format!("{query};;\nSELECT '#' FROM (VALUES(0));;\n")).collect();
        let said = engine.run(folder, &script);
        said.split_terminator("#\n").map(|part| part.lines().map(str::to_string).collect()).collect()
    }

    /// The rows of one query.
    pub(crate) fn lines(&self, query: &str) -> Vec<String> {
        self.answers(&[query.to_string()]).remove(0)
    }

    fn catalog(&self, of: Catalog) -> Option<String> {
        let (schema, indexes, sequences) = match self {
            Sql::Server(database) if database.server.kind == Kind::PostgreSql => (
                "'public'",
                "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
                Some("SELECT sequencename FROM pg_sequences"),
            ),
            // The runtime has no sequences there.
            Sql::Server(_) => (
                "DATABASE()",
                "SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()",
                None,
            ),
            Sql::Files(..) => (
                "'PUBLIC'",
                "SELECT DISTINCT INDEX_NAME FROM INFORMATION_SCHEMA.SYSTEM_INDEXINFO",
                Some("SELECT SEQUENCE_NAME FROM INFORMATION_SCHEMA.SEQUENCES"),
            ),
        };
        let list = |what: &str, from: &str, where_schema: &str| {
            Some(format!("SELECT {what} FROM INFORMATION_SCHEMA.{from} WHERE {where_schema} = {schema}"))
        };
        match of {
            Catalog::Tables => list("TABLE_NAME", "TABLES", "TABLE_SCHEMA"),
            Catalog::Columns => list("CONCAT(TABLE_NAME, '.', COLUMN_NAME)", "COLUMNS", "TABLE_SCHEMA"),
            Catalog::Constraints => list("CONSTRAINT_NAME", "TABLE_CONSTRAINTS", "TABLE_SCHEMA"),
            Catalog::Indexes => Some(indexes.to_string()),
            Catalog::Sequences => sequences.map(str::to_string),
        }
    }

    /// Fails unless every name that Mendix's tables hold is in the catalog; how many were looked up, and the longest.
    #[track_caller]
    pub(crate) fn names_exist(&self) -> (usize, usize) {
        let asked = NAMED.iter().filter_map(|(what, query, of)| Some((what, query.to_string(), self.catalog(*of)?)));
        let asked: Vec<_> = asked.collect();
        let queries: Vec<String> =
            asked.iter().flat_map(|(_, query, catalog)| [query.clone(), catalog.clone()]).collect();
        let answers = self.answers(&queries);
        let (mut checked, mut longest) = (0, 0);
        for ((what, ..), answer) in asked.iter().zip(answers.chunks(2)) {
            let there: BTreeSet<&String> = answer[1].iter().collect();
            let missing: Vec<_> = answer[0].iter().filter(|name| !there.contains(name)).collect();
            assert!(missing.is_empty(), "{what} that are not in the catalog: {missing:#?}");
            checked += answer[0].len();
            longest = answer[0].iter().flat_map(|name| name.split('.')).map(str::len).chain([longest]).max().unwrap();
        }
        (checked, longest)
    }
}
