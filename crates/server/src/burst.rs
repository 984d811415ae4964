//! Answers that are sent in bursts.
//!
//! A client that waits for an answer is woken as soon as it is sent. Where clients and server share processors, it then often
//! takes one from the worker, asks again and goes back to sleep, for each answer anew. So an answer that is ready waits until
//! all other connections of its worker that have something to do had their turn, and is sent right after theirs: who is
//! woken finds many answers at once. Where no other connection waits, that is one more look at an empty queue.
//!
//! Measured with 64 connections, two workers and the clients on two processors, six runs in turn: 44 thousand answers a
//! second without, 54 thousand with bursts; the system took 13.9 and 10.1 microseconds an answer in the server, and 15.7 and
//! 12.1 in the clients.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::Then;

/// Work whose outcome comes in a burst.
pub(crate) type InBurst<F> =
    Then<F, NextTurn<<F as Future>::Output>, fn(<F as Future>::Output) -> NextTurn<<F as Future>::Output>>;

/// Does the work, and gives its outcome when all other tasks that are ready had their turn.
pub(crate) fn in_burst<F: Future>(work: F) -> InBurst<F>
where
    F::Output: Unpin,
{
    work.then(NextTurn::Waits as fn(_) -> _)
}

/// A value that is there at the second look.
pub(crate) enum NextTurn<T> {
    Waits(T),
    HasWaited(T),
    Gone,
}

impl<T: Unpin> Future for NextTurn<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match mem::replace(&mut *self, Self::Gone) {
            Self::Waits(value) => {
                *self = Self::HasWaited(value);
                // Behind all that are in the queue already.
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::HasWaited(value) => Poll::Ready(value),
            Self::Gone => unreachable!("no future is polled after it was ready"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use futures_util::future::join_all;

    use super::*;

    #[test]
    fn all_is_worked_out_before_the_first_answer_is_sent() {
        let steps = Rc::new(RefCell::new(Vec::new()));
        let answer = |number: usize| {
            let steps = Rc::clone(&steps);
            // Every connection is a task.
            actix_web::rt::spawn(async move {
                in_burst(async { steps.borrow_mut().push(("works", number)) }).await;
                steps.borrow_mut().push(("sends", number));
            })
        };
        actix_web::rt::System::new().block_on(async { join_all([1, 2, 3].map(answer)).await });
        let expected = ["works", "sends"].map(|step| [1, 2, 3].map(|number| (step, number)));
        assert_eq!(*steps.borrow(), expected.concat());
    }
}
