//! The forms of environment variables and which of them wins.

use super::{CANARY, Files, base_with, faults, loaded, show};
use dbferry::settings::Layers;

/// The base without the target's variables.
fn source_only(added: &[(&str, &str)]) -> Vec<(String, String)> {
    let target = ["Type", "Host", "Name", "UserName", "Password"].map(|n| format!("MXRUNTIME_Database{n}"));
    let removed = target.iter().map(|name| (name.as_str(), ""));
    base_with(&removed.chain(added.iter().copied()).collect::<Vec<_>>())
}

fn target(variables: Vec<(String, String)>) -> String {
    show(&loaded(Layers::new().environment(variables)).target)
}

#[test]
fn database_urls() {
    let url = format!("postgres://w:{CANARY}@h:1/db?sslmode=require");
    let expected = format!("POSTGRESQL h:1/db w:{CANARY} unverified");
    assert_eq!(target(source_only(&[("DATABASE_URL", &url)])), expected);
    assert_eq!(target(source_only(&[("DATABASE_ENDPOINT", &url)])), expected);
    assert_eq!(target(source_only(&[("DATABASE_URL", &url), ("DATABASE_ENDPOINT", &url)])), expected);
    let jdbc = format!("jdbc:mysql://h/db?user=w&password={CANARY}");
    assert_eq!(target(source_only(&[("DATABASE_URL", &jdbc)])), format!("MYSQL h:3306/db w:{CANARY} prefer"));
}

#[test]
fn database_url_faults() {
    let url = format!("postgres://w:{CANARY}@h/db");
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("DATABASE_URL", &url), ("DATABASE_ENDPOINT", "postgres://x:y@h/db")], "DATABASE_ENDPOINT differ"),
        (&[("DATABASE_URL", &url), ("DATABASE_CONNECTION_PARAMS", "{}")], "DATABASE_CONNECTION_PARAMS: is not read"),
        (
            &[("DATABASE_URL", "jdbc:sqlserver://db:1433;database=m;user=sa;password=c4n4ry")],
            "variable DATABASE_URL: this version does not read URLs of SQL Server",
        ),
        (
            &[("DATABASE_URL", "postgres://w:c4n4ry@h/db?sslmodd=x")],
            "variable DATABASE_URL: unknown parameter `sslmodd`; did you mean sslmode?",
        ),
        (&[("DATABASE_URL", "postgres://w:c4n4/c4n4ry@h/db")], "unescaped"),
        (&[("DATABASE_URL", "c4n4ry")], "not a URL"),
        (&[("DATABASE_URL", "postgres://h/db")], "DatabaseUserName: is missing: neither it nor the URL names the user"),
    ];
    for (added, expected) in cases {
        let text = faults(Layers::new().environment(source_only(added)).load());
        assert!(text.contains(expected), "{added:?}\n{text}");
    }
}

#[test]
fn the_runtime_s_variables_switch_database_url_off() {
    let settings = loaded(Layers::new().environment(base_with(&[("DATABASE_URL", "garbage c4n4ry")])));
    assert_eq!(settings.target.display_name(), "new:5432/app");
    assert_eq!(settings.warnings(), ["variable DATABASE_URL is ignored because MXRUNTIME_DatabaseHost is set"]);
}

#[test]
fn database_url_replaces_the_files_target() {
    let files = Files::new(&[(
        "a.yaml",
        "DatabaseType: MYSQL\nDatabaseHost: x\nDatabaseName: y\nDatabaseUserName: z\nDatabasePassword: c4n4ry\nDatabaseUseSsl: true\n",
    )]);
    let layers =
        Layers::new().file(files.path("a.yaml")).environment(source_only(&[("DATABASE_URL", "postgres://w:p@h/db")]));
    let settings = loaded(layers);
    assert_eq!(show(&settings.target), "POSTGRESQL h:5432/db w:p prefer");
    let layers = Layers::new().file(files.path("a.yaml")).environment(source_only(&[("DATABASE_URL", "mysql://h/db")]));
    assert_eq!(show(&loaded(layers).target), format!("MYSQL h:3306/db z:{CANARY} prefer"));
}

