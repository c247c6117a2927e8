//! `ALTER …` and `DROP …`.

use super::catalog::{Catalog, TableDef};
use super::create::{default, take_constraint};
use super::statement::{Applied, Populated};
use super::types::ColumnType;
use crate::backends::hsqldb::fault::{malformed, unsupported};
use crate::backends::hsqldb::sql::cursor::Cursor;
use crate::error::Result;

impl Catalog {
    /// `ALTER`, after that word.
    ///
    /// # Errors
    /// `Read` when it is malformed, `Unsupported` when this program does not know it.
    pub(super) fn alter(
        &mut self,
        cursor: &mut Cursor<'_>,
        sql: &str,
        schema: &str,
        populated: Populated<'_>,
    ) -> Result<Applied> {
        if cursor.takes(&["TABLE"]) {
            return self.alter_table(cursor, schema, populated);
        }
        if cursor.takes(&["SEQUENCE"]) {
            return self.alter_sequence(cursor, schema);
        }
        if cursor.takes(&["INDEX"]) || cursor.takes(&["CONSTRAINT"]) {
            let old = cursor.name()?;
            cursor.expect(&["RENAME", "TO"])?;
            let new = cursor.name()?.name;
            self.rename_key(old.schema.as_deref().unwrap_or(schema), &old.name, &new);
            return Ok(Applied::Done);
        }
        if ["USER", "SESSION", "CATALOG"].iter().any(|word| cursor.sees(&[word])) {
            if !cursor.sees(&["SESSION"]) {
                self.settings.push(sql.to_string());
            }
            return Ok(Applied::Done);
        }
        if ["VIEW", "ROUTINE", "FUNCTION", "PROCEDURE"].iter().any(|word| cursor.sees(&[word])) {
            return Ok(Applied::Done);
        }
        Err(cursor.unexpected("TABLE, SEQUENCE or INDEX"))
    }

    fn alter_table(&mut self, cursor: &mut Cursor<'_>, schema: &str, populated: Populated<'_>) -> Result<Applied> {
        cursor.takes(&["IF", "EXISTS"]);
        let name = cursor.name()?;
        let schema = name.schema.unwrap_or_else(|| schema.to_string());
        let Some(at) = self.tables.iter().position(|t| t.name == name.name && t.schema == schema) else {
            return Err(malformed("a statement names a table that does not exist").object(name.name));
        };
        // Taken out while it changes, so that fresh numbers can be had; put back whatever happens.
        let mut table = self.tables.remove(at);
        let full = populated(table.id);
        let result = self.change_table(cursor, &mut table, full).map_err(|e| e.object(table.display()));
        table.relayout(full);
        self.tables.insert(at, table);
        result.map(|()| Applied::Done)
    }

    fn change_table(&mut self, cursor: &mut Cursor<'_>, table: &mut TableDef, full: bool) -> Result<()> {
        if cursor.takes(&["ADD"]) {
            let had_key = table.primary_key.clone();
            if !take_constraint(cursor, table)? {
                cursor.takes(&["COLUMN"]);
                cursor.takes(&["IF", "NOT", "EXISTS"]);
                self.add_column(cursor, table, full)?;
            }
            if full && had_key != table.primary_key {
                return Err(unsupported("a table with rows gets another primary key"));
            }
            return cursor.end();
        }
        if cursor.takes(&["DROP"]) {
            drop_part(cursor, table, full)
        } else if cursor.takes(&["ALTER"]) {
            cursor.takes(&["COLUMN"]);
            alter_column(cursor, table, full)
        } else if cursor.takes(&["RENAME", "TO"]) {
            let new = cursor.name()?.name;
            self.rename_table(table, new);
            Ok(())
        } else {
            Err(cursor.unexpected("ADD, DROP, ALTER or RENAME"))
        }
    }

    fn add_column(&mut self, cursor: &mut Cursor<'_>, table: &mut TableDef, full: bool) -> Result<()> {
        let column = self.column(cursor, table)?;
        if full && (column.identity.is_some() || column.generated.is_some()) {
            return Err(unsupported("a table with rows gets a column that the engine computes"));
        }
        let plain = |sql: &str| {
            sql.starts_with(|c: char| c == '\'' || c == '-' || c == '.' || c.is_ascii_digit())
                || ["TRUE", "FALSE"].iter().any(|word| sql.eq_ignore_ascii_case(word))
        };
        if full && column.default.as_deref().is_some_and(|sql| !plain(sql)) {
            return Err(unsupported("a table with rows gets a column whose default is computed"));
        }
        let mut at = table.columns.len();
        if cursor.takes(&["BEFORE"]) {
            let before = cursor.identifier()?;
            at = table.columns.iter().position(|c| c.name == before).unwrap_or(at);
        }
        table.columns.insert(at, column);
        Ok(())
    }

