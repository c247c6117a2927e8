//! Which databases this process is building, so that they can be read before they are published.

use super::state::Build;
use crate::backends::hsqldb::files::place::Place;
use crate::pool::lock;
use std::sync::{Arc, Mutex, OnceLock, Weak};

type Builds = Mutex<Vec<(Place, Weak<Build>)>>;

fn builds() -> &'static Builds {
    static BUILDS: OnceLock<Builds> = OnceLock::new();
    BUILDS.get_or_init(Builds::default)
}

/// The place with an absolute folder, so that two spellings are one.
fn absolute(place: &Place) -> Place {
    let folder = std::path::absolute(&place.folder).unwrap_or_else(|_| place.folder.clone());
    Place { folder, name: place.name.clone() }
}

/// The build under way at a place.
pub(crate) fn building(place: &Place) -> Option<Arc<Build>> {
    let place = absolute(place);
    lock(builds()).iter().find(|(at, _)| *at == place).and_then(|(_, build)| build.upgrade())
}

/// Makes a build known.
pub(super) fn add(build: &Arc<Build>) {
    lock(builds()).push((absolute(&build.place), Arc::downgrade(build)));
}

/// Forgets the builds at a place, and those that ended.
pub(super) fn remove(place: &Place) {
    let place = absolute(place);
    lock(builds()).retain(|(at, build)| *at != place && build.strong_count() > 0);
}
