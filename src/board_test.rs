//! The board's order of work.

use super::board::{Board, Job, Work};
use crate::backends::Range;
use crate::chunk::Chunk;

fn chunk(table: usize, number: u32) -> Chunk {
    Chunk { table, number, range: Range::All, bytes: 10 }
}

fn chunks(table: usize, count: u32) -> Vec<Chunk> {
    (0..count).map(|number| chunk(table, number)).collect()
}

fn work(bytes: u64) -> Work {
    Work { bytes, indexes: 2, finish: true, analyze: true, check: true, built_whole: false }
}

/// Works everything off with lanes that take turns; the jobs in order.
fn work_off(mut board: Board, lanes: usize) -> Vec<Job> {
    let mut jobs = Vec::new();
    while !board.is_finished() {
        let running: Vec<_> = (0..lanes).filter_map(|lane| board.next(lane)).collect();
        assert!(!running.is_empty(), "stuck after {jobs:?}");
        for job in running {
            let ranges = if let Job::Cut(table) = job { chunks(table, 2) } else { Vec::new() };
            board.done(&job, ranges);
            jobs.push(job);
        }
    }
    jobs
}

#[test]
fn stages_follow_each_other() {
    let jobs = work_off(Board::new(&[work(10)], chunks(0, 2), (1, 1)), 1);
    let expected = [
        Job::Copy(chunk(0, 0)),
        Job::Copy(chunk(0, 1)),
        Job::Index(0, 0),
        Job::Index(0, 1),
        Job::Finish(0),
        Job::Analyze(0),
        Job::Cut(0),
        Job::Check(chunk(0, 0)),
        Job::Check(chunk(0, 1)),
    ];
    assert_eq!(jobs, expected);
}

#[test]
fn every_chunk_is_copied_once() {
    let all = [chunks(1, 7), chunks(0, 3), chunks(2, 1)].concat();
    for lanes in 1..5 {
        let jobs = work_off(Board::new(&[work(30), work(70), work(10)], all.clone(), (lanes, lanes)), lanes);
        let mut copied: Vec<_> =
            jobs.iter().filter_map(|j| if let Job::Copy(c) = j { Some((c.table, c.number)) } else { None }).collect();
        copied.sort_unstable();
        let mut expected: Vec<_> = all.iter().map(|c| (c.table, c.number)).collect();
        expected.sort_unstable();
        assert_eq!(copied, expected);
        assert_eq!(jobs.iter().filter(|j| matches!(j, Job::Index(..))).count(), 6);
        assert_eq!(jobs.iter().filter(|j| matches!(j, Job::Check(..))).count(), 6);
    }
}

#[test]
fn a_lane_stays_with_its_table_and_helps_with_the_second_half() {
    let mut board = Board::new(&[work(60), work(10)], [chunks(0, 6), chunks(1, 1)].concat(), (2, 2));
    assert_eq!(board.next(0), Some(Job::Copy(chunk(0, 0))));
    assert_eq!(board.next(1), Some(Job::Copy(chunk(1, 0))));
    assert_eq!(board.next(0), Some(Job::Copy(chunk(0, 1))));
    // Chunks 2 to 5 are left.
    assert_eq!(board.next(1), Some(Job::Copy(chunk(0, 4))));
    assert_eq!(board.next(0), Some(Job::Copy(chunk(0, 2))));
    assert_eq!(board.next(1), Some(Job::Copy(chunk(0, 5))));
    assert_eq!(board.next(1), Some(Job::Copy(chunk(0, 3))));
}

#[test]
fn indexes_begin_while_other_tables_load() {
    let mut board = Board::new(&[work(20), work(10)], [chunks(0, 2), chunks(1, 1)].concat(), (2, 2));
    let first = board.next(0).unwrap();
    let second = board.next(1).unwrap();
    assert_eq!(second, Job::Copy(chunk(1, 0)));
    board.done(&second, Vec::new());
    assert_eq!(board.next(1), Some(Job::Index(1, 0)));
    assert_eq!(board.next(1), Some(Job::Index(1, 1)));
    assert_eq!(board.next(1), Some(Job::Copy(chunk(0, 1))));
    assert!(!board.all_copied());
    board.done(&first, Vec::new());
}

