//! `CREATE TABLE`, `CREATE INDEX` and `CREATE SEQUENCE`.

use super::catalog::{
    Catalog, CheckDef, ColumnDef, ForeignKeyDef, IdentityDef, IndexDef, KeyDef, Kind, SequenceDef, TableDef,
};
use super::types::{Base, ColumnType};
use crate::backends::hsqldb::fault::{malformed, unsupported};
use crate::backends::hsqldb::sql::cursor::Cursor;
use crate::error::Result;
use crate::schema::Action;

impl Catalog {
    /// `CREATE TABLE`, after the word `TABLE`.
    ///
    /// # Errors
    /// `Read` when it is malformed, `Unsupported` for what this program does not know.
    pub(super) fn create_table(&mut self, cursor: &mut Cursor<'_>, schema: &str, kind: Kind) -> Result<()> {
        let skip = cursor.takes(&["IF", "NOT", "EXISTS"]);
        let name = cursor.name()?;
        let schema = name.schema.unwrap_or_else(|| schema.to_string());
        if self.table(&schema, &name.name).is_some() {
            return if skip { Ok(()) } else { Err(malformed("this table exists already").object(name.name)) };
        }
        let id = self.fresh_id();
        let mut table = TableDef {
            id,
            schema,
            name: name.name,
            kind,
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            comment: None,
            roots: Vec::new(),
            layouts: Vec::new(),
        };
        self.table_body(cursor, &mut table).map_err(|e| e.object(table.display()))?;
        if kind != Kind::Temporary {
            cursor.end().map_err(|e| e.object(table.display()))?;
        }
        table.relayout(false);
        self.tables.push(table);
        Ok(())
    }

    fn table_body(&mut self, cursor: &mut Cursor<'_>, table: &mut TableDef) -> Result<()> {
        if !cursor.symbol('(') {
            return Err(unsupported("a table is created from a query"));
        }
        loop {
            if cursor.sees(&["PERIOD"]) {
                return Err(
                    unsupported("system-versioned tables are not read").help("leave it out, or drop the period")
                );
            }
            if !take_constraint(cursor, table)? {
                let column = self.column(cursor, table)?;
                table.columns.push(column);
            }
            if !cursor.symbol(',') {
                break;
            }
        }
        cursor.expect_symbol(')')
    }

    /// A column definition; constraints in it go to the table.
    ///
    /// # Errors
    /// `Read` when it is malformed, `Unsupported` for unknown types.
    pub(super) fn column(&mut self, cursor: &mut Cursor<'_>, table: &mut TableDef) -> Result<ColumnDef> {
        let name = cursor.identifier()?;
        let id = self.fresh_id();
        let identity_type = cursor.takes(&["IDENTITY"]);
        let (ty, ignore_case) = if identity_type {
            (ColumnType::new(Base::Integer, 0, 0), false)
        } else {
            ColumnType::parse(cursor).map_err(|e| e.object(format!("{}.{name}", table.name)))?
        };
        let mut column = ColumnDef {
            id,
            name,
            ty,
            collation: ignore_case.then(|| "SQL_TEXT_UCC".to_string()),
            nullable: true,
            default: None,
            identity: None,
            generated: None,
            comment: None,
        };
        if identity_type {
            column.identity = Some(plain_identity());
            table.primary_key = Some(KeyDef { name: String::new(), columns: vec![column.name.clone()] });
        }
        while column_clause(cursor, table, &mut column)? {}
        Ok(column)
    }

    /// `CREATE [UNIQUE] INDEX`, after the word `INDEX`.
    ///
    /// # Errors
    /// `Read` when it is malformed or its table is unknown.
    pub(super) fn create_index(&mut self, cursor: &mut Cursor<'_>, schema: &str, unique: bool) -> Result<()> {
        cursor.takes(&["IF", "NOT", "EXISTS"]);
        let name = cursor.name()?.name;
        cursor.expect(&["ON"])?;
        let on = cursor.name()?;
        let mut descending = Vec::new();
        let columns = cursor.columns(|cursor| descending.push(order_words(cursor)))?;
        cursor.end()?;
        let table = self.find_mut(on.schema.as_deref().unwrap_or(schema), &on.name)?;
        table.indexes.push(IndexDef { name, columns, descending, unique });
        Ok(())
    }

