//! The command line: one doc comment per flag is its help.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Copies a whole database from one DBMS to another, fast, and proves that nothing was lost.
///
/// Settings have the names of the Mendix Runtime (SourceDatabaseType, DatabaseHost, …) and come from
/// files (-c), the environment and --set, later ones winning. Passwords are never taken from the
/// command line.
#[derive(Debug, Parser)]
#[command(name = "dbferry", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done and verified, 1 verification found a difference, 2 refused before \
any write, 3 failed while running, 130 and 143 interrupted.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Copy the source database into the empty target database and verify the copy
    Copy(CopyArgs),
    /// Show every decision a copy would take, and write nothing
    Plan(Common),
    /// Compare source and target; needs nothing but the settings
    Verify(Common),
    /// Print what emptying the target would drop; drop it only with --execute --confirm NAME
    ClearTarget(ClearArgs),
}

/// Flags of every command.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Settings file: m2ee YAML, Studio Pro config.json, or a flat map in YAML, TOML or JSON; repeatable
    #[arg(short, long = "config", value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// One setting, e.g. DatabaseHost=db:5432; repeatable; refused for passwords
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Lanes that work in parallel [default: the number of cores, 2 to 8]
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<String>,
    /// Only tables whose name matches; repeatable
    #[arg(long, value_name = "GLOB")]
    pub(crate) tables: Vec<String>,
    /// All tables but those whose name matches; repeatable
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude_tables: Vec<String>,
    /// Copy also the tables of a Mendix database that belong to no entity or association
    #[arg(long)]
    pub(crate) all_tables: bool,
    /// How the copy is proved: checksum, counts or none [default: checksum]
    #[arg(long, value_name = "MODE")]
    pub(crate) verify: Option<String>,
    /// A conversion to allow, e.g. zero-date=null or 'table.column:nul-text=strip'; repeatable
    #[arg(long, value_name = "[SCOPE:]POLICY=CONVERSION")]
    pub(crate) policy: Vec<String>,
    /// Take a short lock on the source where several sessions cannot be lined up without one
    #[arg(long)]
    pub(crate) allow_source_lock: bool,
    /// Read in parallel although the sessions may not see one point in time
    #[arg(long)]
    pub(crate) allow_inconsistent: bool,
    /// Progress on stderr: auto, bars, plain, json or none [default: auto]
    #[arg(long, value_name = "MODE")]
    pub(crate) progress: Option<String>,
    /// Result on stdout: text or json; plan also knows sql [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,
    /// Also write the report to FILE (.html or .json)
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Append an audit trail to FILE: who, when, settings, every statement and commit, as JSON lines
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
    /// A connection is lost when no byte goes through for so long in the middle of rows [default: 300]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) stall_timeout: Option<String>,
    /// Log filter on stderr, e.g. info or dbferry=debug [default: warn]
    #[arg(long, value_name = "FILTER")]
    pub(crate) log_level: Option<String>,
    /// More log: -v info, -vv debug, -vvv trace
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// Flags of `copy`.
#[derive(Debug, Args)]
pub(crate) struct CopyArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Go on with an unfinished run: what is on the target is compared and kept
    #[arg(long)]
    pub(crate) resume: bool,
}

/// Flags of `clear-target`.
#[derive(Debug, Args)]
pub(crate) struct ClearArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Run the statements instead of only printing them
    #[arg(long, requires = "confirm")]
    pub(crate) execute: bool,
    /// Name of the target's database, to be sure
    #[arg(long, value_name = "DATABASE", requires = "execute")]
    pub(crate) confirm: Option<String>,
}

impl Command {
    /// The flags that are options of a run, as name and value.
    pub(crate) fn flags(&self) -> Vec<(&'static str, String)> {
        let mut flags = self.common().flags();
        let resume = matches!(self, Command::Copy(args) if args.resume);
        flags.extend(resume.then(|| ("resume", "true".to_string())));
        flags
    }

    /// The flags that every command has.
    pub(crate) fn common(&self) -> &Common {
        match self {
            Command::Copy(args) => &args.common,
            Command::Plan(common) | Command::Verify(common) => common,
            Command::ClearTarget(args) => &args.common,
        }
    }
}

impl Common {
    /// `plan --format sql`; no other command knows that format.
    pub(crate) fn wants_sql(&self) -> bool {
        self.format.as_deref().is_some_and(|format| format.eq_ignore_ascii_case("sql"))
    }

    /// The flags that are options of a run, as name and value.
    pub(crate) fn flags(&self) -> Vec<(&'static str, String)> {
        let format = self.format.clone().filter(|_| !self.wants_sql());
        let mut flags: Vec<(&'static str, String)> = Vec::new();
        let single = [("jobs", &self.jobs), ("verify", &self.verify), ("progress", &self.progress)];
        flags.extend(single.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
        flags.extend(
            [("format", format), ("log-level", self.log_level.clone()), ("stall-timeout", self.stall_timeout.clone())]
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let lists = [("tables", &self.tables), ("exclude-tables", &self.exclude_tables), ("policies", &self.policy)];
        flags
            .extend(lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| (name, list.join("\n"))));
        let switches = [
            ("all-tables", self.all_tables),
            ("allow-source-lock", self.allow_source_lock),
            ("allow-inconsistent", self.allow_inconsistent),
        ];
        flags.extend(switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| (name, "true".to_string())));
        let files = [("report", &self.report), ("audit", &self.audit)];
        flags.extend(files.into_iter().filter_map(|(name, path)| Some((name, path.as_ref()?.display().to_string()))));
        flags
    }
}