    fn rename_table(&mut self, table: &mut TableDef, new: String) {
        let old = std::mem::replace(&mut table.name, new.clone());
        let schema = table.schema.clone();
        let own = std::iter::once(table);
        for key in own.chain(self.tables.iter_mut()).flat_map(|t| t.foreign_keys.iter_mut()) {
            if key.foreign.name == old && key.foreign.schema.as_deref().unwrap_or(&schema) == schema {
                key.foreign.name.clone_from(&new);
            }
        }
    }

    fn rename_key(&mut self, schema: &str, old: &str, new: &str) {
        for table in self.tables.iter_mut().filter(|t| t.schema == schema) {
            let keys = table.primary_key.iter_mut().chain(&mut table.uniques).map(|k| &mut k.name);
            let foreign = table.foreign_keys.iter_mut().map(|k| &mut k.name);
            let checks = table.checks.iter_mut().map(|k| &mut k.name);
            let indexes = table.indexes.iter_mut().map(|k| &mut k.name);
            keys.chain(foreign).chain(checks).chain(indexes).filter(|n| *n == old).for_each(|n| *n = new.to_string());
        }
    }

    /// `DROP`, after that word.
    ///
    /// # Errors
    /// `Read` when it is malformed, `Unsupported` when this program does not know it.
    pub(super) fn drop(&mut self, cursor: &mut Cursor<'_>, schema: &str, populated: Populated<'_>) -> Result<Applied> {
        let kind = cursor.next().map(|t| t.text).unwrap_or_default();
        let mut missing_ok = cursor.takes(&["IF", "EXISTS"]);
        let name = cursor.name()?;
        missing_ok |= cursor.takes(&["IF", "EXISTS"]);
        let schema = name.schema.unwrap_or_else(|| schema.to_string());
        let name = name.name;
        match kind.as_str() {
            "TABLE" => {
                if self.table(&schema, &name).is_none() && !missing_ok {
                    return Err(malformed("a statement drops a table that does not exist").object(name));
                }
                self.drop_table(&schema, &name);
            }
            "INDEX" => {
                self.tables.iter_mut().filter(|t| t.schema == schema).for_each(|t| t.indexes.retain(|i| i.name != name))
            }
            "SEQUENCE" => self.sequences.retain(|s| !(s.name == name && s.schema == schema)),
            "SCHEMA" => return self.drop_schema(&name, populated),
            "USER" | "ROLE" => self.settings.retain(|sql| !mentions(sql, &kind, &name)),
            _ => {
                let kind = kind.to_lowercase();
                let same = |k: &str| k == kind || (kind == "routine" && matches!(k, "function" | "procedure"));
                self.others.retain(|o| !(same(o.kind) && o.schema == schema && o.name == name));
            }
        }
        Ok(Applied::Done)
    }

    fn drop_table(&mut self, schema: &str, name: &str) {
        self.tables.retain(|t| !(t.name == name && t.schema == schema));
        for table in &mut self.tables {
            let home = table.schema.clone();
            table
                .foreign_keys
                .retain(|k| !(k.foreign.name == name && k.foreign.schema.as_deref().unwrap_or(&home) == schema));
        }
    }

    fn drop_schema(&mut self, name: &str, populated: Populated<'_>) -> Result<Applied> {
        if self.tables.iter().any(|t| t.schema == name && populated(t.id)) {
            return Err(unsupported("a schema is dropped whose tables hold rows").object(name));
        }
        self.tables.retain(|t| t.schema != name);
        self.sequences.retain(|s| s.schema != name);
        self.others.retain(|o| o.schema != name);
        self.settings.retain(|sql| !mentions(sql, "SCHEMA", name));
        Ok(Applied::Done)
    }
}

/// Whether a setting creates or alters this user, role or schema.
fn mentions(sql: &str, kind: &str, name: &str) -> bool {
    let Ok(mut cursor) = Cursor::new(sql) else { return false };
    (cursor.takes(&["CREATE", kind]) || cursor.takes(&["ALTER", kind])) && cursor.identifier().is_ok_and(|n| n == name)
}

