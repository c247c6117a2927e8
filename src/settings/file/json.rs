//! JSON through serde_json, whose raw values tell their position.

use super::{Budget, Entry, FileFault, Kind, Lines, Node, duplicate};
use crate::endpoint::Secret;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;

/// Parses one value; empty text is null.
pub(super) fn parse(text: &str) -> Result<Node, FileFault> {
    if text.trim().is_empty() {
        return Ok(Node { line: 1, kind: Kind::Null });
    }
    let raw: &RawValue = serde_json::from_str(text).map_err(|e| malformed(0, &e))?;
    let mut tree = Tree { base: text.as_ptr() as usize, lines: Lines::of(text), budget: Budget::default() };
    tree.node(raw.get(), 1)
}

struct Tree {
    base: usize,
    lines: Lines,
    budget: Budget,
}

impl Tree {
    /// Each level parses its own text once more; the depth is bounded.
    fn node(&mut self, text: &str, depth: usize) -> Result<Node, FileFault> {
        let line = self.lines.at((text.as_ptr() as usize).saturating_sub(self.base));
        self.budget.spend(line, depth)?;
        let kind = match text.as_bytes().first() {
            Some(b'{') => self.map(text, line, depth)?,
            Some(b'[') => self.list(text, line, depth)?,
            Some(b'"') => Kind::Scalar(Secret::new(read::<String>(text, line)?)),
            Some(b'n') => Kind::Null,
            _ => Kind::Scalar(Secret::new(text)),
        };
        Ok(Node { line, kind })
    }

    fn map(&mut self, text: &str, line: u32, depth: usize) -> Result<Kind, FileFault> {
        let Pairs(pairs) = read(text, line)?;
        let mut seen = HashSet::new();
        let mut entries = Vec::new();
        for (key, raw) in pairs {
            let value = self.node(raw.get(), depth + 1)?;
            if !seen.insert(key.clone()) {
                return Err(duplicate(value.line, &key));
            }
            entries.push(Entry { key, line: value.line, value });
        }
        Ok(Kind::Map(entries))
    }

    fn list(&mut self, text: &str, line: u32, depth: usize) -> Result<Kind, FileFault> {
        let Items(items) = read(text, line)?;
        items.into_iter().map(|raw| self.node(raw.get(), depth + 1)).collect::<Result<_, _>>().map(Kind::List)
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str, line: u32) -> Result<T, FileFault> {
    serde_json::from_str(text).map_err(|e| malformed(line as usize - 1, &e))
}

fn malformed(lines_before: usize, error: &serde_json::Error) -> FileFault {
    // Syntax errors quote nothing of the text; the position at their end is given as the line.
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    FileFault::new(
        lines_before + error.line().max(1),
        format!("malformed JSON: {what}"),
        "check quotes, commas and brackets",
    )
}

/// A map with duplicates and order kept.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

struct Items<'a>(Vec<&'a RawValue>);

struct PairsVisitor;

struct ItemsVisitor;

impl<'a> Visitor<'a> for PairsVisitor {
    type Value = Pairs<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Pairs<'a>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

impl<'a> Visitor<'a> for ItemsVisitor {
    type Value = Items<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<Items<'a>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Items(items))
    }
}

impl<'a> Deserialize<'a> for Pairs<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

impl<'a> Deserialize<'a> for Items<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor)
    }
}
