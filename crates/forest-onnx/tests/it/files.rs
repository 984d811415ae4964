//! A model and its ONNX file.

use std::collections::BTreeMap;

use forest::{Column, Forest, ForestModel, Shape, TreeBuilder};
use forest_onnx::{Inputs, export};
use model_core::artifact::{Artifact, encode};
use model_core::cell::CellFormat;
use model_core::header::{App, ClassAnswer, DataSummary, Evaluation, Serving};
use model_core::profile::{Distribution, Numeric, Profile};
use model_core::schema::{Feature, FeatureKind, FeatureSchema, Missing, Target, Task};
use model_core::{Header, Payload};

/// Two trees over two numbers, one of them a single leaf.
pub(crate) fn forest() -> Forest {
    let shape = Shape::new(vec![Column::Numeric; 2], 1).unwrap();
    let mut first = TreeBuilder::new(&shape);
    let left = first.split_at(0, 0, 0.5, true).unwrap();
    first.leaf(left, &[1.25]).unwrap();
    let inner = first.split_at(left + 1, 1, -3.0e-3, false).unwrap();
    first.leaf(inner, &[-2.0]).unwrap();
    first.leaf(inner + 1, &[1e9]).unwrap();
    let mut second = TreeBuilder::new(&shape);
    second.leaf(0, &[4.0]).unwrap();
    let trees = vec![first.finish(), second.finish()];
    Forest::from_trees(shape, trees).unwrap()
}

/// The ONNX file of [`forest`].
pub(crate) fn file(inputs: Inputs) -> Vec<u8> {
    export(&model(&forest()), inputs).unwrap()
}

/// A regression model around a forest over numbers.
fn model(forest: &Forest) -> ForestModel {
    let feature = |position| Feature {
        name: format!("x{position}"),
        identifier: format!("x{position}"),
        description: None,
        unit: None,
        kind: FeatureKind::Number { minimum: None, maximum: None },
        missing: Missing::Allow,
    };
    let width = forest.shape().width();
    let schema = FeatureSchema {
        features: (0..width).map(feature).collect(),
        target: Target { name: "y".into(), description: None, unit: None, task: Task::Regression },
        cells: CellFormat::default(),
    };
    let unknown = Distribution::Numeric(Numeric {
        missing: 0,
        minimum: 0.0,
        maximum: 0.0,
        mean: 0.0,
        standard_deviation: 0.0,
        quantiles: Vec::new(),
    });
    let header = Header {
        name: "two".into(),
        version: 7,
        title: "Two trees".into(),
        description: String::new(),
        app: App { title: "Two".into(), description: String::new(), version: "1.0.0".into() },
        created: "2026-11-22T00:00:00Z".into(),
        schema: schema.clone(),
        config: serde_json::json!({}),
        data: DataSummary {
            path: String::new(),
            fingerprint: String::new(),
            rows_read: 0,
            rows_dropped: BTreeMap::new(),
            rows_train: 0,
            rows_test: 0,
        },
        evaluation: Evaluation::default(),
        importances: Vec::new(),
        serving: Serving {
            response_field: "y".into(),
            label_template: String::new(),
            class_answer: ClassAnswer::Value,
            strict: false,
        },
        parent: None,
        baseline: None,
        libraries: BTreeMap::new(),
        host: String::new(),
    };
    let payload = Payload {
        schema,
        profile: Profile {
            rows: 0,
            features: vec![unknown.clone(); width],
            target: unknown,
            examples: Vec::new(),
        },
        blocks: forest.to_blocks(),
    };
    let artifact = Artifact::decode(encode(&header, &payload).unwrap()).unwrap();
    ForestModel::from_artifact(artifact).unwrap()
}
