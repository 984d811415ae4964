//! What a forest answers to encoded rows, tree by tree: the truth that `scripts/onnx_conformance.py` compares with.
//!
//! Usage: `encoded_scores ARTIFACT ROWS OUTPUT`. ROWS are little-endian `f32`, row after row. OUTPUT are little-endian
//! `f64`: for each row the answer of the forest, then the answer of each tree.

#![allow(clippy::expect_used, reason = "a tool of the tests, which has failed when it stops")]

use std::path::Path;

use forest::ForestModel;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [artifact, rows, output] = arguments.as_slice() else {
        eprintln!("usage: encoded_scores ARTIFACT ROWS OUTPUT");
        std::process::exit(2);
    };
    let model = ForestModel::read(Path::new(artifact)).expect("a sound artifact");
    let forest = model.forest();
    let bytes = std::fs::read(rows).expect("the rows");
    let values: Vec<f32> = bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    let mut answers = Vec::new();
    let mut mean = vec![0.0; forest.shape().outputs()];
    for row in values.chunks_exact(forest.shape().width()) {
        forest.score_row(row, &mut mean);
        answers.extend_from_slice(&mean);
        for tree in 0..forest.tree_count() {
            answers.extend_from_slice(forest.tree_answer(tree, row));
        }
    }
    let bytes: Vec<u8> = answers.iter().flat_map(|answer| answer.to_le_bytes()).collect();
    std::fs::write(output, bytes).expect("the answers");
}