#[test]
fn a_table_that_is_built_in_one_piece_is_copied_before_smaller_ones_are_built() {
    let whole = |bytes| Work { indexes: 1, finish: false, built_whole: true, ..work(bytes) };
    let mut board = Board::new(&[whole(20), whole(10)], [chunks(0, 3), chunks(1, 1)].concat(), (2, 2));
    let (first, second) = (board.next(0).unwrap(), board.next(1).unwrap());
    assert_eq!(second, Job::Copy(chunk(1, 0)));
    board.done(&second, Vec::new());
    let (third, fourth) = (board.next(1).unwrap(), Job::Copy(chunk(0, 1)));
    assert_eq!(third, Job::Copy(chunk(0, 2)), "before the index of the other table");
    board.done(&first, Vec::new());
    assert_eq!(board.next(0), Some(fourth.clone()));
    board.done(&third, Vec::new());
    assert_eq!(board.next(1), Some(Job::Index(1, 0)), "nothing is left to copy");
    board.done(&fourth, Vec::new());
    assert_eq!(board.next(0), Some(Job::Index(0, 0)));
}

#[test]
fn idle_lanes_are_counted() {
    let mut board = Board::new(&[Work { indexes: 1, check: false, ..work(10) }], Vec::new(), (2, 4));
    assert!(board.all_copied());
    assert_eq!(board.next(0), Some(Job::Index(0, 0)));
    assert_eq!(board.idle(), 3);
    assert_eq!(board.next(1), None);
    assert!(!board.is_finished());
    board.done(&Job::Index(0, 0), Vec::new());
    assert_eq!(board.next(1), Some(Job::Finish(0)));
}

#[test]
fn what_is_rebuilt_later_is_not_checked_now() {
    let later = Work { analyze: false, check: false, ..work(10) };
    let jobs = work_off(Board::new(&[later], chunks(0, 1), (1, 1)), 1);
    assert_eq!(jobs.last(), Some(&Job::Finish(0)));
}

#[test]
fn a_lane_without_a_source_session_does_not_copy() {
    let mut board = Board::new(&[work(10)], chunks(0, 2), (1, 2));
    assert_eq!(board.next(1), None);
    assert_eq!(board.next(0), Some(Job::Copy(chunk(0, 0))));
}

#[test]
fn a_lane_without_work_reads_back_what_others_index() {
    let mut board = Board::new(&[work(10)], chunks(0, 1), (2, 2));
    let copy = board.next(0).unwrap();
    board.done(&copy, Vec::new());
    let indexes = [board.next(0).unwrap(), board.next(1).unwrap()];
    assert_eq!(indexes, [Job::Index(0, 0), Job::Index(0, 1)]);
    board.done(&indexes[0], Vec::new());
    assert_eq!(board.idle(), 0, "there is a table to read back");
    assert_eq!(board.next(0), Some(Job::Cut(0)));
    board.done(&Job::Cut(0), chunks(0, 1));
    assert_eq!(board.next(0), Some(Job::Check(chunk(0, 0))));
    board.done(&indexes[1], Vec::new());
    assert_eq!(board.next(1), Some(Job::Analyze(0)));
    board.done(&Job::Analyze(0), Vec::new());
    assert_eq!(board.next(1), None, "the table is still being read");
    board.done(&Job::Check(chunk(0, 0)), Vec::new());
    assert_eq!(board.next(1), Some(Job::Finish(0)));
    board.done(&Job::Finish(0), Vec::new());
    assert!(board.is_finished());
}

#[test]
fn early_or_not_everything_is_done_once() {
    let all = [chunks(1, 7), chunks(0, 3), chunks(2, 1)].concat();
    for lanes in 1..6 {
        let jobs = work_off(Board::new(&[work(30), work(70), work(10)], all.clone(), (lanes, lanes)), lanes);
        let count = |wanted: fn(&Job) -> bool| jobs.iter().filter(|job| wanted(job)).count();
        assert_eq!((count(|j| matches!(j, Job::Cut(_))), count(|j| matches!(j, Job::Check(_)))), (3, 6));
        assert_eq!((count(|j| matches!(j, Job::Finish(_))), count(|j| matches!(j, Job::Analyze(_)))), (3, 3));
    }
}
