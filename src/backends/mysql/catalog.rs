//! Introspection: the catalog of one database becomes a portable schema.

use super::columns;
use super::fault::Fault;
use super::grants;
use super::keys::{self, field};
use super::session::{Session, TextRow};
use super::sql;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Finding;
use crate::schema::{Check, OtherObject, Schema, Sequence, Table};
use std::collections::BTreeMap;

const TABLES: &str = include_str!("../../../dialects/mysql/tables.sql");
const COLUMNS: &str = include_str!("../../../dialects/mysql/columns.sql");
const INDEXES: &str = include_str!("../../../dialects/mysql/indexes.sql");
const INDEXES_EXPRESSION: &str = include_str!("../../../dialects/mysql/indexes_expression.sql");
const FOREIGN_KEYS: &str = include_str!("../../../dialects/mysql/foreign_keys.sql");
const FOREIGN_KEY_ACTIONS: &str = include_str!("../../../dialects/mysql/foreign_key_actions.sql");
const CHECKS_MARIADB: &str = include_str!("../../../dialects/mysql/checks_mariadb.sql");
const CHECKS_MYSQL: &str = include_str!("../../../dialects/mysql/checks_mysql.sql");
const TRIGGERS: &str = include_str!("../../../dialects/mysql/triggers.sql");
const ROUTINES: &str = include_str!("../../../dialects/mysql/routines.sql");
const EVENTS: &str = include_str!("../../../dialects/mysql/events.sql");

/// Rows of a catalog query by the table they belong to (compared exactly: `t` and `T` are two tables).
type ByTable = BTreeMap<String, Vec<TextRow>>;

/// Runs one catalog statement.
pub(super) fn query(session: &mut Session, statement: &str) -> Result<Vec<TextRow>> {
    let text = statement.trim_end().trim_end_matches(';');
    session.rows(text).map_err(|f| f.error(ErrorKind::Introspect, "a catalog query failed"))
}

/// Reads the structure of the session's database.
///
/// # Errors
/// `Introspect` when a query fails or the account may not read all tables.
pub(super) fn introspect(session: &mut Session, database: &str) -> Result<Schema> {
    let mut schema = Schema { product: session.product.clone(), database: database.to_string(), ..Schema::default() };
    let listed = query(session, TABLES)?;
    let parts = Parts::read(session)?;
    for row in &listed {
        match field(row, 1) {
            "BASE TABLE" => schema.tables.push(table(row, &parts, session.is_mariadb(), &mut schema.findings)),
            "SYSTEM VERSIONED" => schema.findings.push(versioned(field(row, 0))),
            "SEQUENCE" => schema.sequences.push(sequence(session, field(row, 0))?),
            "VIEW" | "SYSTEM VIEW" => schema.not_copied.push(other("view", field(row, 0))),
            _ => {}
        }
    }
    if session.is_mariadb() {
        for table in &schema.tables {
            schema.findings.extend(period(session, table)?);
        }
    }
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    schema.sequences.sort_by(|a, b| a.name.cmp(&b.name));
    not_copied(session, &mut schema)?;
    check_privileges(session, &mut schema)?;
    Ok(schema)
}

/// Everything but the tables themselves.
struct Parts {
    columns: ByTable,
    indexes: ByTable,
    foreign_keys: ByTable,
    actions: ByTable,
    checks: ByTable,
}

impl Parts {
    fn read(session: &mut Session) -> Result<Parts> {
        let indexes = if session.is_mysql_from((8, 0, 13)) { INDEXES_EXPRESSION } else { INDEXES };
        let checks = match session.is_mariadb() {
            true => Some(CHECKS_MARIADB),
            false => session.is_mysql_from((8, 0, 16)).then_some(CHECKS_MYSQL),
        };
        Ok(Parts {
            columns: by_table(query(session, COLUMNS)?),
            indexes: by_table(query(session, indexes)?),
            foreign_keys: by_table(query(session, FOREIGN_KEYS)?),
            actions: by_table(query(session, FOREIGN_KEY_ACTIONS)?),
            checks: by_table(checks.map_or(Ok(Vec::new()), |statement| query(session, statement))?),
        })
    }
}

fn by_table(rows: Vec<TextRow>) -> ByTable {
    let mut map = ByTable::new();
    for row in rows {
        map.entry(field(&row, 0).to_string()).or_default().push(row);
    }
    map
}

