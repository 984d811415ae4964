//! The id that ties an answer to its lines in the log.
//!
//! While a request is worked at, its id is that of the thread (`during`, `enter`), and every line that the thread
//! writes to the log bears it (`current`). A span would be made and kept for each request.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::pin::Pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// Header that carries the id, in the request and in the answer.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

const LONGEST: usize = 64;

/// Differs between two processes, also between two that started in the same instant.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
/// Numbers of requests that no thread has taken yet.
static UNTAKEN: AtomicU64 = AtomicU64::new(0);
/// Numbers that a thread takes at once, so that threads do not wait for each other.
const TAKEN_AT_ONCE: u64 = 256;

/// Id of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId {
    length: u8,
    /// Sound by [`is_valid`], so ASCII.
    bytes: [u8; LONGEST],
}

impl RequestId {
    /// The header that carries it.
    pub(crate) const HEADER: HeaderName = HeaderName::from_static(REQUEST_ID_HEADER);

    /// The caller's own id when it is one that a log and a header can carry, else a new one.
    pub fn of(headers: &HeaderMap) -> Self {
        Self::given(headers.get(&Self::HEADER).map(HeaderValue::as_bytes))
    }

    /// The same of what a caller gave.
    pub(crate) fn given(id: Option<&[u8]>) -> Self {
        id.filter(|id| is_valid(id)).map_or_else(Self::new, Self::from_sound)
    }

    fn new() -> Self {
        let mut id = Self { length: 0, bytes: [0; LONGEST] };
        id.push_hexadecimal(*PROCESS, 16);
        id.push(b'-');
        id.push_hexadecimal(number(), 1);
        id
    }

    fn from_sound(id: &[u8]) -> Self {
        let mut bytes = [0; LONGEST];
        bytes[..id.len()].copy_from_slice(id);
        Self { length: id.len() as u8, bytes }
    }

    fn push(&mut self, byte: u8) {
        self.bytes[usize::from(self.length)] = byte;
        self.length += 1;
    }

    /// With zeros before it up to `digits`.
    fn push_hexadecimal(&mut self, number: u64, digits: u32) {
        let needed = (u64::BITS - number.leading_zeros()).div_ceil(4).max(digits);
        for digit in (0..needed).rev() {
            self.push(b"0123456789abcdef"[(number >> (digit * 4)) as usize & 15]);
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The id as the value of a header.
    pub(crate) fn header_value(&self) -> Option<HeaderValue> {
        HeaderValue::from_bytes(self.as_bytes()).ok()
    }
}

/// A number that no other request of this process has.
fn number() -> u64 {
    thread_local! {
        static TAKEN: Cell<Range<u64>> = const { Cell::new(0..0) };
    }
    let mut taken = TAKEN.take();
    if taken.is_empty() {
        let first = UNTAKEN.fetch_add(TAKEN_AT_ONCE, Ordering::Relaxed);
        taken = first..first + TAKEN_AT_ONCE;
    }
    let number = taken.start;
    taken.start += 1;
    TAKEN.set(taken);
    number
}

thread_local! {
    static CURRENT: Cell<Option<RequestId>> = const { Cell::new(None) };
}

/// The request that this thread works at.
pub(crate) fn current() -> Option<RequestId> {
    CURRENT.get()
}

/// From now on this thread works at this request, until what is given back is dropped.
pub(crate) fn enter(id: Option<RequestId>) -> AtWork {
    AtWork { before: CURRENT.replace(id) }
}

/// A thread at work for a request. Dropped, also by a panic, it gives the thread back to the request that it had.
#[must_use]
pub(crate) struct AtWork {
    before: Option<RequestId>,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        CURRENT.set(self.before);
    }
}

/// Does work for a request, if it is for one.
pub(crate) fn of_work<T>(id: Option<RequestId>, work: impl FnOnce() -> T) -> T {
    let _at_work = enter(id);
    work()
}

/// Works at a request whenever there is something to do.
pub(crate) fn during<F: Future>(id: RequestId, mut work: Pin<&mut F>) -> impl Future<Output = F::Output> {
    poll_fn(move |context| of_work(Some(id), || work.as_mut().poll(context)))
}

fn is_valid(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    (1..=LONGEST).contains(&id.len()) && id.iter().all(allowed)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use actix_web::http::header::HeaderName;

    use super::*;

    fn of(given: &str) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(REQUEST_ID_HEADER), HeaderValue::from_str(given).unwrap());
        RequestId::of(&headers)
    }

    #[test]
    fn a_sound_id_is_kept_and_any_other_replaced() {
        assert_eq!(of("7f3a-01:b_2.c").as_str(), "7f3a-01:b_2.c");
        for unsound in ["", "a b", "a\"b", "{}", &"x".repeat(65)] {
            assert_ne!(of(unsound).as_str(), unsound);
        }
    }

    #[test]
    fn new_ids_differ_and_are_sound() {
        let (one, other) = (RequestId::of(&HeaderMap::new()), RequestId::of(&HeaderMap::new()));
        assert_ne!(one, other);
        assert_eq!(of(one.as_str()), one);
    }

    #[test]
    fn a_thread_has_the_id_of_what_it_works_at() {
        let (one, other) = (RequestId::new(), RequestId::new());
        of_work(Some(one), || {
            let panicked = std::panic::catch_unwind(|| of_work(Some(other), || panic!("no such leaf")));
            assert!(panicked.is_err());
            assert_eq!(current(), Some(one));
        });
        assert_eq!(current(), None);
        let seen = async { during(other, pin!(async { current() })).await };
        assert_eq!(actix_web::rt::System::new().block_on(seen), Some(other));
    }

    #[test]
    fn numbers_are_written_in_hexadecimal() {
        let check = |number: u64, digits: u32, expected: &str| {
            let mut id = RequestId { length: 0, bytes: [0; LONGEST] };
            id.push_hexadecimal(number, digits);
            assert_eq!(id.as_str(), expected);
        };
        check(0, 1, "0");
        check(0xf, 1, "f");
        check(0x10, 1, "10");
        check(0xabc, 16, "0000000000000abc");
        check(u64::MAX, 16, "ffffffffffffffff");
    }
}
