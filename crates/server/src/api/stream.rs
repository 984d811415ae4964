//! Rows that come one a line and are answered line by line, in memory that does not grow with their number.
//!
//! The answers are pulled by the connection: as long as the caller does not read them, no more rows are read. A batch of
//! lines is worked at by the pool of large requests.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use futures_util::stream;
use model_core::Rows;
use serde::Serialize;

use self::pieces::Pieces;
use super::media::NDJSON;
use crate::answer::{Answers, Asked, Named, explained_rows};
use crate::error::{ApiError, BadLine};
use crate::guard::Reservation;
use crate::lines::{Line, Lines};
use crate::options::Options;
use crate::question::{Expect, Rules, Warnings, read_json};
use crate::state::{AppState, Limits, Served};
use crate::telemetry::{Phase, Progress, Protocol, Stopwatch, Streamed};

mod pieces;

/// Most bytes of a line, where the server takes a body as large.
const LONGEST_LINE: usize = 1024 * 1024;
/// Most lines that are answered at once.
const BATCH: usize = 256;
/// Most lines that are explained at once.
const EXPLAINED_BATCH: usize = 16;
/// How long a batch waits for a place in the pool before it asks again.
const PATIENCE: Duration = Duration::from_millis(5);
/// How often a stream looks whether the server was told to stop.
const WATCH: Duration = Duration::from_millis(100);

/// Answers the lines of a body.
///
/// # Errors
/// When the model cannot give what the options ask for. Whatever is wrong with a line is told in its place.
pub(super) fn answer_lines(
    request: &HttpRequest,
    payload: Payload,
    state: &Data<AppState>,
    served: &Arc<Served>,
    query: Options,
) -> Result<HttpResponse, ApiError> {
    // Batches are small, whatever the number of lines.
    let asked = Options::check(query, Options::NONE, served.model(), 0)?;
    let pieces = Pieces::new(request, payload, state.limits.request_timeout);
    let lines = Lines::new(longest(&state.limits));
    let progress = Arc::<Progress>::default();
    let conversation = Conversation {
        pieces,
        lines,
        ended: false,
        served: served.clone(),
        asked,
        progress: progress.clone(),
        memory: state.guard.buffers.reservation(),
        stopping: Box::pin(stopping(state.clone())),
        state: state.clone(),
    };
    let answers = stream::unfold(conversation, Conversation::next);
    let mut response = HttpResponse::Ok().content_type(NDJSON).streaming(answers);
    let streamed = Streamed { served: served.clone(), protocol: Protocol::Ndjson, progress };
    response.extensions_mut().insert(streamed);
    Ok(response)
}

/// A body on its way in, and its answers on their way out.
struct Conversation {
    pieces: Pieces,
    lines: Lines,
    ended: bool,
    served: Arc<Served>,
    asked: Asked,
    state: Data<AppState>,
    progress: Arc<Progress>,
    /// For what is longer than other requests hold.
    memory: Reservation,
    /// Completes when the server cannot wait for the end of the stream.
    stopping: Pin<Box<dyn Future<Output = ()>>>,
}

impl Conversation {
    /// The next answers.
    async fn next(mut self) -> Option<(Result<Bytes, ApiError>, Self)> {
        let explained = EXPLAINED_BATCH.min(explained_rows(self.served.model()));
        let most = if self.asked.contributions { explained } else { BATCH };
        loop {
            let lines: Vec<_> = std::iter::from_fn(|| self.lines.cut()).take(most).collect();
            if !lines.is_empty() {
                let answers = self.answer(lines).await;
                return Some((Ok(answers), self));
            }
            if self.ended {
                self.progress.end_well();
                return None;
            }
            let next = tokio::select! {
                biased;
                () = &mut self.stopping => Err(ApiError::NotReady),
                next = self.pieces.next() => next,
            };
            match next {
                Ok(Some(piece)) => {
                    if let Err(error) = self.memory.grow(self.lines.kept() + piece.len()) {
                        let line = self.lines.number() + 1;
                        return Some((Ok(self.break_off(line, &error)), self));
                    }
                    self.lines.feed(piece);
                    // Much may come unpacked from little, and hold no line.
                    tokio::task::yield_now().await;
                }
                Ok(None) => {
                    self.ended = true;
                    if let Some(line) = self.lines.end() {
                        let answer = self.answer(vec![line]).await;
                        return Some((Ok(answer), self));
                    }
                }
                Err(error) => {
                    let line = self.lines.number() + 1;
                    return Some((Ok(self.break_off(line, &error)), self));
                }
            }
        }
    }