/// Rows of one table grouped by the name in their second column, in catalog order.
fn by_name(rows: &[TextRow]) -> Vec<(&str, Vec<&TextRow>)> {
    let mut groups: Vec<(&str, Vec<&TextRow>)> = Vec::new();
    for row in rows {
        let name = field(row, 1);
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, members)) => members.push(row),
            None => groups.push((name, vec![row])),
        }
    }
    groups
}

fn table(row: &TextRow, parts: &Parts, mariadb: bool, findings: &mut Vec<Finding>) -> Table {
    let name = field(row, 0);
    let rows = |map: &ByTable| map.get(name).cloned().unwrap_or_default();
    let mut table = Table {
        name: name.to_string(),
        comment: Some(field(row, 6)).filter(|c| !c.is_empty()).map(str::to_string),
        rows_estimate: field(row, 3).parse().unwrap_or(0),
        bytes_estimate: field(row, 4).parse().unwrap_or(0),
        ..Table::default()
    };
    for column in rows(&parts.columns) {
        findings.extend(columns::finding(name, &column));
        table.columns.push(columns::column(&column, mariadb));
    }
    set_next(&mut table, field(row, 5));
    for (index, members) in by_name(&rows(&parts.indexes)) {
        keys::add_index(&mut table, index, &members);
    }
    foreign_keys(&mut table, &rows(&parts.foreign_keys), &rows(&parts.actions), findings);
    checks(&mut table, &rows(&parts.checks), mariadb, findings);
    storage(row, findings);
    table
}

fn set_next(table: &mut Table, next: &str) {
    for identity in table.columns.iter_mut().filter_map(|c| c.identity.as_mut()) {
        identity.next = next.parse().ok();
    }
}

fn foreign_keys(table: &mut Table, rows: &[TextRow], actions: &[TextRow], findings: &mut Vec<Finding>) {
    for (name, members) in by_name(rows) {
        if members.iter().any(|row| field(row, 6) != "1") {
            let text =
                format!("foreign key {name} references database {}", members.first().map_or("", |r| field(r, 3)));
            findings.push(
                Finding::warning("foreign-key-not-copied", table.name.clone(), text)
                    .help("the key is not recreated: only one database is copied"),
            );
            continue;
        }
        let actions = actions.iter().find(|row| field(row, 1) == name);
        table.foreign_keys.push(keys::foreign_key(name, &members, actions));
    }
}

fn checks(table: &mut Table, rows: &[TextRow], mariadb: bool, findings: &mut Vec<Finding>) {
    for row in rows {
        if mariadb && columns::adopt_json_check(&mut table.columns, field(row, 2)) {
            continue;
        }
        let check = keys::check(row, mariadb);
        if field(row, 3) == "NO" {
            let text = format!("check {} is not enforced on the source and not recreated", check.name);
            findings.push(Finding::note("check-not-copied", table.name.clone(), text));
        } else {
            table.checks.push(check);
        }
    }
}

/// A period of application time, which the catalog shows only as a check of its name and as columns of its keys.
fn period(session: &mut Session, table: &Table) -> Result<Option<Finding>> {
    let ends = |check: &Check| check.expression.split_once("` < `").is_some() && !check.expression.contains('(');
    if !table.checks.iter().any(ends) {
        return Ok(None);
    }
    let rows = query(session, &format!("SHOW CREATE TABLE {}", sql::name(&table.name)))?;
    let definition = rows.first().map(|row| field(row, 1)).unwrap_or_default();
    let is_period = |name: &str| definition.contains(&format!("\n  PERIOD FOR {} (", sql::name(name)));
    let Some(period) = table.checks.iter().find(|check| ends(check) && is_period(&check.name)) else { return Ok(None) };
    let mut text = "the period becomes two columns and a check".to_string();
    if definition.contains("` WITHOUT OVERLAPS)") {
        text.push_str("; keys that kept its ranges apart (WITHOUT OVERLAPS) refuse only equal ones");
    }
    let object = format!("{}.{}", table.name, period.name);
    let help = "add the period and such keys again by hand after the copy, if the target knows them";
    Ok(Some(Finding::warning("period-flattened", object, text).help(help)))
}

