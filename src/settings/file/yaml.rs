//! YAML from parser events, never recursive, with limits on nesting and alias expansion.

use super::{Budget, Entry, FileFault, Kind, MAX_DEPTH, Node, duplicate};
use crate::endpoint::Secret;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Parses one document.
pub(super) fn parse(text: &str) -> Result<Node, FileFault> {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        // The parser's texts are fixed sentences, except for this one, which quotes the file.
        let (event, span) = event.map_err(|e| {
            let info = if e.info().starts_with("unexpected character") { "unexpected character" } else { e.info() };
            FileFault::new(e.marker().line(), format!("malformed YAML: {info}"), "quote values with special characters")
        })?;
        builder.event(event, u32::try_from(span.start.line()).unwrap_or(u32::MAX))?;
    }
    Ok(builder.root.unwrap_or(Node { line: 1, kind: Kind::Null }))
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    budget: Budget,
    documents: usize,
    root: Option<Node>,
}

/// A collection that is not finished.
struct Open {
    line: u32,
    anchor: usize,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashSet<String>, key: Option<(String, u32)> },
}

impl Builder {
    fn event(&mut self, event: Event<'_>, line: u32) -> Result<(), FileFault> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(FileFault::new(line as usize, "the file holds several YAML documents", "keep one"));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                check_tag(tag.as_ref(), line)?;
                let kind =
                    if is_null(&text, style, tag.as_ref()) { Kind::Null } else { Kind::Scalar(Secret::new(text)) };
                self.finish(Node { line, kind }, anchor)
            }
            Event::Alias(anchor) => self.alias(anchor, line),
            Event::SequenceStart(anchor, tag) => self.open(line, anchor, tag.as_ref(), Items::List(Vec::new())),
            Event::MappingStart(anchor, tag) => {
                let items = Items::Map { entries: Vec::new(), seen: HashSet::new(), key: None };
                self.open(line, anchor, tag.as_ref(), items)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn open(&mut self, line: u32, anchor: usize, tag: Option<&Cow<'_, Tag>>, items: Items) -> Result<(), FileFault> {
        check_tag(tag, line)?;
        self.budget.spend(line, self.open.len() + 1)?;
        self.open.push(Open { line, anchor, items });
        Ok(())
    }

    fn close(&mut self) -> Result<(), FileFault> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let kind = match open.items {
            Items::List(nodes) => Kind::List(nodes),
            Items::Map { entries, .. } => Kind::Map(entries),
        };
        self.finish(Node { line: open.line, kind }, open.anchor)
    }

    fn alias(&mut self, anchor: usize, line: u32) -> Result<(), FileFault> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(FileFault::new(line as usize, "an alias refers to itself", "write the value out"));
        };
        // Spent before cloning: anchors of aliases grow exponentially.
        spend_tree(node, &mut self.budget, self.open.len(), line)?;
        let node = Node { line, ..node.clone() };
        self.finish(node, 0)
    }

    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), FileFault> {
        self.budget.spend(node.line, self.open.len())?;
        if anchor != 0 {
            spend_tree(&node, &mut self.budget, 0, node.line)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.items {
            Items::List(nodes) => nodes.push(node),
            Items::Map { entries, seen, key } => match key.take() {
                Some((key, line)) => entries.push(Entry { key, line, value: node }),
                None => *key = Some(take_key(node, seen)?),
            },
        }
        Ok(())
    }
}

fn take_key(node: Node, seen: &mut HashSet<String>) -> Result<(String, u32), FileFault> {
    let Kind::Scalar(text) = &node.kind else {
        return Err(FileFault::new(node.line as usize, "a key of a map is not a name", "write name: value"));
    };
    let text = text.expose().to_string();
    if !seen.insert(text.clone()) {
        return Err(duplicate(node.line, &text));
    }
    Ok((text, node.line))
}

/// Recursion is bounded: no tree is deeper than `MAX_DEPTH`.
fn spend_tree(node: &Node, budget: &mut Budget, depth: usize, line: u32) -> Result<(), FileFault> {
    budget.spend(line, depth.min(MAX_DEPTH + 1))?;
    match &node.kind {
        Kind::Null | Kind::Scalar(_) => Ok(()),
        Kind::List(nodes) => nodes.iter().try_for_each(|n| spend_tree(n, budget, depth + 1, line)),
        Kind::Map(entries) => entries.iter().try_for_each(|e| spend_tree(&e.value, budget, depth + 1, line)),
    }
}

fn is_null(text: &str, style: ScalarStyle, tag: Option<&Cow<'_, Tag>>) -> bool {
    style == ScalarStyle::Plain
        && tag.is_none_or(|tag| tag.suffix != "str")
        && matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn check_tag(tag: Option<&Cow<'_, Tag>>, line: u32) -> Result<(), FileFault> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => {
            Err(FileFault::new(line as usize, "a value has a tag that is not read", "write the value without a !tag"))
        }
        _ => Ok(()),
    }
}
