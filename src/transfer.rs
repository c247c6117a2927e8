//! Copies all rows and, as tables become complete, builds their indexes and reads them back.
//!
//! The lanes work off a [`Board`]: which job is next is decided there, how it is done here.

use crate::backends::{Claim, Reader, Source, Writer};
use crate::board::{Board, Job, Work};
use crate::chunk::{Chunk, chunk_bytes};
use crate::connect::Sides;
use crate::error::{AtStep, Error, ErrorKind, Result, Side, Step};
use crate::event::{self, Event, TableState};
use crate::finish::{refuse_altered, repeat};
use crate::introspect::{Found, lanes as wanted_lanes};
use crate::lane::{ChunkResult, copy_chunk};
use crate::ledger::{Account, Entry, lane_table};
use crate::plan::{Plan, Statement};
use crate::pool::{Stop, Turn, lock, work_off};
use crate::portion::portion;
use crate::resume::Begun;
use crate::retry::retrying;
use crate::run::Run;
use crate::settings::VerifyMode;
use crate::split::cut;
use crate::verify::read_range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Sessions that work together: rows go from the reader to the writer, and are read back by the checker.
struct Lane {
    /// Closed when the lane takes its first job after the last row was copied.
    reader: Option<Box<dyn Reader>>,
    writer: Box<dyn Writer>,
    checker: Option<Box<dyn Reader>>,
}

/// What all lanes work on.
struct Yard<'a> {
    run: &'a Run,
    plan: &'a Plan,
    begun: &'a Begun,
    accounts: Vec<Account>,
    lanes: usize,
    /// The coordinator's session, for a last look before those that read under one point in time end.
    source: Mutex<Option<&'a mut Box<dyn Source>>>,
}

/// Copies every table of the plan, builds what needs no other table, and reads back what is complete.
///
/// # Errors
/// The first error of any lane; chunks that were committed stay.
pub(crate) fn transfer(
    run: &Run,
    plan: &Plan,
    found: &mut Found,
    sides: &mut Sides,
    begun: &Begun,
) -> Result<Vec<Entry>> {
    let mut lanes = open_lanes(run, sides)?;
    let copiers = found.readers.len().min(lanes.len());
    let tables: Vec<_> = plan.tables.iter().map(|table| lane_table(run, table, sides.dialect)).collect();
    let readers = &mut found.readers;
    let (chunks, kept) = portion(run, plan, begun, &tables, sides.target.as_mut(), readers, |reader| reader.as_mut())?;
    lanes.iter_mut().zip(found.readers.drain(..)).for_each(|(lane, reader)| lane.reader = Some(reader));
    announce(run, plan, lanes.len());
    let accounts = tables.into_iter().zip(kept).enumerate().map(|(index, (table, kept))| {
        let left = chunks.iter().filter(|c| c.table == index).count();
        Account::new(table, &plan.tables[index], kept, left as u64)
    });
    let source = Mutex::new(found.point.is_some().then_some(&mut sides.source));
    let yard = Yard { run, plan, begun, accounts: accounts.collect(), lanes: lanes.len(), source };
    let checkers = lanes.iter().all(|lane| lane.checker.is_some());
    let work = work(plan, checkers, sides.dialect.tables.alters_rebuild);
    let copied = chunks.len();
    let board = Board::new(&work, chunks, (copiers, lanes.len()));
    work_off(&mut lanes, board, &run.cancel, |turn, lane, job| yard.perform(turn, lane, job))?;
    yard.look(&Stop::of(&run.cancel))?;
    sides.writers = lanes.into_iter().map(|lane| lane.writer).collect();
    begun.settle(run, sides.target.as_mut(), copied)?;
    Ok(yard.accounts.into_iter().map(Account::close).collect())
}

/// Lanes beyond the source's sessions build and check only.
fn open_lanes(run: &Run, sides: &mut Sides) -> Result<Vec<Lane>> {
    let verify = run.settings.options.verify != VerifyMode::None;
    let mut lanes = Vec::new();
    for _ in 0..wanted_lanes(run) {
        let writer = sides.target.open_writer().on(Side::Target)?;
        let checker = if verify { sides.target.open_checker().on(Side::Target)? } else { None };
        lanes.push(Lane { reader: None, writer, checker });
    }
    Ok(lanes)
}

/// What there is to do for each table.
fn work(plan: &Plan, checkers: bool, rebuilds: bool) -> Vec<Work> {
    let work = plan.tables.iter().enumerate().map(|(index, table)| Work {
        bytes: table.bytes_estimate,
        indexes: table.indexes.len(),
        finish: !table.finish.is_empty(),
        analyze: plan.analyze.len() > index,
        check: checkers,
        built_whole: rebuilds,
    });
    work.collect()
}

fn announce(run: &Run, plan: &Plan, lanes: usize) {
    run.observers.emit(Event::Total {
        tables: plan.tables.len() as u64,
        rows: plan.tables.iter().map(|t| t.rows_estimate).sum(),
        bytes: plan.tables.iter().map(|t| t.bytes_estimate).sum(),
        lanes: lanes as u32,
    });
}

