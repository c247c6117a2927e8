//! An account that may do everything does nothing to the source but read: every statement is held against a list.

use crate::support::catalog::{assert_untouched, fingerprint};
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::fixtures;
use crate::support::server::{Kind, Server};
use crate::support::tap::Tap;
use std::collections::BTreeSet;

/// How a statement to a source may begin.
const BEGINNINGS: &[&str] = &["SELECT", "WITH", "COPY", "BEGIN", "SET", "SHOW", "START", "ROLLBACK", "COMMIT"];

/// Words that no statement to a source may hold, outside of names and texts.
const WORDS: &[&str] = &[
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "UPSERT",
    "CREATE",
    "DROP",
    "ALTER",
    "RENAME",
    "GRANT",
    "REVOKE",
    "CALL",
    "DO",
    "LOCK",
    "UNLOCK",
    "FLUSH",
    "RESET",
    "PURGE",
    "KILL",
    "ANALYZE",
    "ANALYSE",
    "OPTIMIZE",
    "REPAIR",
    "VACUUM",
    "CLUSTER",
    "REINDEX",
    "REFRESH",
    "LOAD",
    "IMPORT",
    "HANDLER",
    "INSTALL",
    "OUTFILE",
    "DUMPFILE",
    "INTO",
    "FROM STDIN",
    "PROGRAM",
    "SET GLOBAL",
    ", GLOBAL",
    "PERSIST",
    "NOTIFY",
    "LISTEN",
    "COMMENT ON",
    "SECURITY",
    "FOR UPDATE",
    "FOR SHARE",
    "PREPARE",
    "EXECUTE",
    "TRUNCATE TABLE",
];

/// The functions that statements to a source call; none of them changes anything (`set_config` is for the session).
const FUNCTIONS: &[&str] = &[
    "bit_or",
    "bool_and",
    "coalesce",
    "col_description",
    "concat",
    "concat_ws",
    "convert",
    "count",
    "current_database",
    "current_setting",
    "database",
    "dayofmonth",
    "format",
    "format_type",
    "generate_series",
    "has_column_privilege",
    "has_schema_privilege",
    "has_sequence_privilege",
    "has_table_privilege",
    "hex",
    "json_agg",
    "json_build_array",
    "json_build_object",
    "last_day",
    "length",
    "locate",
    "lower",
    "max",
    "min",
    "month",
    "obj_description",
    "pg_backend_pid",
    "pg_collation_is_visible",
    "pg_control_system",
    "pg_current_wal_lsn",
    "pg_export_snapshot",
    "pg_get_constraintdef",
    "pg_get_expr",
    "pg_get_function_identity_arguments",
    "pg_get_indexdef",
    "pg_is_in_recovery",
    "pg_last_wal_replay_lsn",
    "pg_opclass_is_visible",
    "pg_partition_root",
    "pg_partition_tree",
    "pg_relation_filenode",
    "pg_relation_size",
    "pg_sequence_last_value",
    "pg_table_size",
    "quote_ident",
    "row_security_active",
    "set_config",
    "string_agg",
    "substr",
    "sum",
    "to_jsonb",
    "unnest",
    "year",
];

/// What else may stand before a parenthesis: words, and names of our own subqueries.
const OTHERS: &[&str] = &[
    "", "and", "as", "chain", "copy", "exists", "from", "in", "join", "k", "lateral", "not", "object", "or", "stdout",
    "where",
];

/// As much as can be allowed is copied.
const ALLOWED: &[&str] = &[
    "--policy",
    "nul-text=strip",
    "--policy",
    "zero-date=null",
    "--policy",
    "out-of-range-date=null",
    "--policy",
    "nan=null",
    "--policy",
    "excess-precision=truncate",
];

