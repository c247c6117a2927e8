//! Which piece of work is next, and what becomes possible when one is done. Pure.
//!
//! Every table goes through the same stages: its chunks are copied, its indexes built (side by side), then
//! what needs the table for itself, then its statistics are refreshed while it is read back. Tables are at
//! different stages at the same time, so that no lane idles while there is work that it could do; one that would
//! reads a table back whose indexes others still build, and what needs it for itself waits until that is done.

use crate::chunk::Chunk;
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

/// A piece of work for one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Copy these rows.
    Copy(Chunk),
    /// Build an index: table and position in its list.
    Index(usize, usize),
    /// Run the table's statements that need it for themselves.
    Finish(usize),
    /// Refresh the table's statistics.
    Analyze(usize),
    /// Cut the table into ranges to read back.
    Cut(usize),
    /// Read these rows back.
    Check(Chunk),
}

/// What there is to do for a table besides its chunks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Work {
    /// Size, for the order of work.
    pub(crate) bytes: u64,
    /// Indexes to build.
    pub(crate) indexes: usize,
    /// There are statements that need the table for themselves.
    pub(crate) finish: bool,
    /// Nothing rebuilds it later: statistics and checking need not wait.
    pub(crate) analyze: bool,
    /// It can be read back before the end of the run.
    pub(crate) check: bool,
    /// Its indexes are built in one piece, and what comes then may rebuild the table.
    pub(crate) built_whole: bool,
}

/// When a job's turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Build,
    Check,
}

/// Neighbouring chunks of a table that one lane copies in order: keys then arrive sorted, which makes
/// building their indexes cheaper.
#[derive(Debug)]
struct Stretch {
    lane: Option<usize>,
    chunks: VecDeque<Chunk>,
}

#[derive(Clone, Copy, Debug)]
struct Table {
    work: Work,
    chunks_left: usize,
    indexes_left: usize,
    /// Jobs under way or ready that read it: what needs it for itself would wait for them.
    readers: usize,
    /// It is being read back, or was.
    cut: bool,
    finish_left: bool,
}

impl Table {
    fn new(work: &Work) -> Self {
        let (indexes_left, finish_left) = (work.indexes, work.finish);
        Table { work: *work, chunks_left: 0, indexes_left, readers: 0, cut: false, finish_left }
    }

    /// Its indexes are being built, and it could be read back meanwhile.
    fn is_early(&self) -> bool {
        let rebuilt = self.work.built_whole && self.work.finish;
        self.work.check && !rebuilt && !self.cut && self.chunks_left == 0 && self.indexes_left > 0
    }
}

/// All work, and how far it is.
#[derive(Debug)]
pub(crate) struct Board {
    tables: Vec<Table>,
    stretches: Vec<Stretch>,
    /// What builds comes before what checks, because it comes in larger pieces; then the largest table first.
    ready: BTreeMap<(Stage, Reverse<u64>, usize), VecDeque<Job>>,
    /// Lanes that copy, and lanes in all: those that copy come first.
    copiers: usize,
    lanes: usize,
    running: usize,
    uncopied: usize,
}

impl Board {
    /// The work of `tables` for so many lanes, the first of which can copy; `chunks` come in the order of work.
    pub(crate) fn new(tables: &[Work], chunks: Vec<Chunk>, (copiers, lanes): (usize, usize)) -> Self {
        let uncopied = chunks.len();
        let mut board = Board {
            tables: tables.iter().map(Table::new).collect(),
            stretches: Vec::new(),
            ready: BTreeMap::new(),
            copiers,
            lanes,
            running: 0,
            uncopied,
        };
        for chunk in chunks {
            board.tables[chunk.table].chunks_left += 1;
            match board.stretches.last_mut() {
                Some(last) if last.chunks.back().is_some_and(|c| c.table == chunk.table) => {
                    last.chunks.push_back(chunk)
                }
                _ => board.stretches.push(Stretch { lane: None, chunks: VecDeque::from([chunk]) }),
            }
        }
        let copied: Vec<_> = (0..board.tables.len()).filter(|t| board.tables[*t].chunks_left == 0).collect();
        copied.into_iter().for_each(|table| board.copied(table));
        board
    }

    /// The next job for a lane; `None` when there is none at the moment. Two lanes copy one table only when there is
    /// nothing else to do, or little: they would wait for each other where the server makes room for its rows.
    pub(crate) fn next(&mut self, lane: usize) -> Option<Job> {
        let copies = lane < self.copiers;
        let own = copies.then(|| self.next_chunk(lane)).flatten();
        let own = own.or_else(|| (copies && self.is_long_way()).then(|| self.share(lane)).flatten());
        let job = own.map(Job::Copy).or_else(|| self.next_ready());
        let job = job.or_else(|| copies.then(|| self.share(lane)).flatten().map(Job::Copy));
        let job = job.or_else(|| self.cut_early())?;
        self.running += 1;
        Some(job)
    }

    /// Whether the table that is longest in coming has a long piece of work behind its rows, which had better begin soon.
    fn is_long_way(&self) -> bool {
        let Some(table) = self.longest().and_then(|at| self.stretches[at].chunks.front()).map(|chunk| chunk.table)
        else {
            return false;
        };
        let work = self.tables[table].work;
        let larger = self
            .ready
            .first_key_value()
            .is_some_and(|((stage, bytes, _), _)| *stage == Stage::Build && bytes.0 > work.bytes);
        work.built_whole && work.indexes > 0 && !larger
    }

    /// Whether nothing is left, nor can come.
    pub(crate) fn is_finished(&self) -> bool {
        self.running == 0 && self.stretches.is_empty() && self.ready.is_empty()
    }

