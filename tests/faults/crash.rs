//! Servers that crash and start again, and servers whose disk is full.

use super::network::{SLOW, proxy, through};
use super::server::wait_for_claim;
use super::summary::tried;
use super::{SOURCE, assert_equal, copy, findings, resume, source, with};
use crate::support::client;
use crate::support::database::Database;
use crate::support::own::{Own, Small};
use crate::support::server::{Family, Kind, Server};

/// MiB in which the server finds room for the tables and not for all rows, and in which it finds enough.
const TIGHT: u32 = 26;
const WIDE: u32 = 400;

#[test]
fn postgresql_crashes_and_runs_full() {
    let (Some(from), Some(own)) = (Server::or_skip(Kind::PostgreSql), Own::or_skip(Kind::PostgreSql)) else { return };
    // As servers are set unless somebody decides otherwise.
    set(&own, "ROLE CURRENT_USER SET synchronous_commit = on");
    target_restarts(&source(&from), &own);
    confirmed_chunks_are_lost(&source(&from), &own);
    let mine = Database::filled(&own.server, "crash", &[SOURCE]);
    source_restarts(&mine, &Database::empty(&from, "crash"), &own);
    // Last: the server does not start again without its small file system.
    target_is_full(&source(&from), &own);
}

#[test]
fn mariadb_crashes_and_runs_full() {
    mysql_family(Kind::MariaDb);
}

#[test]
fn mysql_crashes_and_runs_full() {
    mysql_family(Kind::MySql);
}

fn mysql_family(kind: Kind) {
    let (Some(from), Some(own)) = (Server::or_skip(Kind::PostgreSql), Own::or_skip(kind)) else { return };
    let source = source(&from);
    target_restarts(&source, &own);
    // A copy is a source as good as any.
    let mine = Database::empty(&own.server, "crash");
    copy(&source, &mine).run().expect(0);
    source_restarts(&mine, &Database::empty(&from, "crash"), &own);
    drop(mine);
    target_is_full(&source, &own);
}

/// The run waits for the server and goes on: what it confirmed is there.
fn target_restarts(source: &Database, own: &Own) {
    let target = Database::empty(&own.server, "restart");
    let proxy = proxy(&own.server, SLOW);
    let call = through(copy(source, &target), "", &proxy);
    let mut running = call.start();
    wait_for_claim(&mut running, &target);
    own.restart("KILL");
    let outcome = running.wait().expect(0);
    assert!(!findings(&outcome, "retried").is_empty(), "the report does not tell of it");
    assert_equal(source, &target);
    tried(own.server.kind, "server crashes", 1);
}

/// A server that confirms before it has written: the run goes on only if nothing is missing.
fn confirmed_chunks_are_lost(source: &Database, own: &Own) {
    set(own, "ROLE CURRENT_USER SET synchronous_commit = off");
    set(own, "SYSTEM SET wal_writer_delay = '10s'");
    let target = Database::empty(&own.server, "lost");
    let proxy = proxy(&own.server, SLOW);
    let call = through(copy(source, &target), "", &proxy);
    let mut running = call.start();
    wait_for_claim(&mut running, &target);
    own.restart("KILL");
    let outcome = running.wait();
    if outcome.code != 0 {
        assert!(outcome.error().contains("chunks that it had confirmed"), "{}", outcome.error());
        resume(source, &target).run().expect(0);
    }
    assert_equal(source, &target);
    set(own, "ROLE CURRENT_USER SET synchronous_commit = on");
    set(own, "SYSTEM SET wal_writer_delay = default");
    tried(own.server.kind, "server crashes", 1);
}

fn set(own: &Own, setting: &str) {
    client::run(&own.server, "postgres", &format!("ALTER {setting};"));
    client::run(&own.server, "postgres", "SELECT pg_reload_conf();");
}

/// Snapshots do not outlive their server: the run says so and goes on under a new one.
fn source_restarts(source: &Database, target: &Database, own: &Own) {
    let proxy = proxy(&target.server, SLOW);
    let call = through(with(source, target, "1", "checksum"), "", &proxy);
    let mut running = call.start();
    wait_for_claim(&mut running, target);
    own.restart("KILL");
    let outcome = running.wait().expect(3);
    assert!(outcome.error().contains("--resume"), "{}", outcome.error());
    resume(source, target).run().expect(0);
    assert_equal(source, target);
    tried(target.server.kind, "server crashes", 1);
}

/// The run ends with what the server said and what to do; with room it goes on.
fn target_is_full(source: &Database, own: &Own) {
    let (target, small) = match tight(own) {
        Ok(both) => both,
        Err(why) => return eprintln!("skipped: no small file system for the server: {why}"),
    };
    let outcome = copy(source, &target).run().expect(3);
    assert!(outcome.error().contains("has no room left on its disk"), "{}", outcome.error());
    assert!(outcome.error().contains("--resume"), "{}", outcome.error());
    small.grow(WIDE);
    resume(source, &target).run().expect(0);
    assert_equal(source, &target);
    tried(own.server.kind, "full disks", 1);
    // It goes with its server; a mounted folder could not be dropped.
    std::mem::forget(target);
}

/// A database whose files lie in a small file system.
fn tight(own: &Own) -> Result<(Database, Small), String> {
    if own.server.kind.family() == Family::MySql {
        let target = Database::empty(&own.server, "tight");
        let folder = own.data().join(&target.name);
        // MariaDB keeps what it knows of a database there.
        let options = std::fs::read(folder.join("db.opt"));
        let small = Small::mount(folder.clone(), &folder, TIGHT)?;
        if let Ok(options) = options {
            std::fs::write(folder.join("db.opt"), options).map_err(|e| e.to_string())?;
        }
        small.belong_like(&own.data())?;
        return Ok((target, small));
    }
    let small = own.small("small", TIGHT)?;
    let place = small.path.join("space");
    std::fs::create_dir(&place).map_err(|e| e.to_string())?;
    small.belong_like(&own.data())?;
    client::run(&own.server, "postgres", &format!("CREATE TABLESPACE small LOCATION '{}'", place.display()));
    let target = Database::empty(&own.server, "tight");
    client::run(&own.server, "postgres", &format!("ALTER DATABASE {} SET TABLESPACE small", target.name));
    Ok((target, small))
}
