//! Answers some rows, from the bytes of the input to those of the output, on one thread.

use forest::ForestModel;

use super::PredictError;
use super::answers::{Answers, Asked};
use super::format::Packing;
use super::parquet::OutTable;
use super::piece::Piece;
use super::rows_out::RowsOut;
use super::source::Source;
use crate::csv_table::Problem;

/// All that answering needs.
pub(super) struct Scorer<'a> {
    pub(super) model: &'a ForestModel,
    pub(super) source: &'a Source,
    pub(super) asked: Asked,
    pub(super) out: RowsOut,
    pub(super) packing: Packing,
}

/// What became of some rows.
#[derive(Debug, Default)]
pub(super) struct Scored {
    /// What the output gets, if it is text.
    pub(super) bytes: Vec<u8>,
    /// What it gets, if it is columns.
    pub(super) table: Option<OutTable>,
    pub(super) predicted: u64,
    pub(super) skipped: u64,
    /// What is wrong with the skipped ones, in order.
    pub(super) problems: Vec<Problem>,
}

impl Scorer<'_> {
    /// Answers the rows of a piece that was parsed.
    pub(super) fn score(&self, piece: &Piece) -> Result<Scored, PredictError> {
        let encoded = piece.encode(self.source, self.model, self.out.taken());
        let mut bytes = Vec::new();
        let mut table = None;
        if !encoded.good.is_empty() {
            let answers = Answers::of(self.model, &encoded.rows, &self.asked);
            table = self.out.table(piece, &encoded.good, self.model, &answers);
            self.out.rows(piece, &encoded.good, &answers, &mut bytes);
        }
        Ok(Scored {
            bytes: self.pack(bytes)?,
            table,
            predicted: encoded.good.len() as u64,
            skipped: (piece.len() - encoded.good.len()) as u64,
            problems: encoded.problems,
        })
    }

    /// Packs what the output gets.
    pub(super) fn pack(&self, bytes: Vec<u8>) -> Result<Vec<u8>, PredictError> {
        self.packing
            .pack(bytes)
            .map_err(|source| PredictError::Write { what: "the packed output".into(), source })
    }
}
