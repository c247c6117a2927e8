//! Reads the source's structure and opens the sessions that see one point in time.

use crate::backends::Reader;
use crate::connect::Sides;
use crate::error::{AtStep, Result, Side};
use crate::event::Event;
use crate::run::Run;
use crate::schema::Schema;

/// Lanes where the user sets no number: servers wait for disk and network now and then, so a few
/// more than cores pay, and few enough for small servers.
const MAX_DEFAULT_LANES: usize = 8;

/// What was found on the source.
pub(crate) struct Found {
    pub(crate) schema: Schema,
    /// Sessions at one point in time.
    pub(crate) readers: Vec<Box<dyn Reader>>,
    /// That point, as the engine names it.
    pub(crate) point: Option<String>,
    /// Why there are fewer sessions than wanted.
    pub(crate) note: Option<String>,
}

/// Reads the source's structure under the snapshot that the rows will be read under.
///
/// # Errors
/// `Introspect` or `Connect`.
pub(crate) fn introspect(run: &Run, sides: &mut Sides) -> Result<Found> {
    let wanted = lanes(run);
    let readers = sides.source.open_readers(wanted).on(Side::Source)?;
    let schema = sides.source.introspect().on(Side::Source)?;
    if let Some(note) = &readers.note {
        run.note(note.clone());
    }
    let found = Found { schema, readers: readers.sessions, point: readers.point, note: readers.note };
    let (source, target) = sides.places(run, &found);
    run.observers.emit(Event::Opened { source, target, snapshot: found.point.clone() });
    Ok(found)
}

/// Number of lanes: what the user asked for, or the cores of this machine within bounds.
pub(crate) fn lanes(run: &Run) -> usize {
    let cores = std::thread::available_parallelism().map_or(2, |n| n.get());
    run.settings.options.jobs.unwrap_or(cores.clamp(2, MAX_DEFAULT_LANES))
}
