//! `--progress bars`: one bar for all, one line for each table in flight, finished steps above.

use super::lines;
use super::model::{Model, Table};
use super::screen;
use crate::error::Step;
use crate::event::{Event, Observer, StepState};
use crate::report::format::{bytes, counted, duration, finding};
use crate::report::printable::{printable, width};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// Redraws per second.
const HERTZ: u8 = 10;
/// Tables with a line of their own at most; a screen has few lines.
const LINES: usize = 12;
/// Widest name of a table.
const NAME: usize = 36;
/// A step of which it is known how far it is, and one that is over before long.
const BAR: &str = "  {prefix:.bold}{wide_bar:.cyan/dim} {percent:>3}%  {msg:>6} ";
const STEP: &str = "  {prefix:.bold}  {msg}";

/// Bars on a terminal. Events only change the model; a thread of its own draws it.
pub(super) struct Bars(Arc<Inner>);

struct Inner {
    start: Instant,
    state: Mutex<State>,
}

struct State {
    model: Model,
    multi: MultiProgress,
    /// The bar and the lines below it.
    rows: Option<Rows>,
    over: bool,
}

struct Rows {
    head: ProgressBar,
    measured: bool,
    lines: Vec<ProgressBar>,
}

impl Bars {
    /// Bars on stderr.
    pub(super) fn stderr() -> Self {
        Self::on(ProgressDrawTarget::stderr_with_hz(HERTZ))
    }

    fn on(target: ProgressDrawTarget) -> Self {
        let multi = MultiProgress::with_draw_target(target);
        screen::show(&multi);
        let state = State { model: Model::default(), multi, rows: None, over: false };
        let inner = Arc::new(Inner { start: Instant::now(), state: Mutex::new(state) });
        let drawn = Arc::downgrade(&inner);
        // Without a thread to draw there are no bars, but findings and steps still show.
        let _ = thread::Builder::new().name("progress".into()).spawn(move || draw_until_over(&drawn));
        Bars(inner)
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.0.with(|state, _| state.finish());
    }
}

impl Observer for Bars {
    fn event(&self, event: &Event) {
        self.0.with(|state, at| state.take(event, at));
    }
}

impl Inner {
    fn with<R>(&self, act: impl FnOnce(&mut State, f64) -> R) -> R {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut state, self.start.elapsed().as_secs_f64())
    }
}

fn draw_until_over(inner: &Weak<Inner>) {
    while let Some(inner) = inner.upgrade() {
        let over = inner.with(|state, at| {
            state.draw(at);
            state.over
        });
        drop(inner);
        if over {
            return;
        }
        thread::sleep(Duration::from_millis(1000 / u64::from(HERTZ)));
    }
}

impl State {
    fn take(&mut self, event: &Event, at: f64) {
        self.model.take(event, at);
        match event {
            Event::Step { step, state: StepState::Finished, seconds } => {
                self.print(&format!("  {:<10}  {}", step.name(), duration(*seconds)));
            }
            Event::Finding(found) => self.print(&finding(found)),
            Event::Note { text } => self.print(&format!("note: {}", printable(text))),
            Event::Total { tables, rows, bytes: size, lanes } => {
                let lanes = counted(u64::from(*lanes), "lane");
                let (tables, rows) = (counted(*tables, "table"), counted(*rows, "row"));
                self.print(&format!("  {tables}, about {rows}, about {}, {lanes}", bytes(*size)));
            }
            Event::Done { .. } => self.finish(),
            _ => {}
        }
    }

    /// Prints above the bars.
    fn print(&self, text: &str) {
        // A terminal that is gone shows nothing; the copy goes on all the same.
        for line in text.lines() {
            let _ = self.multi.println(line);
        }
    }

    /// Removes the bars; nothing is drawn any more.
    fn finish(&mut self) {
        if !self.over {
            self.over = true;
            self.rows = None;
            let _ = self.multi.clear();
            screen::hide();
        }
    }

    fn draw(&mut self, at: f64) {
        if self.over {
            return;
        }
        self.model.tick(at);
        let Some((step, since)) = self.model.steps.last().copied() else {
            return;
        };
        let measured = measured(step);
        let mut texts = Vec::new();
        if measured {
            texts.push(format!("            {}", lines::summary(&self.model)));
            let flying: Vec<_> = self.model.tables.iter().filter(|(_, table)| table.in_flight()).collect();
            texts.extend(table_lines(&flying));
        }
        let share = self.model.share();
        let rows = self.rows.get_or_insert_with(|| Rows::new(&self.multi));
        rows.set_head(measured, step, share, &duration(at - since));
        rows.set_lines(&self.multi, &texts);
    }
}

/// Whether a step has so much to do that it is known how far it is.
fn measured(step: Step) -> bool {
    matches!(step, Step::Transfer | Step::Finish | Step::Verify)
}

