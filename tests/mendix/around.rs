//! A database with 250 names that are too long goes around, and its rows and positions come back.

use super::app::{App, NEXT, table_name};
use super::catalog::Sql;
use crate::hsqldb::normal::{copy, endpoint, read};
use crate::support::database::Database;
use crate::support::hsqldb::engine::{Dump, engine, unhex};
use crate::support::server::{Kind, Server};
use dbferry::endpoint::{Endpoint, Engine, Secret};
use dbferry::report::Verdict;
use dbferry::{Migration, Report, Settings};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Entities of the app, and the names of theirs that are too long.
const ENTITIES: usize = 20;
const LONG_NAMES: usize = 250;

/// The endpoint of a database on a server.
pub(super) fn on(database: &Database) -> Endpoint {
    let server = &database.server;
    let engine = if server.kind == Kind::PostgreSql { Engine::PostgreSql } else { Engine::MySql };
    let mut endpoint = Endpoint::new(engine, server.host.clone(), server.port, database.name.clone());
    endpoint.user.clone_from(&server.user);
    endpoint.password = Secret::new(server.password.clone());
    endpoint
}

/// Where a target below `root` ends up.
pub(super) fn inside(root: &Path) -> PathBuf {
    root.join("hsqldb").join("default")
}

fn assert_verified(report: &Report) {
    assert!(report.tables.iter().all(|table| table.verified == Verdict::Equal));
}

/// Whether `verify` finds both sides equal.
fn verified(from: Endpoint, to: Endpoint) -> bool {
    let settings = Settings::builder().source(from).target(to).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(Migration::new(settings).verify()).unwrap().equal()
}

/// The changed names of a copy.
fn names(report: &Report) -> BTreeMap<String, String> {
    report.renames.iter().map(|rename| (rename.from.clone(), rename.to.clone())).collect()
}

/// A dump whose tables, and texts that are names, have their new names.
fn renamed(dump: &Dump, names: &BTreeMap<String, String>) -> Dump {
    let new = |name: &str| names.get(name).map_or(name, String::as_str).to_string();
    let cell = |cell: &str| match cell.starts_with('t') && cell != "true" {
        true => format!("t{}", new(&unhex(cell)).encode_utf16().map(|unit| format!("{unit:04x}")).collect::<String>()),
        false => cell.to_string(),
    };
    let row = |row: &String| row.split('|').map(cell).collect::<Vec<_>>().join("|");
    let rows = |rows: &Vec<String>| {
        let mut rows: Vec<String> = rows.iter().map(row).collect();
        rows.sort();
        rows
    };
    dump.iter().map(|(table, lines)| (new(table), rows(lines))).collect()
}

/// What the next value of each autonumber is on the engine that has files.
fn next_values(sql: &Sql<'_>, names: &BTreeMap<String, String>) -> Vec<i64> {
    let next = |number: usize| {
        let long = format!("{}_number_mxseq", table_name(number));
        let name = names.get(&long).unwrap_or(&long);
        match sql {
            Sql::Server(_) => format!("SELECT nextval('\"{name}\"')"),
            Sql::Files(..) => format!("SELECT NEXT VALUE FOR \"{name}\" FROM (VALUES(0))"),
        }
    };
    let calls: Vec<String> = (1..=NEXT.len()).map(next).collect();
    sql.answers(&calls).iter().map(|lines| lines[0].parse().unwrap()).collect()
}

