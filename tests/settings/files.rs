//! Files: shapes, layers, includes, and malformed ones.

use super::{CANARY, Files, base_with, faults, loaded, show};
use dbferry::settings::{Layers, VerifyMode};
use std::time::Duration;

const FLAT: &str = "\
SourceDatabaseType: MySQL
SourceDatabaseHost: old:3307
SourceDatabaseName: app
SourceDatabaseUserName: reader
sourcedatabasepassword: 0123
DatabaseType: PostgreSql
DatabaseHost: new
DatabaseName: app
DatabaseUserName: writer
DatabasePassword: c4n4ry
";

/// Loads one file; the faults' text has its directory removed.
fn fault_of(name: &str, text: &[u8]) -> String {
    let files = Files::new(&[]);
    files.write(name, text);
    files.bare(&faults(Layers::new().file(files.path(name)).environment(base_with(&[])).load()))
}

#[test]
fn flat_yaml() {
    let files = Files::new(&[("a.yml", FLAT)]);
    let settings = loaded(Layers::new().file(files.path("a.yml")));
    assert_eq!(show(&settings.source), "MYSQL old:3307/app reader:0123 prefer");
    let origin = files.bare(&settings.effective()[0].origin);
    assert_eq!(origin, "a.yml:1");
}

#[test]
fn flat_json_and_toml() {
    let json = FLAT.lines().filter_map(|line| line.split_once(": ")).map(|(n, v)| format!("\"{n}\": \"{v}\""));
    let json = format!("{{\n{}}}", json.collect::<Vec<_>>().join(",\n"));
    let toml = FLAT.lines().filter_map(|line| line.split_once(": ")).map(|(n, v)| format!("{n} = '{v}'\n"));
    let toml = format!(
        "{}JdbcLoginTimeout = 1_000\n[dbferry]\njobs = 2\nallow-source-lock = true\n[dbferry.policies]\nzero-date = 'null'\n[dbferry.policies.\"t.c\"]\nnul-text = 'strip'\n",
        toml.collect::<String>()
    );
    let files = Files::new(&[("a.json", &json), ("a.toml", &toml)]);
    let settings = loaded(Layers::new().file(files.path("a.json")));
    assert_eq!(show(&settings.target), format!("POSTGRESQL new:5432/app writer:{CANARY} prefer"));
    let settings = loaded(Layers::new().file(files.path("a.toml")));
    assert_eq!(settings.target.connect_timeout, Duration::from_secs(1));
    assert_eq!((settings.options.jobs, settings.options.allow_source_lock), (Some(2), true));
    assert_eq!(settings.options.policies.iter().count(), 2);
}

#[test]
fn m2ee() {
    let text = "\
m2ee:
  app_base: /srv/app
  admin_port: 9000
logging: [{type: file}]
mimetypes: {bmp: image/bmp}
mxruntime:
  ApplicationRootUrl: https://example.com
  CACertificates: [a, b]
  MicroflowConstants: {M.C: x}
  DatabaseType: PostgreSQL
  DatabaseHost: '[::1]:6000'
  DatabaseName: app
  DatabaseUserName: w
  DatabasePassword: c4n4ry
  DatabaseUseSsl: yes
  SourceDatabaseType: HSQLDB
  JdbcLoginTimeout: 700
dbferry:
  verify: counts
  tables:
  - a,b
  - c*
  policies:
    zero-date: null
    m$t:
      nul-text: strip
      c: {nul-text: replace}
";
    let files = Files::new(&[("m2ee.yaml", text)]);
    let settings = loaded(Layers::new().file(files.path("m2ee.yaml")));
    assert_eq!(show(&settings.source), "HSQLDB /srv/app/data/database : prefer");
    assert_eq!(settings.source.database, "default");
    assert_eq!(show(&settings.target), format!("POSTGRESQL [::1]:6000/app w:{CANARY} unverified"));
    assert_eq!(settings.options.tables, ["a,b", "c*"]);
    assert_eq!(settings.options.verify, VerifyMode::Counts);
    let scopes: Vec<&str> = settings.options.policies.iter().map(|(scope, ..)| scope).collect();
    assert_eq!(scopes, ["m$t", "m$t.c", ""]);
}

