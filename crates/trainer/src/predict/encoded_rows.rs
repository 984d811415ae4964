//! The rows of a file as a model takes them, part by part, for who wants nothing written.

use std::path::Path;

use forest::ForestModel;
use model_core::Rows;
use rayon::prelude::*;

use super::PredictError;
use super::format::format_of;
use super::piece::{Encoded, Piece};
use super::source::Source;
use crate::args::RowsFormat;
use crate::csv_table::Problem;
use crate::progress::Bar;

/// Blocks that are encoded side by side, for each thread.
const BLOCKS_A_THREAD: usize = 4;

/// Rows that a model cannot be asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unreadable {
    /// How many.
    pub(crate) rows: u64,
    /// What is wrong with the first.
    pub(crate) first: Option<Problem>,
}

/// The form of a file by its name; CSV where that does not tell.
pub(crate) fn format_of_rows(path: &Path) -> RowsFormat {
    format_of(path).unwrap_or_default()
}

/// Gives all rows of a file that can be encoded to `work`, part by part in order. The file may be larger than the memory.
pub(crate) fn encoded_rows(
    path: &Path,
    model: &ForestModel,
    bar: &Bar,
    mut work: impl FnMut(Rows),
) -> Result<Unreadable, PredictError> {
    let source = Source::open(path, format_of_rows(path), false, model)?;
    let mut feed = source.feed(None)?;
    let count = BLOCKS_A_THREAD * rayon::current_num_threads();
    let mut pieces: Vec<Piece> = (0..count).map(|_| source.piece()).collect();
    let mut unreadable = Unreadable::default();
    let mut records = 0;
    loop {
        let mut filled = 0;
        while filled < count && feed.next_into(&mut pieces[filled])? {
            filled += 1;
        }
        if filled == 0 {
            return Ok(unreadable);
        }
        let pieces = &mut pieces[..filled];
        pieces.par_iter_mut().for_each(|piece| piece.parse(&source));
        for piece in pieces.iter_mut() {
            piece.number_from(records);
            records += piece.len() as u64;
        }
        let encoded: Vec<(usize, Encoded)> =
            pieces.par_iter().map(|piece| (piece.len(), piece.encode(&source, model, &[]))).collect();
        for (rows, Encoded { rows: good, problems, .. }) in encoded {
            unreadable.rows += (rows - good.len()) as u64;
            unreadable.first = unreadable.first.or_else(|| problems.into_iter().next());
            if !good.is_empty() {
                work(good);
            }
        }
        bar.set(feed.bytes_read());
    }
}
