//! What all steps of one run share: settings, observers, the clock and the way to stop.

use crate::cancel::CancelToken;
use crate::error::{Result, Step};
use crate::event::{Event, Observers, StepState, Work};
use crate::finding::Finding;
use crate::pool::{cancelled, lock};
use crate::report::{Span, StepTime};
use crate::settings::Settings;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// One run.
pub(crate) struct Run {
    pub(crate) settings: Settings,
    pub(crate) observers: Observers,
    pub(crate) cancel: CancelToken,
    pub(crate) started: String,
    clock: Instant,
    steps: Mutex<Vec<StepTime>>,
    spans: Mutex<Vec<Span>>,
    findings: Mutex<Vec<Finding>>,
    /// A connection to the target was lost: its server may have crashed.
    pub(crate) target_lost: AtomicBool,
}

impl Run {
    pub(crate) fn new(settings: Settings, observers: Observers, cancel: CancelToken) -> Self {
        Run {
            settings,
            observers,
            cancel,
            started: rfc3339(SystemTime::now()),
            clock: Instant::now(),
            steps: Mutex::default(),
            spans: Mutex::default(),
            findings: Mutex::default(),
            target_lost: AtomicBool::new(false),
        }
    }

    /// Runs one step: tells the observers, takes the time, names the step in errors.
    pub(crate) fn step<T>(&self, step: Step, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let span = tracing::info_span!("step", name = step.name());
        let _entered = span.enter();
        self.observers.emit(Event::Step { step, state: StepState::Started, seconds: 0.0 });
        let begin = Instant::now();
        let result = if self.cancel.is_cancelled() { Err(cancelled()) } else { work() };
        let seconds = begin.elapsed().as_secs_f64();
        lock(&self.steps).push(StepTime { step, seconds });
        self.observers.emit(Event::Step { step, state: StepState::Finished, seconds });
        result.map_err(|error| if self.cancel.is_cancelled() { cancelled().at(step) } else { error.at(step) })
    }

    /// Seconds since the run began.
    pub(crate) fn elapsed(&self) -> f64 {
        self.clock.elapsed().as_secs_f64()
    }

    /// Does a piece of a lane's work and remembers it for the timeline. Returns its seconds too.
    pub(crate) fn span<T>(
        &self,
        lane: usize,
        table: &str,
        kind: Work,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<(T, f64)> {
        let from = self.elapsed();
        let value = work()?;
        let to = self.elapsed();
        let lane = lane as u32;
        lock(&self.spans).push(Span { lane, table: table.to_string(), work: kind, from, to });
        self.observers.emit(Event::Span { lane, table: table.to_string(), work: kind, from, to });
        Ok((value, to - from))
    }

    pub(crate) fn note(&self, text: impl Into<String>) {
        self.observers.emit(Event::Note { text: text.into() });
    }

    pub(crate) fn tell(&self, findings: &[Finding]) {
        findings.iter().for_each(|finding| self.observers.emit(Event::Finding(finding.clone())));
    }

    /// Tells a finding of the run itself and keeps it for the report.
    pub(crate) fn found(&self, finding: Finding) {
        self.observers.emit(Event::Finding(finding.clone()));
        lock(&self.findings).push(finding);
    }

    pub(crate) fn findings(&self) -> Vec<Finding> {
        lock(&self.findings).clone()
    }

    pub(crate) fn step_times(&self) -> Vec<StepTime> {
        lock(&self.steps).clone()
    }

    pub(crate) fn timeline(&self) -> Vec<Span> {
        lock(&self.spans).clone()
    }
}

/// A point in time as RFC 3339 in UTC, to the second.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let (year, month, day) = crate::calendar::civil_from_days((seconds / 86_400) as i32);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