#[test]
fn studio_pro() {
    let text = r#"{"Configuration":{"DatabaseType":"HSQLDB","DatabaseName":"default","DatabaseHost":"",
        "DatabaseUseIntegratedSecurity":"False","SourceDatabaseType":"PostgreSql","SourceDatabaseHost":"h",
        "SourceDatabaseName":"n","SourceDatabaseUserName":"u","ApplicationRootUrl":"x"},
        "Constants":{"A.B":"c"},"AdminPassword":"1"}"#;
    let files = Files::new(&[("deployment/model/config.json", text)]);
    let settings = loaded(Layers::new().file(files.path("deployment/model/config.json")));
    assert_eq!(files.bare(&show(&settings.target)), "HSQLDB deployment/data/database : prefer");
    assert_eq!(show(&settings.source), "POSTGRESQL h:5432/n u: prefer");
}

#[test]
fn later_files_win_and_includes_override() {
    let files = Files::new(&[
        ("a.yaml", &format!("{FLAT}include: [sub/b.yaml]\n")),
        ("sub/b.yaml", "include: c.toml\nDatabaseHost: from-b\nDatabaseName: from-b\n"),
        ("sub/c.toml", "DatabaseName = 'from-c'\n"),
        ("d.json", "{\"DatabaseUserName\": \"from-d\"}"),
    ]);
    let layers = Layers::new().file(files.path("a.yaml")).file(files.path("d.json"));
    assert_eq!(show(&loaded(layers).target), format!("POSTGRESQL from-b:5432/from-c from-d:{CANARY} prefer"));
}

#[test]
fn includes_that_go_wrong() {
    let files = Files::new(&[
        ("a.yaml", "include: [b.yaml]\n"),
        ("b.yaml", "include:\n- ./a.yaml\n"),
        ("c.yaml", "include: [none.yaml]\n"),
        ("d.yaml", "include: {a: b}\n"),
    ]);
    for (name, expected) in [
        ("a.yaml", "b.yaml:2: include: "),
        ("c.yaml", "none.yaml: the file cannot be read: it does not exist (included at c.yaml:1)"),
        ("d.yaml", "d.yaml:1: include: is not a list of files"),
    ] {
        let text = files.bare(&faults(Layers::new().file(files.path(name)).environment(base_with(&[])).load()));
        assert!(text.contains(expected), "{name}\n{text}");
    }
}

