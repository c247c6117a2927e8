//! TOML through the toml crate's spanned values.

use super::{Budget, Entry, FileFault, Kind, Lines, Node};
use crate::endpoint::Secret;
use toml::de::{DeTable, DeValue};

/// Parses a document.
pub(super) fn parse(text: &str) -> Result<Node, FileFault> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|e| {
        let line = e.span().map_or(0, |span| lines.at(span.start));
        // Only the message: the error's full text shows the line of the file.
        FileFault::new(line as usize, format!("malformed TOML: {}", e.message()), "check quotes and brackets")
    })?;
    let mut tree = Tree { lines, budget: Budget::default() };
    tree.table(table.get_ref(), 1, 1)
}

struct Tree {
    lines: Lines,
    budget: Budget,
}

impl Tree {
    fn table(&mut self, table: &DeTable<'_>, line: u32, depth: usize) -> Result<Node, FileFault> {
        self.budget.spend(line, depth)?;
        let mut entries = Vec::new();
        for (key, value) in table {
            let line = self.lines.at(key.span().start);
            let value = self.node(value.get_ref(), line, depth + 1)?;
            entries.push(Entry { key: key.get_ref().to_string(), line, value });
        }
        Ok(Node { line, kind: Kind::Map(entries) })
    }

    fn node(&mut self, value: &DeValue<'_>, line: u32, depth: usize) -> Result<Node, FileFault> {
        self.budget.spend(line, depth)?;
        let text = match value {
            DeValue::Table(table) => return self.table(table, line, depth),
            DeValue::Array(items) => {
                let mut nodes = Vec::new();
                for item in items.iter() {
                    nodes.push(self.node(item.get_ref(), self.lines.at(item.span().start), depth + 1)?);
                }
                return Ok(Node { line, kind: Kind::List(nodes) });
            }
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(value) => value.to_string(),
            DeValue::Datetime(date) => date.to_string(),
        };
        Ok(Node { line, kind: Kind::Scalar(Secret::new(text)) })
    }
}
