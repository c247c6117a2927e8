//! Reads the engine's own tables that say where LOBs are.

use super::database::Database;
use super::rows::{Blocks, read};
use crate::backends::hsqldb::fault::malformed;
use crate::backends::hsqldb::files::lobs::LobDirectory;
use crate::backends::hsqldb::model::catalog::LOBS;
use crate::backends::hsqldb::rows::split::Raw;
use crate::error::Result;
use std::path::PathBuf;

/// The directory of the LOB file at `path`. Takes memory for every LOB, not for their contents.
///
/// # Errors
/// `Read` when the tables are damaged.
pub(crate) fn directory(database: &Database, path: PathBuf) -> Result<LobDirectory> {
    let mut directory = LobDirectory::new(path, database.catalog.lob_scale * 1024);
    each(database, "LOB_IDS", &mut |row| directory.add_value(row[0], row[1], row[3]))?;
    each(database, "LOBS", &mut |row| directory.add_extent(row[3], row[2], row[0], row[1]))?;
    directory.finish();
    Ok(directory)
}

/// Calls `take` for each row of a table of four numbers.
fn each(database: &Database, name: &str, take: &mut dyn FnMut([i64; 4])) -> Result<()> {
    let Some(table) = database.catalog.table(LOBS, name) else { return Ok(()) };
    let number = |raw: &Raw<'_>| match raw {
        Raw::Bare(text) => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    };
    read(database, table, Blocks::ALL, &mut |_, raws| {
        let row: Option<Vec<i64>> = raws.iter().map(number).collect();
        let row = row.and_then(|row| row.try_into().ok());
        take(row.ok_or_else(|| malformed("a row of the LOB directory is malformed").object(table.display()))?);
        Ok(())
    })
}
