//! The new rows, read once: counted, and where they hold the target, too, measured.

use std::collections::BTreeMap;
use std::path::Path;

use drift::{Reference, Sketch};
use forest::ForestModel;
use model_core::{Model, Rows};

use super::DriftError;
use super::score::Errors;
use crate::args::RowsFormat;
use crate::config::Config;
use crate::evaluate::encoded;
use crate::predict::{Unreadable, encoded_rows, format_of_rows};
use crate::progress::{Bar, Progress};
use crate::roles::Source;
use crate::typed_table::TypedTable;

/// What was read.
pub(super) struct Measured {
    pub(super) sketch: Sketch,
    pub(super) unreadable: Unreadable,
    /// Rows that the config of the model leaves out, by reason; only where the file holds the target.
    pub(super) dropped: BTreeMap<String, u64>,
    /// The model's errors, where the file holds the target.
    pub(super) errors: Option<Errors>,
}

/// A file by the rules of the model's config, which need the target.
struct Labelled {
    config: Config,
    source: Source,
    positions: Vec<usize>,
}

impl Measured {
    /// Reads the file from its beginning to its end.
    pub(super) fn of(
        path: &Path,
        model: &ForestModel,
        reference: &Reference,
        progress: Progress,
    ) -> Result<Self, DriftError> {
        let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let bar = progress.bytes("reading", bytes);
        match Labelled::find(path, model) {
            Some(labelled) => labelled.measure(model, reference, &bar),
            None => {
                let mut sketch = Sketch::new(reference.layout().clone());
                let unreadable =
                    encoded_rows(path, model, &bar, |rows| sketch.add(&rows, &model.predict(&rows)))?;
                Ok(Self { sketch, unreadable, dropped: BTreeMap::new(), errors: None })
            }
        }
    }
}

impl Labelled {
    /// The file as training data; `None` when it lacks the target, or is none for another reason, which reading the features
    /// alone will tell.
    fn find(path: &Path, model: &ForestModel) -> Option<Self> {
        if format_of_rows(path) == RowsFormat::Ndjson {
            return None;
        }
        let mut config = Config::of_artifact(model.header()).ok()?;
        config.data.path = path.into();
        let source = Source::open(&config).ok()?;
        let features = model.schema().features.iter();
        let position = |name: &str| source.table.columns().position(name);
        let positions =
            features.map(|feature| position(&feature.identifier).or_else(|| position(&feature.name)));
        let positions = positions.collect::<Option<Vec<_>>>()?;
        Some(Self { config, source, positions })
    }

    fn measure(self, model: &ForestModel, reference: &Reference, bar: &Bar) -> Result<Measured, DriftError> {
        let Self { config, source, positions } = self;
        let mut sketch = Sketch::new(reference.layout().clone());
        let mut errors = Errors::new(&config, &model.schema().target.task);
        let left_out = TypedTable::in_parts(
            &config,
            &source,
            model.encoder(),
            &positions,
            &|byte| bar.set(byte),
            |part: TypedTable| {
                if part.is_empty() {
                    return;
                }
                let rows: Rows = encoded(&part);
                let scores = model.predict(&rows);
                sketch.add(&rows, &scores);
                errors.add(&part.truth, &scores);
            },
        )?;
        let first = left_out.problems.into_iter().next();
        let unreadable = Unreadable { rows: left_out.unreadable, first };
        Ok(Measured { sketch, unreadable, dropped: left_out.dropped, errors: Some(errors) })
    }
}