/// What the storage of a table means for the copy.
fn storage(row: &TextRow, findings: &mut Vec<Finding>) {
    let (name, engine) = (field(row, 0), field(row, 2));
    if !engine.eq_ignore_ascii_case("InnoDB") {
        let text = format!(
            "the table is stored by {engine}, which has no snapshots: rows changed during the copy can be torn"
        );
        findings.push(
            Finding::warning("no-snapshot", name, text)
                .help("stop the application while copying, or ALTER TABLE … ENGINE = InnoDB first"),
        );
    }
    if field(row, 7).contains("partitioned") {
        findings.push(Finding::note(
            "partitions-not-copied",
            name,
            "all rows are copied, partitioning is not recreated",
        ));
    }
}

fn versioned(name: &str) -> Finding {
    Finding::error(
        "system-versioned",
        name,
        "the table keeps its history (WITH SYSTEM VERSIONING), which cannot be copied",
    )
    .help("exclude the table (--exclude-tables), or ALTER TABLE … DROP SYSTEM VERSIONING on a copy of the source")
}

fn sequence(session: &mut Session, name: &str) -> Result<Sequence> {
    let statement = format!(
        "SELECT next_not_cached_value, minimum_value, maximum_value, start_value, `increment`, cache_size, cycle_option \
         FROM {}",
        sql::name(name)
    );
    let rows = query(session, &statement).map_err(|e| e.object(name))?;
    let row = rows.first().ok_or_else(|| Error::new(ErrorKind::Introspect, "the sequence is empty").object(name))?;
    let number = |at: usize| field(row, at).parse::<i128>().unwrap_or(0);
    Ok(Sequence {
        name: name.to_string(),
        bytes: 8,
        start: number(3),
        increment: number(4),
        min: number(1),
        max: number(2),
        cycle: field(row, 6) != "0",
        cache: i64::try_from(number(5)).unwrap_or(0),
        // Values that the server holds in its cache are passed over; giving one twice would be worse.
        next: number(0),
    })
}

fn other(kind: &str, name: &str) -> OtherObject {
    OtherObject { kind: kind.to_string(), name: name.to_string() }
}

fn not_copied(session: &mut Session, schema: &mut Schema) -> Result<()> {
    for row in query(session, TRIGGERS)? {
        schema.not_copied.push(other("trigger", field(&row, 0)));
    }
    for row in query(session, ROUTINES)? {
        schema.not_copied.push(other(field(&row, 0), field(&row, 1)));
    }
    for row in query(session, EVENTS)? {
        schema.not_copied.push(other("event", field(&row, 0)));
    }
    schema.not_copied.sort();
    Ok(())
}

/// Tables without SELECT are listed all at once; what cannot be seen at all is told by kind.
fn check_privileges(session: &mut Session, schema: &mut Schema) -> Result<()> {
    let mut missing = Vec::new();
    for table in &schema.tables {
        match session.run(&format!("SELECT * FROM {} LIMIT 0", sql::name(&table.name))) {
            Err(fault) if fault.is_privilege() => missing.push(table.name.clone()),
            Err(fault) => {
                return Err(fault.error(ErrorKind::Introspect, "the table cannot be read").object(&*table.name));
            }
            Ok(_) => {}
        }
    }
    if !missing.is_empty() {
        let what = format!("the account may not read {} of the tables: {}", missing.len(), missing.join(", "));
        return Err(Error::new(ErrorKind::Introspect, what)
            .help(format!("GRANT SELECT ON {}.* TO the account", sql::name(&schema.database))));
    }
    schema.findings.extend(grants::findings(session, &schema.database)?);
    Ok(())
}

/// Reads positions of identities and sequences again.
pub(super) fn refresh_positions(session: &mut Session, schema: &mut Schema) -> Result<()> {
    let listed = query(session, TABLES)?;
    for table in &mut schema.tables {
        if let Some(row) = listed.iter().find(|row| field(row, 0) == table.name) {
            set_next(table, field(row, 5));
        }
    }
    for known in &mut schema.sequences {
        *known = sequence(session, &known.name)?;
    }
    Ok(())
}

/// Tables, views and sequences of a target database.
pub(super) fn inventory(session: &mut Session) -> Result<Vec<OtherObject>> {
    let mut objects: Vec<OtherObject> = query(session, TABLES)?
        .iter()
        .map(|row| match field(row, 1) {
            "VIEW" | "SYSTEM VIEW" => other("view", field(row, 0)),
            "SEQUENCE" => other("sequence", field(row, 0)),
            _ => other("table", field(row, 0)),
        })
        .collect();
    objects.sort();
    Ok(objects)
}

/// A server variable.
pub(super) fn variable(session: &mut Session, name: &str) -> Result<Option<String>, Fault> {
    session.value(&format!("SELECT @@{name}"))
}
