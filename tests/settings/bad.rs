//! Changes that spoil a complete configuration, and what is said about them.

use super::{CANARY, base_with, faults};
use dbferry::settings::Layers;

/// Changes of variables and what the fault must say.
const VARIABLES: &[(&[(&str, &str)], &str)] = &[
    (
        &[("MXRUNTIME_SourceDatabaseType", "")],
        "SourceDatabaseType: is missing: it names the kind of database; give SourceDatabaseType in a file, MXRUNTIME_SourceDatabaseType in the environment or --set SourceDatabaseType=…",
    ),
    (&[("MXRUNTIME_SourceDatabaseHost", "")], "SourceDatabaseHost: is missing"),
    (&[("MXRUNTIME_SourceDatabaseName", "")], "SourceDatabaseName: is missing"),
    (&[("MXRUNTIME_DatabaseUserName", "")], "DatabaseUserName: is missing"),
    (
        &[("MXRUNTIME_DatabaseType", "PostgrSQL")],
        "variable MXRUNTIME_DatabaseType: DatabaseType: is not a kind of database; did you mean POSTGRESQL?",
    ),
    (&[("MXRUNTIME_DatabaseType", "DB2")], "Db2 is not supported"),
    (&[("MXRUNTIME_DatabaseType", "MEMORY")], "is not a kind of database"),
    (&[("MXRUNTIME_DatabaseType", "SAPHANA")], "SAPHANA has no default port"),
    (&[("MXRUNTIME_DatabaseType", "HSQLDB")], "BuiltInDatabasePath: is missing"),
    (&[("MXRUNTIME_DatabaseHost", "new:port")], "the port is not a number from 1 to 65535"),
    (&[("MXRUNTIME_DatabaseHost", "::1")], "an IPv6 address needs brackets"),
    (&[("MXRUNTIME_DatabaseHost", "a,b")], "several hosts"),
    (&[("MXRUNTIME_DatabaseUseSsl", "maybe")], "DatabaseUseSsl: is neither true nor false"),
    (&[("MXRUNTIME_DatabaseUseIntegratedSecurity", "true")], "is only for SQL Server, not for POSTGRESQL"),
    (&[("MXRUNTIME_SourceDatabaseSchema", "s")], "MYSQL has no schemas within a database"),
    (&[("MXRUNTIME_JdbcLoginTimeout", "-1")], "JdbcLoginTimeout: is not a number of milliseconds"),
    (&[("MXRUNTIME_JdbcLoginTimeout", "5s")], "JdbcLoginTimeout: is not a number of milliseconds"),
    (&[("MXRUNTIME_DatabaseHots", "x")], "unknown setting `DatabaseHots`; did you mean DatabaseHost?"),
    (&[("MXRUNTIME_Database_Host", "x")], "unknown setting `Database.Host`; did you mean DatabaseHost?"),
    (&[("MXRUNTIME_SourceDatabaseFoo", "x")], "unknown setting `SourceDatabaseFoo`"),
    (&[("MXRUNTIME_SuorceDatabaseHost", "x")], "did you mean SourceDatabaseHost?"),
    (&[("RUNTIME_PARAMS_DATABASEHOTS", "x")], "did you mean DatabaseHost?"),
    (&[("MXRUNTIME_DATABASEHOST", "x")], "DatabaseHost: is given twice in the same layer"),
    (
        &[("MXRUNTIME_DatabaseJdbcUrl", "jdbc:mysql://h/db")],
        "DatabaseType: says POSTGRESQL, but DatabaseJdbcUrl is for MYSQL",
    ),
    (
        &[("MXRUNTIME_DatabaseJdbcUrl", "jdbc:sqlserver://h:1433;databaseName=x")],
        "this version does not read URLs of SQL Server",
    ),
    (&[("MXRUNTIME_DatabaseJdbcUrl", "postgres://h/db")], "this is not a JDBC URL"),
    (
        &[("MXRUNTIME_DatabaseJdbcUrl", "jdbc:postgresql://h/db?password=c4n4ry&sslmod=x")],
        "an unknown parameter follows the password",
    ),
    (&[("MXRUNTIME_DatabaseJdbcUrl", "jdbc:postgresql://h/db?sslfactory=x")], "parameter sslfactory is refused"),
    (
        &[("MXRUNTIME_DatabaseJdbcUrl", "jdbc:postgresql://h/db?currentSchema=a"), ("MXRUNTIME_DatabaseSchema", "b")],
        "differs from currentSchema",
    ),
    (
        &[("MXRUNTIME_DatabaseUserName", "a\nb")],
        "variable MXRUNTIME_DatabaseUserName: DatabaseUserName: holds a control character",
    ),
    (
        &[("MXRUNTIME_DatabaseJdbcUrl", "jdbc:postgresql://h/a%0Ab")],
        "variable MXRUNTIME_DatabaseJdbcUrl: DatabaseName: holds a control character",
    ),
    (
        &[("CUSTOM_RUNTIME_SETTINGS", "{\"DatabasePassword\": \"c4n4ry\\u0000\"}"), ("MXRUNTIME_DatabasePassword", "")],
        "DatabasePassword: holds a control character",
    ),
    (&[("DBFERRY_JOBS", "0")], "variable DBFERRY_JOBS: dbferry.jobs: is not a number from 1 to 256"),
    (&[("DBFERRY_JOB", "1")], "unknown option `JOB`; did you mean jobs?"),
    (&[("DBFERRY_VERIFY", "yes")], "write one of checksum, counts, none"),
    (&[("DBFERRY_PROGRESS", "fancy")], "write one of auto, bars, plain, json, none"),
    (&[("DBFERRY_FORMAT", "xml")], "write one of text, json"),
    (&[("DBFERRY_ALLOW_SOURCE_LOCK", "2")], "dbferry.allow-source-lock: is neither true nor false"),
    (&[("DBFERRY_TABLES", "a,[b")], "dbferry.tables: pattern 2 is malformed"),
    (&[("DBFERRY_REPORT", "r.pdf")], "name a file that ends in .json or .html"),
    (&[("DBFERRY_LOG_LEVEL", "a=b=c")], "is not a log filter"),
    (&[("DBFERRY_POLICIES", "zero-dates=null")], "unknown policy `zero-dates`"),
    (&[("DBFERRY_POLICIES", "zero-date")], "a policy has no `=`"),
    (&[("DBFERRY_POLICIES", "nul-text=null")], "allowed: strip, replace"),
    (
        &[("MXRUNTIME_SourceDatabaseType", "POSTGRESQL"), ("MXRUNTIME_SourceDatabaseHost", "NEW.")],
        "source and target are the same database",
    ),
    (
        &[
            ("MXRUNTIME_SourceDatabaseType", "POSTGRESQL"),
            ("MXRUNTIME_SourceDatabaseHost", "localhost:5432"),
            ("MXRUNTIME_DatabaseHost", "127.0.0.1"),
            ("MXRUNTIME_DatabaseSchema", "public"),
        ],
        "source and target are the same database, localhost:5432/app",
    ),
    (&[("CUSTOM_RUNTIME_SETTINGS", "{\"DatabaseHost\": c4n4ry}")], "malformed JSON"),
    (&[("CUSTOM_RUNTIME_SETTINGS", "[]")], "is not a map of settings"),
    (
        &[("CUSTOM_RUNTIME_SETTINGS", "{\"DatabaseHots\":\"c4n4ry\"}")],
        "variable CUSTOM_RUNTIME_SETTINGS: unknown setting `DatabaseHots`",
    ),
    (&[("CUSTOM_RUNTIME_SETTINGS", "{\"DatabaseName\":{}}")], "DatabaseName: has more than one value"),
    (&[("MXRUNTIME_DatabasePassword_FILE", "x")], "MXRUNTIME_DatabasePassword is set, too"),
    (
        &[("MXRUNTIME_DatabasePassword", ""), ("MXRUNTIME_DatabasePassword_FILE", "/does/not/exist")],
        "/does/not/exist: the file cannot be read: it does not exist",
    ),
];

