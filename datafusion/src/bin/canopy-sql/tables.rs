//! Files as tables.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use canopy_datafusion::SqlModel;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::prelude::{CsvReadOptions, JsonReadOptions, ParquetReadOptions, SessionContext};
use model_core::Model;
use model_core::schema::{Category, FeatureKind, Levels, column_name};

use crate::args::Format;
use crate::rows_file::{FileKind, kind_of};

/// The table of a path without a name.
pub(crate) const DEFAULT_NAME: &str = "rows";

/// Makes a table of a file, or of a folder of files of one kind.
pub(crate) async fn register(
    session: &SessionContext,
    name: &str,
    path: &Path,
    models: &[(String, Arc<SqlModel>)],
    csv_text: bool,
) -> anyhow::Result<()> {
    let files = files(path)?;
    let file = files.first().map_or(path, PathBuf::as_path);
    let kind = kind_of(file).with_context(|| {
        format!("{}: the name tells no kind: expected one that ends in .parquet, .csv, .tsv, .ndjson or .jsonl, packed with .gz, .bz2, .xz or .zst or not", file.display())
    })?;
    let FileKind { format, ending, packing, delimiter } = &kind;
    let mut url = absolute(path)?;
    if file != path && !url.ends_with('/') {
        url.push('/');
    }
    match format {
        Format::Parquet => {
            let options = ParquetReadOptions { file_extension: ending, ..ParquetReadOptions::default() };
            session.register_parquet(name, &url, options).await?;
        }
        Format::Ndjson => {
            let options = JsonReadOptions::default().file_extension(ending).file_compression_type(*packing);
            session.register_json(name, &url, options).await?;
        }
        Format::Csv => {
            let mut options = CsvReadOptions::new()
                .has_header(true)
                .delimiter(*delimiter)
                .file_extension(ending)
                .file_compression_type(*packing);
            if csv_text {
                options = options.schema_infer_max_records(0);
            }
            let schema = as_models_read(&csv_schema(session, &files, &options).await?, models);
            session.register_csv(name, &url, options.schema(&schema)).await?;
        }
    }
    Ok(())
}

/// The path as the engine takes it.
fn absolute(path: &Path) -> anyhow::Result<String> {
    let path = std::path::absolute(path)?;
    Ok(path.to_str().with_context(|| format!("{}: the path is no UTF-8", path.display()))?.to_owned())
}

/// The columns of CSV files. The engine guesses the types of each by its first rows; what holds all of them is taken.
async fn csv_schema(
    session: &SessionContext,
    files: &[PathBuf],
    options: &CsvReadOptions<'_>,
) -> anyhow::Result<Schema> {
    let mut merged: Option<Vec<Field>> = None;
    for file in files {
        let schema = session.read_csv(absolute(file)?, options.clone()).await?;
        let fields: Vec<Field> =
            schema.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
        let Some(merged) = &mut merged else {
            merged = Some(fields);
            continue;
        };
        // Cells are found by their place, so that another order would be another answer.
        if !merged.iter().map(Field::name).eq(fields.iter().map(Field::name)) {
            bail!(
                "{}: its columns are others than those of {}, or stand in another order: give all files of a table one header",
                file.display(),
                files[0].display()
            );
        }
        for (one, other) in merged.iter_mut().zip(&fields) {
            one.set_data_type(holding(one.data_type(), other.data_type()));
        }
    }
    Ok(Schema::new(merged.unwrap_or_default()))
}

/// A type for the cells of both.
fn holding(one: &DataType, other: &DataType) -> DataType {
    match (one, other) {
        (one, other) if one == other => one.clone(),
        (DataType::Null, other) | (other, DataType::Null) => other.clone(),
        (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => DataType::Float64,
        _ => DataType::Utf8,
    }
}

/// The file, or the files of one kind in the folder.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !metadata.is_dir() {
        return Ok(vec![path.into()]);
    }
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|file| kind_of(file).is_some());
    files.sort();
    let Some(first) = files.first() else {
        bail!("{}: the folder holds no .parquet, .csv or .ndjson file", path.display());
    };
    let ending = |file: &Path| kind_of(file).map(|kind| kind.ending);
    match files.iter().find(|file| ending(file) != ending(first)) {
        Some(other) => bail!(
            "{}: the folder holds files of two kinds, for example {} and {}: move one kind away",
            path.display(),
            first.display(),
            other.display()
        ),
        None => Ok(files),
    }
}

/// The types of the columns that are features, where the first rows mislead: levels such as 01 are text, and numbers may have
/// decimals further down.
fn as_models_read(inferred: &Schema, models: &[(String, Arc<SqlModel>)]) -> Schema {
    let fields = inferred.fields().iter().map(|field| {
        let kinds = models.iter().filter_map(|(_, model)| {
            let encoder = model.model().encoder();
            Some(&encoder.schema().features[encoder.position(&column_name(field.name()))?].kind)
        });
        // Without a value at first it may have any later.
        let found = if field.data_type().is_null() { DataType::Utf8 } else { field.data_type().clone() };
        let data_type = kinds.fold(found, |data_type, kind| match (kind, &data_type) {
            (FeatureKind::Category(Category { levels: Levels::Text(_), .. }), _) => DataType::Utf8,
            (FeatureKind::Number { .. }, DataType::Int64) => DataType::Float64,
            _ => data_type,
        });
        Field::new(field.name(), data_type, true)
    });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), inferred.metadata().clone())
}