fn drop_part(cursor: &mut Cursor<'_>, table: &mut TableDef, full: bool) -> Result<()> {
    if cursor.takes(&["PRIMARY", "KEY"]) {
        if full {
            return Err(unsupported("a table with rows loses its primary key"));
        }
        table.primary_key = None;
        return Ok(());
    }
    if cursor.takes(&["CONSTRAINT"]) {
        cursor.takes(&["IF", "EXISTS"]);
        let name = cursor.name()?.name;
        if table.primary_key.as_ref().is_some_and(|k| k.name == name) {
            if full {
                return Err(unsupported("a table with rows loses its primary key"));
            }
            table.primary_key = None;
        }
        table.uniques.retain(|k| k.name != name);
        table.foreign_keys.retain(|k| k.name != name);
        table.checks.retain(|k| k.name != name);
        return Ok(());
    }
    cursor.takes(&["COLUMN"]);
    cursor.takes(&["IF", "EXISTS"]);
    let name = cursor.identifier()?;
    let in_key = table.primary_key.as_ref().is_some_and(|k| k.columns.contains(&name));
    if in_key && full {
        return Err(unsupported("a table with rows loses a column of its primary key"));
    }
    let uses = |columns: &[String]| columns.contains(&name);
    table.columns.retain(|c| c.name != name);
    table.primary_key.take_if(|k| uses(&k.columns));
    table.uniques.retain(|k| !uses(&k.columns));
    table.indexes.retain(|i| !uses(&i.columns));
    table.foreign_keys.retain(|k| !uses(&k.columns));
    let quoted = crate::backends::hsqldb::sql::quote(&name);
    table.checks.retain(|c| !c.condition.contains(&quoted));
    Ok(())
}

fn alter_column(cursor: &mut Cursor<'_>, table: &mut TableDef, full: bool) -> Result<()> {
    let name = cursor.identifier()?;
    if cursor.takes(&["RENAME", "TO"]) {
        let new = cursor.identifier()?;
        rename_column(table, &name, &new);
        return cursor.end();
    }
    let display = table.name.clone();
    let Some(column) = table.column_mut(&name) else {
        return Err(malformed("a statement names a column that does not exist").object(format!("{display}.{name}")));
    };
    if cursor.takes(&["RESTART", "WITH"]) {
        let next = cursor.integer()?;
        if let Some(identity) = &mut column.identity {
            identity.next = Some(next);
        }
    } else if cursor.takes(&["SET", "DEFAULT"]) {
        column.default = Some(default(cursor).to_string()).filter(|text| !text.eq_ignore_ascii_case("NULL"));
    } else if cursor.takes(&["DROP", "DEFAULT"]) {
        column.default = None;
    } else if cursor.takes(&["SET", "NOT", "NULL"]) {
        column.nullable = false;
    } else if cursor.takes(&["SET", "NULL"]) || cursor.takes(&["DROP", "NOT", "NULL"]) {
        column.nullable = true;
    } else if cursor.takes(&["DROP", "IDENTITY"]) {
        column.identity = None;
    } else if cursor.takes(&["DROP", "GENERATED"]) || cursor.takes(&["DROP", "EXPRESSION"]) {
        column.generated = None;
    } else {
        change_type(cursor, table, &name, full)?;
    }
    cursor.end()
}

/// `SET DATA TYPE t`, `SET TYPE t`, or the short form: the whole definition again.
fn change_type(cursor: &mut Cursor<'_>, table: &mut TableDef, name: &str, full: bool) -> Result<()> {
    let type_only = cursor.takes(&["SET", "DATA", "TYPE"]) || cursor.takes(&["SET", "TYPE"]);
    let (ty, ignore_case) = ColumnType::parse(cursor)?;
    let display = format!("{}.{name}", table.name);
    let Some(column) = table.column_mut(name) else { return Ok(()) };
    if full && !column.ty.widens_to(&ty) {
        return Err(unsupported("the type of a column with rows changes to one that may not hold them").object(display));
    }
    column.ty = ty;
    if ignore_case {
        column.collation = Some("SQL_TEXT_UCC".into());
    }
    if type_only {
        return Ok(());
    }
    loop {
        if cursor.takes(&["NOT", "NULL"]) {
            column.nullable = false;
        } else if cursor.takes(&["NULL"]) {
            column.nullable = true;
        } else if cursor.takes(&["COLLATE"]) {
            column.collation = Some(cursor.name()?.name);
        } else if cursor.takes(&["DEFAULT"]) {
            column.default = Some(default(cursor).to_string()).filter(|text| !text.eq_ignore_ascii_case("NULL"));
        } else {
            return Ok(());
        }
    }
}

fn rename_column(table: &mut TableDef, old: &str, new: &str) {
    let keys = table.primary_key.iter_mut().chain(&mut table.uniques).map(|k| &mut k.columns);
    let foreign = table.foreign_keys.iter_mut().map(|k| &mut k.columns);
    let indexes = table.indexes.iter_mut().map(|i| &mut i.columns);
    let lists = keys.chain(foreign).chain(indexes).flat_map(|list| list.iter_mut());
    let names = lists.chain(table.columns.iter_mut().map(|c| &mut c.name));
    names.filter(|n| *n == old).for_each(|n| *n = new.to_string());
    // Conditions name columns in quotes, or bare where the name is a plain one in upper case.
    let (from, to) = (crate::backends::hsqldb::sql::quote(old), crate::backends::hsqldb::sql::quote(new));
    for check in &mut table.checks {
        check.condition = check.condition.replace(&from, &to);
    }
}
