//! The builder.

use super::faults;
use dbferry::endpoint::{Endpoint, Engine};
use dbferry::settings::{Settings, SettingsBuilder, VerifyMode, names};

fn endpoint(host: &str) -> Endpoint {
    Endpoint::new(Engine::PostgreSql, host, 5432, "db")
}

fn pair() -> SettingsBuilder {
    Settings::builder().source(endpoint("a")).target(endpoint("b"))
}

#[test]
fn endpoints_and_options() {
    let settings = pair()
        .jobs(2)
        .tables(["a*"])
        .verify(VerifyMode::None)
        .policy("t", "nul-text", "strip")
        .set("dbferry.jobs", "3")
        .allow_inconsistent(true)
        .build()
        .unwrap();
    assert_eq!(settings.options.jobs, Some(3));
    assert_eq!(settings.options.verify, VerifyMode::None);
    assert!(settings.source.allow_inconsistent);
}

#[test]
fn names_and_values() {
    let settings = Settings::builder()
        .source(endpoint("a"))
        .set("DatabaseType", "MYSQL")
        .set("DatabaseHost", "h")
        .set("DatabaseName", "n")
        .set("DatabaseUserName", "u")
        .set("DatabasePassword", "c4n4ry")
        .build()
        .unwrap();
    assert_eq!(settings.target.password.expose(), "c4n4ry");
}

#[test]
fn faults_of_the_builder() {
    let cases = [
        (pair().jobs(0), "builder: dbferry.jobs"),
        (pair().tables(["["]), "builder: dbferry.tables: pattern 1"),
        (pair().policy("", "nan", "strip"), "policy nan does not know"),
        (pair().report("x.txt"), "builder: dbferry.report"),
        (pair().set("DatabaseHost", "x"), "the target is given as an endpoint, too"),
        (pair().set("Nonsense", "c4n4ry"), "unknown setting `Nonsense`"),
        (pair().target(endpoint("a")), "source and target are the same database"),
        (pair().source(Endpoint::new(Engine::MySql, "", 0, "")), "lacks host, port or database"),
        (Settings::builder().source(endpoint("a")), "DatabaseType: is missing"),
    ];
    for (builder, expected) in cases {
        let text = faults(builder.build());
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn tables_for_the_readme() {
    let settings = names::markdown_table();
    assert!(settings.contains("| `DatabaseJdbcUrl` | `SourceDatabaseJdbcUrl` |"));
    assert!(
        names::markdown_options().contains("| `--exclude-tables GLOB` | `exclude-tables` | `DBFERRY_EXCLUDE_TABLES` |")
    );
}
