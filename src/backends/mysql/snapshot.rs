//! One point in time for several sessions: opens snapshots and proves them equal, or falls back to one.

use super::connect::{self, Role};
use super::fault::Fault;
use super::session::Session;
use crate::endpoint::Endpoint;
use crate::error::{ErrorKind, Result};
use std::time::{Duration, Instant};

/// How long equal snapshots are tried for on a server that is being written.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Sessions in a snapshot each.
pub(super) struct Snapshots {
    /// At least one.
    pub(super) sessions: Vec<Session>,
    /// The point in time.
    pub(super) point: String,
    /// Why there are fewer sessions than wanted, or why they may differ.
    pub(super) note: Option<String>,
}

/// What shows whether anything was written between two moments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Mark {
    /// Binlog position, and GTIDs where there are any.
    binlog: Option<String>,
    /// InnoDB's log sequence number. It moves with every change *and every commit*; counters of changed
    /// rows do not see the commit of rows that were changed before, so they prove nothing.
    lsn: Option<String>,
}

impl Mark {
    fn proves(&self) -> bool {
        self.binlog.is_some() || self.lsn.is_some()
    }
}

/// Opens up to `wanted` sessions at one point in time.
///
/// # Errors
/// `Connect` when not even one session can be opened.
pub(super) fn open(endpoint: &Endpoint, wanted: usize) -> Result<Snapshots> {
    let mut sessions = Vec::with_capacity(wanted);
    for _ in 0..wanted.max(1) {
        match connect::open(endpoint, Role::Source) {
            Ok(session) => sessions.push(session),
            // The server's limit of connections is no reason to fail while there is one.
            Err(_) if !sessions.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    let fewer =
        (sessions.len() < wanted).then(|| format!("the server granted {} of {wanted} sessions", sessions.len()));
    let mut snapshots =
        align(endpoint, sessions).map_err(|f| f.error(ErrorKind::Connect, "no snapshot can be opened"))?;
    snapshots.note = snapshots.note.or(fewer);
    Ok(snapshots)
}

fn align(endpoint: &Endpoint, mut sessions: Vec<Session>) -> Result<Snapshots, Fault> {
    if sessions.len() == 1 {
        let point = start_all(&mut sessions)?;
        return Ok(Snapshots { sessions, point, note: None });
    }
    if endpoint.allow_source_lock
        && let Some(point) = under_lock(endpoint, &mut sessions)?
    {
        return Ok(Snapshots { sessions, point, note: Some("snapshots were lined up under a short lock".to_string()) });
    }
    let deadline = Instant::now() + PATIENCE;
    let why = loop {
        match attempt(&mut sessions)? {
            Ok(point) => return Ok(Snapshots { sessions, point, note: None }),
            Err(Refusal::Unprovable) => {
                break "without the binary log's position (REPLICATION CLIENT) or InnoDB's log sequence number (PROCESS), \
                       several sessions cannot be proved to see the same point in time";
            }
            Err(Refusal::Written) if Instant::now() > deadline => {
                break "the server is being written all the time, so several sessions could not be lined up";
            }
            Err(Refusal::Written) => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    if endpoint.allow_inconsistent {
        let point = start_all(&mut sessions)?;
        let note = format!("{why}; reading in parallel all the same, as asked for: rows may be of different moments");
        return Ok(Snapshots { sessions, point, note: Some(note) });
    }
    sessions.truncate(1);
    let point = start_all(&mut sessions)?;
    let note = format!("{why}; one session reads everything (--allow-source-lock lines several up under a short lock)");
    Ok(Snapshots { sessions, point, note: Some(note) })
}

enum Refusal {
    Written,
    Unprovable,
}

/// Opens all snapshots and proves them equal; the point in time on success.
fn attempt(sessions: &mut [Session]) -> Result<Result<String, Refusal>, Fault> {
    let Some(first) = sessions.first_mut() else { return Ok(Err(Refusal::Unprovable)) };
    let before = mark(first)?;
    let point = start_all(sessions)?;
    if let Some(positions) = own_positions(sessions)? {
        return Ok(if positions.windows(2).all(|w| w[0] == w[1]) { Ok(point) } else { Err(Refusal::Written) });
    }
    let Some(first) = sessions.first_mut() else { return Ok(Err(Refusal::Unprovable)) };
    let after = mark(first)?;
    Ok(if !before.proves() {
        Err(Refusal::Unprovable)
    } else if before == after {
        Ok(point)
    } else {
        Err(Refusal::Written)
    })
}

/// Starts a snapshot in every session and names the point in time.
fn start_all(sessions: &mut [Session]) -> Result<String, Fault> {
    for session in sessions.iter_mut() {
        // An earlier attempt left its transaction.
        session.run("ROLLBACK")?;
        session.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
        session.run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")?;
    }
    let Some(first) = sessions.first_mut() else { return Ok(String::new()) };
    if let Some(positions) = own_positions(std::slice::from_mut(first))? {
        return Ok(format!("binlog {}", positions.concat()));
    }
    match mark(first)?.binlog {
        Some(position) => Ok(format!("binlog {position}")),
        None => {
            let now = first.value("SELECT UTC_TIMESTAMP(6)")?.unwrap_or_default();
            Ok(format!("InnoDB read view at {now} UTC"))
        }
    }
}

/// MariaDB tells each session the binlog position that its own snapshot stands at.
fn own_positions(sessions: &mut [Session]) -> Result<Option<Vec<String>>, Fault> {
    let mut positions = Vec::new();
    for session in sessions {
        if !session.is_mariadb() {
            return Ok(None);
        }
        let rows =
            session.rows("SHOW STATUS WHERE Variable_name IN ('Binlog_snapshot_file', 'Binlog_snapshot_position')")?;
        let values: Vec<String> = rows.into_iter().filter_map(|row| row.into_iter().nth(1).flatten()).collect();
        if values.len() != 2 || values[0].is_empty() {
            return Ok(None);
        }
        positions.push(values.join(":"));
    }
    Ok(Some(positions))
}

/// Where the server stands in its history of writes, as far as the account may know.
fn mark(session: &mut Session) -> Result<Mark, Fault> {
    Ok(Mark { binlog: granted(binlog(session))?, lsn: granted(log_sequence_number(session))? })
}

/// A refusal by the server is no failure: the proof is then not to be had.
fn granted(outcome: Result<Option<String>, Fault>) -> Result<Option<String>, Fault> {
    match outcome {
        Err(fault) if fault.code().is_some() => Ok(None),
        other => other,
    }
}

fn binlog(session: &mut Session) -> Result<Option<String>, Fault> {
    let statement = if session.is_mysql_from((8, 2, 0)) { "SHOW BINARY LOG STATUS" } else { "SHOW MASTER STATUS" };
    let Some(row) = session.rows(statement)?.into_iter().next() else { return Ok(None) };
    let field = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    let gtids = field(4);
    let place = format!("{}:{}", field(0), field(1));
    Ok(Some(if gtids.is_empty() { place } else { format!("{place}, GTID {}", gtids.replace('\n', "")) }))
}

fn log_sequence_number(session: &mut Session) -> Result<Option<String>, Fault> {
    let status = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_lsn_current', 'Innodb_redo_log_current_lsn')";
    if let Some(row) = session.rows(status)?.into_iter().next() {
        return Ok(row.into_iter().nth(1).flatten());
    }
    // MySQL before 8.0.30: only in the monitor's text, which needs PROCESS.
    let monitor = session.rows("SHOW ENGINE INNODB STATUS")?;
    let text = monitor.into_iter().next().and_then(|row| row.into_iter().nth(2).flatten()).unwrap_or_default();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("Log sequence number"));
    Ok(line.map(|number| number.trim().to_string()))
}

/// Lines the snapshots up while a control session holds all writers; `None` where the account may not.
fn under_lock(endpoint: &Endpoint, sessions: &mut [Session]) -> Result<Option<String>, Fault> {
    let mut control = connect::open(endpoint, Role::Source)?;
    // A read-only transaction setting would refuse the lock on some servers.
    control.run("SET SESSION TRANSACTION READ WRITE")?;
    control.run("SET SESSION lock_wait_timeout = 10")?;
    match control.run("FLUSH TABLES WITH READ LOCK") {
        Ok(_) => {}
        Err(fault) if fault.code().is_some() => return Ok(None),
        Err(fault) => return Err(fault),
    }
    let point = start_all(sessions);
    control.run("UNLOCK TABLES")?;
    point.map(Some)
}
