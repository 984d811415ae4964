//! Memory for bodies under way: so much for all together, however many clients send however slowly.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{ApiError, Load};

/// Bytes are reserved in steps of this size, so that few requests touch the shared count often.
const STEP: usize = 64 * 1024;

/// Memory that all large bodies share.
#[derive(Debug)]
pub(crate) struct Buffers {
    reserved: AtomicUsize,
    maximum: usize,
}

impl Buffers {
    pub(super) fn new(maximum: usize) -> Self {
        Self { reserved: AtomicUsize::new(0), maximum }
    }

    /// A reservation of nothing yet.
    pub(crate) fn reservation(self: &Arc<Self>) -> Reservation {
        Reservation { buffers: Arc::clone(self), bytes: 0 }
    }

    /// Bytes that are reserved.
    pub(crate) fn reserved(&self) -> usize {
        self.reserved.load(Ordering::Relaxed)
    }

    fn reserve(&self, bytes: usize) -> bool {
        let before = self.reserved.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.maximum;
        if !fits {
            self.reserved.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }
}

/// What one body has reserved; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    buffers: Arc<Buffers>,
    bytes: usize,
}

impl Reservation {
    /// Bytes of a body that every request may hold without asking; connections are limited, so these are.
    pub(crate) const FREE_BYTES: usize = 32 * 1024;

    /// Makes room for a body that now has this length.
    ///
    /// # Errors
    /// When the other bodies leave too little.
    pub(crate) fn grow(&mut self, length: usize) -> Result<(), ApiError> {
        let wanted = length.saturating_sub(Self::FREE_BYTES);
        if wanted > self.bytes {
            let step = (wanted - self.bytes).next_multiple_of(STEP);
            if !self.buffers.reserve(step) {
                return Err(ApiError::Busy { what: Load::Bodies });
            }
            self.bytes += step;
        }
        Ok(())
    }

    /// Whether the body is small enough to need none.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.buffers.reserved.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_bodies_ask_for_nothing_and_large_ones_share() {
        let buffers = Arc::new(Buffers::new(2 * STEP));
        let mut small = buffers.reservation();
        small.grow(Reservation::FREE_BYTES).unwrap();
        assert_eq!(buffers.reserved.load(Ordering::Relaxed), 0);

        let mut large = buffers.reservation();
        large.grow(Reservation::FREE_BYTES + 1).unwrap();
        large.grow(Reservation::FREE_BYTES + STEP).unwrap();
        assert_eq!(buffers.reserved.load(Ordering::Relaxed), STEP);
        large.grow(Reservation::FREE_BYTES + STEP + 1).unwrap();

        let mut late = buffers.reservation();
        assert!(late.grow(Reservation::FREE_BYTES + 1).is_err());
        late.grow(Reservation::FREE_BYTES).unwrap();
        drop(large);
        late.grow(Reservation::FREE_BYTES + 1).unwrap();
        drop(late);
        assert_eq!(buffers.reserved.load(Ordering::Relaxed), 0);
    }
}
