//! Changes to a complete configuration and what they mean.

use super::{BASE, CANARY, base_with, loaded, show};
use dbferry::settings::{Layers, OutputFormat, ProgressMode, VerifyMode};
use std::time::Duration;

#[test]
fn base() {
    let settings = loaded(Layers::new().environment(BASE.iter().copied()));
    assert_eq!(show(&settings.source), format!("MYSQL old:3306/app reader:{CANARY} prefer"));
    assert_eq!(show(&settings.target), format!("POSTGRESQL new:5432/app writer:{CANARY} prefer"));
    assert_eq!(settings.options, Default::default());
    assert!(settings.warnings().is_empty());
    assert_eq!(settings.target.connect_timeout, Duration::from_secs(5));
}

#[test]
fn targets() {
    let p = CANARY;
    let url = |text: &str| text.to_string();
    let cases: Vec<(Vec<(&str, String)>, String)> = vec![
        (vec![("DatabaseHost", url("new:6000"))], format!("POSTGRESQL new:6000/app writer:{p} prefer")),
        (vec![("DatabaseHost", url("[::1]:6000"))], format!("POSTGRESQL [::1]:6000/app writer:{p} prefer")),
        (vec![("DatabaseType", url("postgres"))], format!("POSTGRESQL new:5432/app writer:{p} prefer")),
        (vec![("DatabaseType", url("MariaDB"))], format!("MYSQL new:3306/app writer:{p} prefer")),
        (vec![("DatabaseType", url("sqlserver"))], format!("SQLSERVER new:1433/app writer:{p} prefer")),
        (vec![("DatabaseType", url("Oracle"))], format!("ORACLE new:1521/app writer:{p} prefer")),
        (
            vec![("DatabaseType", url("ORACLE")), ("OracleServiceName", url("svc"))],
            format!("ORACLE new:1521/svc writer:{p} prefer"),
        ),
        (
            vec![("DatabaseType", url("SapHana")), ("DatabaseHost", url("new:30015"))],
            format!("SAPHANA new:30015/app writer:{p} prefer"),
        ),
        (
            vec![("DatabaseType", url("Hsqldb")), ("BuiltInDatabasePath", url("d/b"))],
            format!("HSQLDB d/b writer:{p} prefer"),
        ),
        (
            vec![
                ("DatabaseType", url("SQLSERVER")),
                ("DatabaseUseIntegratedSecurity", url("True")),
                ("DatabaseUserName", String::new()),
            ],
            format!("SQLSERVER new:1433/app :{p} prefer"),
        ),
        (vec![("DatabaseUseSsl", url("true"))], format!("POSTGRESQL new:5432/app writer:{p} unverified")),
        (vec![("DatabaseUseSsl", url("False"))], format!("POSTGRESQL new:5432/app writer:{p} off")),
        (vec![("DatabaseUseIntegratedSecurity", url("False"))], format!("POSTGRESQL new:5432/app writer:{p} prefer")),
        (vec![("DatabaseSchema", url("s"))], format!("POSTGRESQL new:5432/app writer:{p} prefer schema=s")),
        (vec![("DatabasePassword", String::new())], "POSTGRESQL new:5432/app writer: prefer".to_string()),
        (
            vec![("DatabaseJdbcUrl", url("jdbc:postgresql://u:7000/x?sslmode=verify-full&currentSchema=s"))],
            format!("POSTGRESQL u:7000/x writer:{p} verify-full schema=s"),
        ),
        (
            vec![
                ("DatabaseJdbcUrl", format!("jdbc:postgresql://u/x?user=v&password={p}")),
                ("DatabaseUserName", String::new()),
            ],
            format!("POSTGRESQL u:5432/x v:{p} prefer"),
        ),
        (
            vec![("DatabaseJdbcUrl", url("jdbc:mysql://u/x?sslMode=VERIFY_CA")), ("DatabaseType", String::new())],
            format!("MYSQL u:3306/x writer:{p} verify-ca"),
        ),
    ];
    for (changes, expected) in cases {
        let names: Vec<(String, &String)> = changes.iter().map(|(n, v)| (format!("MXRUNTIME_{n}"), v)).collect();
        let changes: Vec<(&str, &str)> = names.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let settings = loaded(Layers::new().environment(base_with(&changes)));
        assert_eq!(show(&settings.target), expected, "{names:?}");
    }
}

