//! The input, read piece by piece.

use super::PredictError;
use super::piece::Piece;
use crate::csv_table::Blocks;
use crate::parquet_file::ParquetFeed;

/// Reads pieces one after the other.
pub(super) enum Feed {
    Blocks(Blocks),
    Parquet(ParquetFeed),
}

impl Feed {
    /// Reads the next piece; false at the end.
    pub(super) fn next_into(&mut self, piece: &mut Piece) -> Result<bool, PredictError> {
        match (self, piece) {
            (Self::Blocks(blocks), piece) => Ok(piece.read(blocks)?),
            (Self::Parquet(feed), Piece::Parquet(rows)) => Ok(feed.next_into(rows)?),
            // A piece is one of its source.
            (Self::Parquet(_), Piece::Csv(_) | Piece::Ndjson(_)) => Ok(false),
        }
    }

    /// Byte of the content that a later run can go on from; 0 where there is none.
    pub(super) fn position(&self) -> u64 {
        match self {
            Self::Blocks(blocks) => blocks.position(),
            Self::Parquet(_) => 0,
        }
    }

    /// Bytes of the file that were read.
    pub(super) fn bytes_read(&self) -> u64 {
        match self {
            Self::Blocks(blocks) => blocks.bytes_read(),
            Self::Parquet(feed) => feed.bytes_read(),
        }
    }
}
