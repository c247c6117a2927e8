//! The shapes of configuration files: m2ee, Studio Pro and flat; what they say goes into the layers.

use super::fault::Origin;
use super::file::{Entry, Kind, Node};
use super::merged::{Merged, Rule, RuleForm, Strangers};
use super::names::{Key, OptionKey, quoted};
use crate::endpoint::Secret;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Takes over a file; returns the files it includes.
pub(super) fn take_file(root: Node, path: &Arc<Path>, merged: &mut Merged) -> Vec<(String, Origin)> {
    let origin = |line: u32| Origin::File(path.clone(), line);
    let entries = match root.kind {
        Kind::Null => return Vec::new(),
        Kind::Map(entries) => entries,
        _ => {
            merged.faults.add(Some(&origin(root.line)), "", "the file is not a map of settings", "write name: value");
            return Vec::new();
        }
    };
    let sections = ["mxruntime", "m2ee", "Configuration"];
    let shaped = entries.iter().any(|e| sections.contains(&e.key.as_str()));
    let mut includes = Vec::new();
    for entry in entries {
        let at = origin(entry.line);
        match entry.key.as_str() {
            "dbferry" => take_options(entry.value, &origin, merged),
            "include" => includes.extend(take_includes(entry.value, &origin, merged)),
            "mxruntime" | "Configuration" => {
                if entry.key == "Configuration" {
                    merged.deployment = studio_pro_deployment(path).or(merged.deployment.take());
                }
                take_section(entry.value, &entry.key, &origin, merged);
            }
            "m2ee" => take_m2ee(entry.value, merged),
            _ if shaped => {}
            _ => take_setting(entry, Strangers::Refused, &at, merged),
        }
    }
    includes
}

/// `deployment/model/config.json` belongs to the deployment folder.
fn studio_pro_deployment(path: &Path) -> Option<PathBuf> {
    let model = path.parent()?;
    (model.file_name()? == "model").then(|| model.parent().map(Path::to_path_buf)).flatten()
}

fn take_m2ee(node: Node, merged: &mut Merged) {
    let Kind::Map(entries) = node.kind else { return };
    for entry in entries {
        if let (true, Kind::Scalar(text)) = (entry.key == "app_base", &entry.value.kind) {
            merged.deployment = Some(PathBuf::from(text.expose()));
        }
    }
}

/// A section in which the settings of the Mendix runtime stand beside ours.
pub(super) fn take_section(node: Node, name: &str, origin: &dyn Fn(u32) -> Origin, merged: &mut Merged) {
    match node.kind {
        Kind::Null => {}
        Kind::Map(entries) => {
            for entry in entries {
                let at = origin(entry.line);
                take_setting(entry, Strangers::Ignored, &at, merged);
            }
        }
        _ => merged.faults.add(Some(&origin(node.line)), name, "is not a map of settings", "write name: value"),
    }
}

fn take_setting(entry: Entry, strangers: Strangers, origin: &Origin, merged: &mut Merged) {
    let Some(key) = merged.setting_key(&entry.key, strangers, origin) else { return };
    match entry.value.kind {
        Kind::Scalar(value) => merged.put(key, value, origin.clone()),
        Kind::Null => merged.put(key, Secret::default(), origin.clone()),
        Kind::List(_) | Kind::Map(_) => {
            merged.faults.add(
                Some(origin),
                &key.name(),
                "has more than one value",
                "write one text, number or true/false",
            );
        }
    }
}

fn take_options(node: Node, origin: &dyn Fn(u32) -> Origin, merged: &mut Merged) {
    let entries = match node.kind {
        Kind::Map(entries) => entries,
        Kind::Null => return,
        _ => {
            return merged.faults.add(
                Some(&origin(node.line)),
                "dbferry",
                "is not a map of options",
                "write name: value",
            );
        }
    };
    for entry in entries {
        let at = origin(entry.line);
        let Some(key) = merged.option_key(&entry.key, &at) else { continue };
        match entry.value.kind {
            Kind::Null => {}
            Kind::Scalar(value) => merged.put(key, value, at),
            Kind::List(nodes) => take_list(key, nodes, &at, merged),
            Kind::Map(entries) if key == Key::Option(OptionKey::Policies) => {
                take_policies(entries, "", 0, origin, merged);
            }
            Kind::Map(_) => merged.faults.add(Some(&at), &key.name(), "is a map", "write one value or a list"),
        }
    }
}

/// Only patterns and policies come in lists; they are joined by line ends, which no item may hold.
fn take_list(key: Key, nodes: Vec<Node>, origin: &Origin, merged: &mut Merged) {
    let listed = matches!(key, Key::Option(OptionKey::Tables | OptionKey::ExcludeTables | OptionKey::Policies));
    let mut text = String::new();
    for node in nodes {
        match node.kind {
            Kind::Scalar(item) if listed && !item.expose().contains('\n') => {
                text.push_str(item.expose());
                text.push('\n');
            }
            _ => {
                let what = if listed { "has an item that is not one line of text" } else { "is a list" };
                return merged.faults.add(Some(origin), &key.name(), what, "write plain values");
            }
        }
    }
    merged.put(key, Secret::new(text), origin.clone());
}

/// `kind: conversion`, below nothing, a table, `table.column`, or table and column one below the other.
fn take_policies(entries: Vec<Entry>, scope: &str, depth: u8, origin: &dyn Fn(u32) -> Origin, merged: &mut Merged) {
    for entry in entries {
        let at = origin(entry.line);
        match entry.value.kind {
            Kind::Scalar(conversion) => {
                let form = RuleForm::One(scope.to_string(), entry.key, conversion.expose().to_string());
                merged.rules.push(Rule { form, origin: at });
            }
            // YAML reads a bare `null` as nothing; here it is the name of a conversion.
            Kind::Null => {
                let form = RuleForm::One(scope.to_string(), entry.key, "null".to_string());
                merged.rules.push(Rule { form, origin: at });
            }
            Kind::Map(entries) if depth < 2 => {
                let inner = if scope.is_empty() { entry.key } else { format!("{scope}.{}", entry.key) };
                take_policies(entries, &inner, depth + 1, origin, merged);
            }
            Kind::Map(_) | Kind::List(_) => {
                let what = format!("{} is not a conversion", quoted(&entry.key));
                merged.faults.add(
                    Some(&at),
                    "dbferry.policies",
                    &what,
                    "write KIND: CONVERSION, or TABLE: with such lines below",
                );
            }
        }
    }
}

fn take_includes(node: Node, origin: &dyn Fn(u32) -> Origin, merged: &mut Merged) -> Vec<(String, Origin)> {
    let nodes = match node.kind {
        Kind::Null => Vec::new(),
        Kind::List(nodes) => nodes,
        kind => vec![Node { line: node.line, kind }],
    };
    let mut includes = Vec::new();
    for node in nodes {
        match node.kind {
            Kind::Scalar(text) => includes.push((text.expose().to_string(), origin(node.line))),
            _ => merged.faults.add(Some(&origin(node.line)), "include", "is not a list of files", "write paths"),
        }
    }
    includes
}
