//! Configurations made to break the reader: bombs, devices, loops, encodings; each is one refusal, soon and in little memory.

use crate::support::dbferry::Dbferry;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

/// How long a refusal may take.
const SOON: Duration = Duration::from_secs(5);
/// Memory that reading any configuration may take, in MiB.
const MEMORY: u32 = 300;
/// A value that no message may hold.
const CANARY: &str = "c4n4ry";

/// Runs `plan` with a file and variables; the refusal.
#[track_caller]
fn refusal(what: &str, call: Dbferry, file: Option<&str>) -> String {
    let call = file.into_iter().fold(call, |call, file| call.args(&["-c", file]));
    let outcome = call.memory(MEMORY).run();
    let said = format!("{what}: {}", outcome.stderr);
    assert_eq!(outcome.code, 2, "{said}");
    assert!(outcome.elapsed < SOON, "it took {:?}: {said}", outcome.elapsed);
    assert!(outcome.stderr.contains("error: ") && !outcome.stderr.contains("panicked"), "{said}");
    assert!(!outcome.stderr.contains(CANARY), "a secret is shown: {said}");
    assert!(!outcome.stderr.contains(['\u{1b}', '\r', '\u{202e}']), "a control character is passed on: {said}");
    outcome.stderr
}

/// Text of a file by its name and what is said of it.
type Text = (&'static str, fn() -> Vec<u8>, &'static str);

const TEXTS: &[Text] = &[
    ("laughs.yaml", laughs, "more than 20000 values"),
    ("anchors.yaml", || b"a: &a [*a]\n".to_vec(), "alias"),
    ("deep.json", || [b"{\"a\":".repeat(5000), b"1".to_vec(), b"}".repeat(5000)].concat(), "deep.json"),
    ("deep.toml", || [b"a = ".to_vec(), b"[".repeat(5000), b"]".repeat(5000)].concat(), "deep.toml"),
    ("flow.yaml", || b"{".repeat(5000), "flow.yaml"),
    ("wide.yaml", || b"x".repeat(900_000), "wide.yaml"),
    (
        "keys.yaml",
        || (0..40_000).map(|n| format!("DatabaseX{n}: 1\n")).collect::<String>().into_bytes(),
        "more than 20000 values",
    ),
    ("long.json", || format!("{{\"DatabaseHost\": \"{}\"}}", "h".repeat(500_000)).into_bytes(), "DatabaseHost"),
    ("number.json", || b"{\"JdbcLoginTimeout\": 1e999}".to_vec(), "JdbcLoginTimeout"),
    ("negative.json", || b"{\"JdbcLoginTimeout\": -0}".to_vec(), "JdbcLoginTimeout"),
    ("giant.toml", || b"JdbcLoginTimeout = 99999999999999999999999999\n".to_vec(), "giant.toml"),
    ("surrogate.json", || b"{\"DatabaseHost\": \"\\ud800\"}".to_vec(), "surrogate.json"),
    ("nul.json", || b"{\"DatabaseHost\": \"a\\u0000b\"}".to_vec(), "DatabaseHost"),
    ("escape.json", || b"{\"DatabaseHots\\u001b[2J\\u202e\": 1}".to_vec(), "unknown setting"),
    ("line.json", || b"{\"x\\nerror: settings: all is well\": 1}".to_vec(), "unknown setting"),
    ("trailing.json", || b"{} {}".to_vec(), "malformed JSON"),
    ("half.json", || b"{\"DatabasePassword\": \"c4n4ry".to_vec(), "malformed JSON"),
    ("comment.json", || b"{ // c4n4ry\n}".to_vec(), "malformed JSON"),
    ("nan.json", || b"{\"JdbcLoginTimeout\": NaN}".to_vec(), "malformed JSON"),
    ("utf16.json", || b"\xfe\xff\0{\0}".to_vec(), "UTF-16"),
    ("utf32.yaml", || b"\0\0\xfe\xff\0\0\0a".to_vec(), "utf32.yaml"),
    ("latin.yaml", || b"DatabaseName: caf\xe9\n".to_vec(), "not valid UTF-8"),
    ("overlong.yaml", || b"DatabaseName: \xc0\xaf\n".to_vec(), "not valid UTF-8"),
    ("binary.toml", || (0..=255).collect(), "binary.toml"),
    ("tab.yaml", || b"mxruntime:\n\tDatabaseHost: x\n".to_vec(), "tab.yaml"),
    ("tag.yaml", || b"DatabaseHost: !!python/object/apply:os.system [c4n4ry]\n".to_vec(), "tag"),
    ("directive.yaml", || b"%TAG ! tag:x,2000:\n---\nDatabaseHost: !y c4n4ry\n".to_vec(), "directive.yaml"),
    ("merge.yaml", || b"b: &b {DatabaseHost: x}\n<<: *b\n".to_vec(), "merge.yaml"),
    ("complex.yaml", || b"? [a, b]\n: c4n4ry\n".to_vec(), "complex.yaml"),
    ("dates.toml", || b"DatabaseName = 1979-05-27T07:32:00Z\n[DatabaseHost]\nx = 1\n".to_vec(), "dates.toml"),
    ("again.toml", || b"DatabaseHost = 'a'\nDatabaseHost = 'b'\n".to_vec(), "again.toml"),
    ("dotted.toml", || b"DatabaseHost.x = 'c4n4ry'\n".to_vec(), "dotted.toml"),
    ("includes.yaml", || b"include: [includes.yaml]\n".to_vec(), "include"),
    ("outside.yaml", || b"include: [../../../../../../../../etc/passwd]\n".to_vec(), "passwd"),
    ("device.yaml", || b"include: [/dev/zero]\n".to_vec(), "/dev/zero"),
    ("many.yaml", || format!("include: [{}]\n", "a.yaml, ".repeat(5000)).into_bytes(), "many.yaml"),
];

