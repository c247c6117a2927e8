//! Makes the target's foreign keys, and sees to it that every row keeps them.

use crate::backends::{Range, Reader, Writer};
use crate::connect::Sides;
use crate::error::{AtStep, Error, ErrorKind, Result, Side};
use crate::finish::repeat;
use crate::plan::{ForeignKeyPlan, Plan, Statement};
use crate::pool::{Stop, for_each};
use crate::probe::{Probe, TableProbes};
use crate::resume::Begun;
use crate::retry::{on_target, retrying};
use crate::run::Run;
use crate::schema::Table;
use std::collections::BTreeMap;

/// Makes every foreign key. Engines that would rebuild its table to look at the rows do not look: they are asked first,
/// side by side, and then make it in no time. Others make it first and look afterwards.
///
/// # Errors
/// `Ddl` with the name of the key that cannot be made.
pub(crate) fn make_foreign_keys(run: &Run, plan: &Plan, sides: &mut Sides, begun: &Begun) -> Result<()> {
    let unchecked = &sides.dialect.tables.foreign_keys_unchecked;
    if !unchecked.is_empty() && !plan.foreign_keys.is_empty() && look_at_rows(run, plan, sides)? {
        // A session that is lost and opened again looks at the rows itself: slower, and as right.
        on_target(run, "foreign keys", sides.target.as_mut(), |target, _| target.execute(unchecked).on(Side::Target))?;
    }
    let keys = plan.foreign_keys.iter();
    keys.map(|key| &key.statement)
        .try_for_each(|statement| begun.build_on_target(run, statement, sides.target.as_mut()))?;
    validate(run, plan, &mut sides.writers)
}

/// Looks at the rows of keys that were made without: side by side, but one key of a table at a time, because its table
/// is locked for others.
fn validate(run: &Run, plan: &Plan, writers: &mut [Box<dyn Writer>]) -> Result<()> {
    let mut tables: BTreeMap<&str, Vec<&Statement>> = BTreeMap::new();
    for key in &plan.foreign_keys {
        tables.entry(&key.table).or_default().extend(&key.validate);
    }
    for_each(writers, tables.into_values().collect(), &run.cancel, |_, writer, keys, stop| {
        keys.into_iter().try_for_each(|key| repeat(run, writer.as_mut(), key, stop))
    })
}

/// Whether there are sessions to look with; the first key that a row does not keep is an error.
fn look_at_rows(run: &Run, plan: &Plan, sides: &mut Sides) -> Result<bool> {
    let mut readers = Vec::new();
    for _ in 0..sides.writers.len().clamp(1, plan.foreign_keys.len()) {
        readers.extend(sides.target.open_checker().on(Side::Target)?);
    }
    for_each(&mut readers, plan.foreign_keys.iter().collect(), &run.cancel, |_, reader, key, stop| {
        refuse_dangling(run, key, reader.as_mut(), stop)
    })?;
    Ok(!readers.is_empty())
}

fn refuse_dangling(run: &Run, key: &ForeignKeyPlan, reader: &mut dyn Reader, stop: &Stop<'_>) -> Result<()> {
    let table = Table { name: key.table.clone(), foreign_keys: vec![key.key.clone()], ..Table::default() };
    let probes = vec![Probe::Dangling { foreign_key: key.key.name.clone() }];
    let probes = TableProbes { table: &table, probes, range: Range::All };
    let object = &key.statement.object;
    let answers = retrying(run, object, stop, |_| reader.probe(&probes).on(Side::Target))?;
    let dangling = answers.first().map_or(0, |answer| answer.count);
    if dangling == 0 {
        return Ok(());
    }
    let what = format!("it cannot be made: {dangling} rows reference nothing in {}", key.key.foreign_table);
    Err(Error::new(ErrorKind::Ddl, what)
        .on(Side::Target)
        .object(object.clone())
        .help("values that are equal on the source differ for the target: correct these rows on the source, or drop the key there"))
}