    /// Whether every row is copied: the source is not needed any more.
    pub(crate) fn all_copied(&self) -> bool {
        self.uncopied == 0
    }

    /// Lanes that will find nothing to do now.
    pub(crate) fn idle(&self) -> usize {
        let waiting = self.stretches.iter().map(|s| s.chunks.len()).sum::<usize>()
            + self.ready.values().map(VecDeque::len).sum::<usize>()
            + self.tables.iter().filter(|table| table.is_early()).count();
        self.lanes.saturating_sub(self.running + waiting)
    }

    /// Enters a job that is done; `ranges` are what a cut came to.
    pub(crate) fn done(&mut self, job: &Job, ranges: Vec<Chunk>) {
        self.running -= 1;
        match job {
            Job::Copy(chunk) => {
                self.uncopied -= 1;
                self.tables[chunk.table].chunks_left -= 1;
                if self.tables[chunk.table].chunks_left == 0 {
                    self.copied(chunk.table);
                }
            }
            Job::Index(table, _) => {
                self.tables[*table].indexes_left -= 1;
                if self.tables[*table].indexes_left == 0 {
                    self.indexed(*table);
                }
            }
            Job::Finish(table) => self.finished(*table),
            Job::Cut(table) => {
                ranges.into_iter().for_each(|chunk| self.offer_reader(*table, Job::Check(chunk)));
                self.was_read(*table);
            }
            Job::Analyze(table) => self.was_read(*table),
            Job::Check(chunk) => self.was_read(chunk.table),
        }
    }

    fn copied(&mut self, table: usize) {
        if self.tables[table].indexes_left == 0 {
            return self.indexed(table);
        }
        (0..self.tables[table].indexes_left).for_each(|index| self.offer(table, Job::Index(table, index)));
    }

    fn indexed(&mut self, table: usize) {
        let Table { work, cut, .. } = self.tables[table];
        if cut && work.analyze {
            self.offer_reader(table, Job::Analyze(table));
        }
        match work.finish {
            true => self.settle(table),
            false => self.finished(table),
        }
    }

    /// What needs the table for itself comes when nobody reads it.
    fn settle(&mut self, table: usize) {
        let Table { indexes_left, readers, finish_left, .. } = self.tables[table];
        if finish_left && indexes_left == 0 && readers == 0 {
            self.tables[table].finish_left = false;
            self.offer(table, Job::Finish(table));
        }
    }

    fn finished(&mut self, table: usize) {
        let Table { work, cut, .. } = self.tables[table];
        if cut {
            return;
        }
        if work.check {
            self.tables[table].cut = true;
            self.offer_reader(table, Job::Cut(table));
        }
        if work.analyze {
            self.offer_reader(table, Job::Analyze(table));
        }
    }

    /// The largest table that can be read back although its indexes are still being built.
    fn cut_early(&mut self) -> Option<Job> {
        let early = (0..self.tables.len()).filter(|table| self.tables[*table].is_early());
        let table = early.max_by_key(|table| self.tables[*table].work.bytes)?;
        self.tables[table].cut = true;
        self.tables[table].readers += 1;
        Some(Job::Cut(table))
    }

    fn offer_reader(&mut self, table: usize, job: Job) {
        self.tables[table].readers += 1;
        self.offer(table, job);
    }

    fn was_read(&mut self, table: usize) {
        self.tables[table].readers -= 1;
        self.settle(table);
    }

    fn offer(&mut self, table: usize, job: Job) {
        let stage = match job {
            Job::Copy(_) | Job::Index(..) | Job::Finish(_) => Stage::Build,
            Job::Cut(_) | Job::Analyze(_) | Job::Check(_) => Stage::Check,
        };
        let key = (stage, Reverse(self.tables[table].work.bytes), table);
        let queue = self.ready.entry(key).or_default();
        match job {
            // It is one piece, and the ranges to read back fill what is left of time.
            Job::Analyze(_) => queue.push_front(job),
            _ => queue.push_back(job),
        }
    }

    fn next_ready(&mut self) -> Option<Job> {
        let mut first = self.ready.first_entry()?;
        let job = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
        }
        job
    }

    /// A chunk of the lane's own stretch, else of one that nobody works on.
    fn next_chunk(&mut self, lane: usize) -> Option<Chunk> {
        let own = self.stretches.iter().position(|s| s.lane == Some(lane));
        let at = own.or_else(|| self.stretches.iter().position(|s| s.lane.is_none()))?;
        self.take(lane, at)
    }

    /// A chunk of the second half of the longest stretch, which becomes the lane's own.
    fn share(&mut self, lane: usize) -> Option<Chunk> {
        let longest = self.longest()?;
        let half = self.stretches[longest].chunks.len() / 2;
        if half == 0 {
            return self.take(lane, longest);
        }
        let chunks = self.stretches[longest].chunks.split_off(half);
        self.stretches.push(Stretch { lane: None, chunks });
        self.take(lane, self.stretches.len() - 1)
    }

    fn longest(&self) -> Option<usize> {
        let bytes = |s: &Stretch| s.chunks.iter().map(|c| c.bytes).sum::<u64>();
        (0..self.stretches.len()).max_by_key(|at| bytes(&self.stretches[*at]))
    }

    fn take(&mut self, lane: usize, at: usize) -> Option<Chunk> {
        self.stretches[at].lane = Some(lane);
        let chunk = self.stretches[at].chunks.pop_front();
        if self.stretches[at].chunks.is_empty() {
            self.stretches.remove(at);
        }
        chunk
    }
}
