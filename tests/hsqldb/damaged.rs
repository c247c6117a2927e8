//! Damaged files: an error, never a panic, a hang or a wrong row.

use super::normal::read;
use super::samples::{CHANGES, LOBS, TYPES, of};
use crate::support::hsqldb::engine::{Dump, copy_of, engine};
use std::path::Path;

/// Reads a copy of `folder` after `harm`; what was read, or the error's text.
fn harmed(folder: &Path, harm: impl FnOnce(&Path)) -> Result<Dump, String> {
    let copy = copy_of(folder);
    harm(copy.path());
    read(copy.path()).map_err(|error| error.render())
}

/// Changes the bytes of one file.
fn change(file: &str, how: impl FnOnce(&mut Vec<u8>)) -> impl FnOnce(&Path) {
    move |folder: &Path| {
        let path = folder.join(file);
        let mut bytes = std::fs::read(&path).unwrap();
        how(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
    }
}

fn replace(file: &'static str, from: &'static str, to: &'static str) -> impl FnOnce(&Path) {
    change(file, move |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{file} does not hold {from}");
        *bytes = text.replacen(from, to, 1).into_bytes();
    })
}

#[test]
fn scripts_that_are_wrong_are_refused() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    engine.run(folder.path(), &of(TYPES, "MEMORY"));
    let script = "default.script";
    let cases: [(&'static str, &'static str, &str); 16] = [
        ("INSERT INTO CHILD VALUES(1,", "INSERT INTO CHILD VALUES(1", "row"),
        ("INSERT INTO CHILD VALUES(1,'Key',1,'x')", "INSERT INTO CHILD VALUES(1,'Key',1,'x'", "cut off"),
        ("INSERT INTO CHILD VALUES(1,'Key',1,'x')", "INSERT INTO CHILD VALUES(1,'Key,1,'x')", "row"),
        ("INSERT INTO CHILD VALUES(1,'Key',1,'x')", "INSERT INTO CHILD VALUES(1,'Key',1)", "3 values"),
        ("INSERT INTO CHILD VALUES(1,'Key',1,'x')", "INSERT INTO CHILD VALUES(x,'Key',1,'x')", "CHILD.ID"),
        ("INSERT INTO CHILD VALUES(1,'Key',1,'x')", "INSERT INTO CHILDREN VALUES(1,'Key',1,'x')", "does not exist"),
        ("INSERT INTO CHILD VALUES(1,'Key',1,'x')", "INSERT INTO CHILD VALUES(1,'\\u12',1,'x')", "four hex digits"),
        ("INSERT INTO CHILD VALUES(1,'Key',1,'x')", "INSERT INTO CHILD VALUES(1,'\\u0027',1,'x')", "quote"),
        ("INSERT INTO CHILD VALUES(1,'Key',1,'x')", "INSERT INTO CHILD VALUES(99999999999,'Key',1,'x')", "INTEGER"),
        ("INSERT INTO CHILD VALUES(1,'Key',1,'x')", "CREATE TABLE LATE(A INTEGER)", "among the rows"),
        ("CREATE MEMORY TABLE PUBLIC.CHILD", "CREATE MEMORY TABLE PUBLIC.CHILD2", "does not exist"),
        ("CREATE MEMORY TABLE PUBLIC.CHILD", "CREATE TEXT TABLE PUBLIC.CHILD", "TEXT table"),
        ("CREATE MEMORY TABLE PUBLIC.CHILD", "FROBNICATE TABLE PUBLIC.CHILD", "not known"),
        ("ID INTEGER PRIMARY KEY,\"pa\"", "ID FANCY PRIMARY KEY,\"pa\"", "FANCY"),
        ("0001-01-01", "0001-13-01", "no DATE"),
        ("2e14dba3-e4f2", "2e14dba3-e4fx", "no UUID"),
    ];
    for (from, to, expect) in cases {
        let error = harmed(folder.path(), replace(script, from, to)).unwrap_err();
        assert!(error.contains(expect), "{to}: {error}");
    }
}

