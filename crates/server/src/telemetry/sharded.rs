//! Counters that several threads add to without waiting for each other.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most shards: beyond, threads share.
const MOST: usize = 16;

/// One `T` for each thread that counts, on cache lines of its own; read by going over all of them.
pub(crate) struct Sharded<T>(Box<[Aligned<T>]>);

/// Processors fetch lines of 64 bytes in pairs.
#[repr(align(128))]
struct Aligned<T>(T);

impl<T: Default> Default for Sharded<T> {
    fn default() -> Self {
        Self::of(T::default)
    }
}

impl<T> Sharded<T> {
    /// As many as threads count at a time, each made by `new`.
    pub(crate) fn of(new: impl Fn() -> T) -> Self {
        let shards = std::thread::available_parallelism().map_or(2, usize::from).min(MOST);
        Self((0..shards).map(|_| Aligned(new())).collect())
    }

    /// The shard of this thread.
    pub(crate) fn mine(&self) -> &T {
        let shards = &self.0;
        &shards[number() % shards.len()].0
    }

    /// All shards.
    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|shard| &shard.0)
    }
}

/// Number of this thread among those that count.
fn number() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.with(|number| {
        number.get().unwrap_or_else(|| {
            let new = THREADS.fetch_add(1, Ordering::Relaxed);
            number.set(Some(new));
            new
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn nothing_that_any_thread_counts_is_lost() {
        let counted = Sharded::<AtomicU64>::default();
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| (0..100).for_each(|_| _ = counted.mine().fetch_add(1, Ordering::Relaxed)));
            }
        });
        assert_eq!(counted.all().map(|shard| shard.load(Ordering::Relaxed)).sum::<u64>(), 4000);
    }
}
