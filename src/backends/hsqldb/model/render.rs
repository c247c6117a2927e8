//! Writes the structure as the lines of a script, in an order that every engine from 2.5 on takes.

use super::catalog::{Catalog, ColumnDef, ForeignKeyDef, Kind, LOBS, SequenceDef, TableDef};
use super::types::Base;
use crate::backends::hsqldb::sql::quote;
use crate::schema::Action;

/// Settings of a new database. The files block is complete because the engine starts from zeros when
/// it opens an existing database; settings that only newer engines know are left out.
const TEMPLATE: &[&str] = &[
    "SET DATABASE DEFAULT RESULT MEMORY ROWS 0",
    "SET DATABASE EVENT LOG LEVEL 0",
    "SET DATABASE TRANSACTION CONTROL MVCC",
    "SET DATABASE DEFAULT ISOLATION LEVEL READ COMMITTED",
    "SET DATABASE TRANSACTION ROLLBACK ON CONFLICT TRUE",
    "SET DATABASE TEXT TABLE DEFAULTS ''",
    "SET DATABASE SQL NAMES FALSE",
    "SET DATABASE SQL REFERENCES FALSE",
    "SET DATABASE SQL SIZE TRUE",
    "SET DATABASE SQL TYPES FALSE",
    "SET DATABASE SQL TDC DELETE TRUE",
    "SET DATABASE SQL TDC UPDATE TRUE",
    "SET DATABASE SQL CONCAT NULLS TRUE",
    "SET DATABASE SQL UNIQUE NULLS TRUE",
    "SET DATABASE SQL CONVERT TRUNCATE TRUE",
    "SET DATABASE SQL AVG SCALE 0",
    "SET DATABASE SQL DOUBLE NAN TRUE",
    "SET FILES WRITE DELAY 1",
    "SET FILES BACKUP INCREMENT TRUE",
    "SET FILES CACHE SIZE 10000",
    "SET FILES CACHE ROWS 50000",
    "SET FILES SCALE 32",
    "SET FILES LOB SCALE 32",
    "SET FILES DEFRAG 0",
    "SET FILES NIO TRUE",
    "SET FILES NIO SIZE 256",
    "SET FILES LOG TRUE",
    "SET FILES LOG SIZE 50",
    "CREATE USER SA PASSWORD DIGEST 'd41d8cd98f00b204e9800998ecf8427e'",
    "ALTER USER SA SET LOCAL TRUE",
    "CREATE SCHEMA PUBLIC AUTHORIZATION DBA",
];

/// Last lines of a new database.
const CLOSING: &[&str] = &["SET DATABASE DEFAULT INITIAL SCHEMA PUBLIC", "GRANT DBA TO SA"];

impl Catalog {
    /// A new database as Mendix makes it; `unique` is ten hex digits.
    pub(crate) fn template(unique: &str) -> Self {
        let mut catalog = Catalog::new();
        catalog.settings = vec![format!("SET DATABASE UNIQUE NAME HSQLDB{unique}")];
        catalog.settings.extend(TEMPLATE.iter().map(|line| (*line).to_string()));
        catalog.closing = CLOSING.iter().map(|line| (*line).to_string()).collect();
        catalog
    }

    /// All lines before the rows, as SQL (not yet escaped).
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = self.settings.clone();
        let routine = |kind: &str| matches!(kind, "function" | "procedure" | "type" | "domain");
        lines.extend(self.sequences.iter().map(SequenceDef::ddl));
        lines.extend(self.others.iter().filter(|o| routine(o.kind)).map(|o| o.sql.clone()));
        let tables = || self.tables.iter().filter(|t| t.schema != LOBS);
        for table in tables() {
            lines.push(table.ddl());
            lines.extend(table.index_lines());
            lines.extend(table.identity_lines());
            lines.extend(table.comment_lines());
        }
        for table in tables() {
            lines.extend(table.foreign_keys.iter().map(|key| table.foreign_key_line(key)));
        }
        lines.extend(self.others.iter().filter(|o| !routine(o.kind)).map(|o| o.sql.clone()));
        lines.push(format!("ALTER SEQUENCE SYSTEM_LOBS.LOB_ID RESTART WITH {}", self.next_lob));
        let restart = |s: &SequenceDef| format!("ALTER SEQUENCE {} RESTART WITH {}", full(&s.schema, &s.name), s.next);
        lines.extend(self.sequences.iter().map(restart));
        lines.extend(self.closing.clone());
        lines
    }
}

/// `SCHEMA."name"`.
pub(crate) fn full(schema: &str, name: &str) -> String {
    format!("{}.{}", word(schema), quote(name))
}

