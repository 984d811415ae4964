//! Rows and their answers, written to a file by a thread of its own: the only place where the server writes what it was asked.
//!
//! Nothing waits for the disk. A request puts some of its rows into a queue of bounded length; what finds no room is dropped and counted.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use model_core::{Model, Rows, Scores};
use thiserror::Error;

use super::captured_row::CapturedRow;
use super::rotating_file::RotatingFile;
use crate::request_id;
use crate::telemetry::write_time;

/// Most rows that wait to be written.
const QUEUE: usize = 4096;
/// Rows that are written with one call of the system.
const TOGETHER: usize = 256;

/// What is captured, and where to.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptureSettings {
    /// The file.
    pub path: PathBuf,
    /// Share of the rows, from 0 to 1.
    pub rate: f64,
    /// Names of the features, or `prediction`, whose values are not written.
    pub redacted: Vec<String>,
    /// Most bytes of the file, of which there can be two.
    pub most_bytes: u64,
}

/// Why rows cannot be captured.
#[derive(Debug, Error)]
#[error("cannot write rows to {}, given by CAPTURE (or --capture): {source}", path.display())]
pub struct CaptureError {
    /// The file.
    path: PathBuf,
    /// The system's answer.
    source: std::io::Error,
}

/// What became of the rows that were chosen.
#[derive(Debug, Default)]
pub(crate) struct Fates {
    pub(crate) written: AtomicU64,
    /// There was no room in the queue.
    pub(crate) dropped: AtomicU64,
    /// The disk refused them.
    pub(crate) failed: AtomicU64,
}

/// Takes rows.
pub struct Capture {
    rows: SyncSender<Vec<u8>>,
    rate: f64,
    redacted: Vec<String>,
    fates: Arc<Fates>,
    offered: AtomicU64,
}

impl Capture {
    /// Opens the file and starts to write.
    ///
    /// # Errors
    /// When the file cannot be written, or there is no thread to be had.
    pub fn start(settings: &CaptureSettings) -> Result<Self, CaptureError> {
        let failed = |source| CaptureError { path: settings.path.clone(), source };
        let file = RotatingFile::open(&settings.path, settings.most_bytes).map_err(failed)?;
        let (rows, waiting) = sync_channel(QUEUE);
        let fates = Arc::<Fates>::default();
        let of_thread = Arc::clone(&fates);
        let thread = std::thread::Builder::new().name("capture".into());
        thread.spawn(move || write(&waiting, file, &of_thread)).map_err(failed)?;
        tracing::warn!(
            path = %settings.path.display(),
            rate = settings.rate,
            "rows of requests are written to a file: --capture is set"
        );
        let (rate, redacted) = (settings.rate, settings.redacted.clone());
        Ok(Self { rows, rate, redacted, fates, offered: AtomicU64::new(0) })
    }

