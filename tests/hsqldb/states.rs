//! Databases that the real engine left in every state: we read what it reads, row for row.

use super::normal::{endpoint, read};
use super::samples::{CHANGES, DDL, LOBS, TYPES, of};
use crate::support::hsqldb::engine::{Dump, contents, engine};
use std::path::Path;

/// Reads a folder, compares with the engine, and proves that no file was touched.
fn check(folder: &Path) -> Dump {
    let engine = engine().unwrap();
    let _ = std::fs::remove_file(folder.join("default.lck"));
    let before = contents(folder);
    let ours = read(folder).unwrap();
    assert!(contents(folder) == before, "the source was changed");
    compare(&ours, &engine.dump(folder));
    ours
}

/// Fails on the first difference, naming it.
pub(crate) fn compare(ours: &Dump, theirs: &Dump) {
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for (name, rows) in theirs {
        let own = &ours[name];
        for (a, b) in own.iter().zip(rows) {
            assert_eq!(a, b, "table {name}");
        }
        assert_eq!(own.len(), rows.len(), "table {name}");
    }
}

#[test]
fn after_every_kind_of_shutdown() {
    let Some(engine) = engine() else { return };
    for kind in ["MEMORY", "CACHED"] {
        for end in ["SHUTDOWN", "SHUTDOWN COMPACT", "SHUTDOWN SCRIPT", "SHUTDOWN IMMEDIATELY"] {
            let folder = tempfile::tempdir().unwrap();
            engine.run(folder.path(), &of(TYPES, kind));
            engine.run(folder.path(), &format!("{CHANGES}{};;\n{end};;\n", of(LOBS, kind)));
            assert!(check(folder.path()).len() >= 7, "{kind} {end}");
        }
    }
}

#[test]
fn after_a_kill() {
    let Some(engine) = engine() else { return };
    for kind in ["MEMORY", "CACHED"] {
        for wait in ["0", "1500"] {
            let folder = tempfile::tempdir().unwrap();
            engine.run(folder.path(), &format!("{}SHUTDOWN;;\n", of(TYPES, kind)));
            let open = "SET AUTOCOMMIT FALSE;;\nINSERT INTO NOKEY(A) VALUES(99);;\n";
            engine.run_and_kill(folder.path(), &format!("{CHANGES}{}{open}", of(LOBS, kind)), wait);
            check(folder.path());
        }
    }
}

#[test]
fn after_a_kill_in_every_transaction_model() {
    let Some(engine) = engine() else { return };
    for model in ["LOCKS", "MVLOCKS", "MVCC"] {
        let folder = tempfile::tempdir().unwrap();
        engine.run(
            folder.path(),
            &format!("SET DATABASE TRANSACTION CONTROL {model};;\n{}SHUTDOWN;;\n", of(TYPES, "MEMORY")),
        );
        let open = "SET AUTOCOMMIT FALSE;;\nDELETE FROM NOKEY;;\nINSERT INTO NOKEY(A) VALUES(99);;\n@SLEEP 700;;\n";
        engine.run_and_kill(folder.path(), &format!("SET FILES WRITE DELAY FALSE;;\n{CHANGES}{open}"), "300");
        check(folder.path());
    }
}

#[test]
fn structure_changed_in_the_log() {
    let Some(engine) = engine() else { return };
    for kind in ["MEMORY", "CACHED"] {
        let folder = tempfile::tempdir().unwrap();
        engine.run(folder.path(), &format!("{}DROP VIEW V;;\nSHUTDOWN;;\n", of(TYPES, kind)));
        let said = engine.run_and_kill(folder.path(), &format!("{CHANGES}{DDL}"), "1500");
        assert!(!said.contains("ERR"), "{said}");
        check(folder.path());
    }
}

/// The format makes the engine checkpoint in the background, and a shutdown at the same time deadlocks it.
#[test]
fn a_compressed_script() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    engine.run(
        folder.path(),
        &format!("{}SET FILES SCRIPT FORMAT COMPRESSED;;\n@SLEEP 1500;;\nSHUTDOWN SCRIPT;;\n", of(TYPES, "MEMORY")),
    );
    assert!(std::fs::read(folder.path().join("default.script")).unwrap().starts_with(&[0x1F, 0x8B]));
    check(folder.path());
}

#[test]
fn many_pages_come_and_go() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    let table = "CREATE CACHED TABLE BIG(ID BIGINT PRIMARY KEY, T VARCHAR(300), D DECIMAL(12,3));;\n";
    engine.run(
        folder.path(),
        &format!("SET FILES CACHE ROWS 1000;;\n{table}@FILL BIG 12000;;\nCREATE INDEX BIG_T ON BIG(T);;\nSHUTDOWN;;\n"),
    );
    assert_eq!(check(folder.path())["BIG"].len(), 12_000);
    let changes = "DELETE FROM BIG WHERE MOD(ID, 3) = 0;;\nUPDATE BIG SET T=REPEAT('y', 250) WHERE MOD(ID, 7) = 0;;\nINSERT INTO BIG SELECT ID+100000, T, D FROM BIG WHERE ID < 4000;;\n";
    engine.run_and_kill(folder.path(), changes, "1500");
    check(folder.path());
    engine.run(folder.path(), "SHUTDOWN;;\n");
    check(folder.path());
}

#[test]
fn a_database_in_use_is_refused() {
    let Some(engine) = engine() else { return };
    use std::io::{BufRead, BufReader, Write};
    let folder = tempfile::tempdir().unwrap();
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), "CREATE TABLE T(A INTEGER);;\n").unwrap();
    let mut command = engine.command("hold", &folder.path().join("default"));
    let pipes = command.arg(script.path()).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    let error = super::normal::copy(endpoint(folder.path()), dbferry::backends::memory::MemoryDb::new("t").endpoint())
        .unwrap_err();
    child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    child.wait().unwrap();
    assert_eq!((error.kind(), error.exit_code()), (dbferry::ErrorKind::Connect, 2));
    assert!(error.help_text().unwrap().contains("stop the application"), "{error:?}");
    check(folder.path());
}
