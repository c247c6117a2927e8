//! Which piece of work is next, and what becomes possible when one is done. Pure.
//!
//! Every table goes through the same stages: its chunks are copied, its indexes built (side by side), then
//! what needs the table for itself, then its statistics are refreshed while it is read back. Tables are at
//! different stages at the same time, so that no lane idles while there is work that it could do.

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

#[derive(Debug)]
struct Table {
    work: Work,
    chunks_left: usize,
    indexes_left: usize,
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
        let tables = tables.iter().map(|work| Table { work: *work, chunks_left: 0, indexes_left: work.indexes });
        let uncopied = chunks.len();
        let mut board = Board {
            tables: tables.collect(),
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
    /// nothing else to do: they would wait for each other where the server makes room for its rows.
    pub(crate) fn next(&mut self, lane: usize) -> Option<Job> {
        let own = (lane < self.copiers).then(|| self.next_chunk(lane)).flatten();
        let job = own.map(Job::Copy).or_else(|| self.next_ready());
        let job = job.or_else(|| (lane < self.copiers).then(|| self.share(lane)).flatten().map(Job::Copy))?;
        self.running += 1;
        Some(job)
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
            + self.ready.values().map(VecDeque::len).sum::<usize>();
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
            Job::Cut(table) => ranges.into_iter().for_each(|chunk| self.offer(*table, Job::Check(chunk))),
            Job::Analyze(_) | Job::Check(_) => {}
        }
    }

    fn copied(&mut self, table: usize) {
        if self.tables[table].indexes_left == 0 {
            return self.indexed(table);
        }
        (0..self.tables[table].indexes_left).for_each(|index| self.offer(table, Job::Index(table, index)));
    }

    fn indexed(&mut self, table: usize) {
        match self.tables[table].work.finish {
            true => self.offer(table, Job::Finish(table)),
            false => self.finished(table),
        }
    }

    fn finished(&mut self, table: usize) {
        let work = self.tables[table].work;
        if work.check {
            self.offer(table, Job::Cut(table));
        }
        if work.analyze {
            self.offer(table, Job::Analyze(table));
        }
    }

    fn offer(&mut self, table: usize, job: Job) {
        let stage = match job {
            Job::Copy(_) | Job::Index(..) | Job::Finish(_) => Stage::Build,
            Job::Cut(_) | Job::Analyze(_) | Job::Check(_) => Stage::Check,
        };
        let key = (stage, Reverse(self.tables[table].work.bytes), table);
        self.ready.entry(key).or_default().push_back(job);
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
        let bytes = |s: &Stretch| s.chunks.iter().map(|c| c.bytes).sum::<u64>();
        let longest = (0..self.stretches.len()).max_by_key(|at| bytes(&self.stretches[*at]))?;
        let half = self.stretches[longest].chunks.len() / 2;
        if half == 0 {
            return self.take(lane, longest);
        }
        let chunks = self.stretches[longest].chunks.split_off(half);
        self.stretches.push(Stretch { lane: None, chunks });
        self.take(lane, self.stretches.len() - 1)
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