    /// `CREATE SEQUENCE`, after the word `SEQUENCE`.
    ///
    /// # Errors
    /// `Read` when it is malformed.
    pub(super) fn create_sequence(&mut self, cursor: &mut Cursor<'_>, schema: &str) -> Result<()> {
        let skip = cursor.takes(&["IF", "NOT", "EXISTS"]);
        let name = cursor.name()?;
        let schema = name.schema.unwrap_or_else(|| schema.to_string());
        if self.sequences.iter().any(|s| s.name == name.name && s.schema == schema) {
            return if skip { Ok(()) } else { Err(malformed("this sequence exists already").object(name.name)) };
        }
        let ty = ColumnType::new(Base::Integer, 0, 0);
        let (start, increment, min, max, cycle) = (0, 1, None, None, false);
        let mut sequence = SequenceDef { schema, name: name.name, ty, start, increment, min, max, cycle, next: 0 };
        sequence_clauses(cursor, &mut sequence)?;
        sequence.next = sequence.start;
        self.sequences.push(sequence);
        Ok(())
    }

    /// The table, to change it.
    ///
    /// # Errors
    /// `Read` when there is none.
    pub(super) fn find_mut(&mut self, schema: &str, name: &str) -> Result<&mut TableDef> {
        self.table_mut(schema, name)
            .ok_or_else(|| malformed("a statement names a table that does not exist").object(name))
    }
}

fn plain_identity() -> IdentityDef {
    IdentityDef { always: false, start: 0, increment: 1, rest: String::new(), next: None, sequence: None }
}

/// `true` for descending.
fn order_words(cursor: &mut Cursor<'_>) -> bool {
    let descending = cursor.takes(&["DESC"]);
    cursor.takes(&["ASC"]);
    let _ = cursor.takes(&["NULLS", "FIRST"]) || cursor.takes(&["NULLS", "LAST"]);
    descending
}