#[test]
fn bad_files() {
    let cases: &[(&str, &[u8], &str)] = &[
        ("a.yaml", b"- a\n", "a.yaml:1: the file is not a map of settings"),
        ("a.yaml", b"DatabaseHost: x\nDatabaseHost: y\n", "a.yaml:2: `DatabaseHost` stands twice"),
        ("a.yaml", b"DatabaseHost: x\ndatabasehost: y\n", "DatabaseHost: is given twice"),
        ("a.yaml", b"\nDatabaseHots: x\n", "a.yaml:2: unknown setting `DatabaseHots`; did you mean DatabaseHost?"),
        ("a.yaml", b"ApplicationRootUrl: x\n", "a.yaml:1: unknown setting `ApplicationRootUrl`"),
        ("a.yaml", b"MxRuntime: {}\n", "unknown setting `MxRuntime`"),
        ("a.yaml", b"jobs: 3\n", "it is an option: jobs under `dbferry`"),
        ("a.yaml", b"DatabaseHost: [a]\n", "DatabaseHost: has more than one value"),
        ("a.yaml", b"mxruntime:\n  DatabaseHots: x\n", "a.yaml:2: unknown setting `DatabaseHots`"),
        ("a.yaml", b"mxruntime:\n  SouceDatabaseHost: x\n", "did you mean SourceDatabaseHost?"),
        (
            "a.yaml",
            b"b: &x {c: d}\nmxruntime:\n  <<: *x\n",
            "a.yaml:3: unknown setting `<<`; YAML merge keys are not read",
        ),
        ("a.yaml", b"mxruntime: c4n4ry\n", "mxruntime: is not a map of settings"),
        ("a.yaml", b"DatabasePassword: 'c4n4ry\n", "malformed YAML"),
        ("a.yaml", b"DatabasePassword: @c4n4ry\n", "malformed YAML: unexpected character"),
        ("a.yaml", b"DatabasePassword: !vault c4n4ry\n", "a value has a tag that is not read"),
        ("a.yaml", b"a: 1\n---\nb: 2\n", "a.yaml:2: the file holds several YAML documents"),
        ("a.yaml", b"dbferry: 1\n", "dbferry: is not a map of options"),
        ("a.yaml", b"dbferry:\n  job: 1\n", "a.yaml:2: unknown option `job`; did you mean jobs?"),
        ("a.yaml", b"dbferry:\n  jobs: [1]\n", "dbferry.jobs: is a list"),
        ("a.yaml", b"dbferry:\n  jobs: {a: 1}\n", "dbferry.jobs: is a map"),
        ("a.yaml", b"dbferry:\n\n  jobs: 1000\n", "a.yaml:3: dbferry.jobs: is not a number from 1 to 256"),
        ("a.yaml", b"dbferry:\n  tables: [{a: b}]\n", "has an item that is not one line of text"),
        (
            "a.yaml",
            b"dbferry:\n  policies:\n    zero-date: strip\n",
            "a.yaml:3: dbferry.policies: policy zero-date does not know",
        ),
        ("a.yaml", b"dbferry:\n  policies:\n    t: {c: {d: {nan: null}}}\n", "is not a conversion"),
        ("a.json", b"{\"DatabasePassword\": \"c4n4ry\n\"}", "a.json:1: malformed JSON"),
        ("a.json", b"{\"Configuration\": []}", "a.json:1: Configuration: is not a map of settings"),
        ("a.json", b"{\"Configuration\": {\n\"DatabaseHots\": 1}}", "a.json:2: unknown setting"),
        ("a.json", b"{\"DatabaseHost\": 1,\n\"DatabaseHost\": 2}", "a.json:2: `DatabaseHost` stands twice"),
        ("a.toml", b"\nDatabasePassword = c4n4ry\n", "a.toml:2: malformed TOML"),
        ("a.toml", b"[Database]\nHost = 'x'\n", "unknown setting `Database`"),
        ("a.toml", b"[dbferry]\nverify = 'sometimes'\n", "a.toml:2: dbferry.verify: is none of the known values"),
        ("a.yaml", b"\xFF\xFEa\x00:\x00", "a.yaml: the file is UTF-16; save it as UTF-8"),
        ("a.yaml", b"a: \0\n", "a.yaml:1: the file holds a NUL byte"),
        ("a.toml", b"\n# \xE9\n", "a.toml:2: the file is not valid UTF-8"),
        ("a.conf", b"", "HOCON files are not read"),
        ("a.ini", b"", "name the file .yaml, .yml, .json or .toml"),
        ("a", b"", "the format is not clear"),
    ];
    for (name, text, expected) in cases {
        let told = fault_of(name, text);
        assert!(told.contains(expected), "{name} {:?}\n{told}", String::from_utf8_lossy(text));
    }
    assert!(fault_of("big.yaml", &vec![b'#'; (1 << 20) + 1]).contains("larger than 1048576 bytes"));
    assert!(fault_of("deep.yaml", "- ".repeat(1 << 18).as_bytes()).contains("nested deeper than 32 levels"));
}

#[test]
fn byte_order_marks_and_empty_files_are_fine() {
    let files = Files::new(&[("empty.yaml", ""), ("null.json", "null"), ("empty.toml", "")]);
    files.write("bom.yaml", format!("\u{feff}{FLAT}").as_bytes());
    let names = ["empty.yaml", "null.json", "empty.toml", "bom.yaml"];
    loaded(names.iter().fold(Layers::new(), |layers, name| layers.file(files.path(name))));
}

#[cfg(unix)]
#[test]
fn open_files_with_passwords_are_told() {
    use std::os::unix::fs::PermissionsExt;
    let files = Files::new(&[("a.yaml", FLAT)]);
    for (mode, warnings) in [(0o600, 0), (0o640, 0), (0o644, 1)] {
        std::fs::set_permissions(files.path("a.yaml"), std::fs::Permissions::from_mode(mode)).unwrap();
        let settings = loaded(Layers::new().file(files.path("a.yaml")));
        assert_eq!(settings.warnings().len(), warnings, "{mode:o}");
    }
}
