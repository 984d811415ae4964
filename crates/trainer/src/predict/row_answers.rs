//! Rows that are answered one by one, so that each answer stands for itself: for rows that come as a stream.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use forest::ForestModel;
use memchr::memchr_iter;
use model_core::{Header, Model};

use super::PredictError;
use super::answers::{Answers, Asked};
use super::objects::Objects;
use super::piece::Piece;
use super::rows_out::RowsOut;
use super::source::Source;
use crate::args::{AnswersArgs, RowsFormat};
use crate::csv_table::Problem;

/// A model, and what is asked of it for each row. An answer is the row's object with the answer's fields behind its own.
pub(crate) struct RowAnswers {
    model: Arc<ForestModel>,
    source: Source,
    asked: Asked,
    out: RowsOut,
}

/// What became of some rows, in their order.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// The answers, a line for each.
    pub(crate) bytes: Vec<u8>,
    pub(crate) rows: Vec<Row>,
}

/// What became of a row.
#[derive(Debug)]
pub(crate) enum Row {
    /// Where the answer stands, its line end left out.
    Answered(Range<usize>),
    Refused(Refused),
}

/// A row that cannot be answered.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Number of lines before it in its block.
    pub(crate) above: u64,
    /// What is wrong with it; records are counted from the start of the block.
    pub(crate) problems: Vec<Problem>,
}

impl RowAnswers {
    /// # Errors
    /// When the model cannot give what is asked for.
    pub(crate) fn new(args: &AnswersArgs, model: Arc<ForestModel>) -> Result<Self, PredictError> {
        let source = Source::Ndjson { path: PathBuf::from("-"), names: None };
        let asked = Asked::of(args, &model)?;
        let out = RowsOut::new(args, RowsFormat::Ndjson, &asked, &model, &source)?;
        let out = out.with_version(model.header().version)?;
        Ok(Self { model, source, asked, out })
    }

    /// What the artifact says of itself.
    pub(crate) fn header(&self) -> &Header {
        self.model.header()
    }

    /// Answers the lines of a block.
    pub(crate) fn lines(&self, block: Vec<u8>) -> Judged {
        let mut objects = Objects::default();
        objects.put_block(block, 0);
        objects.parse();
        self.judge(objects)
    }

    /// Answers texts that came one by one, an object in each.
    pub(crate) fn texts<'a>(&self, texts: impl Iterator<Item = &'a [u8]>) -> Judged {
        self.judge(Objects::of_texts(texts))
    }

    fn judge(&self, objects: Objects) -> Judged {
        let above: Vec<u64> = (0..objects.len()).map(|index| objects.above(index)).collect();
        let piece = Piece::Ndjson(objects);
        let encoded = piece.encode(&self.source, &self.model, self.out.taken());
        let mut bytes = Vec::new();
        if !encoded.good.is_empty() {
            let answers = Answers::of(&self.model, &encoded.rows, &self.asked);
            self.out.rows(&piece, &encoded.good, &answers, &mut bytes);
        }
        let mut good = encoded.good.into_iter().peekable();
        let mut problems = encoded.problems.into_iter().peekable();
        let mut ends = memchr_iter(b'\n', &bytes);
        let mut start = 0;
        let rows = (0..piece.len()).map(|index| {
            if good.next_if_eq(&index).is_some() {
                // JSON has no line end within a line, so there is one for each answer.
                let end = ends.next().unwrap_or(bytes.len());
                let answer = start..end;
                start = end + 1;
                return Row::Answered(answer);
            }
            let record = index as u64 + 1;
            let mut found = Vec::new();
            while let Some(problem) = problems.next_if(|problem| problem.place.record == record) {
                found.push(problem);
            }
            Row::Refused(Refused { above: above[index], problems: found })
        });
        let rows = rows.collect();
        Judged { bytes, rows }
    }
}

impl Refused {
    /// All that is wrong, in words.
    pub(crate) fn detail(&self) -> String {
        let told = self.problems.iter().map(|Problem { column, expected, found, .. }| match column {
            Some(column) => format!("{column}: expected {expected}, found {found}"),
            None => format!("expected {expected}, found {found}"),
        });
        told.collect::<Vec<_>>().join("; ")
    }
}