#[test]
fn through_postgresql_and_back() {
    let (Some(engine), Some(server)) = (engine(), Server::or_skip(Kind::PostgreSql)) else { return };
    let (from, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let app = App::new(ENTITIES);
    assert!(app.longer_than(63) >= LONG_NAMES, "{}", app.longer_than(63));
    app.write(from.path());
    let original = read(from.path()).unwrap();
    let (looked_up, _) = Sql::Files(engine, from.path()).names_exist();

    let between = Database::empty(&server, "mendix_between");
    let there = copy(endpoint(from.path()), on(&between)).unwrap();
    assert_verified(&there);
    assert!(there.renames.len() >= LONG_NAMES);
    let sql = Sql::Server(&between);
    assert_eq!(sql.names_exist(), (looked_up, 63));
    assert!(verified(endpoint(from.path()), on(&between)));
    let changed =
        there.converted.iter().filter(|change| change.policy == "mendix-name").map(|change| change.cells).sum::<u64>();
    assert_eq!(changed as usize, names_changed(&original, &names(&there)));

    let back = copy(on(&between), endpoint(root.path())).unwrap();
    assert_verified(&back);
    assert!(back.renames.is_empty() && back.converted.is_empty(), "names that fit stay");
    let folder = inside(root.path());
    let sql = Sql::Files(engine, &folder);
    let last = read(&folder).unwrap();
    let expected = renamed(&original, &names(&there));
    assert_eq!(expected.keys().collect::<Vec<_>>(), last.keys().collect::<Vec<_>>());
    expected.iter().for_each(|(table, rows)| assert_eq!(rows, &last[table], "{table}"));
    assert_eq!(sql.names_exist(), (looked_up, 63));
    assert_eq!(next_values(&Sql::Server(&between), &names(&there)), NEXT);
    assert_eq!(next_values(&sql, &names(&there)), NEXT);
}

/// Cells of Mendix's tables that hold a name that changed.
fn names_changed(dump: &Dump, names: &BTreeMap<String, String>) -> usize {
    let own = dump.iter().filter(|(table, _)| table.starts_with("mendixsystem$")).flat_map(|(_, rows)| rows);
    let cells = own.flat_map(|row| row.split('|')).filter(|cell| cell.starts_with('t') && *cell != "true");
    cells.filter(|cell| names.contains_key(&unhex(cell))).count()
}

#[test]
fn text_stays_without_case_and_events_number_themselves() {
    let (Some(engine), Some(server)) = (engine(), Server::or_skip(Kind::PostgreSql)) else { return };
    let (from, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    App::new(1).write(from.path());
    let between = Database::empty(&server, "mendix_types");
    copy(endpoint(from.path()), on(&between)).unwrap();
    let event = "INSERT INTO \"mendixsystem$data_change_event\"(\"change_type\") VALUES (3)";
    let refused = between.attempt("INSERT INTO \"mendixsystem$data_change_event\"(\"sequence\") VALUES (99)");
    assert!(refused.unwrap_err().contains("GENERATED ALWAYS"));
    copy(on(&between), endpoint(root.path())).unwrap();
    assert_eq!(between.lines(&format!("{event} RETURNING \"sequence\"")), ["12"]);
    let folder = inside(root.path());
    let script = std::fs::read_to_string(folder.join("default.script")).unwrap();
    let said = engine.run(
        &folder,
        &format!(
            "SELECT COUNT(*) FROM \"system$user\" WHERE \"name\" = 'mXaDMIN';;\nINSERT INTO \"system$user\" VALUES(1, 'MXADMIN', TRUE);;\n\
             {event};;\nSELECT MAX(\"sequence\") FROM \"mendixsystem$data_change_event\";;\n\
             INSERT INTO \"mendixsystem$data_change_event\"(\"sequence\") VALUES (99);;\n"
        ),
    );
    let lines: Vec<_> = said.lines().map(|line| line.get(..9).unwrap_or(line)).collect();
    assert_eq!(lines, ["1", "ERR 23505", "12", "ERR 42542"], "{said}");
    let columns = [
        "VARBINARY(16777216)",
        "TIMESTAMP(6)",
        "DECIMAL(28,8)",
        "VARCHAR(2147483647) COLLATE",
        "AS BIGINT START WITH 1",
    ];
    columns.into_iter().for_each(|ty| assert!(script.contains(ty), "{ty}"));
}

#[test]
fn through_the_mysql_family_positions_stand_in_rows() {
    let Some(engine) = engine() else { return };
    for kind in [Kind::MariaDb, Kind::MySql] {
        let Some(server) = Server::or_skip(kind) else { continue };
        let (from, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        App::new(NEXT.len()).write(from.path());
        let between = Database::empty(&server, "mendix_rows");
        let there = copy(endpoint(from.path()), on(&between)).unwrap();
        assert_verified(&there);
        let sql = Sql::Server(&between);
        assert!(sql.names_exist().0 > 50);
        let held = "SELECT \"current_value\" + 1 FROM \"mendixsystem$sequence\" ORDER BY \"name\"";
        let held: Vec<i64> = sql.lines(held).iter().map(|line| line.parse().unwrap()).collect();
        assert_eq!(held, NEXT, "{}", kind.name());
        assert_eq!(sql.lines("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'SEQUENCE'"), ["0"]);
        let positions = there.positions.iter().filter(|position| position.object.ends_with("_mxseq"));
        assert_eq!(positions.map(|position| position.next as i64).collect::<Vec<_>>(), NEXT);

        // As the runtime itself would have made it.
        let born = format!("ALTER TABLE `{}` MODIFY `born` datetime", names(&there)[&table_name(1)]);
        between.run(&born);
        assert_verified(&copy(on(&between), endpoint(root.path())).unwrap());
        let folder = inside(root.path());
        let sql = Sql::Files(engine, &folder);
        assert!(sql.names_exist().0 > 50);
        let names = BTreeMap::new();
        assert_eq!(next_values(&sql, &names), NEXT);
        let columns = "FROM INFORMATION_SCHEMA.COLUMNS WHERE COLUMN_NAME";
        let paid = sql.lines(&format!("SELECT DATA_TYPE {columns} = 'paid'"));
        assert_eq!(paid[0], "BOOLEAN", "an indexed boolean stays one");
        let born = sql.lines(&format!("SELECT DATETIME_PRECISION {columns} = 'born'"));
        assert_eq!(born, ["6"; NEXT.len()], "as the runtime has it");
    }
}