impl Rows {
    fn new(multi: &MultiProgress) -> Self {
        let head = multi.add(ProgressBar::new(1000).with_style(style(STEP)));
        Rows { head, measured: false, lines: Vec::new() }
    }

    fn set_head(&mut self, measured: bool, step: Step, share: f64, elapsed: &str) {
        if self.measured != measured {
            self.measured = measured;
            let template = if measured { BAR } else { STEP };
            self.head.set_style(style(template).progress_chars("━╸─"));
        }
        self.head.set_prefix(format!("{:<10}", step.name()));
        self.head.set_position((share * 1000.0) as u64);
        self.head.set_message(elapsed.to_string());
    }

    /// As many lines as there are texts; an unchanged text costs no redraw.
    fn set_lines(&mut self, multi: &MultiProgress, texts: &[String]) {
        while self.lines.len() < texts.len() {
            self.lines.push(multi.add(line()));
        }
        for bar in self.lines.drain(texts.len()..) {
            bar.finish_and_clear();
            multi.remove(&bar);
        }
        for (bar, text) in self.lines.iter().zip(texts) {
            if bar.message() != *text {
                bar.set_message(text.clone());
            }
        }
    }
}

/// A line that is cut where the terminal ends.
fn line() -> ProgressBar {
    ProgressBar::new(1).with_style(style("{wide_msg}"))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// One line for each table in flight, names and states under each other.
fn table_lines(tables: &[(&String, &Table)]) -> Vec<String> {
    let shown = &tables[..tables.len().min(LINES)];
    let widest = shown.iter().map(|(name, _)| width(&printable(name))).max().unwrap_or(0).min(NAME);
    let line = |(name, table): &(&String, &Table)| {
        format!("    {}  {}  {}", lines::name(name, widest), lines::state(table.state), lines::table(table))
    };
    let mut texts: Vec<_> = shown.iter().map(line).collect();
    if tables.len() > LINES {
        texts.push(format!("    and {}", counted((tables.len() - LINES) as u64, "more table")));
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::super::fake_term::FakeTerm;
    use super::*;
    use crate::event::TableState;
    use crate::finding::Finding;

    fn step(step: Step, state: StepState) -> Event {
        Event::Step { step, state, seconds: 0.2 }
    }

    fn table(name: &str, rows: u64, state: TableState) -> Event {
        Event::Table { table: name.into(), rows, rows_total: 2_000_000, bytes: rows * 100, state }
    }

    /// The screen in the middle of a transfer and after the run, on a terminal of this width.
    fn screens(columns: u16) -> (String, String) {
        let term = FakeTerm::new(columns);
        let multi = MultiProgress::with_draw_target(ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 255));
        let mut state = State { model: Model::default(), multi, rows: None, over: false };
        state.take(&step(Step::Plan, StepState::Started), 0.0);
        state.draw(0.0);
        state.take(&Event::Finding(Finding::warning("w", "t\n", "odd").help("look")), 0.1);
        state.take(&step(Step::Plan, StepState::Finished), 0.2);
        state.take(&step(Step::Transfer, StepState::Started), 0.2);
        state.take(&Event::Total { tables: 3, rows: 4_000_000, bytes: 500_000_000, lanes: 2 }, 0.2);
        for i in 0..20u32 {
            let at = 0.2 + f64::from(i) * 0.1;
            state.take(&table("shop$order\u{1b}[2J", u64::from(i) * 50_000, TableState::Copying), at);
            state.take(&table("shop$customer_with_a_name_of_some_length", 10_000, TableState::Copying), at);
            state.draw(at);
        }
        // The draw target drops redraws that follow each other too closely.
        thread::sleep(Duration::from_millis(200));
        state.draw(2.2);
        let during = term.screen();
        state.take(&table("shop$order\u{1b}[2J", 2_000_000, TableState::Copied), 3.0);
        state.draw(3.0);
        state.take(&step(Step::Transfer, StepState::Finished), 3.1);
        state.take(&Event::Done { exit: 0, tables: 3, rows: 1, bytes: 1, seconds: 3.1 }, 3.1);
        state.draw(3.2);
        (during, term.screen())
    }

    #[test]
    fn a_terminal_of_usual_width() {
        let (during, after) = screens(90);
        insta::assert_snapshot!(format!("{during}\n=== after\n{after}"));
    }

    #[test]
    fn a_narrow_terminal() {
        let (during, after) = screens(38);
        insta::assert_snapshot!(format!("{during}\n=== after\n{after}"));
        assert!(during.lines().all(|line| line.chars().count() <= 38));
    }

    #[test]
    fn many_tables_do_not_fill_the_screen() {
        let mut model = Model::default();
        (0..40).for_each(|i| model.take(&table(&format!("t{i}"), 1, TableState::Copying), 0.0));
        let tables: Vec<_> = model.tables.iter().collect();
        let texts = table_lines(&tables);
        assert_eq!(texts.len(), LINES + 1);
        assert_eq!(texts[LINES], "    and 28 more tables");
    }
}
