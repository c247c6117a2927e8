//! Questions about the data: planning once without answers lists them, planning with answers uses them.

use crate::backends::Range;
use crate::probe::{Answer, Answers, Probe, TableProbes};
use crate::schema::Schema;
use std::collections::BTreeMap;

/// Answers questions, or notes them down.
#[derive(Default)]
pub(super) struct Data<'a> {
    answers: Option<&'a Answers>,
    asked: BTreeMap<String, Vec<Probe>>,
}

impl<'a> Data<'a> {
    /// Only notes questions down.
    pub(super) fn asking() -> Self {
        Data::default()
    }

    /// Answers them.
    pub(super) fn answering(answers: &'a Answers) -> Self {
        Data { answers: Some(answers), asked: BTreeMap::new() }
    }

    /// Whether answers are still to come.
    pub(super) fn is_asking(&self) -> bool {
        self.answers.is_none()
    }

    /// The answer, if there is one yet.
    pub(super) fn ask(&mut self, table: &str, probe: Probe) -> Option<&'a Answer> {
        if let Some(answers) = self.answers {
            return answers.get(table, &probe);
        }
        let asked = self.asked.entry(table.to_string()).or_default();
        if !asked.contains(&probe) {
            asked.push(probe);
        }
        None
    }

    /// All questions, table by table.
    pub(super) fn questions(mut self, schema: &Schema) -> Vec<TableProbes<'_>> {
        let tables = schema.tables.iter();
        tables
            .filter_map(|table| Some(TableProbes { table, probes: self.asked.remove(&table.name)?, range: Range::All }))
            .collect()
    }
}