/// The statement in capitals without comments, texts and quoted names, one blank between words.
fn bare(statement: &str) -> String {
    let mut out = String::new();
    let mut chars = statement.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' | '`' => {
                // A doubled quote begins the next part of the same text.
                while chars.next().is_some_and(|next| next != c) {}
                out.push_str(if c == '\'' { " '' " } else { " q " });
            }
            '-' if chars.peek() == Some(&'-') => {
                while chars.next().is_some_and(|next| next != '\n') {}
                out.push(' ');
            }
            c => out.extend(c.to_uppercase()),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words followed by an opening parenthesis.
fn functions(bare: &str) -> BTreeSet<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let ends = bare.match_indices('(').map(|(at, _)| bare[..at].trim_end());
    ends.map(|head| head.rsplit(|c| !is_word(c)).next().unwrap_or_default().to_lowercase()).collect()
}

fn is_listed(name: &str) -> bool {
    FUNCTIONS.contains(&name) || OTHERS.contains(&name)
}

fn holds(bare: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    bare.match_indices(word)
        .any(|(at, _)| !bare[..at].ends_with(is_word) && !bare[at + word.len()..].starts_with(is_word))
}

#[track_caller]
fn assert_only_reads(statements: &[String]) {
    assert!(statements.len() > 20, "only {} statements were seen", statements.len());
    let mut called = BTreeSet::new();
    for statement in statements {
        for part in bare(statement).split(';').map(str::trim).filter(|part| !part.is_empty()) {
            assert!(BEGINNINGS.iter().any(|word| part.starts_with(word)), "not a known beginning: {statement}");
            let found = WORDS.iter().find(|word| holds(part, word));
            assert!(found.is_none(), "{} in: {statement}", found.unwrap_or(&""));
            called.extend(functions(part));
        }
    }
    let unknown: Vec<_> = called.iter().filter(|name| !is_listed(name)).collect();
    assert!(unknown.is_empty(), "functions that are not on the list: {unknown:?}");
}

/// Rows that the server itself counted as written in the database.
fn written(source: &Database) -> String {
    source.run(
        "SELECT pg_stat_force_next_flush(); SELECT pg_stat_clear_snapshot();
         SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del), count(*) FROM pg_stat_user_tables",
    )
}

fn check(kind: Kind) {
    let (Some(server), Some(other)) = (Server::or_skip(kind), Server::or_skip(Kind::PostgreSql)) else { return };
    for fixture in [fixtures::types, fixtures::structure] {
        let source = fixture(&server);
        let target = Database::empty(&other, "only_read");
        let tap = Tap::new(&server);
        let before = fingerprint(&source);
        let counted = (kind == Kind::PostgreSql).then(|| written(&source));
        for command in ["plan", "copy", "verify"] {
            let call = Dbferry::new(command, &source, &target).args(&["--jobs", "3"]);
            let call = call.set("SourceDatabaseHost", &format!("127.0.0.1:{}", tap.port));
            // Some types are refused, and then there is nothing to compare: statements are sent all the same.
            let outcome = call.set("SourceDatabaseUseSsl", "false").args(ALLOWED).run();
            assert!([0, 1, 2].contains(&outcome.code), "{command}: {}", outcome.stderr);
        }
        assert_only_reads(&tap.statements());
        assert_untouched("the source", &before, &fingerprint(&source));
        assert_eq!(counted, (kind == Kind::PostgreSql).then(|| written(&source)), "the server counted writes");
    }
}

#[test]
fn postgresql_as_superuser_is_only_read() {
    check(Kind::PostgreSql);
}

#[test]
fn mariadb_as_superuser_is_only_read() {
    check(Kind::MariaDb);
}

#[test]
fn mysql_as_superuser_is_only_read() {
    check(Kind::MySql);
}

/// The guard itself: what writes is found however it is spelled, and names and texts are not mistaken.
#[test]
fn writes_are_recognised() {
    for write in [
        "select 1; Delete from t",
        "WITH x AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT 1",
        "SELECT 1 INTO t",
        "SELECT * FROM t FOR  UPDATE",
        "SET GLOBAL x = 1",
        "COPY t FROM STDIN",
        "SELECT nextval('s')",
    ] {
        let bare = bare(write);
        let found = bare
            .split(';')
            .any(|part| WORDS.iter().any(|w| holds(part, w)) || functions(part).iter().any(|f| !is_listed(f)));
        assert!(found, "{write}");
    }
    for read in
        ["SELECT \"update\" FROM `delete` WHERE a = 'DROP TABLE ''x''' -- insert\n", "SELECT update_rule FROM r"]
    {
        assert!(!WORDS.iter().any(|word| holds(&bare(read), word)), "{read}");
    }
}