impl Yard<'_> {
    /// Does one job; returns the ranges that a cut came to.
    fn perform(&self, turn: &Turn<'_>, lane: &mut Lane, job: &Job) -> Result<Vec<Chunk>> {
        if turn.all_copied && lane.reader.is_some() {
            self.look(turn.stop)?;
            lane.reader = None;
        }
        match job {
            Job::Copy(chunk) => self.copy(turn, lane, chunk)?,
            Job::Index(table, index) => {
                let statement = &self.plan.tables[*table].indexes[*index];
                self.build(turn, lane, *table, std::slice::from_ref(statement)).at(Step::Finish)?;
            }
            Job::Finish(table) => {
                self.build(turn, lane, *table, &self.plan.tables[*table].finish).at(Step::Finish)?;
            }
            Job::Analyze(table) => self.analyze(turn, lane, *table).at(Step::Finish)?,
            Job::Cut(table) => return self.cut(turn, lane, *table).at(Step::Verify),
            Job::Check(chunk) => self.check(turn, lane, chunk).at(Step::Verify)?,
        }
        Ok(Vec::new())
    }

    /// Once, while all sessions that read are open; lanes that want to close theirs meanwhile wait.
    fn look(&self, stop: &Stop<'_>) -> Result<()> {
        let mut source = lock(&self.source);
        match source.take() {
            Some(source) => refuse_altered(self.run, self.plan, source.as_mut(), stop),
            None => Ok(()),
        }
    }

    fn copy(&self, turn: &Turn<'_>, lane: &mut Lane, chunk: &Chunk) -> Result<()> {
        let account = &self.accounts[chunk.table];
        account.begin(self.run);
        let claim = Claim {
            epoch: self.begun.row.epoch,
            table: chunk.table as u32,
            chunk: chunk.number,
            range: serde_json::to_string(&chunk.range).unwrap_or_default(),
        };
        let (result, _) = self.run.span(turn.lane, &account.table.name, event::Work::Copy, || {
            self.copy_surely(turn, lane, chunk, &claim).map_err(|error| error.object(account.table.name.clone()))
        })?;
        account.copied(self.run, &result);
        Ok(())
    }

    /// Copies a chunk, and again where that may help. A commit that was not confirmed is looked up, never repeated.
    fn copy_surely(&self, turn: &Turn<'_>, lane: &mut Lane, chunk: &Chunk, claim: &Claim) -> Result<ChunkResult> {
        let reader = lane.reader.as_mut().ok_or_else(|| no_session(Side::Source))?;
        let (writer, account) = (&mut lane.writer, &self.accounts[chunk.table]);
        let mut unconfirmed = None;
        retrying(self.run, &account.table.name, turn.stop, |failed| {
            if failed > 0 {
                writer.recover().on(Side::Target)?;
            }
            if unconfirmed.is_some() {
                let arrived = writer.is_committed(claim).on(Side::Target)?;
                if let Some(result) = unconfirmed.take().filter(|_| arrived) {
                    return Ok(result);
                }
            }
            let ticked = (AtomicU64::new(0), AtomicU64::new(0));
            let tick = |rows, bytes| {
                ticked.0.fetch_add(rows, Ordering::Relaxed);
                ticked.1.fetch_add(bytes, Ordering::Relaxed);
                account.tick(self.run, rows, bytes);
            };
            let what = (&account.table, chunk, claim);
            copy_chunk(reader.as_mut(), writer.as_mut(), what, turn.stop, &tick, &mut unconfirmed).inspect_err(|_| {
                account.untick(ticked.0.load(Ordering::Relaxed), ticked.1.load(Ordering::Relaxed));
            })
        })
    }

    fn build(&self, turn: &Turn<'_>, lane: &mut Lane, table: usize, statements: &[Statement]) -> Result<()> {
        let account = &self.accounts[table];
        account.reached(self.run, TableState::Indexing);
        let bytes = self.plan.tables[table].bytes_estimate;
        for statement in statements {
            let ((), took) = self.run.span(turn.lane, &account.table.name, event::Work::Index, || {
                self.begun.build(self.run, statement, lane.writer.as_mut(), (turn, bytes))
            })?;
            account.built(self.run, took);
        }
        Ok(())
    }

    fn analyze(&self, turn: &Turn<'_>, lane: &mut Lane, table: usize) -> Result<()> {
        repeat(self.run, lane.writer.as_mut(), &self.plan.analyze[table], turn.stop)
    }

    fn cut(&self, turn: &Turn<'_>, lane: &mut Lane, table: usize) -> Result<Vec<Chunk>> {
        let checker = lane.checker.as_mut().ok_or_else(|| no_session(Side::Target))?;
        let account = &self.accounts[table];
        let read = account.readable(&self.plan.tables[table]).read;
        let size = chunk_bytes(self.plan.tables.iter().map(|t| t.bytes_estimate).sum(), self.lanes);
        let counted = self.run.settings.options.verify == VerifyMode::Counts;
        let size = if counted { u64::MAX } else { size };
        let ranges = retrying(self.run, &account.table.name, turn.stop, |_| {
            cut(checker.as_mut(), Side::Target, table, &read, size)
        })?;
        account.cut(&ranges);
        Ok(ranges)
    }

    fn check(&self, turn: &Turn<'_>, lane: &mut Lane, chunk: &Chunk) -> Result<()> {
        let checker = lane.checker.as_mut().ok_or_else(|| no_session(Side::Target))?;
        let account = &self.accounts[chunk.table];
        let table = account.readable(&self.plan.tables[chunk.table]);
        let mode = self.run.settings.options.verify;
        let (sum, seconds) = self.run.span(turn.lane, &account.table.name, event::Work::Verify, || {
            retrying(self.run, &account.table.name, turn.stop, |_| {
                read_range(mode, Side::Target, checker.as_mut(), &table, &chunk.range, turn.stop)
            })
        })?;
        account.checked(self.run, sum, seconds);
        Ok(())
    }
}

/// A job for a lane that cannot do it: the board never gives one out.
fn no_session(side: Side) -> Error {
    Error::new(ErrorKind::Read, "the lane has no session that reads").on(side)
}
