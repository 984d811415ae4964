//! What one request asks to be done, whatever its protocol: where it is done, how long each part of it takes, and who is
//! asked beside the version that answers.

use std::sync::Arc;

use futures_util::future::{Either, ready};
use futures_util::{FutureExt, TryFutureExt};

use crate::catalogue::Copied;
use crate::error::ApiError;
use crate::guard::Guard;
use crate::state::{AppState, Served};
use crate::telemetry::{Phase, Phases, Stopwatch};

/// Most bytes of a body that is answered on the spot. A larger one would hold up the other connections of its worker,
/// so it goes to a thread of the pool.
pub(crate) const INLINE_BYTES: usize = 32 * 1024;

/// A question and how it is answered.
pub(crate) trait Work: Send + 'static {
    /// What was read from the body.
    type Question: Send + 'static;
    /// What is answered.
    type Answer: Send + 'static;

    /// The version that answers.
    fn served(&self) -> &Arc<Served>;
    /// Bytes of the body.
    fn length(&self) -> usize;
    /// Reads the body.
    fn read(&self) -> Result<Self::Question, ApiError>;
    /// Whether the answer takes much longer than that to a small body may.
    fn is_heavy(&self, question: &Self::Question) -> bool;
    /// Answers what was read; the watch is told when the model has done its part.
    fn answer(&self, question: Self::Question, watch: &mut Stopwatch) -> Result<Self::Answer, ApiError>;
    /// What reads the rows of the body for another version.
    fn copied(&self) -> Copied;
}

impl AppState {
    /// Does the work, and gives a copy of it to the shadow of the model, if it has one. The one way of every protocol whose
    /// questions come as a whole.
    pub(crate) fn work<W: Work>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<(W::Answer, Phases), ApiError>> + use<'_, W> {
        let copy =
            self.catalogue.has_traffic().then(|| (Arc::clone(work.served()), work.length(), work.copied()));
        self.guard.work(work).inspect_ok(|_| {
            if let Some((served, bytes, read)) = copy {
                self.catalogue.shadow(&served, bytes, read);
            }
        })
    }
}

impl Guard {
    /// Does the work: on the spot, or aside when the body is large or there is much to work out. What waits for the pool is
    /// kept apart, so that the others carry no place for it.
    fn work<W: Work>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<(W::Answer, Phases), ApiError>> + use<'_, W> {
        let mut watch = Stopwatch::start();
        if work.length() > INLINE_BYTES {
            let aside = move || {
                watch.ends(Phase::Queue);
                let question = work.read()?;
                watch.ends(Phase::Input);
                answer(&work, question, watch)
            };
            return Either::Right(self.pool.run(aside).boxed());
        }
        let question = match work.read() {
            Ok(question) => question,
            Err(error) => return Either::Left(ready(Err(error))),
        };
        watch.ends(Phase::Input);
        if work.is_heavy(&question) {
            let aside = move || {
                watch.ends(Phase::Queue);
                answer(&work, question, watch)
            };
            return Either::Right(self.pool.run(aside).boxed());
        }
        Either::Left(ready(answer(&work, question, watch)))
    }
}

fn answer<W: Work>(
    work: &W,
    question: W::Question,
    mut watch: Stopwatch,
) -> Result<(W::Answer, Phases), ApiError> {
    let answer = work.answer(question, &mut watch)?;
    watch.ends(Phase::Output);
    Ok((answer, watch.phases()))
}
