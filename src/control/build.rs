//! Runs the statements of a plan so that each is run once, whatever breaks in between.

use super::Definition;
use crate::backends::{Room, Target, Writer};
use crate::error::{AtStep, Error, ErrorKind, Result, Side};
use crate::failpoint::reach;
use crate::finish::execute_all;
use crate::plan::Statement;
use crate::pool::Turn;
use crate::resume::Begun;
use crate::retry::{on_target, retrying};
use crate::run::Run;
use std::sync::atomic::Ordering;

impl Begun {
    /// Runs a statement on a loading session and writes down that it was run.
    ///
    /// # Errors
    /// `Ddl` with the name of the object.
    pub(crate) fn build(
        &self,
        run: &Run,
        statement: &Statement,
        writer: &mut dyn Writer,
        (turn, bytes): (&Turn<'_>, u64),
    ) -> Result<()> {
        let room = Room { idle: turn.idle, bytes };
        retrying(run, &statement.object, turn.stop, |failed| {
            if failed > 0 {
                writer.recover().on(Side::Target)?;
            }
            reach("before-build");
            if let Some(done) = self.steps.run(statement, failed > 0, &mut |sql| writer.build(sql, room))? {
                reach("built");
                self.record(std::slice::from_ref(&done), failed > 0)
                    .iter()
                    .try_for_each(|s| writer.execute(&s.sql).on(Side::Target))?;
            }
            Ok(())
        })
    }

    /// Runs a statement on the coordinator's session and writes down that it was run.
    ///
    /// # Errors
    /// `Ddl` with the name of the object.
    pub(crate) fn build_on_target(&self, run: &Run, statement: &Statement, target: &mut dyn Target) -> Result<()> {
        on_target(run, &statement.object, target, |target, again| {
            reach("before-build");
            if let Some(done) = self.steps.run(statement, again, &mut |sql| target.execute(sql))? {
                reach("built");
                self.record(std::slice::from_ref(&done), again)
                    .iter()
                    .try_for_each(|s| target.execute(&s.sql).on(Side::Target))?;
            }
            Ok(())
        })
    }

    /// Writes down that all chunks are copied. A server may confirm chunks before they are on disk: they are before this
    /// is. Where it crashed meanwhile, it is counted what is left.
    ///
    /// # Errors
    /// `Write` when the server lost chunks that it had confirmed.
    pub(crate) fn settle(&self, run: &Run, target: &mut dyn Target, confirmed: usize) -> Result<()> {
        // A run that had ended copies nothing, and the table of its steps may be gone.
        if self.earlier.as_ref().is_some_and(|record| record.ended) {
            return Ok(());
        }
        let copied = Definition { object: "chunks".into(), hash: "copied".into() };
        on_target(run, "chunks", target, |target, again| {
            execute_all(target, &self.record(std::slice::from_ref(&copied), again))
        })?;
        match run.target_lost.load(Ordering::Relaxed) {
            true => self.refuse_lost(run, target, confirmed),
            false => Ok(()),
        }
    }

    fn refuse_lost(&self, run: &Run, target: &mut dyn Target, confirmed: usize) -> Result<()> {
        let query = self.control.count_claims(self.row.epoch);
        let rows = on_target(run, "chunks", target, |target, _| target.rows(&query).on(Side::Target))?;
        let there = rows.first().and_then(|row| row.first()?.as_deref()?.parse::<usize>().ok());
        let Some(missing) = there.and_then(|there| confirmed.checked_sub(there)).filter(|missing| *missing > 0) else {
            return Ok(());
        };
        let what = format!("the server crashed and lost {missing} chunks that it had confirmed");
        Err(Error::new(ErrorKind::Write, what)
            .on(Side::Target)
            .help("go on with `copy --resume`, which copies them again; how much a crash may cost is set by synchronous_commit and innodb_flush_log_at_trx_commit"))
    }

    /// Writes down that statements were run.
    pub(super) fn record(&self, done: &[Definition], again: bool) -> Vec<Statement> {
        let forget = if again || self.earlier.is_some() { self.control.forget_steps(done) } else { Vec::new() };
        forget.into_iter().chain(self.control.insert_steps(self.row.epoch, done)).collect()
    }
}
