//! What a plan is made from.

use crate::backends::TargetInfo;
use crate::endpoint::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::mendix::Mendix;
use crate::policy::Policies;
use crate::schema::Schema;
use globset::{Glob, GlobSet, GlobSetBuilder};

/// Everything that planning knows before it asks about the data.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Structure of the source.
    pub schema: &'a Schema,
    /// Engine of the source.
    pub source_engine: Engine,
    /// Engine of the target.
    pub target_engine: Engine,
    /// The target server.
    pub target: &'a TargetInfo,
    /// Conversions that the user asked for.
    pub policies: &'a Policies,
    /// Tables to copy.
    pub tables: &'a TableFilter,
    /// What Mendix's own tables on the source say, if it has them.
    pub mendix: Option<&'a Mendix>,
}

/// Which tables are copied: `--tables` and `--exclude-tables`.
#[derive(Clone, Debug, Default)]
pub struct TableFilter {
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
}

impl TableFilter {
    /// A filter from glob patterns; no `include` pattern stands for all tables.
    ///
    /// # Errors
    /// `Settings` when a pattern is malformed.
    pub fn new<S: AsRef<str>>(include: &[S], exclude: &[S]) -> Result<Self> {
        Ok(TableFilter { include: globs("tables", include)?, exclude: globs("exclude-tables", exclude)? })
    }

    /// Whether a table is left out by name.
    pub(super) fn excludes(&self, table: &str) -> bool {
        self.exclude.as_ref().is_some_and(|set| set.is_match(table))
    }

    /// Whether a table is copied.
    pub fn takes(&self, table: &str) -> bool {
        self.include.as_ref().is_none_or(|set| set.is_match(table))
            && !self.exclude.as_ref().is_some_and(|set| set.is_match(table))
    }
}

fn globs<S: AsRef<str>>(option: &str, patterns: &[S]) -> Result<Option<GlobSet>> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let fault = |error: globset::Error| {
        Error::new(ErrorKind::Settings, "malformed pattern")
            .object(option)
            .help("use * for anything, ? for one character, [ab] for one of several, [*] for a literal star")
            .caused_by(error)
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern.as_ref()).map_err(fault)?);
    }
    set.build().map(Some).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exclusion_wins() {
        let filter = TableFilter::new(&["shop$*"], &["*log"]).unwrap();
        assert!(filter.takes("shop$order") && !filter.takes("shop$log") && !filter.takes("system$user"));
        assert!(TableFilter::default().takes("anything"));
        assert!(TableFilter::new(&["a[", "b"], &[]).is_err());
    }
}
