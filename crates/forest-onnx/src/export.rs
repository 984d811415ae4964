//! A model as an ONNX file.
//!
//! The graph is: inputs → one matrix of encoded values → `Cast` to double → `TreeEnsembleRegressor` with one target for
//! each class, or the one number of a regression → for classes `ArgMax` and the table of labels.
//!
//! Why doubles: thresholds and values are `f32`, so the routes are the same in either width, but ONNX Runtime adds up in
//! the width of the thresholds. In `f32` the mean of 300 trees was off by 2e-6 of its size, in doubles by the one
//! rounding of the answer, 6e-8, for a sixth more time. Why not `TreeEnsembleClassifier`: it knows no mean and decides
//! two classes by comparing a sum of rounded shares with 0.5; the regressor's mean and `ArgMax`, which takes the first
//! of equals, are the rule of [`model_core::winning_class`].

use forest::ForestModel;
use model_core::Model;
use model_core::schema::{FeatureSchema, Task};
use prost::Message;
use thiserror::Error;

use crate::proto::{
    IR_VERSION, ML_DOMAIN, ML_OPSET, ModelProto, OPSET, OperatorSetIdProto, StringStringEntryProto,
};

mod answer;
mod encoding;
mod ensemble;
mod graph;
mod level_chain;
mod metadata;

use graph::GraphWriter;

/// Largest file that protocol buffers can hold, in bytes.
const LARGEST_FILE: u64 = i32::MAX as u64;

/// How a row is handed to the exported model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Inputs {
    /// One tensor `features`, `[rows, features]` of `f32`: the encoded row. A number is itself, a boolean 0 or 1, a
    /// category the code of its level, which stands in the file's metadata, a missing value NaN.
    #[default]
    Matrix,
    /// One tensor `[rows, 1]` for each feature, under its identifier: strings for a text category, else `f32`. Levels
    /// and defaults for missing values are applied in the graph.
    Columns,
}

impl Inputs {
    fn name(self) -> &'static str {
        match self {
            Self::Matrix => "matrix",
            Self::Columns => "columns",
        }
    }
}

/// Why a model has no ONNX form.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ExportError {
    /// Protocol buffers end at 2 GiB.
    #[error(
        "the model takes {nodes} ONNX nodes, more than fit into the 2 GiB of an ONNX file: grow fewer or smaller trees, \
         or merge rare levels"
    )]
    TooLarge {
        /// Nodes of all trees, the tests of level sets written out.
        nodes: u64,
    },
    /// An answer is beyond the numbers that ONNX Runtime answers with.
    #[error("the model answers {value:e}, and ONNX Runtime answers with f32, which ends at 3.4e38")]
    AnswerTooLarge {
        /// The answer of a leaf.
        value: f64,
    },
    /// Two tensors would have one name.
    #[error("feature {feature:?} would have the name of an output: export with one matrix as input")]
    NameTaken {
        /// Identifier of the feature.
        feature: String,
    },
    /// A level is not exact in the input's type.
    #[error(
        "feature {feature:?} has the level {level}, which an f32 cannot hold: export with one matrix as input"
    )]
    LevelTooLarge {
        /// Column name of the feature.
        feature: String,
        /// The level.
        level: i64,
    },
}

/// Writes a model as an ONNX file; the same model gives the same bytes.
///
/// The outputs have the names that skl2onnx gives: `variable` (`f32`, `[rows, 1]`) for regression, `label` (`int64` or
/// strings, `[rows]`) and `probabilities` (`f32`, `[rows, classes]`) for classification.
///
/// A test of a level set is written as a chain of thresholds between codes, one for each border between levels that go
/// left and levels that go right. The true branches of a chain lead to the same two children, as in the files that
/// converters of LightGBM write; ONNX Runtime takes that.
///
/// # Errors
/// When the file would be larger than 2 GiB or the model holds what ONNX cannot say.
pub fn export(model: &ForestModel, inputs: Inputs) -> Result<Vec<u8>, ExportError> {
    let schema = model.schema();
    check_answers(model)?;
    let mut graph = GraphWriter::default();
    let matrix = encoding::matrix(&mut graph, model.encoder(), inputs)?;
    let mean = ensemble::mean_of_trees(&mut graph, model.forest(), &matrix, answer::mean_name(schema))?;
    answer::outputs(&mut graph, schema, &mean);
    let header = model.header();
    let file = ModelProto {
        ir_version: Some(IR_VERSION),
        producer_name: Some("canopy".into()),
        producer_version: Some(env!("CARGO_PKG_VERSION").into()),
        model_version: Some(header.version as i64),
        doc_string: Some(header.title.clone()),
        graph: Some(graph.finish(&header.name)),
        opset_import: vec![opset("", OPSET), opset(ML_DOMAIN, ML_OPSET)],
        metadata_props: metadata::entries(model, inputs)
            .into_iter()
            .map(|(key, value)| StringStringEntryProto { key: Some(key.into()), value: Some(value) })
            .collect(),
    };
    if file.encoded_len() as u64 > LARGEST_FILE {
        return Err(ExportError::TooLarge { nodes: ensemble::node_count(model.forest()) });
    }
    Ok(file.encode_to_vec())
}

/// Every answer of a regression must fit into the type of the output; probabilities always do.
fn check_answers(model: &ForestModel) -> Result<(), ExportError> {
    if is_classification(model.schema()) {
        return Ok(());
    }
    let forest = model.forest();
    let nodes = (0..forest.tree_count()).flat_map(|tree| forest.tree(tree));
    for node in nodes {
        if let forest::NodeView::Leaf { answer: &[value] } = node
            && value.abs() > f64::from(f32::MAX)
        {
            return Err(ExportError::AnswerTooLarge { value });
        }
    }
    Ok(())
}

fn is_classification(schema: &FeatureSchema) -> bool {
    matches!(schema.target.task, Task::Classification(_))
}

fn opset(domain: &str, version: i64) -> OperatorSetIdProto {
    OperatorSetIdProto { domain: Some(domain.into()), version: Some(version) }
}
