//! Hostile identifiers arrive, or are renamed and the report says so.

use super::{Pair, copy_equal};
use crate::support::dbferry::Dbferry;
use crate::support::fixtures;

/// Tables and columns of every nasty name hold their rows on the target, under the names the report tells.
pub(super) fn check(pair: &Pair) {
    let source = fixtures::names(&pair.source);
    let target = pair.target("names");
    copy_equal(&source, &target, &Dbferry::copy(&source, &target), &[]);
}
