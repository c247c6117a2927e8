//! The statements that make, fill and drop the control tables.

use super::{Definition, RunRow};
use crate::backends::{Range, TargetInfo};
use crate::dialect::Dialect;
use crate::dialect::names::{CHUNK, CONTROL_TABLES, RANGES, RUN, STEP};
use crate::plan::Statement;

/// Rows of one INSERT: statements stay far below every server's limit of length.
const BATCH: usize = 200;

/// Speaks of the control tables in the target's dialect.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    dialect: &'static Dialect,
    namespace: Option<String>,
}

impl Control {
    pub(crate) fn new(dialect: &'static Dialect, target: &TargetInfo) -> Self {
        Control { dialect, namespace: target.namespace.clone() }
    }

    fn name(&self, table: &str) -> String {
        self.dialect.qualified(self.namespace.as_deref(), table)
    }

    fn statement(&self, table: &str, sql: String) -> Statement {
        Statement { object: format!("table {}", self.dialect.quote(table)), sql }
    }

    fn text(&self, text: &str) -> String {
        self.dialect.literal(text)
    }

    /// `CREATE TABLE` of all, the run's own last.
    pub(crate) fn create(&self) -> [Statement; 4] {
        let phrases = &self.dialect.control;
        let tables = [(RANGES, &phrases.ranges), (CHUNK, &phrases.chunk), (STEP, &phrases.step), (RUN, &phrases.run)];
        tables.map(|(table, phrase)| self.statement(table, phrase.replace("{name}", &self.name(table))))
    }

    /// `DROP TABLE` of all, the run's own last.
    pub(crate) fn drop(&self) -> impl Iterator<Item = Statement> {
        let tables = CONTROL_TABLES.iter().rev();
        tables.map(|table| self.statement(table, format!("DROP TABLE IF EXISTS {}", self.name(table))))
    }

    /// The run's row.
    pub(crate) fn insert_run(&self, row: &RunRow) -> Statement {
        let texts = [&row.settings, &row.source, &row.snapshot, &row.plan];
        let texts: Vec<_> = texts.iter().map(|text| self.text(text)).collect();
        let (id, started, host) = (self.text(&row.run_id), self.text(&row.started), self.text(&row.host));
        let sql = format!(
            "INSERT INTO {} (run_id, epoch, started, host, settings, source, snapshot, plan) VALUES ({id}, {}, {started}, {host}, {})",
            self.name(RUN),
            row.epoch,
            texts.join(", ")
        );
        self.statement(RUN, sql)
    }

    /// Makes this run the one that may commit: from here on no session of an older epoch can.
    pub(crate) fn take_over(&self, row: &RunRow) -> Statement {
        let (started, host, snapshot) = (self.text(&row.started), self.text(&row.host), self.text(&row.snapshot));
        let sql = format!(
            "UPDATE {} SET epoch = {}, started = {started}, host = {host}, snapshot = {snapshot} WHERE epoch < {}",
            self.name(RUN),
            row.epoch,
            row.epoch
        );
        self.statement(RUN, sql)
    }

    /// Where tables were cut: number, name and ranges as JSON.
    pub(crate) fn insert_ranges(&self, tables: &[(usize, &str, &[&Range])]) -> Vec<Statement> {
        let rows = tables.iter().map(|(number, name, ranges)| {
            let ranges = serde_json::to_string(ranges).unwrap_or_default();
            format!("({number}, {}, {})", self.text(name), self.text(&ranges))
        });
        self.insert(RANGES, "table_no, table_name, ranges", rows.collect())
    }

    /// Forgets where tables were cut, before any of it was copied.
    pub(crate) fn forget_ranges(&self, tables: &[(usize, &str, &[&Range])]) -> Vec<Statement> {
        let numbers: Vec<_> = tables.iter().map(|(number, ..)| number.to_string()).collect();
        let lists = numbers.chunks(BATCH).map(|numbers| numbers.join(", "));
        let delete = |list| format!("DELETE FROM {} WHERE table_no IN ({list})", self.name(RANGES));
        lists.map(|list| self.statement(RANGES, delete(list))).collect()
    }

