//! Everything that reads bytes which somebody else wrote, by name: what fuzzing and the seed test call.
//!
//! Only tests and fuzzing builds (`--cfg fuzzing`) have this module. A target takes any bytes and returns; a
//! panic, a hang or memory out of proportion is a fault.

use crate::backends::{hsqldb, mysql, postgresql};
use crate::cell::{Cell, RowSink};
use crate::error::Result;
use crate::{dialect, settings};

/// A target: its name and what it does with the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets; `fuzz/fuzz_targets` and `fuzz/seeds` have a file and a folder for each.
pub const TARGETS: [Target; 12] = [
    ("expression", dialect::fuzzing::expression),
    ("hsqldb_data", hsqldb::fuzzing::data),
    ("hsqldb_log", hsqldb::fuzzing::log),
    ("hsqldb_properties", hsqldb::fuzzing::properties),
    ("hsqldb_script", hsqldb::fuzzing::script),
    ("hsqldb_statement", hsqldb::fuzzing::statement),
    ("jdbc_url", settings::fuzzing::jdbc_url),
    ("mysql_rows", mysql::fuzzing::rows),
    ("mysql_session", mysql::fuzzing::session),
    ("postgresql_rows", postgresql::fuzzing::rows),
    ("postgresql_session", postgresql::fuzzing::session),
    ("settings_file", settings::fuzzing::file),
];

/// Runs the target of this name; panics if there is none, so that a target that does not exist cannot pass.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|(own, _)| *own == name);
    (target.unwrap_or_else(|| panic!("{name} is no fuzz target")).1)(data);
}

/// Takes every cell and looks at all of its bytes.
#[derive(Default)]
pub(crate) struct Swallow(u64);

impl RowSink for Swallow {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        let bytes = match &cell {
            Cell::Text(text) | Cell::Decimal(text) => text.as_bytes(),
            Cell::Bytes(bytes) | Cell::BrokenText(bytes) | Cell::Bits(bytes, _) => bytes,
            _ => cell.kind().as_bytes(),
        };
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum.wrapping_add(u64::from(*byte)));
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A connection whose server says `data` and closes. More than a socket holds is cut off.
#[cfg(unix)]
pub(crate) fn server_that_says(data: &[u8]) -> (crate::net::Stream, std::os::unix::net::UnixStream) {
    use std::io::Write;
    let (ours, mut theirs) = std::os::unix::net::UnixStream::pair().expect("a pair of sockets");
    let _ = theirs.write_all(&data[..data.len().min(32 << 10)]);
    let _ = theirs.shutdown(std::net::Shutdown::Write);
    // What the client says stays in the socket's buffer, unread.
    let stream = crate::pace::Paced::new(std::os::fd::OwnedFd::from(ours).into());
    (crate::net::Stream::Plain(stream), theirs)
}

/// A seed's bytes.
#[cfg(test)]
pub(crate) fn seed(target: &str, name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    std::fs::read(folder.join(target).join(name)).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};
    use std::sync::mpsc;
    use std::time::Duration;

    /// Far more than any seed takes.
    const PATIENCE: Duration = Duration::from_secs(20);
    /// Far more memory than any seed takes, in KiB.
    const GROWTH: u64 = 512 << 10;

    fn seeds(name: &str) -> Vec<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
        let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{} holds no seed", folder.display());
        files
    }

    /// The seed itself, cut off at some places, and with single bytes changed: the same at every run.
    fn variants(seed: &[u8]) -> Vec<Vec<u8>> {
        let mut all = vec![seed.to_vec(), Vec::new()];
        let step = |parts: usize| (seed.len() / parts).max(1);
        all.extend((0..seed.len()).step_by(step(12)).map(|cut| seed[..cut].to_vec()));
        for (n, at) in (0..seed.len()).step_by(step(48)).enumerate() {
            let mut changed = seed.to_vec();
            changed[at] = [0, 0xFF, b'\'', changed[at] ^ 0x80, changed[at].wrapping_add(1)][n % 5];
            all.push(changed);
        }
        all
    }

    /// Runs a target aside, so that a hang becomes a failure that names its input.
    fn within_patience(name: &'static str, target: fn(&[u8]), input: Vec<u8>, seed: &Path) {
        let (done, finished) = mpsc::channel();
        let worker = std::thread::spawn(move || {
            target(&input);
            let _ = done.send(());
        });
        if finished.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            panic!("{name} hangs on a variant of {}", seed.display());
        }
        assert!(worker.join().is_ok(), "{name} panics on a variant of {}", seed.display());
    }

    /// Peak memory of this process in KiB, where the system tells.
    fn peak() -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().trim_end_matches(" kB").parse().ok())
    }

    #[test]
    fn every_seed_and_its_variants_end_well() {
        let before = peak();
        for (name, target) in TARGETS {
            for seed in seeds(name) {
                let bytes = std::fs::read(&seed).unwrap();
                for input in variants(&bytes) {
                    within_patience(name, target, input, &seed);
                }
            }
        }
        let growth = peak().zip(before).map_or(0, |(after, before)| after.saturating_sub(before));
        assert!(growth < GROWTH, "the seeds took {growth} KiB");
    }

    #[test]
    fn every_target_has_its_binary() {
        for (name, _) in TARGETS {
            let file = format!("{}/fuzz/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
            assert!(std::fs::read_to_string(&file).unwrap().contains(&format!("run(\"{name}\", data)")), "{file}");
        }
    }
}
