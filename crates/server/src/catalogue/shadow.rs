//! A shadow: a version that gets a copy of every question to another version of its model, so that both can be compared on
//! what callers really ask before anybody depends on it.
//!
//! The copy is answered after the answer, by one thread at a lower priority, from a short queue. When the queue is full or the
//! question is long, the copy is dropped and counted: a shadow never delays an answer and never changes one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, OnceLock};

use model_core::{Rows, winning_class};

use super::Catalogue;
use crate::error::ApiError;
use crate::guard::yield_to_workers;
use crate::state::Served;

/// Most copies that wait.
const QUEUE: usize = 64;
/// Most bytes of a question that is copied: all copies that wait then hold 16 MiB.
const LARGEST: usize = 256 * 1024;

/// What was compared between a shadow and the versions that answered.
#[derive(Debug, Default)]
pub struct ShadowCounts {
    /// Questions that both answered.
    pub questions: AtomicU64,
    /// Rows of these questions.
    pub rows: AtomicU64,
    /// Rows whose predictions differ.
    pub different: AtomicU64,
    /// Questions that the shadow could not read or answer, since its features are others.
    pub refused: AtomicU64,
    /// Questions that were too long, or came while too many waited.
    pub dropped: AtomicU64,
    deviation: AtomicU64,
}

impl ShadowCounts {
    /// Sum of the absolute differences between the predictions of a regression.
    pub fn deviation(&self) -> f64 {
        f64::from_bits(self.deviation.load(Ordering::Relaxed))
    }

    fn add(count: &AtomicU64, more: u64) {
        count.fetch_add(more, Ordering::Relaxed);
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// What reads the rows of a question, as it came, for a version.
pub(crate) type Copied = Box<dyn Fn(&Served) -> Result<Rows, ApiError> + Send>;

/// The queue of copies; its thread starts with the first of them and ends with it.
#[derive(Default)]
pub(super) struct Copies {
    jobs: OnceLock<Option<SyncSender<Job>>>,
}

impl Copies {
    /// Puts a job into the queue, unless that is full.
    fn offer(&self, job: Job) -> bool {
        let start = || {
            let (jobs, received) = mpsc::sync_channel::<Job>(QUEUE);
            let started = std::thread::Builder::new().name("shadow".into()).spawn(move || {
                yield_to_workers();
                for job in received {
                    if catch_unwind(AssertUnwindSafe(job)).is_err() {
                        tracing::error!("a shadow panicked");
                    }
                }
            });
            started.ok().map(|_| jobs)
        };
        self.jobs.get_or_init(start).as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }
}

impl Catalogue {
    /// Gives a question that `served` has answered to the shadow of its model, if it has one. `read` reads the question for
    /// a version, on another thread; `bytes` is its length.
    pub(crate) fn shadow(&self, served: &Arc<Served>, bytes: usize, read: Copied) {
        if !self.has_traffic() {
            return;
        }
        let shown = self.shown.load();
        let Ok(entry) = shown.entry(served.name()) else { return };
        let Some(shadow) = entry.shadow() else { return };
        let Some(other) = shadow.served.as_ref().filter(|other| other.version() != served.version()) else {
            return;
        };
        let (served, other, counts) = (Arc::clone(served), Arc::clone(other), Arc::clone(&shadow.counts));
        let job = Box::new(move || compare(&served, &other, &counts, &read));
        if bytes > LARGEST || !self.copies.offer(job) {
            ShadowCounts::add(&shadow.counts.dropped, 1);
        }
    }
}

fn compare(served: &Served, shadow: &Served, counts: &ShadowCounts, read: &Copied) {
    let (Ok(asked), Ok(copied)) = (read(served), read(shadow)) else {
        return ShadowCounts::add(&counts.refused, 1);
    };
    let (answers, others) = (served.model().predict(&asked), shadow.predict(&copied));
    let class = |served: &'_ Served, scores: &[f64]| served.classes().get(winning_class(scores)).cloned();
    let mut different = 0;
    let mut deviation = 0.0;
    for (answer, other) in answers.rows().zip(others.rows()) {
        let differs = match (class(served, answer), class(shadow, other)) {
            (None, None) => {
                deviation += (answer[0] - other[0]).abs();
                answer[0].to_bits() != other[0].to_bits()
            }
            (class, other) => class != other,
        };
        different += u64::from(differs);
    }
    ShadowCounts::add(&counts.different, different);
    ShadowCounts::add(&counts.rows, answers.len() as u64);
    // One thread adds up, so that nothing is lost between the reading and the writing.
    counts.deviation.store((counts.deviation() + deviation).to_bits(), Ordering::Relaxed);
    ShadowCounts::add(&counts.questions, 1);
}
