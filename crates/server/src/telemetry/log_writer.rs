//! Writes the lines of the log aside, many with one call of the system: no request waits for a disk, or for the reader
//! of a pipe. What a reader does not take in time is dropped and counted; the log says how many lines that were.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How long lines are gathered before they are written. Warnings and errors do not wait.
const GATHER: Duration = Duration::from_millis(5);
/// Most bytes of lines that wait to be written.
const MOST_WAITING: usize = 4 * 1024 * 1024;
/// A buffer that grew beyond this is not kept.
const KEPT: usize = 256 * 1024;
/// How long the end of the program waits for a reader that does not read.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Takes lines; its clones share one thread that writes them.
#[derive(Clone)]
pub(super) struct LogWriter {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// For the thread: there is something to write.
    changed: Condvar,
    /// For those who wait for it: everything is written.
    written: Condvar,
}

/// Lines dropped since the start. The log is one for the whole process, and so is their number.
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Lines of the log that were dropped since the start.
pub(super) fn dropped_lines() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    dropped: u64,
    /// The thread sleeps until it is told of the first line.
    sleeps: bool,
    /// Something among the lines does not wait for more of them.
    urgent: bool,
    /// Lines are on their way out.
    writing: bool,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it holds the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, waiting: MutexGuard<'a, Waiting>) -> MutexGuard<'a, Waiting> {
        self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_at_most<'a>(
        signal: &Condvar,
        waiting: MutexGuard<'a, Waiting>,
        time: Duration,
    ) -> MutexGuard<'a, Waiting> {
        signal.wait_timeout(waiting, time).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Ends the writing when it is dropped, which the end of the program does: all lines are written then.
pub struct LogEnd {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl LogWriter {
    /// Starts to write to `output`.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(super) fn start(output: impl Write + Send + 'static) -> std::io::Result<(Self, LogEnd)> {
        let shared = Arc::<Shared>::default();
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("log".into());
        let thread = thread.spawn(move || write_lines(&of_thread, output))?;
        Ok((Self { shared: Arc::clone(&shared) }, LogEnd { shared, thread: Some(thread) }))
    }

    /// Takes whole lines; what is urgent is written at once.
    pub(super) fn take(&self, line: &[u8], urgent: bool) {
        let mut waiting = self.shared.lock();
        if waiting.lines.len() + line.len() > MOST_WAITING {
            waiting.dropped += 1;
            DROPPED.fetch_add(1, Ordering::Relaxed);
            return;
        }
        waiting.lines.extend_from_slice(line);
        let wake = waiting.sleeps || (urgent && !waiting.urgent);
        waiting.sleeps = false;
        waiting.urgent |= urgent;
        drop(waiting);
        if wake {
            self.shared.changed.notify_one();
        }
    }
}

impl Drop for LogEnd {
    fn drop(&mut self) {
        let mut waiting = self.shared.lock();
        waiting.closed = true;
        self.shared.changed.notify_one();
        let deadline = Instant::now() + LAST_WORDS;
        while waiting.writing || !waiting.lines.is_empty() {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return };
            waiting = Shared::wait_at_most(&self.shared.written, waiting, left);
        }
        drop(waiting);
        // Everything is written, so the thread is at its end.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_lines(shared: &Shared, mut output: impl Write) {
    let mut lines = Vec::new();
    let mut waiting = shared.lock();
    loop {
        while waiting.lines.is_empty() && !waiting.closed {
            waiting.sleeps = true;
            waiting = shared.wait(waiting);
        }
        if waiting.lines.is_empty() {
            return;
        }
        if !waiting.urgent && !waiting.closed {
            waiting = Shared::wait_at_most(&shared.changed, waiting, GATHER);
        }
        std::mem::swap(&mut lines, &mut waiting.lines);
        let dropped = std::mem::take(&mut waiting.dropped);
        waiting.urgent = false;
        waiting.writing = true;
        drop(waiting);
        // When nobody can be told, there is nobody to tell that.
        let _ = output.write_all(&lines).and_then(|()| output.flush());
        lines.clear();
        lines.shrink_to(KEPT);
        if dropped > 0 {
            tracing::warn!(lines = dropped, "lines of the log were dropped: its reader is too slow");
        }
        waiting = shared.lock();
        waiting.writing = false;
        if waiting.lines.is_empty() {
            shared.written.notify_all();
        }
    }
}

/// One line on its way.
pub(super) struct Line<'a> {
    writer: &'a LogWriter,
    urgent: bool,
}

impl Write for Line<'_> {
    /// The bytes are whole lines.
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writer.take(bytes, self.urgent);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { writer: self, urgent: true }
    }

    fn make_writer_for(&'a self, line: &Metadata<'_>) -> Line<'a> {
        Line { writer: self, urgent: *line.level() <= Level::WARN }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// An output whose reader takes a piece when it is told to.
    struct Slow {
        pieces: Sender<Vec<u8>>,
        told: Receiver<()>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.told.recv();
            let _ = self.pieces.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn slow() -> (Slow, Sender<()>, Receiver<Vec<u8>>) {
        let (pieces, taken) = channel();
        let (tell, told) = channel();
        (Slow { pieces, told }, tell, taken)
    }

    #[test]
    fn all_lines_are_written_in_their_order_before_the_end() {
        let (output, tell, taken) = slow();
        drop(tell);
        let (writer, end) = LogWriter::start(output).unwrap();
        for number in 0..1000 {
            writer.take(format!("{number}\n").as_bytes(), false);
        }
        drop(end);
        let expected: String = (0..1000).map(|number| format!("{number}\n")).collect();
        assert_eq!(String::from_utf8(taken.try_iter().flatten().collect()).unwrap(), expected);
    }

    #[test]
    fn what_a_slow_reader_leaves_is_bounded_and_told() {
        let (output, tell, taken) = slow();
        let (writer, end) = LogWriter::start(output).unwrap();
        writer.take(b"first\n", true);
        // The thread holds the first line and waits for the reader.
        while !writer.shared.lock().writing {
            std::thread::yield_now();
        }
        let line = vec![b'x'; MOST_WAITING / 4];
        for _ in 0..7 {
            writer.take(&line, false);
        }
        let waiting = writer.shared.lock();
        assert_eq!((waiting.lines.len(), waiting.dropped), (MOST_WAITING, 3));
        drop(waiting);
        drop(tell);
        drop(end);
        assert_eq!(taken.try_iter().map(|piece| piece.len()).sum::<usize>(), MOST_WAITING + 6);
    }

    #[test]
    fn the_end_does_not_wait_for_ever() {
        let (output, tell, taken) = slow();
        let (writer, end) = LogWriter::start(output).unwrap();
        writer.take(b"nobody reads me\n", true);
        drop(end);
        assert_eq!(taken.try_iter().count(), 0);
        drop(tell);
    }
}
