//! The form of a file of rows, by an option or by its name, and how it is packed.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;

use crate::args::RowsFormat;
use crate::parquet_file::ParquetFile;

/// Fast, as half a gigabyte of answers a minute asks for; higher levels save a tenth.
const GZIP_LEVEL: u32 = 3;
const ZSTD_LEVEL: i32 = 1;

/// The form that the name of a file tells; packed files have one more ending.
pub(super) fn format_of(path: &Path) -> Option<RowsFormat> {
    let path: PathBuf =
        if Packing::of(path) == Packing::None { path.into() } else { path.with_extension("") };
    if ParquetFile::is_named(&path) {
        return Some(RowsFormat::Parquet);
    }
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    match ending.as_str() {
        "csv" | "tsv" | "txt" => Some(RowsFormat::Csv),
        "ndjson" | "jsonl" => Some(RowsFormat::Ndjson),
        _ => None,
    }
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    /// As the name of the file tells.
    pub(super) fn of(path: &Path) -> Self {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::None,
        }
    }

    /// Packs some bytes so that what is packed can be strung together: as a member of a gzip file, or a frame of a
    /// zstd file.
    pub(super) fn pack(self, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            _ if bytes.is_empty() => Ok(bytes),
            Self::None => Ok(bytes),
            Self::Gzip => {
                let level = flate2::Compression::new(GZIP_LEVEL);
                let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), level);
                encoder.write_all(&bytes)?;
                encoder.finish()
            }
            Self::Zstd => zstd::encode_all(bytes.as_slice(), ZSTD_LEVEL),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_tells_its_form() {
        let check = |name: &str, format: Option<RowsFormat>, packing: Packing| {
            let path = Path::new(name);
            assert_eq!((format_of(path), Packing::of(path)), (format, packing), "{name}");
        };
        check("a.csv", Some(RowsFormat::Csv), Packing::None);
        check("a.b/c.TSV", Some(RowsFormat::Csv), Packing::None);
        check("a.jsonl.gz", Some(RowsFormat::Ndjson), Packing::Gzip);
        check("a.ndjson.zst", Some(RowsFormat::Ndjson), Packing::Zstd);
        check("a.parquet", Some(RowsFormat::Parquet), Packing::None);
        check("a.gz", None, Packing::Gzip);
        check("a", None, Packing::None);
    }
}
