//! A forest out of an ONNX file.
//!
//! What skl2onnx writes of scikit-learn's random forests, extremely randomised trees and decision trees is read to the
//! same answers: their thresholds are `f32` already, and their leaves hold each tree's share of the mean, which is
//! multiplied back. A file is never trusted: every number in it is checked, and memory stays within a small multiple of
//! the file's size.

use forest::{Column, Forest, Shape};
use model_core::schema::Label;
use prost::Message;

use crate::proto::ModelProto;

mod attributes;
mod ensemble;
mod error;
mod graph;
mod leaves;
mod trees;

pub use error::ImportError;

use ensemble::Ensemble;

/// A forest that was read from an ONNX file. All its features are numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The forest.
    pub forest: Forest,
    /// The classes in ascending order; `None` for a regression.
    pub classes: Option<Vec<Label>>,
    /// Whether the trees send missing values anywhere else than where a comparison with NaN ends.
    pub knows_missing: bool,
    /// Name and version of the program that wrote the file, as far as it says.
    pub producer: String,
}

/// Reads a forest from the bytes of an ONNX file. `width` is the number of features when the caller knows it: a file
/// may leave it open, and then the highest feature of a split decides.
///
/// # Errors
/// When the bytes are no ONNX file, the graph computes more than the mean of trees, the lists of the ensemble do not go
/// together, the trees are none, or the width is another one.
pub fn import(bytes: &[u8], width: Option<usize>) -> Result<Imported, ImportError> {
    let file =
        ModelProto::decode(bytes).map_err(|error| ImportError::Decode { reason: error.to_string() })?;
    let producer = [&file.producer_name, &file.producer_version].map(|part| part.as_deref().unwrap_or(""));
    let producer = producer.join(" ").trim().to_owned();
    let Some(graph) = file.graph else {
        return Err(ImportError::Decode { reason: "it holds no graph".into() });
    };
    let found = graph::find_ensemble(&graph)?;
    let ensemble = Ensemble::read(found.node)?;
    let width = ensemble.width(found.width, width)?;
    let classes = ensemble.classes().map(<[Label]>::to_vec);
    let outputs = classes.as_ref().map_or(1, Vec::len);
    let shape = Shape::new(vec![Column::Numeric; width], outputs)?;
    let trees = trees::build(&ensemble, &shape)?;
    Ok(Imported {
        forest: Forest::from_trees(shape, trees)?,
        classes,
        knows_missing: ensemble.knows_missing(),
        producer,
    })
}
