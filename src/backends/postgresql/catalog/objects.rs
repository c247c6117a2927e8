//! Objects of extensions and users that columns and indexes can need, on the source as on the target.

use super::{OBJECTS, run};
use crate::backends::postgresql::session::{Row, Session};
use crate::error::Result;
use crate::schema::Need;
use std::collections::HashMap;

/// Such objects by their catalog and OID.
pub(super) struct Objects(HashMap<(String, String), Need>);

impl Objects {
    /// Reads them.
    pub(super) fn load(session: &mut Session) -> Result<Objects> {
        let need = |row: &Row| Need { what: row.text("what"), extension: row.get("extension").map(str::to_string) };
        let rows = run(session, OBJECTS)?;
        Ok(Objects(rows.iter().map(|row| ((row.text("class"), row.text("oid")), need(row))).collect()))
    }

    /// The type of an extension or user that the column of a row of `columns.sql` has, alone or in an array.
    pub(super) fn of_column(&self, row: &Row) -> Option<Need> {
        self.0.get(&("pg_type".to_string(), row.text("element_oid"))).cloned()
    }

    /// What the index of a row of `indexes.sql` needs.
    pub(super) fn of_index(&self, row: &Row) -> Result<Vec<Need>> {
        let mut needs: Vec<Need> = Vec::new();
        for key in row.json::<Vec<(String, String)>>("needs")? {
            needs.extend(self.0.get(&key).filter(|need| !needs.contains(need)).cloned());
        }
        Ok(needs)
    }
}

/// What a target has besides what the product has built in.
pub(in crate::backends::postgresql) fn names(session: &mut Session) -> Result<Vec<String>> {
    Ok(Objects::load(session)?.0.into_values().map(|need| need.what).collect())
}
