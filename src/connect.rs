//! Opens both sides.

use crate::backends::{Backend, Source, Target, Writer, find};
use crate::dialect::Dialect;
use crate::endpoint::{Endpoint, Engine};
use crate::error::{AtStep, Error, ErrorKind, Result, Side};
use crate::introspect::Found;
use crate::observed::observed;
use crate::report::Place;
use crate::run::Run;

/// Both databases, open.
pub(crate) struct Sides {
    pub(crate) source: Box<dyn Source>,
    pub(crate) target: Box<dyn Target>,
    /// The target's loading sessions, once rows were copied.
    pub(crate) writers: Vec<Box<dyn Writer>>,
    /// Dialect of the target's product.
    pub(crate) dialect: &'static Dialect,
}

impl Sides {
    /// Both ends as reports name them.
    pub(crate) fn places(&self, run: &Run, found: &Found) -> (Place, Place) {
        let info = self.target.info();
        let source = Place {
            name: run.settings.source.display_name(),
            product: found.schema.product.clone(),
            protection: self.source.protection(),
        };
        let target = Place {
            name: run.settings.target.display_name(),
            product: info.product.clone(),
            protection: info.protection.clone(),
        };
        (source, target)
    }
}

/// Opens the source for reading and the target for writing.
///
/// # Errors
/// `Connect`, naming the side and what is wrong with it.
pub(crate) fn connect(run: &Run) -> Result<Sides> {
    connect_sides(run, &endpoint(run, Side::Target))
}

/// Opens both for reading, whether or not the target may be written.
///
/// # Errors
/// `Connect`, naming the side and what is wrong with it.
pub(crate) fn connect_to_compare(run: &Run) -> Result<Sides> {
    connect_sides(run, &Endpoint { only_read: true, ..endpoint(run, Side::Target) })
}

fn connect_sides(run: &Run, target: &Endpoint) -> Result<Sides> {
    let source = open(run.settings.source.engine, Side::Source)?;
    let source = (source.open_source)(&endpoint(run, Side::Source)).on(Side::Source)?;
    let (target, dialect) = open_target(run, target)?;
    Ok(Sides { source, target, writers: Vec::new(), dialect })
}

/// Opens the target for writing.
///
/// # Errors
/// `Connect`, saying what is wrong with it.
pub(crate) fn connect_target(run: &Run) -> Result<(Box<dyn Target>, &'static Dialect)> {
    open_target(run, &endpoint(run, Side::Target))
}

fn open_target(run: &Run, endpoint: &Endpoint) -> Result<(Box<dyn Target>, &'static Dialect)> {
    let backend = open(endpoint.engine, Side::Target)?;
    let target = (backend.open_target)(endpoint).on(Side::Target)?;
    let target = observed(target, &run.observers);
    let dialect = Dialect::find(&target.info().product).on(Side::Target)?;
    Ok((target, dialect))
}

/// Opens the target as a source, to read it back. Its sessions need not see one point in time: only
/// this run writes to it.
///
/// # Errors
/// `Connect`, saying what is wrong with it.
pub(crate) fn reopen_target(run: &Run) -> Result<Box<dyn Source>> {
    let backend = open(run.settings.target.engine, Side::Target)?;
    let mut endpoint = endpoint(run, Side::Target);
    endpoint.allow_inconsistent = true;
    (backend.open_source)(&endpoint).on(Side::Target)
}

fn endpoint(run: &Run, side: Side) -> Endpoint {
    let mut endpoint = match side {
        Side::Source => run.settings.source.clone(),
        Side::Target => run.settings.target.clone(),
    };
    endpoint.cancel = run.cancel.clone();
    endpoint.allow_inconsistent = run.settings.options.allow_inconsistent;
    endpoint.allow_source_lock = run.settings.options.allow_source_lock;
    endpoint.stall_timeout = run.settings.options.stall_timeout.unwrap_or(endpoint.stall_timeout);
    endpoint
}

fn open(engine: Engine, side: Side) -> Result<&'static Backend> {
    find(engine).ok_or_else(|| {
        let known: Vec<_> =
            crate::backends::BACKENDS.iter().filter(|b| b.engine != Engine::Memory).map(|b| b.engine.name()).collect();
        Error::new(ErrorKind::Connect, format!("this version does not connect to {}", engine.name()))
            .on(side)
            .help(format!("it connects to {}", known.join(", ")))
    })
}
