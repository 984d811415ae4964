//! How many connections are open, and what becomes of those beyond the limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::dev::Extensions;

use super::streams;
use crate::error::ApiError;

/// Counts the open connections. Those beyond the limit get one answer, that the server is busy, and are closed; a quarter
/// more than the limit are accepted for that, further ones wait in the system's queue.
#[derive(Debug)]
pub struct Connections {
    open: AtomicUsize,
    maximum: usize,
}

/// One open connection, until it is dropped.
pub(crate) struct Connection {
    connections: Arc<Connections>,
    /// It was beyond the limit when it came.
    surplus: bool,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connections {
    pub(super) fn new(maximum: usize) -> Self {
        Self { open: AtomicUsize::new(0), maximum }
    }

    /// Open connections.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Counts a new connection until its `data` is dropped, which happens when it closes.
    pub fn opened(self: &Arc<Self>, data: &mut Extensions) {
        data.insert(self.count());
        streams::count(data);
    }

    /// Counts a new connection; none when it is beyond the limit.
    pub(crate) fn open_one(self: &Arc<Self>) -> Option<Connection> {
        Some(self.count()).filter(|connection| !connection.surplus)
    }

    fn count(self: &Arc<Self>) -> Connection {
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        Connection { connections: Arc::clone(self), surplus: before >= self.maximum }
    }

    /// Connections that a worker accepts, when all of them accept alike.
    pub(crate) fn of_each(&self, workers: usize) -> usize {
        self.maximum.saturating_add(self.maximum / 4 + 1).div_ceil(workers.max(1))
    }

    /// Refuses the requests of a connection beyond the limit. Which connection it is, is asked when there are too many.
    pub(crate) fn admit<'c>(
        &self,
        connection: impl FnOnce() -> Option<&'c Connection>,
    ) -> Result<(), ApiError> {
        if self.open() <= self.maximum {
            return Ok(());
        }
        match connection() {
            Some(connection) if connection.surplus => {
                Err(ApiError::TooManyConnections { limit: self.maximum })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_beyond_the_limit_are_marked_until_one_closes() {
        let connections = Arc::new(Connections::new(2));
        let open = || {
            let mut data = Extensions::new();
            connections.opened(&mut data);
            data
        };
        let surplus = |data: &Extensions| data.get::<Connection>().unwrap().surplus;
        let (first, second, third) = (open(), open(), open());
        assert_eq!([&first, &second, &third].map(surplus), [false, false, true]);
        assert_eq!(connections.open(), 3);
        drop((first, third));
        assert_eq!(connections.open(), 1);
        assert!(!surplus(&open()));
    }

    #[test]
    fn workers_share_the_limit_and_a_quarter_more() {
        let check = |maximum, workers, expected| {
            assert_eq!(Connections::new(maximum).of_each(workers), expected);
        };
        // 100 + 25 + 1
        check(100, 1, 126);
        check(100, 4, 32);
        check(1, 2, 1);
        check(usize::MAX, 1, usize::MAX);
    }
}
