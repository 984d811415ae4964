//! A column that is no feature, such as the sex of a person whom a model knows nothing of: its values beside those of the rows that
//! are used.

use model_core::Encoder;
use model_core::schema::{FeatureKind, Levels};

use super::basis::Basis;
use super::{Division, TrainError};
use crate::config::{Config, Selection};
use crate::progress::Progress;

/// A column and its values.
pub(crate) struct SideColumn {
    /// Its name.
    pub(crate) name: String,
    /// The encoder of the rows with it.
    pub(crate) encoder: Encoder,
    /// Its place in that encoder.
    pub(crate) position: usize,
    /// Number of its levels; `None` for numbers.
    pub(crate) levels: Option<usize>,
    /// One value for each row that is used, NaN for a missing one.
    pub(crate) values: Vec<f32>,
}

impl SideColumn {
    /// Reads the table of a config again, with the column as one more feature, whose kind is inferred. `None` when it is no use as
    /// a feature, since it holds names or ids.
    ///
    /// # Errors
    /// When the data cannot be read or does not suit the config.
    pub(crate) fn read(config: &Config, name: &str, progress: &Progress) -> Result<Option<Self>, TrainError> {
        let mut config = config.clone();
        config.pretrained = None;
        config.split.test_ratio = 0.0;
        config.report.protected.clear();
        config.features.settings.retain(|settings| settings.name != name);
        match &mut config.features.selection {
            Selection::Listed(names) => names.push(name.to_owned()),
            Selection::AllBut(names) => names.retain(|excluded| excluded != name),
        }
        let Basis { rows, preparation, .. } = Basis::read(&config, Division::OfConfig, progress)?;
        let encoder = preparation.encoder().clone();
        let features = &encoder.schema().features;
        let Some(position) = features.iter().position(|feature| feature.name == name) else {
            return Ok(None);
        };
        let levels = match &features[position].kind {
            FeatureKind::Category(category) => Some(match &category.levels {
                Levels::Text(levels) => levels.len(),
                Levels::Integer { values, .. } => values.len(),
            }),
            FeatureKind::Boolean => Some(2),
            FeatureKind::Number { .. } | FeatureKind::Integer { .. } => None,
        };
        let values = preparation.column(&rows, position, &(0..rows.len()).collect::<Vec<_>>());
        Ok(Some(Self { name: name.into(), encoder, position, levels, values }))
    }
}
