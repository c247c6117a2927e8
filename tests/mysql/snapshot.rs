//! Several sessions see one point in time, or one session reads everything.

use super::{plan, schema, servers, source, table};
use dbferry::backends::{Range, Reader};
use dbferry::cell::{Cell, RowSink};
use dbferry::endpoint::Secret;
use dbferry::error::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Default)]
struct Sum(i64);

impl RowSink for Sum {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        if let Cell::I64(n) = cell {
            self.0 += n;
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        Ok(())
    }
}

fn sum(reader: &mut dyn Reader, read: &dbferry::backends::ReadTable) -> i64 {
    let mut sum = Sum::default();
    reader.read(read, &Range::All, &mut sum).unwrap();
    sum.0
}

#[test]
fn quiet_servers_give_all_sessions() {
    for server in servers() {
        let db = "mysql_t_snap";
        server.fresh(db);
        server
            .native(db, "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL); INSERT INTO t VALUES (1, 10), (2, 20);");
        let schema = schema(&server.database(db));
        let (read, _) = plan(table(&schema, "t"));
        let mut endpoint = server.database(db);
        for lock in [false, true] {
            endpoint.allow_source_lock = lock;
            let mut source = source(&endpoint).unwrap();
            let mut readers = source.open_readers(3).unwrap();
            eprintln!(
                "{}: {} sessions at {:?}, {:?}",
                server.product,
                readers.sessions.len(),
                readers.point,
                readers.note
            );
            // Other tests write to the same server meanwhile, so without the lock one session is right too.
            assert!(readers.sessions.len() == 3 || (!lock && readers.note.is_some()));
            let before = sum(readers.sessions[0].as_mut(), &read);
            server.native(db, "UPDATE t SET v = v + 1;");
            for reader in &mut readers.sessions {
                assert_eq!(sum(reader.as_mut(), &read), before, "the snapshot moved");
            }
        }
        server.drop(db);
    }
}

#[test]
fn a_busy_server_never_tears_the_snapshot() {
    for server in servers() {
        let db = "mysql_t_busy";
        server.fresh(db);
        server.native(db, "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL); INSERT INTO t VALUES (1, 0);");
        let schema = schema(&server.database(db));
        let (read, _) = plan(table(&schema, "t"));
        let stop = Arc::new(AtomicBool::new(false));
        let writer = {
            let (stop, server) = (stop.clone(), server.clone());
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    server.native(db, &"UPDATE t SET v = v + 1;".repeat(200));
                }
            })
        };
        let mut source = source(&server.database(db)).unwrap();
        for _ in 0..3 {
            let mut readers = source.open_readers(3).unwrap();
            let sums: Vec<i64> = readers.sessions.iter_mut().map(|r| sum(r.as_mut(), &read)).collect();
            assert!(sums.windows(2).all(|w| w[0] == w[1]), "{sums:?}");
            assert!(readers.sessions.len() == 3 || readers.note.is_some());
        }
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        server.drop(db);
    }
}

#[test]
fn accounts_without_privileges_still_get_a_snapshot() {
    for server in servers() {
        let db = "mysql_t_poor";
        server.fresh(db);
        server.native(
            db,
            "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (7); DROP USER IF EXISTS mysql_t_poor@'%'; \
             CREATE USER mysql_t_poor@'%' IDENTIFIED BY 'x1!'; GRANT SELECT ON mysql_t_poor.* TO mysql_t_poor@'%';",
        );
        let mut endpoint = server.database(db);
        endpoint.user = "mysql_t_poor".to_string();
        endpoint.password = Secret::new("x1!");
        let schema = schema(&endpoint);
        let (read, _) = plan(table(&schema, "t"));
        let mut readers = source(&endpoint).unwrap().open_readers(2).unwrap();
        eprintln!("{}: {} sessions at {:?}, {:?}", server.product, readers.sessions.len(), readers.point, readers.note);
        for reader in &mut readers.sessions {
            assert_eq!(sum(reader.as_mut(), &read), 7);
        }
        drop(readers);
        server.native("", "DROP USER mysql_t_poor@'%';");
        server.drop(db);
    }
}