/// A hundred million laughs in eight lines.
fn laughs() -> Vec<u8> {
    let line = |n: u8| {
        let (own, inner) = (char::from(b'a' + n), char::from(b'a' + n - 1));
        format!("{own}: &{own} [{}]\n", vec![format!("*{inner}"); 10].join(", "))
    };
    format!("a: &a lol\n{}DatabaseHost: *i\n", (1..9).map(line).collect::<String>()).into_bytes()
}

#[test]
fn texts() {
    for some in TEXTS.chunks(6) {
        std::thread::scope(|scope| {
            for (name, text, told) in some {
                scope.spawn(move || {
                    let call = Dbferry::bare("plan");
                    std::fs::write(call.path(name), text()).expect("file is written");
                    let said = refusal(name, call, Some(name));
                    assert!(said.contains(told), "{name}: {told} is not said: {said}");
                });
            }
        });
    }
}

/// Name of a file, what makes it, and what is said of it.
type Place = (&'static str, fn(&Path), &'static str);

/// Files that are no files.
#[test]
fn places() {
    let prepared: &[Place] = &[
        ("directory.yaml", |p| std::fs::create_dir(p).expect("directory"), "directory.yaml"),
        ("loop.yaml", |p| symlink("loop.yaml", p).expect("link"), "loop.yaml"),
        ("zero.yaml", |p| symlink("/dev/zero", p).expect("link"), "zero.yaml"),
        ("random.json", |p| symlink("/dev/urandom", p).expect("link"), "random.json"),
        ("missing.yaml", |_| (), "does not exist"),
        (
            "sparse.yaml",
            |p| std::fs::File::create(p).and_then(|f| f.set_len(100 << 30)).expect("sparse file"),
            "larger than",
        ),
    ];
    for (name, prepare, told) in prepared {
        let call = Dbferry::bare("plan");
        prepare(&call.path(name));
        let said = refusal(name, call, Some(name));
        assert!(said.contains(told), "{name}: {said}");
    }
}

/// Secrets from files that are no files, and variables that contradict each other.
#[test]
fn variables() {
    let cases = [
        ("MXRUNTIME_DatabasePassword_FILE", "/dev/zero", "/dev/zero"),
        ("MXRUNTIME_DatabasePassword_FILE", "/", "/"),
        ("MXRUNTIME_DatabasePassword_FILE", "/proc/self/mem", "/proc/self/mem"),
        ("MXRUNTIME_DatabasePassword_FILE", "", "DatabaseType"),
        ("CUSTOM_RUNTIME_SETTINGS", "{\"a\":{\"a\":{\"a\":", "malformed JSON"),
        ("DATABASE_URL", "postgres://u:c4n4ry@h:99999/db", "DATABASE_URL"),
        ("DATABASE_URL", "jdbc:postgresql://h/db?socketFactory=c4n4ry", "DATABASE_URL"),
        ("DATABASE_URL", "postgres://[::1/c4n4ry", "DATABASE_URL"),
        ("MXRUNTIME_DatabaseHost", "h\u{1b}[2J", "DatabaseHost"),
        ("MXRUNTIME_DatabaseHost", "-oProxyCommand=x", "DatabaseHost"),
        ("MXRUNTIME_DatabaseHost", "h/../x", "DatabaseHost"),
        ("MXRUNTIME_DatabaseHost", "h:0", "DatabaseHost"),
        ("DBFERRY_JOBS", "1e3", "jobs"),
        ("DBFERRY_TABLES", "{a,{b,{c", "tables"),
        ("DBFERRY_POLICIES", "a.b.c.d:nan=null,:::=", "policies"),
        ("DBFERRY_REPORT", "/proc/self/mem.html/x", "DatabaseType"),
    ];
    for (name, value, told) in cases {
        let said = refusal(name, Dbferry::bare("plan").env(name, value), None);
        assert!(said.contains(told), "{name}={value}: {said}");
    }
}
