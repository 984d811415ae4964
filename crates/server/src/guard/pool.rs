//! Threads of their own for large work, and a bounded queue before them, so that small requests keep their latency.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::error::{ApiError, Load};
use crate::request_id;
use crate::telemetry::panic_message;

/// How much less of a processor a thread of the pool gets than a worker, as a nice value: a third of it when both want it.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// A bounded pool. Its threads start when they are needed and end with it.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    maximum_threads: usize,
    maximum_queue: usize,
}

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    threads: usize,
    /// Threads that work at a job.
    busy: usize,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    pub(super) fn new(maximum_threads: usize, maximum_queue: usize) -> Self {
        Self { shared: Arc::default(), maximum_threads, maximum_queue }
    }

    /// Jobs that wait for a thread.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.lock().waiting.len()
    }

    /// Threads that work at a job.
    pub(crate) fn busy(&self) -> usize {
        self.shared.lock().busy
    }

    /// Does this work on a thread of the pool.
    ///
    /// # Errors
    /// [`ApiError::Busy`] at once when the queue is full; [`ApiError::Internal`] when the work panics.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (done, result) = oneshot::channel();
        let request = request_id::current();
        self.enqueue(Box::new(move || {
            // Nobody waits for the answer to a connection that closed.
            if done.is_closed() {
                return;
            }
            let result = catch_unwind(AssertUnwindSafe(|| request_id::of_work(request, work)));
            let result = result.unwrap_or_else(|panic| Err(panicked(&*panic)));
            // The connection may have closed meanwhile.
            let _ = done.send(result);
        }))?;
        result
            .await
            .unwrap_or_else(|_| Err(ApiError::Internal { reason: "the pool dropped its work".into() }))
    }

    fn enqueue(&self, job: Job) -> Result<(), ApiError> {
        let mut state = self.shared.lock();
        // A thread that is not busy takes a waiting job as soon as it wakes up or has started.
        let free = self.maximum_threads.saturating_sub(state.busy);
        if state.waiting.len() >= free.saturating_add(self.maximum_queue) {
            return Err(ApiError::Busy { what: Load::Waiting });
        }
        if state.waiting.len() >= state.threads - state.busy && state.threads < self.maximum_threads {
            let shared = Arc::clone(&self.shared);
            let name = format!("large-{}", state.threads);
            let started = std::thread::Builder::new().name(name).spawn(move || work_off(&shared));
            match started {
                Ok(_) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    return Err(ApiError::Internal { reason: format!("cannot start a thread: {error}") });
                }
                Err(error) => tracing::warn!(%error, "cannot start another thread for large requests"),
            }
        }
        state.waiting.push_back(job);
        drop(state);
        self.shared.changed.notify_one();
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

fn work_off(shared: &Shared) {
    yield_to_workers();
    let mut state = shared.lock();
    loop {
        if let Some(job) = state.waiting.pop_front() {
            state.busy += 1;
            drop(state);
            job();
            state = shared.lock();
            state.busy -= 1;
        } else if state.closed {
            return;
        } else {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Lets the threads that share the work of large requests yield to the workers, too. To be called before they start, which
/// they do with the first work that is shared.
pub fn share_politely() {
    let threads = rayon::ThreadPoolBuilder::new().thread_name(|number| format!("share-{number}"));
    let built = threads.start_handler(|_| yield_to_workers()).build_global();
    if let Err(error) = built {
        tracing::debug!(%error, "large requests are shared at the priority of small ones");
    }
}

/// Where the system refuses, the pool works all the same, only less politely.
pub(crate) fn yield_to_workers() {
    #[cfg(target_os = "linux")]
    {
        let thread = rustix::thread::gettid();
        let lowered = rustix::process::getpriority_process(Some(thread))
            .and_then(|nice| rustix::process::setpriority_process(Some(thread), nice + NICENESS));
        if let Err(error) = lowered {
            tracing::debug!(%error, "large requests keep the priority of small ones");
        }
    }
}

fn panicked(panic: &(dyn Any + Send)) -> ApiError {
    ApiError::Internal { reason: format!("panic: {}", panic_message(panic)) }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::FutureExt;
    use futures_util::future::join_all;

    use super::*;

    #[test]
    fn work_beyond_threads_and_queue_is_refused_at_once() {
        actix_web::rt::System::new().block_on(async {
            let pool = Pool::new(2, 3);
            let (release, released) = mpsc::channel::<()>();
            let released = Arc::new(Mutex::new(released));
            let mut running: Vec<_> = (0..5)
                .map(|number| {
                    let released = Arc::clone(&released);
                    let work = move || {
                        released.lock().unwrap().recv().unwrap();
                        Ok(number)
                    };
                    Box::pin(pool.run(work))
                })
                .collect();
            // Each is asked once, so that it stands in the queue.
            for future in &mut running {
                assert!(future.now_or_never().is_none());
            }
            let refused = pool.run(|| Ok(())).now_or_never();
            assert!(matches!(refused, Some(Err(ApiError::Busy { .. }))));
            assert_eq!(pool.shared.lock().threads, 2);

            (0..5).for_each(|_| release.send(()).unwrap());
            let mut results: Vec<_> = join_all(running).await.into_iter().map(Result::unwrap).collect();
            results.sort_unstable();
            assert_eq!(results, [0, 1, 2, 3, 4]);
            assert_eq!(pool.waiting(), 0);
            pool.run(|| Ok(())).await.unwrap();
        });
    }

    #[test]
    fn a_panic_is_an_error_and_the_thread_lives_on() {
        actix_web::rt::System::new().block_on(async {
            let pool = Pool::new(1, 1);
            let result: Result<(), _> = pool.run(|| panic!("no such leaf")).await;
            let Err(ApiError::Internal { reason }) = result else { panic!("{result:?}") };
            assert_eq!(reason, "panic: no such leaf");
            assert_eq!(pool.run(|| Ok(7)).await.unwrap(), 7);
            assert_eq!(pool.shared.lock().threads, 1);
        });
    }

    #[test]
    fn work_that_nobody_waits_for_is_left_undone() {
        actix_web::rt::System::new().block_on(async {
            let pool = Pool::new(1, 2);
            let (release, released) = mpsc::channel::<()>();
            let (told, heard) = mpsc::channel();
            let mut running = Box::pin(pool.run(move || {
                released.recv().unwrap();
                Ok(())
            }));
            assert!((&mut running).now_or_never().is_none());
            let mut abandoned = Box::pin(pool.run(move || {
                told.send(()).unwrap();
                Ok(())
            }));
            assert!((&mut abandoned).now_or_never().is_none());
            drop(abandoned);
            release.send(()).unwrap();
            running.await.unwrap();
            pool.run(|| Ok(())).await.unwrap();
            assert!(heard.recv().is_err(), "the work was dropped unused");
        });
    }
}
