//! Numbering columns and sequences, and the statements that set where they go on.

use super::drafts::TableDraft;
use super::planner::Planner;
use super::{IdentityPlan, SequencePlan, Statement};
use crate::dialect::native::native;
use crate::endpoint::Engine;
use crate::finding::Finding;
use crate::schema::{Identity, IdentityKind, Sequence};
use crate::types::Type;
use std::collections::BTreeMap;

impl Planner<'_> {
    /// Decides how columns number themselves.
    pub(super) fn identities(&mut self, tables: &mut [TableDraft<'_>]) {
        for table in tables {
            let mut numbered = false;
            for at in 0..table.columns.len() {
                let column = &table.columns[at];
                let Some(identity) = &column.source.identity else { continue };
                let object = format!("{}.{}", table.source.name, column.source.name);
                let always = identity.always || self.numbers_always(table.source);
                match self.identity_clause(&Identity { always, ..identity.clone() }, &column.fit.ty, numbered) {
                    Ok((clause, serial)) => {
                        numbered = true;
                        let column = &mut table.columns[at];
                        column.identity = Some(clause);
                        column.nullable = false;
                        column.serial = serial;
                    }
                    Err(why) => {
                        let text = format!("the column no longer numbers itself: {why}");
                        self.find(
                            Finding::warning("identity-not-copied", object, text)
                                .help("number new rows in the application"),
                        );
                    }
                }
            }
        }
    }

    /// Clause of a numbering column, and its type where that is a serial one.
    fn identity_clause(
        &self,
        identity: &Identity,
        ty: &Type,
        second: bool,
    ) -> Result<(String, Option<String>), String> {
        let rules = &self.target.tables;
        let Type::Int { bytes, .. } = ty else {
            return Err(format!("its type on {} is no integer", self.target.name));
        };
        if rules.identity_needs_key {
            return match (second, identity.increment) {
                (true, _) => Err(format!("{} tables have one numbering column", self.target.name)),
                (_, 1) => Ok((rules.identity.clone(), None)),
                (_, step) => Err(format!("{} has no step of its own ({step}) for a column", self.target.name)),
            };
        }
        let serial = match bytes {
            2 => rules.serial.first(),
            4 => rules.serial.get(1),
            _ => rules.serial.get(2),
        };
        if identity.kind == IdentityKind::Serial && identity.increment == 1 && serial.is_some() {
            return Ok((String::new(), serial.cloned()));
        }
        let clause = if identity.always { &rules.identity_always } else { &rules.identity };
        let options = match identity.increment {
            1 => String::new(),
            step if step < 0 => {
                let (low, high) = bounds(*bytes);
                format!(" (INCREMENT BY {step} MINVALUE {low} MAXVALUE {high} START WITH {})", identity.start)
            }
            step => format!(" (INCREMENT BY {step})"),
        };
        Ok((format!("{clause}{options}"), None))
    }

    /// Position statements of a table.
    pub(super) fn identity_plans(&self, table: &TableDraft<'_>) -> Vec<IdentityPlan> {
        let numbered = table.columns.iter().filter(|column| column.identity.is_some());
        let plans = numbered.filter_map(|column| {
            let identity = column.source.identity.as_ref()?;
            let name = self.qualified(&table.name);
            let sql = match self.request.target_engine {
                Engine::PostgreSql => format!(
                    "SELECT setval(pg_get_serial_sequence({}, {}), {{next}}, false)",
                    self.target.literal(&name),
                    self.target.literal(&column.name)
                ),
                Engine::MySql => format!("ALTER TABLE {name} AUTO_INCREMENT = {{next}}"),
                _ => {
                    format!("ALTER TABLE {name} ALTER COLUMN {} RESTART WITH {{next}}", self.target.quote(&column.name))
                }
            };
            let object = format!("position of {}.{}", self.target.quote(&table.name), self.target.quote(&column.name));
            Some(IdentityPlan {
                column: column.source.name.clone(),
                target: column.name.clone(),
                increment: identity.increment,
                position: Statement { object, sql },
            })
        });
        plans.collect()
    }

    /// Decides free-standing sequences.
    pub(super) fn sequences(&mut self, autonumbers: &BTreeMap<String, i128>) {
        let missing = self.missing_sequences(autonumbers);
        for sequence in self.request.schema.sequences.iter().chain(&missing) {
            let floor = autonumbers.get(&sequence.name).copied();
            if floor.is_some() && !self.target.mendix.sequences {
                continue;
            }
            if !self.target.tables.sequences {
                let text = format!("{} has no sequences; the next value would be {}", self.target.name, sequence.next);
                let help = "number in the application, or with an AUTO_INCREMENT column";
                self.find(Finding::warning("sequence-not-copied", &sequence.name, text).help(help));
                continue;
            }
            let name = self.relations.claim(self.target, "", &sequence.name);
            self.renamed("sequence", "", &sequence.name, &name);
            let plan = self.sequence_plan(sequence, name);
            self.plan.sequences.push(SequencePlan { floor, ..plan });
        }
    }

    fn sequence_plan(&self, sequence: &Sequence, target: String) -> SequencePlan {
        let name = self.qualified(&target);
        let object = format!("sequence {}", self.target.quote(&target));
        let postgresql = self.request.target_engine == Engine::PostgreSql;
        let usual = self.target.tables.sequence_bytes;
        let ty = native(self.target, &self.request.target.product, &Type::int(sequence.bytes));
        let kind = match ty.filter(|_| usual > 0 && usual != sequence.bytes) {
            Some(ty) => format!(" AS {ty}"),
            None => String::new(),
        };
        let mut sql = format!("CREATE SEQUENCE {name}{kind} INCREMENT BY {}", sequence.increment);
        // MariaDB keeps the outermost values for itself.
        let (low, high) = if postgresql { bounds(8) } else { (-i128::from(i64::MAX), i128::from(i64::MAX) - 1) };
        let (min, max) = (sequence.min.max(low), sequence.max.min(high));
        sql.push_str(&format!(" MINVALUE {min} MAXVALUE {max}"));
        sql.push_str(&format!(" START WITH {}", sequence.start));
        if !self.target.tables.sequence_cache.is_empty() {
            let cache = self.target.tables.sequence_cache.replace("{n}", &sequence.cache.max(1).to_string());
            sql.push_str(&format!(" {cache}"));
        }
        if sequence.cycle {
            sql.push_str(" CYCLE");
        }
        let position = match self.request.target_engine {
            Engine::PostgreSql => format!("SELECT setval({}, {{next}}, false)", self.target.literal(&name)),
            _ => format!("ALTER SEQUENCE {name} RESTART WITH {{next}}"),
        };
        SequencePlan {
            source: sequence.name.clone(),
            target,
            create: Statement { object: object.clone(), sql },
            position: Statement { object: format!("position of {object}"), sql: position },
            floor: None,
        }
    }

    /// Default that takes the next value of a copied sequence.
    pub(super) fn next_value(&self, source: &str) -> Option<String> {
        let plan = self.plan.sequences.iter().find(|plan| plan.source == source)?;
        let name = self.qualified(&plan.target);
        Some(match self.request.target_engine {
            Engine::PostgreSql => format!("nextval({})", self.target.literal(&name)),
            Engine::MySql | Engine::Memory => format!("nextval({name})"),
            _ => format!("NEXT VALUE FOR {name}"),
        })
    }
}

fn bounds(bytes: u8) -> (i128, i128) {
    let half = 1_i128 << (u32::from(bytes.min(8)) * 8 - 1);
    (-half, half - 1)
}
