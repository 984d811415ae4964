//! What a forest takes and gives: its columns, the width of its answer, and the node packing that follows from them.

use model_core::{FeatureKind, FeatureSchema};

use crate::ForestError;
use crate::node::Packing;

/// How the encoded values of one feature are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// By a threshold.
    Numeric,
    /// By a set of levels. The encoded value is the code of a level, or `levels` for an unseen one.
    Category {
        /// Number of levels known from training.
        levels: u32,
    },
}

/// Columns and answer of a forest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    columns: Vec<Column>,
    outputs: usize,
    packing: Packing,
}

impl Shape {
    /// Most levels of a category: codes stay exact in an `f32`.
    pub const MAXIMUM_LEVELS: u32 = 1 << 24;

    /// A forest over these columns that answers `outputs` numbers: 1 for regression, the number of classes for
    /// classification.
    ///
    /// # Errors
    /// When there is no column, no output, too many columns for the node layout, or a category has too many levels.
    pub fn new(columns: Vec<Column>, outputs: usize) -> Result<Self, ForestError> {
        let packing = Packing::for_features(columns.len())?;
        if outputs == 0 {
            return Err(ForestError::Shape { reason: "no outputs".into() });
        }
        for (position, column) in columns.iter().enumerate() {
            if let Column::Category { levels } = *column
                && levels > Self::MAXIMUM_LEVELS
            {
                let reason =
                    format!("feature {position} has {levels} levels, the limit is {}", Self::MAXIMUM_LEVELS);
                return Err(ForestError::Shape { reason });
            }
        }
        Ok(Self { columns, outputs, packing })
    }

    /// The shape that a schema asks for.
    ///
    /// # Errors
    /// As [`Shape::new`].
    pub fn of_schema(schema: &FeatureSchema) -> Result<Self, ForestError> {
        let column = |kind: &FeatureKind| match kind {
            FeatureKind::Number { .. } | FeatureKind::Integer { .. } | FeatureKind::Boolean => {
                Column::Numeric
            }
            FeatureKind::Category(category) => {
                Column::Category { levels: u32::try_from(category.levels.len()).unwrap_or(u32::MAX) }
            }
        };
        let columns = schema.features.iter().map(|feature| column(&feature.kind)).collect();
        Self::new(columns, schema.target.task.outputs())
    }

    /// The columns, in the order of the encoded row.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Number of features, the width of an encoded row.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Numbers in an answer.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Where the parts of a node stand.
    pub(crate) fn packing(&self) -> Packing {
        self.packing
    }

    /// Levels of a category, `None` for a numeric column.
    pub(crate) fn levels(&self, feature: usize) -> Option<u32> {
        match self.columns[feature] {
            Column::Numeric => None,
            Column::Category { levels } => Some(levels),
        }
    }
}