#[test]
fn precedence_within_the_environment() {
    let custom =
        r#"{"DatabaseHost": "custom", "DatabaseName": "custom", "com.mendix.x": {"a": [1]}, "DatabaseUseSsl": true}"#;
    let variables = base_with(&[
        ("CUSTOM_RUNTIME_SETTINGS", custom),
        ("RUNTIME_PARAMS_DATABASENAME", "params"),
        ("RUNTIME_PARAMS_UPLOADEDFILESPATH", "x"),
        ("MXRUNTIME_DatabaseName", ""),
        ("MXRUNTIME_com_mendix_storage_s3_EndPoint", "x"),
        ("MXRUNTIME_License.UseLicenseServer", "x"),
    ]);
    assert_eq!(target(variables), format!("POSTGRESQL new:5432/params writer:{CANARY} unverified"));
}

#[test]
fn secret_files() {
    let files = Files::new(&[
        ("one", "c4n4ry\n"),
        ("two", " c4n4ry \r\n"),
        ("empty", "\n"),
        ("url", "postgres://w:c4n4ry@h/db\n"),
    ]);
    files.write("latin1", b"\xE9\xE9");
    files.write("big", &vec![b'x'; 70_000]);
    let file = |name: &str| files.path(name).display().to_string();
    for (name, expected) in [("one", "c4n4ry"), ("two", " c4n4ry ")] {
        let path = file(name);
        let changes = [("MXRUNTIME_DatabasePassword", ""), ("MXRUNTIME_DatabasePassword_FILE", path.as_str())];
        let settings = loaded(Layers::new().environment(base_with(&changes)));
        assert_eq!(settings.target.password.expose(), expected);
    }
    let path = file("one");
    let changes = [("MXRUNTIME_DatabasePassword", ""), ("RUNTIME_PARAMS_DATABASEPASSWORD_FILE", path.as_str())];
    assert!(target(base_with(&changes)).contains(CANARY));
    let path = file("url");
    assert!(target(source_only(&[("DATABASE_URL_FILE", &path)])).contains("h:5432/db"));
    for (name, expected) in [
        ("empty", "the file is empty"),
        ("latin1", "not valid UTF-8"),
        ("big", "larger than 65536"),
        ("", "this is a directory"),
    ] {
        let path = file(name);
        let changes = [("MXRUNTIME_DatabasePassword", ""), ("MXRUNTIME_DatabasePassword_FILE", path.as_str())];
        let text = faults(Layers::new().environment(base_with(&changes)).load());
        assert!(text.starts_with("variable MXRUNTIME_DatabasePassword_FILE: ") && text.contains(expected), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn open_secret_files_are_told() {
    use std::os::unix::fs::PermissionsExt;
    let files = Files::new(&[("p", "c4n4ry\n")]);
    for (mode, warnings) in [(0o600, 0), (0o640, 1), (0o604, 1)] {
        std::fs::set_permissions(files.path("p"), std::fs::Permissions::from_mode(mode)).unwrap();
        let path = files.path("p").display().to_string();
        let changes = [("MXRUNTIME_DatabasePassword", ""), ("MXRUNTIME_DatabasePassword_FILE", path.as_str())];
        let settings = loaded(Layers::new().environment(base_with(&changes)));
        assert_eq!(settings.warnings().len(), warnings, "{mode:o}");
    }
}

#[cfg(unix)]
#[test]
fn values_that_are_not_text() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let broken = (OsString::from("MXRUNTIME_DatabaseHost"), OsString::from_vec(vec![0xE9]));
    let text = faults(Layers::new().environment([broken]).load());
    assert!(text.contains("variable MXRUNTIME_DatabaseHost: the value is not valid UTF-8"), "{text}");
}