    /// Statements of the plan that were run.
    pub(crate) fn insert_steps(&self, epoch: i64, done: &[Definition]) -> Vec<Statement> {
        let rows = done.iter().map(|d| format!("({}, {epoch}, {})", self.text(&d.hash), self.text(&d.object)));
        self.insert(STEP, "definition, epoch, object", rows.collect())
    }

    /// Forgets statements, so that they can be written down without looking whether they are: a dying session of an
    /// earlier start may still have done so.
    pub(crate) fn forget_steps(&self, done: &[Definition]) -> Vec<Statement> {
        let name = self.name(STEP);
        let hashes: Vec<_> = done.iter().map(|d| self.text(&d.hash)).collect();
        let lists = hashes.chunks(BATCH).map(|hashes| hashes.join(", "));
        lists.map(|list| self.statement(STEP, format!("DELETE FROM {name} WHERE definition IN ({list})"))).collect()
    }

    fn insert(&self, table: &str, columns: &str, rows: Vec<String>) -> Vec<Statement> {
        let head = format!("INSERT INTO {} ({columns}) VALUES ", self.name(table));
        rows.chunks(BATCH).map(|rows| self.statement(table, format!("{head}{}", rows.join(", ")))).collect()
    }

    /// Forgets a table's chunks and empties it. Until all is done its list of ranges is empty, which tells the next
    /// start of a run that is stopped in between to do it again.
    pub(crate) fn restart_table(&self, number: usize, target: &str) -> [Statement; 4] {
        let control = |table: &str, verb: &str, rest: &str| {
            self.statement(table, format!("{verb} {}{rest} WHERE table_no = {number}", self.name(table)))
        };
        [
            control(RANGES, "UPDATE", " SET ranges = '[]'"),
            control(CHUNK, "DELETE FROM", ""),
            self.statement(target, format!("TRUNCATE TABLE {}", self.name(target))),
            control(RANGES, "DELETE FROM", ""),
        ]
    }

    pub(super) fn select_run(&self) -> String {
        let columns = "run_id, epoch, started, host, settings, source, snapshot, plan";
        format!("SELECT {columns} FROM {}", self.name(RUN))
    }

    pub(super) fn select_ranges(&self) -> String {
        format!("SELECT table_no, ranges FROM {}", self.name(RANGES))
    }

    pub(super) fn select_claims(&self) -> String {
        format!("SELECT table_no, chunk_no, row_count, row_hash FROM {}", self.name(CHUNK))
    }

    /// How many chunks this start has written down.
    pub(super) fn count_claims(&self, epoch: i64) -> String {
        format!("SELECT count(*) FROM {} WHERE epoch = {epoch}", self.name(CHUNK))
    }

    pub(super) fn select_steps(&self) -> String {
        format!("SELECT definition FROM {}", self.name(STEP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::load;

    #[test]
    fn tables_are_named_and_the_run_is_last() {
        let target = TargetInfo { namespace: Some("s".into()), ..TargetInfo::default() };
        let control = Control::new(load("postgresql").unwrap(), &target);
        let sql = control.create().map(|s| s.sql);
        assert!(sql[3].starts_with("CREATE TABLE \"s\".\"dbferry_run\" ("));
        assert!(sql[1].contains("PRIMARY KEY (table_no, chunk_no)"));
        assert_eq!(control.drop().last().unwrap().sql, "DROP TABLE IF EXISTS \"s\".\"dbferry_run\"");
        assert_eq!(control.restart_table(7, "t")[2].sql, "TRUNCATE TABLE \"s\".\"t\"");
    }

    #[test]
    fn rows_come_in_batches() {
        let control = Control::new(load("mysql").unwrap(), &TargetInfo::default());
        let definition = |n: usize| Definition { object: format!("it's {n}"), hash: n.to_string() };
        let statements = control.insert_steps(2, &(0..BATCH + 1).map(definition).collect::<Vec<_>>());
        assert_eq!(statements.len(), 2);
        let one = "INSERT INTO `dbferry_step` (definition, epoch, object) VALUES ('200', 2, 'it''s 200')";
        assert_eq!(statements[1].sql, one);
    }
}
