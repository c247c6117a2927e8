//! Which statements of the plan were run already, by a hash of what they define.

use crate::error::{AtStep, Error, Nature, Result, Side};
use crate::plan::{Plan, Statement};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use xxhash_rust::xxh3::xxh3_128;

/// Something that a plan makes, and a hash of how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Definition {
    /// Its name, for messages.
    pub(crate) object: String,
    /// Hash of the statement.
    pub(crate) hash: String,
}

impl Definition {
    fn new(object: &str, text: &str) -> Self {
        let hash = xxh3_128(format!("{object}\0{text}").as_bytes());
        Definition { object: object.to_string(), hash: format!("{hash:032x}") }
    }

    fn of(statement: &Statement) -> Self {
        Definition::new(&statement.object, &statement.sql)
    }
}

/// Everything that a plan makes, and how each table's columns travel.
pub(crate) fn definitions(plan: &Plan) -> Vec<Definition> {
    let built = plan.statements().count() - plan.analyze.len() - plan.release.len();
    let built = plan.statements().take(built).map(Definition::of);
    let columns = plan.tables.iter().map(|table| {
        let columns = serde_json::to_string(&table.columns).unwrap_or_default();
        Definition::new(&format!("columns of table {}", table.source), &columns)
    });
    built.chain(columns).collect()
}

/// The statements that an earlier start of this run has done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    done: BTreeSet<String>,
    /// An earlier start may have done more than it could record.
    adopts: bool,
}

impl Steps {
    /// Of a run that goes on.
    pub(crate) fn resumed(done: BTreeSet<String>) -> Self {
        Steps { done, adopts: true }
    }

    /// Runs a statement unless it was done; `again` after a failure of which the server said nothing. What it was to make and is there already is ours: the target was empty
    /// when the run began, servers make each object wholly or not at all, and nobody else holds the run lock.
    ///
    /// # Errors
    /// What the server refuses.
    pub(crate) fn run(
        &self,
        statement: &Statement,
        again: bool,
        execute: &mut dyn FnMut(&str) -> Result<()>,
    ) -> Result<Option<Definition>> {
        let definition = Definition::of(statement);
        if self.done.contains(&definition.hash) {
            return Ok(None);
        }
        match execute(&statement.sql).on(Side::Target) {
            Ok(()) => Ok(Some(definition)),
            Err(error) if (self.adopts || again) && is_there(&error) => Ok(Some(definition)),
            Err(error) => Err(error.object(statement.object.clone())),
        }
    }
}

fn is_there(error: &Error) -> bool {
    error.how() == Nature::Exists
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn statement(sql: &str) -> Statement {
        Statement { object: "table t".into(), sql: sql.into() }
    }

    fn exists(_: &str) -> Result<()> {
        Err(Error::new(ErrorKind::Ddl, "there is such a table").nature(Nature::Exists))
    }

    #[test]
    fn what_is_done_is_not_done_again() {
        let done = Definition::of(&statement("CREATE TABLE t (a int)"));
        let steps = Steps::resumed([done.hash].into());
        assert_eq!(steps.run(&statement("CREATE TABLE t (a int)"), false, &mut exists).unwrap(), None);
    }

    #[test]
    fn only_a_resumed_run_adopts_what_is_there() {
        let made = Steps::resumed(BTreeSet::new()).run(&statement("CREATE TABLE t (a int)"), false, &mut exists);
        assert_eq!(made.unwrap().unwrap().object, "table t");
        let again = Steps::default().run(&statement("CREATE TABLE t (a int)"), true, &mut exists);
        assert!(again.unwrap().is_some());
        let refused = Steps::default().run(&statement("CREATE TABLE t (a int)"), false, &mut exists);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Ddl);
    }

    #[test]
    fn another_definition_has_another_hash() {
        let (a, b) = (Definition::of(&statement("CREATE TABLE t (a int)")), Definition::new("table t", "other"));
        assert!(a.object == b.object && a.hash != b.hash);
    }
}
