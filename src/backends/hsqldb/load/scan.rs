//! One pass over a script: statements go to the catalog, rows are only located.

use super::database::{Part, TableRows};
use crate::backends::hsqldb::fault::{damaged, malformed};
use crate::backends::hsqldb::files::lines::Lines;
use crate::backends::hsqldb::model::catalog::{Catalog, LOBS};
use crate::backends::hsqldb::model::statement::Applied;
use crate::backends::hsqldb::rows::split;
use crate::backends::hsqldb::sql::cursor::Cursor;
use crate::backends::hsqldb::sql::escape::decode_line;
use crate::error::Result;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Rows of all tables by table number.
pub(crate) type Located = HashMap<u32, TableRows>;

/// Scans the script at `path`.
///
/// # Errors
/// `Read` naming the line that is damaged, `Unsupported` for what this program does not read.
pub(crate) fn scan(path: &Path, catalog: &mut Catalog) -> Result<Located> {
    let mut lines = Lines::open(path, 0)?;
    let mut scan = Scan {
        catalog,
        file: Arc::from(path),
        schema: None,
        prefix: Vec::new(),
        table: 0,
        open: None,
        rows: Located::new(),
    };
    let mut number = 0_u64;
    while let Some(line) = lines.next()? {
        number += 1;
        let place = |error: crate::error::Error| error.place(&format!(" (line {number} of the script)"));
        scan.line(line.text, line.offset, line.next).map_err(place)?;
    }
    scan.close();
    if scan.catalog.settings.is_empty() {
        return Err(damaged("this is no script of a database").object(path.display().to_string()));
    }
    Ok(scan.rows)
}

struct Scan<'a> {
    catalog: &'a mut Catalog,
    file: Arc<Path>,
    schema: Option<String>,
    /// `INSERT INTO name VALUES(` of the current table.
    prefix: Vec<u8>,
    table: u32,
    open: Option<Part>,
    rows: Located,
}

impl Scan<'_> {
    #[inline]
    fn line(&mut self, text: &[u8], offset: u64, next: u64) -> Result<()> {
        if !self.prefix.is_empty() && text.starts_with(&self.prefix) {
            if let Some(part) = &mut self.open {
                part.to = next;
                part.rows += 1;
            }
            return check_end(text);
        }
        match split::insert(text) {
            Some((name, values)) => {
                self.close();
                self.table = self.find(name)?;
                self.prefix = text[..text.len() - values.len()].to_vec();
                self.open = Some(Part { file: self.file.clone(), from: offset, to: next, rows: 1 });
                check_end(text)
            }
            None if text.iter().all(u8::is_ascii_whitespace) => Ok(()),
            None => self.statement(text),
        }
    }

    /// The table of an INSERT, whose name stands as in the script.
    fn find(&self, name: &[u8]) -> Result<u32> {
        let name = decode_line(name)?;
        let name = Cursor::new(&name)?.name()?;
        let schema = name.schema.as_deref().or(self.schema.as_deref()).unwrap_or(&self.catalog.initial_schema);
        let table = self.catalog.table(schema, &name.name);
        let table =
            table.ok_or_else(|| malformed("a row belongs to a table that does not exist").object(name.name.clone()))?;
        Ok(table.id)
    }

    fn statement(&mut self, text: &[u8]) -> Result<()> {
        self.close();
        let sql = decode_line(text)?;
        let schema = self.schema.clone().unwrap_or_else(|| self.catalog.initial_schema.clone());
        let begun = self.rows.keys().any(|id| self.catalog.by_id(*id).is_some_and(|t| t.schema != LOBS));
        if begun && !sql.starts_with("SET SCHEMA") {
            return Err(damaged("a statement stands among the rows"));
        }
        if let Applied::Schema(schema) = self.catalog.apply(&sql, &schema, &|_| false)? {
            self.schema = Some(schema);
        }
        Ok(())
    }

    /// Ends the run of rows of the current table.
    fn close(&mut self) {
        self.prefix.clear();
        if let Some(part) = self.open.take() {
            let rows = self.rows.entry(self.table).or_default();
            rows.parts.push(part);
        }
    }
}

/// A row that was cut off does not end with a bracket.
#[inline]
fn check_end(text: &[u8]) -> Result<()> {
    if text.last() == Some(&b')') { Ok(()) } else { Err(damaged("a row is cut off")) }
}