#[test]
fn variables() {
    for (changes, expected) in VARIABLES {
        let text = faults(Layers::new().environment(base_with(changes)).load());
        assert!(text.contains(expected), "{changes:?}\n{text}");
        assert_eq!(text.lines().count(), 1, "{changes:?}\n{text}");
    }
}

#[test]
fn sets() {
    let url = format!("SourceDatabaseJdbcUrl=jdbc:mysql://u:{CANARY}@h/db");
    let password = format!("SourceDatabasePassword={CANARY}");
    let misspelt = format!("DatabasePasswrd={CANARY}");
    let cases = [
        (password.as_str(), "--set: SourceDatabasePassword: passwords are never accepted on the command line"),
        (url.as_str(), "--set: SourceDatabaseJdbcUrl: a URL with a password is never accepted on the command line"),
        (misspelt.as_str(), "did you mean DatabasePassword?"),
        (CANARY, "argument 1 has no `=`"),
        ("ApplicationRootUrl=x", "unknown setting `ApplicationRootUrl`"),
        ("jobs=3", "dbferry.jobs in --set"),
        ("dbferry.job=3", "unknown option `job`; did you mean jobs?"),
        ("dbferry.jobs=many", "--set: dbferry.jobs: is not a number"),
        ("a\u{1b}[31m\nb=1", "`a\\u{1b}[31m\\u{a}b`"),
    ];
    for (assignment, expected) in cases {
        let text = faults(Layers::new().environment(base_with(&[])).set(assignment).load());
        assert!(text.contains(expected), "{assignment}\n{text}");
    }
}

#[test]
fn a_later_host_is_not_ignored_silently() {
    let url = ("MXRUNTIME_DatabaseJdbcUrl", "jdbc:postgresql://u/x");
    let text = faults(Layers::new().environment(base_with(&[url])).set("DatabaseHost=other").load());
    assert!(
        text.contains("--set: DatabaseHost: is overridden by DatabaseJdbcUrl (variable MXRUNTIME_DatabaseJdbcUrl)"),
        "{text}"
    );
}

#[test]
fn all_faults_at_once() {
    let layers = Layers::new()
        .file("missing.yaml")
        .environment([("MXRUNTIME_DatabaseHost", "a b"), ("DBFERRY_JOBS", "x"), ("DBFERRY_NONE", "")])
        .set("DatabasePassword=c4n4ry")
        .flag("verify", "no");
    let text = faults(layers.load());
    let expected = [
        "missing.yaml: the file cannot be read",
        "variable DBFERRY_NONE: unknown option",
        "--set: DatabasePassword: passwords",
        "variable DBFERRY_JOBS: dbferry.jobs",
        "--verify: is none of",
        "SourceDatabaseType: is missing",
        "DatabaseType: is missing",
        "variable MXRUNTIME_DatabaseHost: DatabaseHost: this is not a host name",
    ];
    for part in expected {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(text.lines().count(), expected.len(), "{text}");
}

#[test]
fn nothing_given() {
    let text = faults(Layers::new().load());
    assert_eq!(text.lines().count(), 2, "{text}");
}
