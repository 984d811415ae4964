//! The result of a query, on its way to a file or to standard output.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;

use crate::args::Format;
use crate::query::folder_of;

/// Rows of a group of a Parquet file. They are kept until it is full.
const GROUP_ROWS: usize = 1 << 17;

type Sink = BufWriter<Box<dyn Write + Send>>;

/// Takes the result, batch by batch. A file appears under its name when it is complete.
pub(crate) struct Output {
    writer: Writer,
    file: Option<Unfinished>,
}

enum Writer {
    Csv(Box<csv::Writer<Sink>>),
    Ndjson(LineDelimitedWriter<Sink>),
    Parquet(Box<ArrowWriter<Sink>>),
}

/// A file that is being written, beside its place.
struct Unfinished {
    file: File,
    path: PathBuf,
    /// Its place; taken when it is there.
    place: Option<PathBuf>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.place.is_some() {
            // What a failed query leaves has no use.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Output {
    /// Begins a file, or standard output without a path.
    ///
    /// # Errors
    /// When it cannot be written, two columns have one name, or CSV cannot hold a column.
    pub(crate) fn create(path: Option<&Path>, format: Format, schema: &SchemaRef) -> anyhow::Result<Self> {
        check(schema, format)?;
        let (sink, file): (Box<dyn Write + Send>, _) = match path {
            None => (Box::new(io::stdout()), None),
            Some(path) => {
                let file = Unfinished::create(path)?;
                (Box::new(file.file.try_clone()?), Some(file))
            }
        };
        let sink = BufWriter::with_capacity(1 << 20, sink);
        let writer = match format {
            Format::Csv => Writer::Csv(Box::new(csv::WriterBuilder::new().with_header(true).build(sink))),
            Format::Ndjson => Writer::Ndjson(LineDelimitedWriter::new(sink)),
            Format::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
                    .set_max_row_group_row_count(Some(GROUP_ROWS))
                    .set_created_by(format!("canopy-sql {}", env!("CARGO_PKG_VERSION")))
                    .build();
                let writer = ArrowWriter::try_new(sink, schema.clone(), Some(properties))?;
                Writer::Parquet(Box::new(writer))
            }
        };
        Ok(Self { writer, file })
    }

    /// Writes a batch; false when nobody reads standard output any more.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> anyhow::Result<bool> {
        let written = match &mut self.writer {
            Writer::Csv(writer) => writer.write(batch),
            Writer::Ndjson(writer) => writer.write(batch),
            Writer::Parquet(writer) => writer.write(batch).map_err(ArrowError::from),
        };
        match written {
            Err(error) if self.file.is_none() && is_reader_gone(&error) => Ok(false),
            written => written.map(|()| true).context("cannot write the result"),
        }
    }

    /// Completes the file and gives it its name.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let mut sink = match self.writer {
            Writer::Csv(writer) => writer.into_inner(),
            Writer::Ndjson(mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
            Writer::Parquet(writer) => writer.into_inner()?,
        };
        match (sink.flush(), self.file) {
            (Err(error), None) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            (flushed, None) => flushed.context("cannot write standard output"),
            (flushed, Some(file)) => {
                flushed.with_context(|| format!("cannot write {}", file.path.display()))?;
                file.publish()
            }
        }
    }
}

impl Unfinished {
    fn create(place: &Path) -> anyhow::Result<Self> {
        let Some(name) = place.file_name() else {
            bail!("{}: expected the name of a file", place.display());
        };
        let mut name = name.to_owned();
        name.push(".unfinished");
        let path = place.with_file_name(name);
        let cannot = || format!("cannot create {}", path.display());
        let options = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = options.with_context(cannot)?;
        if file.try_lock().is_err() {
            bail!("another process writes {}: wait for it, or name another output", place.display());
        }
        file.set_len(0).with_context(cannot)?;
        Ok(Self { file, path, place: Some(place.into()) })
    }

    fn publish(mut self) -> anyhow::Result<()> {
        let Some(place) = self.place.as_ref() else { return Ok(()) };
        self.file.sync_all().with_context(|| format!("cannot write {}", self.path.display()))?;
        std::fs::rename(&self.path, place).with_context(|| format!("cannot create {}", place.display()))?;
        let folder = folder_of(place);
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .with_context(|| format!("cannot write {}", folder.display()))?;
        self.place = None;
        Ok(())
    }
}

fn is_reader_gone(error: &ArrowError) -> bool {
    matches!(error, ArrowError::IoError(_, source) if source.kind() == ErrorKind::BrokenPipe)
}

/// Columns must be told apart, and those of CSV have one value for each row.
fn check(schema: &SchemaRef, format: Format) -> anyhow::Result<()> {
    for (place, field) in schema.fields().iter().enumerate() {
        let name = field.name();
        if schema.fields()[..place].iter().any(|other| other.name() == name) {
            bail!("the result has two columns {name:?}: give one of them another name with AS");
        }
        if format == Format::Csv && field.data_type().is_nested() {
            bail!(
                "the column {name:?} has more than one value for a row, which CSV cannot hold: take them one by one, for \
                 example model_proba(…)['class'], or write Parquet or NDJSON"
            );
        }
    }
    Ok(())
}