    /// Chooses some of the rows for the file. Never waits.
    pub(super) fn offer(&self, model: &dyn Model, rows: &Rows, scores: &Scores) {
        let mut time = String::new();
        let id = request_id::current();
        for (row, scores) in rows.rows().zip(scores.rows()) {
            if !is_chosen(self.rate) {
                continue;
            }
            if time.is_empty() {
                // A string takes whatever comes.
                let _ = write_time(&mut time);
            }
            let captured = CapturedRow {
                model,
                time: &time,
                request_id: id.as_ref().map(request_id::RequestId::as_str),
                row,
                scores,
                redacted: &self.redacted,
            };
            self.offered.fetch_add(1, Ordering::Relaxed);
            let line = serde_json::to_vec(&captured).map(|mut line| {
                line.push(b'\n');
                line
            });
            if line.ok().is_none_or(|line| self.rows.try_send(line).is_err()) {
                self.fates.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Waits until all rows are written, at most so long.
    pub fn flush(&self, patience: Duration) {
        let end = Instant::now() + patience;
        let done = || {
            [&self.fates.written, &self.fates.dropped, &self.fates.failed]
                .iter()
                .map(|count| count.load(Ordering::Relaxed))
                .sum::<u64>()
        };
        while done() < self.offered.load(Ordering::Relaxed) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn fates(&self) -> &Fates {
        &self.fates
    }
}

fn write(waiting: &Receiver<Vec<u8>>, mut file: RotatingFile, fates: &Fates) {
    let mut is_well = true;
    while let Ok(mut lines) = waiting.recv() {
        let mut rows = 1;
        while rows < TOGETHER
            && let Ok(line) = waiting.try_recv()
        {
            lines.extend_from_slice(&line);
            rows += 1;
        }
        match file.write(&lines) {
            Ok(()) => {
                fates.written.fetch_add(rows as u64, Ordering::Relaxed);
                is_well = true;
            }
            Err(error) => {
                fates.failed.fetch_add(rows as u64, Ordering::Relaxed);
                if std::mem::replace(&mut is_well, false) {
                    tracing::error!(%error, "rows of requests cannot be written; they are dropped");
                }
            }
        }
    }
}

/// Whether chance takes this row: a generator of its own for each thread (xorshift64*), with a seed that differs.
fn is_chosen(rate: f64) -> bool {
    thread_local! {
        static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one(0) | 1);
    }
    if rate >= 1.0 {
        return true;
    }
    let state = STATE.with(|state| {
        let mut next = state.get();
        next ^= next >> 12;
        next ^= next << 25;
        next ^= next >> 27;
        state.set(next);
        next.wrapping_mul(0x2545_f491_4f6c_dd1d)
    });
    ((state >> 11) as f64) < rate * (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::stubs;

    #[test]
    fn rows_are_written_without_what_is_to_be_hidden() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.ndjson");
        let settings = CaptureSettings {
            path: path.clone(),
            rate: 1.0,
            redacted: vec!["RM".into(), "prediction".into()],
            most_bytes: 1 << 20,
        };
        let capture = Capture::start(&settings).unwrap();
        let stub = stubs::boston();
        let example: Vec<f32> =
            stub.profile().examples[0].iter().map(|value| value.unwrap_or(f32::NAN)).collect();
        let rows = Rows::from_values(example.len(), example.repeat(3));
        capture.offer(&stub, &rows, &stub.predict(&rows));
        capture.flush(Duration::from_secs(10));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 3);
        let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!((&line["model"], &line["prediction"]), (&"boston".into(), &"[redacted]".into()));
        let features = line["features"].as_object().unwrap();
        assert_eq!(features.len(), example.len());
        let hidden = features.values().filter(|value| **value == "[redacted]").count();
        assert_eq!(hidden, 1, "{line:#}");
        assert_eq!(capture.fates().written.load(Ordering::Relaxed), 3);
    }

    #[cfg(unix)]
    #[test]
    fn a_disk_that_takes_nothing_holds_up_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        // A reader that does not read: the pipe is full after 64 KiB.
        let _reader = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let settings = CaptureSettings { path, rate: 1.0, redacted: vec![], most_bytes: u64::MAX };
        let capture = Capture::start(&settings).unwrap();
        let stub = stubs::boston();
        let width = stub.encoder().width();
        let rows = Rows::from_values(width, vec![1.0; width * 10_000]);
        capture.offer(&stub, &rows, &stub.predict(&rows));
        let dropped = capture.fates().dropped.load(Ordering::Relaxed);
        // All but the queue and what the pipe and the thread hold.
        assert!((3000..=10_000 - QUEUE as u64).contains(&dropped), "{dropped}");
    }

    #[test]
    fn chance_takes_the_share_that_is_asked_for() {
        assert!((0..1000).all(|_| is_chosen(1.0)));
        assert!((0..1000).all(|_| !is_chosen(0.0)));
        let taken = (0..100_000).filter(|_| is_chosen(0.1)).count();
        // 10,000 with a standard deviation of 95.
        assert!((9_000..11_000).contains(&taken), "{taken}");
    }
}
