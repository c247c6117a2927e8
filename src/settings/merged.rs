//! The layers merged: the last value of each setting with its origin.

use super::fault::{Faults, Origin};
use super::names::{Class, Key, OptionKey, classify, find_option, quoted};
use crate::endpoint::Secret;
use std::collections::HashMap;
use std::path::PathBuf;

/// A value and where it came from. Every value is kept like a secret, so that none is printed by chance.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) value: Secret,
    pub(super) origin: Origin,
    /// Layer; a higher one is later.
    pub(super) rank: u32,
    /// `DATABASE_URL`: describes the target as a whole, earlier layers' pieces included.
    pub(super) whole: bool,
}

/// A policy of some layer.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) form: RuleForm,
    pub(super) origin: Origin,
}

/// How a policy was written.
#[derive(Debug)]
pub(super) enum RuleForm {
    /// Scope, kind, conversion.
    One(String, String, String),
    /// `[scope:]kind=conversion, …`.
    List(String),
}

/// What to do with names that are not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strangers {
    /// Settings of the Mendix runtime live here, too.
    Ignored,
    /// Only our names may stand here.
    Refused,
}

/// All layers read so far.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) values: HashMap<Key, Given>,
    pub(super) rules: Vec<Rule>,
    /// Deployment folder of the Mendix app, for the default place of a built-in database.
    pub(super) deployment: Option<PathBuf>,
    pub(super) faults: Faults,
    rank: u32,
}

impl Merged {
    /// Values put from now on are later than all before.
    pub(super) fn next_layer(&mut self) {
        self.rank += 1;
    }

    /// Takes a value, replacing that of an earlier layer; empty text takes the setting back.
    pub(super) fn put(&mut self, key: Key, value: Secret, origin: Origin) {
        if key == Key::Option(OptionKey::Policies) {
            self.rules.push(Rule { form: RuleForm::List(value.expose().to_string()), origin });
            return;
        }
        let given = Given { value, origin, rank: self.rank, whole: false };
        let old = self.values.insert(key, given);
        if let Some(old) = old.filter(|old| old.rank == self.rank) {
            self.faults.add(Some(&old.origin), &key.name(), "is given twice in the same layer", "remove one of them");
        }
    }

    /// Marks the value just put as describing its whole side.
    pub(super) fn mark_whole(&mut self, key: Key) {
        if let Some(given) = self.values.get_mut(&key) {
            given.whole = true;
        }
    }

    /// Finds the key of a database setting, noting a fault for names that should not stand here.
    pub(super) fn setting_key(&mut self, name: &str, strangers: Strangers, origin: &Origin) -> Option<Key> {
        match classify(name) {
            Class::Known(key) => Some(key),
            Class::Mistaken(help) => {
                self.faults.add(Some(origin), "", &format!("unknown setting {}", quoted(name)), &help);
                None
            }
            Class::Foreign if strangers == Strangers::Ignored => None,
            Class::Foreign => {
                let help = match find_option(name) {
                    Ok(option) => format!(
                        "it is an option: {} under `dbferry` in a file, or dbferry.{0} in --set",
                        super::names::option_key(option)
                    ),
                    Err(_) => "see the table of settings".to_string(),
                };
                self.faults.add(Some(origin), "", &format!("unknown setting {}", quoted(name)), &help);
                None
            }
        }
    }

    /// Finds the key of an option, noting a fault for unknown ones.
    pub(super) fn option_key(&mut self, name: &str, origin: &Origin) -> Option<Key> {
        match find_option(name) {
            Ok(option) => Some(Key::Option(option)),
            Err(help) => {
                self.faults.add(Some(origin), "", &format!("unknown option {}", quoted(name)), &help);
                None
            }
        }
    }

    /// Takes a value by name: `dbferry.<option>` or a setting (only our names).
    pub(super) fn put_named(&mut self, name: &str, value: Secret, origin: Origin) {
        let key = match name.split_once('.') {
            Some((prefix, option)) if prefix.eq_ignore_ascii_case("dbferry") => self.option_key(option, &origin),
            _ => self.setting_key(name, Strangers::Refused, &origin),
        };
        if let Some(key) = key {
            self.put(key, value, origin);
        }
    }
}
