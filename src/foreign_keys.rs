//! Makes the target's foreign keys, and sees to it that every row keeps them.

use crate::backends::{Range, Reader};
use crate::connect::Sides;
use crate::error::{AtStep, Error, ErrorKind, Result, Side};
use crate::plan::{ForeignKeyPlan, Plan};
use crate::pool::{Stop, for_each};
use crate::probe::{Probe, TableProbes};
use crate::resume::Begun;
use crate::retry::{on_target, retrying};
use crate::run::Run;
use crate::schema::Table;

/// Makes every foreign key. Engines that would rebuild its table to look at the rows do not look: they are asked first,
/// side by side, and then make it in no time.
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
        .try_for_each(|statement| begun.build_on_target(run, statement, sides.target.as_mut()))
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