    /// The answers to some lines.
    async fn answer(&mut self, lines: Vec<Line>) -> Bytes {
        let mut watch = Stopwatch::start();
        let batch = Arc::new(Batch {
            lines,
            served: self.served.clone(),
            asked: self.asked,
            state: self.state.clone(),
            progress: self.progress.clone(),
        });
        loop {
            let work = batch.clone();
            let answering = move || {
                watch.ends(Phase::Queue);
                Ok(work.answer(watch))
            };
            match self.state.guard.pool.run(answering).await {
                Ok(answers) => return answers.into(),
                // The caller waits as long as others do.
                Err(ApiError::Busy { .. }) => tokio::time::sleep(PATIENCE).await,
                Err(error) => {
                    tracing::error!(%error, "the server failed at a line of a stream");
                    return self.break_off(batch.lines.first().map_or(0, |line| line.number), &error);
                }
            }
        }
    }

    /// The last line of the answer, when this line of the question and those behind it cannot be answered.
    fn break_off(&mut self, line: u64, error: &ApiError) -> Bytes {
        self.ended = true;
        self.progress.end(error.status_code());
        self.lines.feed(Bytes::new());
        let mut out = Vec::new();
        write(&mut out, &BadLine::new(line, error));
        out.into()
    }
}

/// Completes when the server was told to stop and the streams had their time to end.
async fn stopping(state: Data<AppState>) {
    while state.is_ready() {
        tokio::time::sleep(WATCH).await;
    }
    tokio::time::sleep(state.limits.stream_grace).await;
}

/// Some lines of a body.
struct Batch {
    lines: Vec<Line>,
    served: Arc<Served>,
    asked: Asked,
    state: Data<AppState>,
    progress: Arc<Progress>,
}

impl Batch {
    /// The answers as lines, each in the place of its question.
    fn answer(&self, mut watch: Stopwatch) -> Vec<u8> {
        let model = self.served.model();
        let mut rows = Rows::with_capacity(model.encoder().width(), self.lines.len());
        let rules = Rules { maximum_rows: 1, ..self.served.rules(&self.state.limits) };
        let questions: Vec<_> = self.lines.iter().map(|line| self.read(line, &rules, &mut rows)).collect();
        watch.ends(Phase::Input);
        let answers = Answers::of(&self.served, &rows, self.asked);
        watch.ends(Phase::Infer);
        let mut out = Vec::with_capacity(64 * self.lines.len());
        let (mut row, mut warned) = (0, 0);
        for (line, question) in self.lines.iter().zip(&questions) {
            match question {
                Ok(warnings) => {
                    let named = Named { served: &self.served, answers: &answers, row, warnings, warned: 0 };
                    write(&mut out, &named);
                    row += 1;
                    warned += warnings.total();
                }
                Err(error) => write(&mut out, &BadLine::new(line.number, error)),
            }
        }
        watch.ends(Phase::Output);
        self.progress.answered(row, warned, &watch.phases());
        if self.state.catalogue.has_traffic() {
            let answered = self.lines.iter().zip(&questions).filter(|(_, question)| question.is_ok());
            self.copy(answered.filter_map(|(line, _)| line.text.clone()).collect());
        }
        out
    }

    /// Gives the lines that were answered to the shadow of the model, if it has one.
    fn copy(&self, lines: Vec<Bytes>) {
        if lines.is_empty() {
            return;
        }
        let (bytes, limits) = (lines.iter().map(Bytes::len).sum(), self.state.limits.clone());
        let read = move |served: &Served| {
            let mut rows = Rows::with_capacity(served.model().encoder().width(), lines.len());
            let rules = Rules { maximum_rows: 1, ..served.rules(&limits) };
            for line in &lines {
                let question = read_json(line.trim_ascii_end(), &rules, Expect::Row)?;
                rows.push(question.rows.row(0));
            }
            Ok(rows)
        };
        self.state.catalogue.shadow(&self.served, bytes, Box::new(read));
    }

    /// Reads one line, and puts its row to the others.
    fn read(&self, line: &Line, rules: &Rules<'_>, rows: &mut Rows) -> Result<Warnings, ApiError> {
        let Some(text) = &line.text else {
            return Err(ApiError::LineTooLong { limit: longest(&self.state.limits) });
        };
        let question = read_json(text.trim_ascii_end(), rules, Expect::Row).map_err(|error| match error {
            ApiError::Malformed { column, reason, .. } => ApiError::Malformed {
                line: usize::try_from(line.number).unwrap_or(usize::MAX),
                column,
                reason,
            },
            error => error,
        })?;
        rows.push(question.rows.row(0));
        Ok(question.warnings)
    }
}

/// Most bytes of a line.
pub(crate) fn longest(limits: &Limits) -> usize {
    LONGEST_LINE.min(limits.maximum_body_bytes)
}

/// Writes a line; memory takes whatever comes.
fn write(out: &mut Vec<u8>, answer: &impl Serialize) {
    if serde_json::to_writer(&mut *out, answer).is_ok() {
        out.push(b'\n');
    }
}
