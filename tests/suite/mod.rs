//! The conformance suite: one set of tests for every ordered pair of servers that the environment offers.

mod chunks;
mod clear_target;
mod extensions;
mod interrupt;
mod large;
mod names;
mod nasty;
mod oracle;
mod plan;
mod structure;
mod traps;
mod types;
mod verify;

use crate::support::catalog::{assert_untouched, fingerprint};
use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, Outcome};
use crate::support::oracle::{Dump, Names};
use crate::support::server::{Kind, Server};

/// Two servers to copy between.
pub(crate) struct Pair {
    /// Copied from.
    pub(crate) source: Server,
    /// Copied to.
    pub(crate) target: Server,
}

impl Pair {
    /// The pair, or `None` after saying which server is missing.
    pub(crate) fn or_skip(source: Kind, target: Kind) -> Option<Pair> {
        Some(Pair { source: Server::or_skip(source)?, target: Server::or_skip(target)? })
    }

    /// An empty target database.
    pub(crate) fn target(&self, label: &str) -> Database {
        Database::empty(&self.target, label)
    }
}

/// Sources with more rows are not read a second time: that their catalog is the same must do.
const LARGE: usize = 10_000;

/// Runs a copy that must succeed, and proves by the native clients that the target holds every row of every
/// table but those in `skip`, and that the source is untouched.
#[track_caller]
pub(crate) fn copy_equal(source: &Database, target: &Database, call: &Dbferry, skip: &[&str]) -> (Outcome, Names) {
    let (before, rows) = (fingerprint(source), Dump::of(source));
    let outcome = call.run().expect(0);
    let names = Names::of(&outcome.json());
    rows.assert_copied(&Dump::of(target), &names, skip);
    if rows.total() < LARGE {
        rows.assert_copied(&Dump::of(source), &Names::default(), &[]);
    }
    assert_untouched("the source", &before, &fingerprint(source));
    (outcome, names)
}

/// Makes a module of tests for each pair: a pair is a row here, a theme a line below.
macro_rules! conformance {
    ($($name:ident: $source:ident => $target:ident;)*) => {$(
        mod $name {
            use super::*;
            use crate::support::server::Kind::{$source as FROM, $target as TO};

            fn pair() -> Option<Pair> {
                Pair::or_skip(FROM, TO)
            }

            conformance! {
                @tests pair
                every_type_arrives_equal_or_is_refused: types::check;
                hostile_names_arrive: names::check;
                structure_arrives: structure::check;
                numbering_continues: structure::check_numbering;
                empty_database_is_copied: structure::check_no_tables;
                large_tables_are_cut_and_arrive: chunks::check;
                large_values_arrive_in_little_memory: large::check;
                verify_finds_every_mutation: verify::check;
                plan_writes_nothing: plan::check;
                printed_sql_runs: plan::check_sql;
                target_is_cleared_by_name_only: clear_target::check;
            }
        }
    )*};
    (@tests $pair:ident $($test:ident: $theme:ident :: $check:ident;)*) => {$(
        #[test]
        fn $test() {
            if let Some(pair) = $pair() {
                $theme::$check(&pair);
            }
        }
    )*};
}

conformance! {
    postgresql_to_postgresql: PostgreSql => PostgreSql;
    postgresql_to_mariadb: PostgreSql => MariaDb;
    postgresql_to_mysql: PostgreSql => MySql;
    mariadb_to_postgresql: MariaDb => PostgreSql;
    mariadb_to_mariadb: MariaDb => MariaDb;
    mariadb_to_mysql: MariaDb => MySql;
    mysql_to_postgresql: MySql => PostgreSql;
    mysql_to_mariadb: MySql => MariaDb;
    mysql_to_mysql: MySql => MySql;
    postgresql_to_hsqldb: PostgreSql => Hsqldb;
    mariadb_to_hsqldb: MariaDb => Hsqldb;
    mysql_to_hsqldb: MySql => Hsqldb;
    hsqldb_to_postgresql: Hsqldb => PostgreSql;
    hsqldb_to_mariadb: Hsqldb => MariaDb;
    hsqldb_to_mysql: Hsqldb => MySql;
    hsqldb_to_hsqldb: Hsqldb => Hsqldb;
}
