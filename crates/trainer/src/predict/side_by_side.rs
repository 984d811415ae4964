//! The pieces of the input, worked at side by side: each is read, parsed, answered and written out as text by one thread, and
//! what becomes of them comes in their order.
//!
//! No thread waits for the others to be done with anything. Only so many results may wait to be written, which bounds the
//! memory; then no more is read.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::PredictError;
use super::feed::Feed;
use super::piece::Piece;
use super::scorer::{Scored, Scorer};

/// Most pieces that are worked at or wait to be written, for each thread: writing may stand still for some time, while the
/// disk takes what it was given.
const PIECES_A_THREAD: u64 = 16;

/// What became of a piece.
pub(super) struct Answered {
    pub(super) scored: Scored,
    /// Byte of the input behind it.
    pub(super) input: u64,
    /// Bytes of the file that were read by then.
    pub(super) read: u64,
}

/// The work on all pieces.
pub(super) struct SideBySide<'a> {
    scorer: &'a Scorer<'a>,
    reading: Mutex<Reading>,
    state: Mutex<State>,
    changed: Condvar,
    most: u64,
}

struct Reading {
    feed: Feed,
    /// Number of the next piece.
    next: u64,
}

#[derive(Default)]
struct State {
    /// How many pieces have said how many rows they have, and the rows before the next one.
    counted: u64,
    rows: u64,
    /// What became of pieces, until it is taken.
    done: BTreeMap<u64, Result<Answered, PredictError>>,
    /// How many were taken.
    taken: u64,
    /// How many there are, when that is known.
    end: Option<u64>,
    /// Nobody wants more.
    stopped: bool,
}

impl<'a> SideBySide<'a> {
    /// `rows` stand before the first piece of the feed.
    pub(super) fn new(scorer: &'a Scorer<'a>, feed: Feed, rows: u64) -> Self {
        Self {
            scorer,
            reading: Mutex::new(Reading { feed, next: 0 }),
            state: Mutex::new(State { rows, ..State::default() }),
            changed: Condvar::new(),
            most: PIECES_A_THREAD * rayon::current_num_threads() as u64,
        }
    }

    /// Works on all threads, and gives the results to `take`, on this one, until the last one or an error.
    pub(super) fn run(
        &self,
        mut take: impl FnMut(Answered) -> Result<(), PredictError>,
    ) -> Result<(), PredictError> {
        rayon::in_place_scope(|scope| {
            scope.spawn_broadcast(|_, _| self.work());
            let _stop = Stop(self);
            while let Some(answered) = self.next() {
                take(answered?)?;
            }
            Ok(())
        })
    }

    fn work(&self) {
        let stop = Stop(self);
        let mut piece = self.scorer.source.piece();
        while let Some((number, input, read)) = self.read(&mut piece) {
            piece.parse(self.scorer.source);
            let Some(before) = self.count(number, piece.len() as u64) else { break };
            piece.number_from(before);
            let scored = self.scorer.score(&piece);
            self.put(number, scored.map(|scored| Answered { scored, input, read }));
        }
        // Who comes to the end lets the others come to theirs; a panic stops them.
        std::mem::forget(stop);
    }

    /// Reads the next piece when there is room for what becomes of it: its number, and how far the input was read.
    fn read(&self, piece: &mut Piece) -> Option<(u64, u64, u64)> {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let number = reading.next;
        let full = |state: &State| !state.is_over() && number >= state.taken + self.most;
        if self.wait_while(full).is_over() {
            return None;
        }
        let end = match reading.feed.next_into(piece) {
            Ok(true) => {
                reading.next += 1;
                return Some((number, reading.feed.position(), reading.feed.bytes_read()));
            }
            Ok(false) => number,
            Err(error) => {
                self.put(number, Err(error));
                number + 1
            }
        };
        self.change(|state| state.end = Some(end));
        None
    }

    /// Says how many rows a piece has when those before it have; gives the rows before it, or nothing when nobody wants more.
    fn count(&self, number: u64, rows: u64) -> Option<u64> {
        let mut state = self.wait_while(|state| !state.stopped && state.counted != number);
        if state.stopped {
            return None;
        }
        let before = state.rows;
        state.rows += rows;
        state.counted += 1;
        drop(state);
        self.changed.notify_all();
        Some(before)
    }

    fn put(&self, number: u64, answered: Result<Answered, PredictError>) {
        self.change(|state| {
            state.done.insert(number, answered);
        });
    }

    /// What became of the next piece; none behind the last.
    fn next(&self) -> Option<Result<Answered, PredictError>> {
        let mut state = self.wait_while(|state| {
            !state.stopped && !state.done.contains_key(&state.taken) && state.end != Some(state.taken)
        });
        let number = state.taken;
        let answered = state.done.remove(&number)?;
        state.taken += 1;
        drop(state);
        self.changed.notify_all();
        Some(answered)
    }

    fn wait_while(&self, waits: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_while(state, |state| waits(state));
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}

impl State {
    /// No more is to be read.
    fn is_over(&self) -> bool {
        self.stopped || self.end.is_some()
    }
}

/// Lets nobody wait for ever when the work is left early.
struct Stop<'a, 'b>(&'a SideBySide<'b>);

impl Drop for Stop<'_, '_> {
    fn drop(&mut self) {
        self.0.change(|state| state.stopped = true);
    }
}