/// A schema name bare where it can be, as the engine writes it.
pub(crate) fn word(name: &str) -> String {
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let bare = name.chars().all(plain) && name.starts_with(|c: char| c.is_ascii_uppercase());
    if bare { name.to_string() } else { quote(name) }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(",")
}

fn named(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("CONSTRAINT {} ", quote(name)) }
}

impl SequenceDef {
    fn ddl(&self) -> String {
        let bound = |word: &str, bound: Option<i128>| bound.map(|n| format!(" {word} {n}")).unwrap_or_default();
        format!(
            "CREATE SEQUENCE {} AS {} START WITH {} INCREMENT BY {}{}{}{}",
            full(&self.schema, &self.name),
            self.ty.ddl(),
            self.start,
            self.increment,
            bound("MINVALUE", self.min),
            bound("MAXVALUE", self.max),
            if self.cycle { " CYCLE" } else { "" },
        )
    }
}

impl TableDef {
    fn ddl(&self) -> String {
        let kind = if self.kind == Kind::Cached { "CACHED" } else { "MEMORY" };
        let mut parts: Vec<String> = self.columns.iter().map(ColumnDef::ddl).collect();
        parts.extend(self.primary_key.iter().map(|k| format!("{}PRIMARY KEY({})", named(&k.name), list(&k.columns))));
        parts.extend(self.uniques.iter().map(|k| format!("{}UNIQUE({})", named(&k.name), list(&k.columns))));
        parts.extend(self.checks.iter().map(|c| format!("{}CHECK({})", named(&c.name), c.condition)));
        format!("CREATE {kind} TABLE {}({})", full(&self.schema, &self.name), parts.join(","))
    }

    fn index_lines(&self) -> impl Iterator<Item = String> + '_ {
        self.indexes.iter().map(|index| {
            let unique = if index.unique { "UNIQUE " } else { "" };
            let on = full(&self.schema, &self.name);
            format!("CREATE {unique}INDEX {} ON {on}({})", quote(&index.name), list(&index.columns))
        })
    }

    fn identity_lines(&self) -> impl Iterator<Item = String> + '_ {
        let numbering = self.columns.iter().filter_map(|c| Some((c, c.identity.as_ref()?.next?)));
        numbering.map(|(column, next)| {
            let table = full(&self.schema, &self.name);
            format!("ALTER TABLE {table} ALTER COLUMN {} RESTART WITH {next}", quote(&column.name))
        })
    }

    fn comment_lines(&self) -> Vec<String> {
        let table = full(&self.schema, &self.name);
        let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let own = self.comment.iter().map(|text| format!("COMMENT ON TABLE {table} IS {}", literal(text)));
        let columns = self.columns.iter().filter_map(|c| Some((c, c.comment.as_ref()?)));
        let columns =
            columns.map(|(c, text)| format!("COMMENT ON COLUMN {table}.{} IS {}", quote(&c.name), literal(text)));
        own.chain(columns).collect()
    }

    fn foreign_key_line(&self, key: &ForeignKeyDef) -> String {
        let mut line = format!(
            "ALTER TABLE {} ADD {}FOREIGN KEY({}) REFERENCES {}",
            full(&self.schema, &self.name),
            named(&key.name),
            list(&key.columns),
            full(key.foreign.schema.as_deref().unwrap_or(&self.schema), &key.foreign.name),
        );
        if !key.foreign_columns.is_empty() {
            line.push_str(&format!("({})", list(&key.foreign_columns)));
        }
        line.push_str(if key.match_full { " MATCH FULL" } else { "" });
        for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
            if action != Action::NoAction {
                line.push_str(&format!(" ON {event} {}", action.sql()));
            }
        }
        line
    }
}

impl ColumnDef {
    fn ddl(&self) -> String {
        let mut text = format!("{} {}", quote(&self.name), self.ty.ddl());
        if let Some(collation) = self.collation.as_ref().filter(|name| self.ty.is_text() && *name != "SQL_TEXT") {
            // Without schema: older engines reject INFORMATION_SCHEMA here.
            text.push_str(&format!(" COLLATE {}", word(collation)));
        }
        if let Some(identity) = &self.identity {
            let always = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
            match &identity.sequence {
                Some(name) => text.push_str(&format!(" GENERATED {always} AS SEQUENCE {}", quote(name))),
                None => text.push_str(&format!(
                    " GENERATED {always} AS IDENTITY(START WITH {}, INCREMENT BY {}{})",
                    identity.start, identity.increment, identity.rest
                )),
            }
        } else if let Some(expression) = &self.generated {
            text.push_str(&format!(" GENERATED ALWAYS AS ({expression})"));
        } else if let Some(default) = &self.default {
            text.push_str(&format!(" DEFAULT {default}"));
        }
        text.push_str(if self.nullable || self.ty.base == Base::Other { "" } else { " NOT NULL" });
        text
    }
}
