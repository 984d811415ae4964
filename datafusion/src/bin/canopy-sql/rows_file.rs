//! What the name of a file tells of it.

use std::path::Path;

use datafusion::datasource::file_format::file_compression_type::FileCompressionType;

use crate::args::Format;

/// The kind of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileKind {
    pub(crate) format: Format,
    /// How all names of the kind end, with the dot.
    pub(crate) ending: String,
    pub(crate) packing: FileCompressionType,
    /// Between the cells of CSV.
    pub(crate) delimiter: u8,
}

/// The kind of a file by its name; none when it tells none.
pub(crate) fn kind_of(path: &Path) -> Option<FileKind> {
    let name = path.file_name()?.to_str()?;
    let packings = [
        (".gz", FileCompressionType::GZIP),
        (".bz2", FileCompressionType::BZIP2),
        (".xz", FileCompressionType::XZ),
        (".zst", FileCompressionType::ZSTD),
    ];
    let packed =
        packings.into_iter().find_map(|(ending, packing)| Some((name.strip_suffix(ending)?, packing)));
    let (plain, packing) = packed.unwrap_or((name, FileCompressionType::UNCOMPRESSED));
    let dot = plain.rfind('.').filter(|&dot| dot > 0)?;
    let (format, delimiter) = match &plain[dot..] {
        ".parquet" | ".pq" if packing == FileCompressionType::UNCOMPRESSED => (Format::Parquet, b','),
        ".csv" | ".txt" => (Format::Csv, b','),
        ".tsv" => (Format::Csv, b'\t'),
        ".ndjson" | ".jsonl" => (Format::Ndjson, b','),
        _ => return None,
    };
    Some(FileKind { format, ending: name[dot..].to_owned(), packing, delimiter })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_kind() {
        let kind = kind_of("a/rows.v2.tsv.gz".as_ref()).unwrap();
        assert_eq!((kind.format, kind.ending.as_str(), kind.delimiter), (Format::Csv, ".tsv.gz", b'\t'));
        assert_eq!(kind_of("rows.pq".as_ref()).unwrap().format, Format::Parquet);
        for name in ["rows", ".csv", "rows.xlsx", "rows.parquet.gz", "rows.gz"] {
            assert_eq!(kind_of(name.as_ref()), None, "{name}");
        }
    }
}