#[test]
fn sources_mirror_targets() {
    let changes = [
        ("MXRUNTIME_SourceDatabaseType", "POSTGRESQL"),
        ("MXRUNTIME_SourceDatabaseJdbcUrl", "jdbc:postgresql://u/x?sslmode=require&connectTimeout=9"),
        ("MXRUNTIME_SourceDatabaseSchema", "s"),
        ("MXRUNTIME_JdbcLoginTimeout", "1500"),
    ];
    let settings = loaded(Layers::new().environment(base_with(&changes)));
    assert_eq!(show(&settings.source), format!("POSTGRESQL u:5432/x reader:{CANARY} unverified schema=s"));
    assert_eq!(settings.source.connect_timeout, Duration::from_secs(9));
    assert_eq!(settings.target.connect_timeout, Duration::from_millis(1500));
    let overridden =
        settings.warnings().iter().filter(|w| w.contains("is overridden by SourceDatabaseJdbcUrl")).count();
    assert_eq!(overridden, 2, "{:?}", settings.warnings());
}

#[test]
fn client_certificates() {
    let url = "jdbc:postgresql://u/x?sslmode=verify-ca&sslrootcert=ca.pem&sslcert=c.pem&sslkey=k.pem";
    let settings = loaded(Layers::new().environment(base_with(&[("MXRUNTIME_DatabaseJdbcUrl", url)])));
    assert_eq!(settings.target.client_certificate, Some(("c.pem".into(), "k.pem".into())));
}

#[test]
fn options_from_everywhere() {
    let variables = base_with(&[
        ("DBFERRY_JOBS", "3"),
        ("DBFERRY_VERIFY", "Counts"),
        ("DBFERRY_TABLES", "a*,{b,c}d"),
        ("DBFERRY_ALLOW_SOURCE_LOCK", "yes"),
        ("DBFERRY_POLICIES", "zero-date=null,t.c:zero-date=1970-01-01"),
        ("DBFERRY_TEST_MYSQL_URL", "for the test suite"),
    ]);
    let layers = Layers::new()
        .environment(variables)
        .set("dbferry.jobs=5")
        .set("dbferry.progress=plain")
        .flag("format", "json")
        .flag("jobs", "7")
        .flag("report", "r.html");
    let settings = loaded(layers);
    let options = &settings.options;
    assert_eq!((options.jobs, options.verify), (Some(7), VerifyMode::Counts));
    assert_eq!((options.progress, options.format), (ProgressMode::Plain, OutputFormat::Json));
    assert_eq!(options.tables, ["a*", "{b,c}d"]);
    assert_eq!(options.policies.iter().count(), 2);
    assert_eq!(options.report.as_deref(), Some("r.html".as_ref()));
    assert!(options.allow_source_lock && settings.source.allow_source_lock && !settings.target.allow_source_lock);
}

#[test]
fn set_wins_and_takes_back() {
    let url = ("MXRUNTIME_DatabaseJdbcUrl", "jdbc:postgresql://u/x");
    let layers = Layers::new().environment(base_with(&[url])).set("DatabaseJdbcUrl=").set("databasename=other");
    assert_eq!(loaded(layers).target.display_name(), "new:5432/other");
    let layers = Layers::new().environment(base_with(&[])).set("DatabaseJdbcUrl=jdbc:postgresql://u/x");
    assert_eq!(loaded(layers).target.display_name(), "u:5432/x");
}

#[test]
fn effective_settings_are_masked() {
    let url = format!("jdbc:postgresql://u/x?password={CANARY}");
    let settings =
        loaded(Layers::new().environment(base_with(&[("MXRUNTIME_DatabaseJdbcUrl", &url)])).set("dbferry.jobs=2"));
    let lines: Vec<String> =
        settings.effective().iter().map(|e| format!("{} = {} ({})", e.name, e.value, e.origin)).collect();
    assert!(lines.contains(&"DatabasePassword = *** (variable MXRUNTIME_DatabasePassword)".to_string()), "{lines:?}");
    let url = "DatabaseJdbcUrl = jdbc:postgresql://u/x (variable MXRUNTIME_DatabaseJdbcUrl)";
    assert!(lines.contains(&url.to_string()), "{lines:?}");
    assert!(lines.contains(&"dbferry.jobs = 2 (--set)".to_string()), "{lines:?}");
    assert!(!lines.concat().contains(CANARY));
}
