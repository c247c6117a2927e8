//! What a user meets: one clear error for each thing that is wrong, exit code 2, the target untouched.

mod connecting;
mod not_empty;
mod settings;

use crate::support::catalog::{assert_untouched, fingerprint};
use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, Outcome};
use crate::support::fixtures;
use crate::support::server::{Kind, Server};

/// A filled source and an empty target.
pub(crate) fn sides(from: Kind, to: Kind) -> Option<(Database, Database)> {
    let (source, target) = (Server::or_skip(from)?, Server::or_skip(to)?);
    Some((fixtures::small(&source, "cli"), Database::empty(&target, "cli")))
}

/// Runs a call that must be refused before any write, and gives its message with the run's own names replaced.
#[track_caller]
pub(crate) fn refusal(call: &Dbferry, source: &Database, target: &Database) -> String {
    let before = (fingerprint(source), fingerprint(target));
    let outcome = call.run().expect(2);
    assert_untouched("the source", &before.0, &fingerprint(source));
    assert_untouched("the target", &before.1, &fingerprint(target));
    let error = outcome.error();
    assert!(error.starts_with("error: "), "no error line: {}", outcome.stderr);
    // Where several faults are listed, each line ends with what to do.
    assert!(error.contains("help: ") || error.contains(" faults in the configuration"), "no help line: {error}");
    assert!(!error.contains(&source.server.password) && !error.contains(&target.server.password), "password shown");
    plain(&error, &outcome, source, target)
}

fn plain(error: &str, outcome: &Outcome, source: &Database, target: &Database) -> String {
    assert!(outcome.stdout.is_empty(), "a refused run printed a result: {}", outcome.stdout);
    let mut text = error.to_string();
    for (database, name) in [(source, "SOURCE"), (target, "TARGET")] {
        let place = format!("{}:{}", database.server.host, database.server.port);
        text = text.replace(&database.name, name).replace(&place, &format!("{name}-HOST"));
    }
    text
}
