//! The library's entrance: an async façade over the blocking engine.

use crate::audit::Audit;
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result, Step};
use crate::event::{Event, Observer, Observers};
use crate::plan::{Plan, Statement};
use crate::report::{self, Report, VerifyReport};
use crate::run::Run;
use crate::settings::Settings;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Exit code for "the two sides differ".
const DIFFERENT: u8 = 1;
/// Exit code for "refused before any write".
const REFUSED: u8 = 2;

/// A migration from one database to another.
///
/// The work runs on threads of its own; the futures only wait for it and need no particular runtime.
pub struct Migration {
    settings: Settings,
    observers: Observers,
    cancel: CancelToken,
}

impl Migration {
    /// A migration as the settings describe it.
    pub fn new(settings: Settings) -> Self {
        Migration { settings, observers: Observers::default(), cancel: CancelToken::new() }
    }

    /// Adds somebody who is told what happens.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.add(observer);
        self
    }

    /// Makes the run stop when `token` is cancelled.
    #[must_use]
    pub fn cancel(mut self, token: CancelToken) -> Self {
        self.cancel = token;
        self
    }

    /// Decides everything and writes nothing.
    ///
    /// # Errors
    /// When a side cannot be reached or read. What would refuse a copy is in the plan's findings.
    pub async fn plan(&self) -> Result<Plan> {
        let refused = |plan: &Plan| if plan.errors().next().is_some() { REFUSED } else { 0 };
        self.on_thread("plan", crate::copy::plan, refused).await
    }

    /// Copies the database and verifies the copy.
    ///
    /// # Errors
    /// Whatever stops the run; [`Error::exit_code`] tells how far it came.
    pub async fn copy(&self) -> Result<Report> {
        let report = self.on_thread("copy", copy_and_tell, |report| report.exit).await;
        self.done(&report);
        report
    }

    /// Compares both sides; needs nothing but the settings.
    ///
    /// # Errors
    /// What stops the comparison. Differences are verdicts in the report.
    pub async fn verify(&self) -> Result<VerifyReport> {
        let different = |report: &VerifyReport| if report.equal() { 0 } else { DIFFERENT };
        self.on_thread("verify", compare_and_tell, different).await
    }

    /// The statements that would empty the target; they are run only if `confirm` is the name of the
    /// target's database.
    ///
    /// # Errors
    /// When the target cannot be reached, `confirm` names another database, or a statement fails.
    pub async fn clear_target(&self, confirm: Option<String>) -> Result<Vec<Statement>> {
        let clear = move |run: &Run| crate::clear::clear_target(run, confirm.as_deref());
        self.on_thread("clear-target", clear, |_| 0).await
    }

    /// Runs `work` on a thread of its own, with an audit trail if the settings want one; `exit` is the exit code
    /// that a result stands for.
    async fn on_thread<T: Send + 'static>(
        &self,
        command: &str,
        work: impl FnOnce(&Run) -> Result<T> + Send + 'static,
        exit: impl Fn(&T) -> u8,
    ) -> Result<T> {
        let audit = Audit::begin(command, &self.settings, &self.cancel)?.map(Arc::new);
        let mut observers = self.observers.clone();
        if let Some(audit) = &audit {
            observers.add(audit.clone());
        }
        let run = Run::new(self.settings.clone(), observers, self.cancel.clone());
        let (send, receive) = oneshot::channel();
        let span = tracing::Span::current();
        std::thread::spawn(move || {
            let _entered = span.enter();
            // Nobody waits any more if the future was dropped.
            let _ = send.send(work(&run));
        });
        let _stop_if_dropped = StopIfDropped(&self.cancel);
        let result = receive.await;
        std::mem::forget(_stop_if_dropped);
        let result =
            result.unwrap_or_else(|_| Err(Error::new(ErrorKind::Io, "the run panicked; this is a fault of dbferry")));
        let secrets = [self.settings.source.password.expose(), self.settings.target.password.expose()];
        let result = result.map_err(|error| error.without(&secrets).by_signal(self.cancel.signal()));
        match audit {
            Some(audit) => audit.end(result, exit),
            None => result,
        }
    }

    fn done(&self, report: &Result<Report>) {
        let event = match report {
            Ok(report) => Event::Done {
                exit: report.exit,
                tables: report.tables.len() as u64,
                rows: report.tables.iter().map(|t| t.rows).sum(),
                bytes: report.tables.iter().map(|t| t.bytes).sum(),
                seconds: report.seconds,
            },
            Err(error) => Event::Done { exit: error.exit_code(), tables: 0, rows: 0, bytes: 0, seconds: 0.0 },
        };
        self.observers.emit(event);
    }
}

fn copy_and_tell(run: &Run) -> Result<Report> {
    let report = crate::copy::copy(run)?;
    for table in &report.tables {
        let (table, rows, verdict) = (table.target.clone(), table.rows, table.verified);
        run.observers.emit(Event::Verified { table, rows, verdict });
    }
    report.converted.iter().for_each(|cells| run.observers.emit(Event::Converted(cells.clone())));
    if let Some(path) = &run.settings.options.report {
        let only = "the copy itself is complete: only its report is missing";
        report::write(&report, path).map_err(|error| error.at(Step::Report).also_help(only))?;
    }
    Ok(report)
}

fn compare_and_tell(run: &Run) -> Result<VerifyReport> {
    let report = crate::compare::compare(run)?;
    for table in &report.tables {
        let (table, rows, verdict) = (table.target.clone(), table.target_rows, table.verdict);
        run.observers.emit(Event::Verified { table, rows, verdict });
    }
    if let Some(path) = &run.settings.options.report {
        report::write_verify(&report, path).map_err(|error| error.at(Step::Report))?;
    }
    Ok(report)
}

/// Stops the thread when its future is dropped before it is done.
struct StopIfDropped<'a>(&'a CancelToken);

impl Drop for StopIfDropped<'_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
