//! The `dbferry` command: parses, runs, prints, exits with the documented code.

mod cli;

use clap::Parser;
use cli::{Cli, Command, Common};
use dbferry::settings::{Layers, OutputFormat};
use dbferry::{CancelToken, Error, ErrorKind, Migration, Result, Settings, Step, plan, progress, report};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Exit code for "the two sides differ".
const DIFFERENT: u8 = 1;
/// Exit code for "refused before any write".
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(&cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => fail(&error),
    }
}

fn fail(error: &Error) -> ExitCode {
    progress::suspend(|| say(&error.render()));
    ExitCode::from(error.exit_code())
}

/// A line on stderr; where that is full or closed, the run matters more.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn start(command: &Command) -> Result<u8> {
    let common = command.common();
    let settings = load(command).map_err(|error| error.at(Step::Settings))?;
    init_log(common, &settings)?;
    for warning in settings.warnings() {
        say(&format!("warning: {warning}"));
    }
    if let Some(path) = &settings.options.report {
        report::check_path(path).map_err(|error| error.at(Step::Settings))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::new(ErrorKind::Io, "the runtime cannot be started").caused_by(e))?;
    runtime.block_on(run(command, settings))
}

async fn run(command: &Command, settings: Settings) -> Result<u8> {
    let cancel = CancelToken::new();
    listen(&cancel)?;
    let options = settings.options.clone();
    let mut migration = Migration::new(settings).cancel(cancel);
    if let Some(observer) = progress::observer(options.progress) {
        migration = migration.observer(observer);
    }
    match command {
        Command::Copy(_) => {
            let report = migration.copy().await?;
            print(options.format, &report, |colour| report::text(&report, colour))?;
            Ok(report.exit)
        }
        Command::Plan(common) => {
            let plan = migration.plan().await?;
            print_plan(common.wants_sql(), options.format, &plan)?;
            Ok(if plan.errors().next().is_some() { REFUSED } else { 0 })
        }
        Command::Verify(_) => {
            let report = migration.verify().await?;
            print(options.format, &report, |colour| report::verify_text(&report, colour))?;
            Ok(if report.equal() { 0 } else { DIFFERENT })
        }
        Command::ClearTarget(args) => {
            let statements = migration.clear_target(args.confirm.clone()).await?;
            let script: String = statements.iter().map(|s| format!("{};\n", s.sql)).collect();
            let nothing = "-- nothing to drop: the target is empty\n";
            out(if script.is_empty() { nothing } else { &script })?;
            Ok(0)
        }
    }
}

fn load(command: &Command) -> Result<Settings> {
    let common = command.common();
    let mut layers = Layers::new().environment(std::env::vars_os());
    for file in &common.config {
        layers = layers.file(file);
    }
    for assignment in &common.set {
        layers = layers.set(assignment);
    }
    for (option, value) in command.flags() {
        layers = layers.flag(option, value);
    }
    Ok(layers.load()?)
}

fn init_log(common: &Common, settings: &Settings) -> Result<()> {
    let by_count = ["warn", "info", "debug", "trace"];
    let counted = by_count.get(usize::from(common.verbose)).copied().unwrap_or("trace");
    let wanted = match (&settings.options.log_level, common.verbose) {
        (Some(filter), 0) => filter.as_str(),
        _ => counted,
    };
    let filter = EnvFilter::try_new(wanted).map_err(|e| {
        Error::new(ErrorKind::Settings, "this is not a log filter").at(Step::Settings).object("log-level").caused_by(e)
    })?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| progress::StderrWriter).init();
    Ok(())
}

/// The first SIGINT or SIGTERM stops the run and keeps what is committed; the second one ends the process.
fn listen(cancel: &CancelToken) -> Result<()> {
    for (kind, number) in [(SignalKind::interrupt(), 2), (SignalKind::terminate(), 15)] {
        let mut stream =
            signal(kind).map_err(|e| Error::new(ErrorKind::Io, "signals cannot be received").caused_by(e))?;
        let cancel = cancel.clone();
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                if cancel.signal().is_some() {
                    std::process::exit(128 + i32::from(number));
                }
                progress::suspend(|| say("stopping; what is committed stays (once more: end at once)"));
                cancel.cancel_by_signal(number);
            }
        });
    }
    Ok(())
}

fn print<T: serde::Serialize>(format: OutputFormat, value: &T, text: impl Fn(bool) -> String) -> Result<()> {
    match format {
        OutputFormat::Json => out(&(report::json(value)? + "\n")),
        OutputFormat::Text => out(&text(std::io::stdout().is_terminal())),
    }
}

fn print_plan(sql: bool, format: OutputFormat, decided: &plan::Plan) -> Result<()> {
    if sql { out(&plan::render::sql(decided)) } else { print(format, decided, |_| plan::render::text(decided)) }
}

fn out(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|e| {
            let error = Error::new(ErrorKind::Io, "standard output cannot be written").at(Step::Report);
            error.help("what was asked for is done: only its result could not be shown").caused_by(e)
        }),
    }
}
