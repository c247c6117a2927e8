//! Applies one statement of a script, a log or a plan to the catalog.

use super::catalog::{Catalog, Kind, LOBS, OtherDef};
use crate::backends::hsqldb::fault::{malformed, unsupported};
use crate::backends::hsqldb::sql::cursor::Cursor;
use crate::error::Result;

/// What a statement did besides changing the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// Nothing else.
    Done,
    /// Names without schema are now sought in this one.
    Schema(String),
    /// A table lost all rows.
    Emptied(u32),
}

/// Whether a table holds rows, by its number.
pub(crate) type Populated<'a> = &'a dyn Fn(u32) -> bool;

impl Catalog {
    /// Applies `sql`; names without schema are sought in `schema`.
    ///
    /// # Errors
    /// `Read` when it is malformed, `Unsupported` when this program does not know it.
    pub(crate) fn apply(&mut self, sql: &str, schema: &str, populated: Populated<'_>) -> Result<Applied> {
        let mut cursor = Cursor::new(sql)?;
        let cursor = &mut cursor;
        if cursor.takes(&["CREATE"]) {
            self.create(cursor, sql, schema)
        } else if cursor.takes(&["ALTER"]) {
            self.alter(cursor, sql, schema, populated)
        } else if cursor.takes(&["DROP"]) {
            self.drop(cursor, schema, populated)
        } else if cursor.takes(&["SET"]) {
            self.set(cursor, sql)
        } else if cursor.takes(&["COMMENT", "ON"]) {
            self.comment(cursor, schema)
        } else if cursor.takes(&["TRUNCATE", "TABLE"]) {
            let name = cursor.name()?;
            let table = self.find_mut(name.schema.as_deref().unwrap_or(schema), &name.name)?;
            Ok(Applied::Emptied(table.id))
        } else if cursor.sees(&["GRANT"]) || cursor.sees(&["REVOKE"]) {
            self.closing.push(sql.to_string());
            Ok(Applied::Done)
        } else {
            Err(unsupported(format!("the statement {} is not known", first_words(sql))))
        }
    }

    fn create(&mut self, cursor: &mut Cursor<'_>, sql: &str, schema: &str) -> Result<Applied> {
        cursor.takes(&["OR", "REPLACE"]);
        let kinds = [
            (&["TABLE"][..], Kind::Memory),
            (&["MEMORY", "TABLE"], Kind::Memory),
            (&["CACHED", "TABLE"], Kind::Cached),
            (&["TEXT", "TABLE"], Kind::Text),
            (&["GLOBAL", "TEMPORARY", "TABLE"], Kind::Temporary),
            (&["TEMPORARY", "TABLE"], Kind::Temporary),
            (&["TEMP", "TABLE"], Kind::Temporary),
        ];
        if let Some((_, kind)) = kinds.iter().find(|(words, _)| cursor.takes(words)) {
            self.create_table(cursor, schema, *kind)?;
        } else if cursor.takes(&["UNIQUE", "INDEX"]) {
            self.create_index(cursor, schema, true)?;
        } else if cursor.takes(&["INDEX"]) {
            self.create_index(cursor, schema, false)?;
        } else if cursor.takes(&["SEQUENCE"]) {
            self.create_sequence(cursor, schema)?;
        } else {
            self.create_other(cursor, sql, schema)?;
        }
        Ok(Applied::Done)
    }

    fn create_other(&mut self, cursor: &mut Cursor<'_>, sql: &str, schema: &str) -> Result<()> {
        cursor.takes(&["AGGREGATE"]);
        let kind = match cursor.peek().map(|t| t.text.clone()).unwrap_or_default().as_str() {
            "VIEW" => "view",
            "TRIGGER" => "trigger",
            "FUNCTION" => "function",
            "PROCEDURE" => "procedure",
            "TYPE" => "type",
            "DOMAIN" => "domain",
            "SYNONYM" => "synonym",
            "COLLATION" | "CHARACTER" | "USER" | "ROLE" | "SCHEMA" | "REFERENCE" => {
                self.settings.push(sql.to_string());
                return Ok(());
            }
            other => return Err(unsupported(format!("CREATE {other} is not known"))),
        };
        cursor.next();
        let name = cursor.name()?;
        let schema = name.schema.unwrap_or_else(|| schema.to_string());
        self.others.retain(|o| !(o.kind == kind && o.schema == schema && o.name == name.name));
        self.others.push(OtherDef { kind, schema, name: name.name, sql: sql.to_string() });
        Ok(())
    }