/// One clause after a column's type; `false` when there is none.
fn column_clause(cursor: &mut Cursor<'_>, table: &mut TableDef, column: &mut ColumnDef) -> Result<bool> {
    if cursor.takes(&["NOT", "NULL"]) {
        column.nullable = false;
    } else if cursor.takes(&["NULL"]) {
        column.nullable = true;
    } else if cursor.takes(&["COLLATE"]) {
        column.collation = Some(cursor.name()?.name);
    } else if cursor.takes(&["DEFAULT"]) {
        column.default = Some(default(cursor).to_string()).filter(|text| !text.eq_ignore_ascii_case("NULL"));
    } else if cursor.takes(&["GENERATED"]) {
        generated(cursor, column)?;
    } else if cursor.takes(&["IDENTITY"]) {
        let (start, increment) = short_identity(cursor)?;
        column.identity = Some(IdentityDef { start, increment, ..plain_identity() });
    } else if cursor.sees(&["CONSTRAINT"]) || is_constraint(cursor) {
        inline_constraint(cursor, table, &column.name)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// `IDENTITY(start, increment)`, the short form.
fn short_identity(cursor: &mut Cursor<'_>) -> Result<(i128, i128)> {
    let mut numbers = (0, 1);
    if cursor.symbol('(') {
        numbers.0 = cursor.integer()?;
        if cursor.symbol(',') {
            numbers.1 = cursor.integer()?;
        }
        cursor.expect_symbol(')')?;
    }
    Ok(numbers)
}

/// Words that end the expression of a default.
const AFTER_DEFAULT: [&str; 11] = [
    "NOT",
    "NULL",
    "CONSTRAINT",
    "PRIMARY",
    "UNIQUE",
    "CHECK",
    "REFERENCES",
    "BEFORE",
    "GENERATED",
    "COLLATE",
    "IDENTITY",
];

/// The expression of a default, as it stands.
pub(super) fn default<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    let start = cursor.offset();
    cursor.raw_until(|c| {
        let mark = [',', ')', ';'].iter().any(|symbol| c.sees_symbol(*symbol));
        // The first word belongs to the expression: `DEFAULT NULL`.
        mark || (c.offset() > start && AFTER_DEFAULT.iter().any(|word| c.sees(&[word])))
    })
}

fn generated(cursor: &mut Cursor<'_>, column: &mut ColumnDef) -> Result<()> {
    let always = cursor.takes(&["ALWAYS"]);
    if !always {
        cursor.expect(&["BY", "DEFAULT"])?;
    }
    cursor.expect(&["AS"])?;
    if cursor.takes(&["IDENTITY"]) {
        column.identity = Some(identity_clauses(cursor, always)?);
    } else if cursor.takes(&["SEQUENCE"]) {
        let name = cursor.name()?.name;
        column.identity = Some(IdentityDef { always, sequence: Some(name), ..plain_identity() });
    } else if cursor.sees(&["ROW"]) {
        return Err(unsupported("system-versioned tables are not read").help("leave it out, or drop the period"));
    } else {
        column.generated = Some(cursor.bracketed()?.to_string());
    }
    Ok(())
}

fn identity_clauses(cursor: &mut Cursor<'_>, always: bool) -> Result<IdentityDef> {
    let mut identity = IdentityDef { always, ..plain_identity() };
    if !cursor.sees_symbol('(') {
        return Ok(identity);
    }
    let mut sequence = SequenceDef {
        schema: String::new(),
        name: String::new(),
        ty: ColumnType::new(Base::Bigint, 0, 0),
        start: 0,
        increment: 1,
        min: None,
        max: None,
        cycle: false,
        next: 0,
    };
    cursor.expect_symbol('(')?;
    sequence_clauses(cursor, &mut sequence)?;
    cursor.expect_symbol(')')?;
    let bound = |word: &str, bound: Option<i128>| bound.map(|n| format!(" {word} {n}")).unwrap_or_default();
    let cycle = if sequence.cycle { " CYCLE" } else { "" };
    identity.start = sequence.start;
    identity.increment = sequence.increment;
    identity.rest = format!("{}{}{cycle}", bound("MINVALUE", sequence.min), bound("MAXVALUE", sequence.max));
    Ok(identity)
}

fn sequence_clauses(cursor: &mut Cursor<'_>, sequence: &mut SequenceDef) -> Result<()> {
    let mut typed = false;
    loop {
        if cursor.takes(&["AS"]) {
            sequence.ty = ColumnType::parse(cursor)?.0;
            typed = true;
        } else if cursor.takes(&["START", "WITH"]) {
            sequence.start = cursor.integer()?;
        } else if cursor.takes(&["INCREMENT", "BY"]) {
            sequence.increment = cursor.integer()?;
        } else if cursor.takes(&["MINVALUE"]) {
            sequence.min = Some(cursor.integer()?);
        } else if cursor.takes(&["MAXVALUE"]) {
            sequence.max = Some(cursor.integer()?);
        } else if cursor.takes(&["CYCLE"]) {
            sequence.cycle = true;
        } else if cursor.takes(&["CACHE"]) {
            cursor.integer()?;
        } else if !(cursor.takes(&["NO", "MINVALUE"])
            || cursor.takes(&["NO", "MAXVALUE"])
            || cursor.takes(&["NO", "CYCLE"])
            || cursor.takes(&["NO", "CACHE"])
            || cursor.symbol(','))
        {
            break;
        }
    }
    let wide = |n: i128| i32::try_from(n).is_err();
    if !typed && (wide(sequence.start) || sequence.min.is_some_and(wide) || sequence.max.is_some_and(wide)) {
        sequence.ty = ColumnType::new(Base::Bigint, 0, 0);
    }
    Ok(())
}

fn is_constraint(cursor: &Cursor<'_>) -> bool {
    cursor.sees(&["PRIMARY", "KEY"])
        || cursor.sees(&["FOREIGN", "KEY"])
        || ["UNIQUE", "CHECK", "REFERENCES"].iter().any(|word| cursor.sees(&[word]))
}

/// A table constraint, if one stands here.
///
/// # Errors
/// `Read` when it is malformed.
pub(super) fn take_constraint(cursor: &mut Cursor<'_>, table: &mut TableDef) -> Result<bool> {
    let name = if cursor.takes(&["CONSTRAINT"]) {
        cursor.takes(&["IF", "NOT", "EXISTS"]);
        cursor.name()?.name
    } else if is_constraint(cursor) && !cursor.sees(&["REFERENCES"]) {
        String::new()
    } else {
        return Ok(false);
    };
    if cursor.takes(&["PRIMARY", "KEY"]) {
        table.primary_key = Some(KeyDef { name, columns: cursor.columns(|_| ())? });
    } else if cursor.takes(&["UNIQUE"]) {
        table.uniques.push(KeyDef { name, columns: cursor.columns(|_| ())? });
    } else if cursor.takes(&["CHECK"]) {
        table.checks.push(CheckDef { name, condition: cursor.bracketed()?.to_string() });
    } else {
        cursor.expect(&["FOREIGN", "KEY"])?;
        let columns = cursor.columns(|_| ())?;
        let key = references(cursor, name, columns)?;
        table.foreign_keys.push(key);
    }
    Ok(true)
}

fn inline_constraint(cursor: &mut Cursor<'_>, table: &mut TableDef, column: &str) -> Result<()> {
    let name = if cursor.takes(&["CONSTRAINT"]) { cursor.name()?.name } else { String::new() };
    let columns = vec![column.to_string()];
    if cursor.takes(&["PRIMARY", "KEY"]) {
        table.primary_key = Some(KeyDef { name, columns });
    } else if cursor.takes(&["UNIQUE"]) {
        table.uniques.push(KeyDef { name, columns });
    } else if cursor.takes(&["CHECK"]) {
        table.checks.push(CheckDef { name, condition: cursor.bracketed()?.to_string() });
    } else {
        let key = references(cursor, name, columns)?;
        table.foreign_keys.push(key);
    }
    Ok(())
}

fn references(cursor: &mut Cursor<'_>, name: String, columns: Vec<String>) -> Result<ForeignKeyDef> {
    cursor.expect(&["REFERENCES"])?;
    let foreign = cursor.name()?;
    let foreign_columns = if cursor.sees_symbol('(') { cursor.columns(|_| ())? } else { Vec::new() };
    let (on_delete, on_update, match_full) = (Action::NoAction, Action::NoAction, false);
    let mut key = ForeignKeyDef { name, columns, foreign, foreign_columns, on_delete, on_update, match_full };
    loop {
        if cursor.takes(&["ON", "DELETE"]) {
            key.on_delete = action(cursor)?;
        } else if cursor.takes(&["ON", "UPDATE"]) {
            key.on_update = action(cursor)?;
        } else if cursor.takes(&["MATCH", "FULL"]) {
            key.match_full = true;
        } else if !(cursor.takes(&["MATCH", "SIMPLE"]) || cursor.takes(&["NOT", "DEFERRABLE"])) {
            return Ok(key);
        }
    }
}

fn action(cursor: &mut Cursor<'_>) -> Result<Action> {
    let words: [(&[&str], Action); 5] = [
        (&["NO", "ACTION"], Action::NoAction),
        (&["RESTRICT"], Action::Restrict),
        (&["CASCADE"], Action::Cascade),
        (&["SET", "NULL"], Action::SetNull),
        (&["SET", "DEFAULT"], Action::SetDefault),
    ];
    let found = words.iter().find(|(words, _)| cursor.takes(words)).map(|(_, action)| *action);
    found.ok_or_else(|| cursor.unexpected("an action"))
}