#[test]
fn files_that_are_missing_or_foreign_are_refused() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    engine.run(folder.path(), &format!("{}{}", of(TYPES, "CACHED"), of(LOBS, "CACHED")));
    for file in ["default.script", "default.properties", "default.data", "default.lobs"] {
        let error = harmed(folder.path(), |folder| std::fs::remove_file(folder.join(file)).unwrap()).unwrap_err();
        assert!(error.contains(file), "{file}: {error}");
    }
    let properties: [(&str, &str); 4] = [
        ("modified=no", "modified=perhaps"),
        ("version=2", "version=1"),
        ("version=2", "verse=2"),
        ("version=2", "crypt_key=00\nversion=2"),
    ];
    for (from, to) in properties {
        assert!(harmed(folder.path(), replace("default.properties", from, to)).is_err(), "{to}");
    }
    assert!(harmed(folder.path(), change("default.script", |bytes| bytes.clear())).is_err());
    assert!(
        harmed(folder.path(), change("default.script", |bytes| bytes.iter_mut().for_each(|b| *b ^= 0xA5))).is_err()
    );
    assert!(
        harmed(folder.path(), change("default.script", |bytes| bytes[..2].copy_from_slice(&[0x1F, 0x8B]))).is_err()
    );
}

#[test]
fn a_log_that_is_cut_off_loses_only_what_was_not_committed() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    engine.run(folder.path(), &format!("{}SHUTDOWN;;\n", of(TYPES, "MEMORY")));
    engine.run_and_kill(folder.path(), CHANGES, "1500");
    let _ = std::fs::remove_file(folder.path().join("default.lck"));
    let length = std::fs::read(folder.path().join("default.log")).unwrap().len();
    // Java takes its time: the engine itself is asked about some of the places only.
    for (number, cut) in (0..length).step_by(length / 24 + 1).enumerate() {
        let copy = copy_of(folder.path());
        change("default.log", |bytes| bytes.truncate(cut))(copy.path());
        let ours = read(copy.path()).unwrap_or_else(|error| panic!("cut at {cut}: {error:?}"));
        if number % 6 == 0 {
            super::states::compare(&ours, &engine.dump(copy.path()));
        }
    }
    let middle = change("default.log", |bytes| bytes.splice(..0, *b"NONSENSE 1\n").for_each(drop));
    assert!(harmed(folder.path(), middle).unwrap_err().contains("line 1 of the log"));
    let zeros = change("default.log", |bytes| bytes.extend([0; 64]));
    assert!(harmed(folder.path(), zeros).is_ok());
}

#[test]
fn data_files_that_are_wrong_do_no_harm() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    engine.run(folder.path(), &format!("{}{}", of(TYPES, "CACHED"), of(LOBS, "CACHED")));
    let length = std::fs::read(folder.path().join("default.data")).unwrap().len();
    let mut refused = 0;
    for at in (0..60).map(|n| n * 37 % 4096) {
        // Bytes of values may change unseen; what must not happen is a panic or a hang.
        refused += u32::from(harmed(folder.path(), change("default.data", |bytes| bytes[at] ^= 0x55)).is_err());
    }
    assert!(refused > 5, "{refused}");
    for part in 1..8 {
        let cut = change("default.data", |bytes| bytes.truncate(length * part / 16 / 8));
        assert!(harmed(folder.path(), cut).is_err());
    }
    for (from, to) in [("INDEX '", "INDEX '9"), ("INDEX '", "INDEX 'x"), ("INDEX '", "INDEX '1 ")] {
        assert!(harmed(folder.path(), replace("default.script", from, to)).is_err(), "{to}");
    }
    let lobs = change("default.lobs", |bytes| bytes.truncate(40_000));
    assert!(harmed(folder.path(), lobs).unwrap_err().contains("LOB"));
    for word in ["INSERT INTO LOBS", "INSERT INTO LOB_IDS"] {
        let gone = change("default.script", |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            *bytes = text
                .lines()
                .filter(|line| !line.starts_with(word))
                .flat_map(|line| [line, "\n"])
                .collect::<String>()
                .into_bytes();
        });
        assert!(harmed(folder.path(), gone).unwrap_err().contains("LOB"));
    }
}