    fn set(&mut self, cursor: &mut Cursor<'_>, sql: &str) -> Result<Applied> {
        if cursor.takes(&["SCHEMA"]) {
            return Ok(Applied::Schema(cursor.identifier()?));
        }
        if cursor.takes(&["TABLE"]) {
            return self.set_table(cursor);
        }
        if cursor.takes(&["DATABASE", "DEFAULT", "INITIAL", "SCHEMA"]) {
            self.initial_schema = cursor.identifier()?;
            self.closing.push(sql.to_string());
            return Ok(Applied::Done);
        }
        if cursor.sees(&["FILES", "LOB", "COMPRESSED", "TRUE"]) {
            return Err(unsupported("compressed LOBs are not read")
                .help("run SET FILES LOB COMPRESSED FALSE on a copy of the database, or leave the LOB tables out"));
        }
        if cursor.takes(&["FILES", "LOB", "SCALE"]) {
            self.lob_scale = u64::try_from(cursor.integer()?).unwrap_or(32).clamp(1, 1 << 20);
        }
        let session_only =
            ["AUTOCOMMIT", "SESSION", "TRANSACTION", "IGNORECASE", "MAXROWS", "ROLE", "TIME", "PASSWORD"];
        if !session_only.iter().any(|word| cursor.sees(&[word])) {
            self.settings.push(sql.to_string());
        }
        Ok(Applied::Done)
    }

    fn set_table(&mut self, cursor: &mut Cursor<'_>) -> Result<Applied> {
        let name = cursor.name()?;
        if cursor.takes(&["INDEX"]) {
            let roots = cursor.next().map(|t| t.text).unwrap_or_default();
            let numbers: Option<Vec<i64>> = roots.split_whitespace().map(|n| n.parse().ok()).collect();
            let schema = name.schema.as_deref().unwrap_or(&self.initial_schema).to_string();
            let table = self.find_mut(&schema, &name.name)?;
            table.roots = numbers.ok_or_else(|| malformed("the index roots are no numbers").object(name.name))?;
        } else if cursor.takes(&["SOURCE"]) {
            return Err(text_table(&name.name));
        } else if cursor.takes(&["TYPE"]) {
            return Err(unsupported("a table moves between memory and file").object(name.name));
        } else if cursor.takes(&["READ"])
            || cursor.takes(&["READONLY"])
            || cursor.takes(&["SPACE"])
            || cursor.takes(&["NEW"])
        {
            return Ok(Applied::Done);
        } else if cursor.takes(&["CLUSTERED"]) {
            return Err(unsupported("a table is clustered by an index").object(name.name));
        }
        Ok(Applied::Done)
    }

    fn comment(&mut self, cursor: &mut Cursor<'_>, schema: &str) -> Result<Applied> {
        let column = cursor.takes(&["COLUMN"]);
        if !column && !cursor.takes(&["TABLE"]) {
            return Ok(Applied::Done);
        }
        let mut parts = vec![cursor.identifier()?];
        while cursor.symbol('.') {
            parts.push(cursor.identifier()?);
        }
        cursor.expect(&["IS"])?;
        let text = cursor.next().map(|t| t.text).filter(|text| !text.is_empty());
        let target = if column { parts.pop() } else { None };
        let table = parts.pop().unwrap_or_default();
        let schema = parts.pop().unwrap_or_else(|| schema.to_string());
        // Views have comments too.
        if let Some(table) = self.table_mut(&schema, &table) {
            match target {
                None => table.comment = text,
                Some(name) => table.column_mut(&name).into_iter().for_each(|c| c.comment.clone_from(&text)),
            }
        }
        Ok(Applied::Done)
    }

    /// `ALTER SEQUENCE`, after the word `SEQUENCE`.
    ///
    /// # Errors
    /// `Read` when it is malformed or unknown.
    pub(super) fn alter_sequence(&mut self, cursor: &mut Cursor<'_>, schema: &str) -> Result<Applied> {
        let name = cursor.name()?;
        let schema = name.schema.unwrap_or_else(|| schema.to_string());
        if schema == LOBS {
            cursor.expect(&["RESTART", "WITH"])?;
            self.next_lob = cursor.integer()?;
            return Ok(Applied::Done);
        }
        let sequence = self.sequences.iter_mut().find(|s| s.name == name.name && s.schema == schema);
        let sequence = sequence.ok_or_else(|| malformed("a statement names a sequence that does not exist"))?;
        if cursor.takes(&["RENAME", "TO"]) {
            sequence.name = cursor.name()?.name;
        } else if cursor.takes(&["RESTART", "WITH"]) {
            sequence.next = cursor.integer()?;
        } else if cursor.takes(&["RESTART"]) {
            sequence.next = sequence.start;
        } else {
            return Err(unsupported("ALTER SEQUENCE with other clauses than RESTART is not known").object(name.name));
        }
        cursor.end()?;
        Ok(Applied::Done)
    }
}

/// The refusal of a text table.
pub(crate) fn text_table(name: &str) -> crate::error::Error {
    unsupported("this is a TEXT table, whose rows are in a file of its own")
        .object(name)
        .help("copy its rows to a MEMORY table on the source, or drop it")
}

/// The first words of a statement, without data.
fn first_words(sql: &str) -> String {
    let words = sql.split_whitespace().take(2).filter(|w| w.chars().all(|c| c.is_ascii_alphabetic()));
    let words: Vec<_> = words.collect();
    if words.is_empty() { "in this line".into() } else { words.join(" ").to_uppercase() }
}
