//! From a forest to an artifact and back.

use std::collections::BTreeMap;

use forest::{Column, Forest, ForestModel, LoadError};
use model_core::artifact::{self, Artifact};
use model_core::cell::CellFormat;
use model_core::header::{App, ClassAnswer, DataSummary, Evaluation, Serving};
use model_core::profile::{Distribution, Numeric};
use model_core::{
    Block, Category, ClassLabel, Feature, FeatureKind, FeatureSchema, Header, Label, Levels, Missing, Model,
    Payload, Profile, Rows, Target, Task,
};

use crate::random_forests::{Draws, build, columns, row};

/// The schema of a random forest.
pub(crate) fn schema(width: usize, outputs: usize) -> FeatureSchema {
    let kind = |column: &Column| match *column {
        Column::Numeric => FeatureKind::Number { minimum: None, maximum: None },
        Column::Category { levels } => FeatureKind::Category(Category {
            levels: Levels::Text((0..levels).map(|level| format!("{level:03}")).collect()),
            closed: false,
        }),
    };
    let feature = |(position, column): (usize, &Column)| Feature {
        name: format!("x{position}"),
        identifier: format!("x{position}"),
        description: None,
        unit: None,
        kind: kind(column),
        missing: Missing::Allow,
    };
    let class = |value| ClassLabel { value: Label::Integer(value), name: None };
    FeatureSchema {
        features: columns()[..width].iter().enumerate().map(feature).collect(),
        target: Target {
            name: "y".into(),
            description: None,
            unit: None,
            task: match outputs {
                1 => Task::Regression,
                _ => Task::Classification((0..outputs as i64).map(class).collect()),
            },
        },
        cells: CellFormat::default(),
    }
}

/// An artifact with these blocks, as bytes.
pub(crate) fn artifact_bytes(schema: &FeatureSchema, blocks: Vec<Block>, profiled: usize) -> Vec<u8> {
    let numeric = Distribution::Numeric(Numeric {
        missing: 0,
        minimum: 0.0,
        maximum: 1.0,
        mean: 0.5,
        standard_deviation: 0.1,
        quantiles: vec![0.5; 21],
    });
    let profile =
        Profile { rows: 1, features: vec![numeric.clone(); profiled], target: numeric, examples: Vec::new() };
    let header = Header {
        name: "test".into(),
        version: 1,
        title: "Test".into(),
        description: String::new(),
        app: App { title: "Test".into(), description: String::new(), version: "1".into() },
        created: "2026-01-01T00:00:00Z".into(),
        schema: schema.clone(),
        config: serde_json::Value::Null,
        data: DataSummary {
            path: "data.csv".into(),
            fingerprint: String::new(),
            rows_read: 1,
            rows_dropped: BTreeMap::new(),
            rows_train: 1,
            rows_test: 0,
        },
        evaluation: Evaluation::default(),
        importances: Vec::new(),
        serving: Serving {
            response_field: "prediction".into(),
            label_template: "{index}".into(),
            class_answer: ClassAnswer::Value,
            strict: false,
        },
        parent: None,
        baseline: None,
        libraries: BTreeMap::new(),
        host: "test".into(),
    };
    let payload = Payload { schema: schema.clone(), profile, blocks };
    artifact::encode(&header, &payload).unwrap()
}

fn some_forest(width: usize, outputs: usize) -> (Forest, Draws) {
    let mut draws = Draws::new((1..40u32).map(|number| number.wrapping_mul(0x85eb_ca6b)).collect());
    (build(&mut draws, width, outputs, 25), draws)
}

#[test]
fn a_stored_forest_answers_as_before() {
    for (width, outputs) in [(1, 1), (4, 1), (4, 3)] {
        let (forest, mut draws) = some_forest(width, outputs);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.canopy");
        std::fs::write(&path, artifact_bytes(&schema(width, outputs), forest.to_blocks(), width)).unwrap();
        let model = ForestModel::read(&path).unwrap();
        assert_eq!(model.forest(), &forest);
        assert_eq!((model.header().name.as_str(), model.encoder().width()), ("test", width));
        assert_eq!(model.checksum(), Artifact::read(&path).unwrap().checksum());
        let values = (0..100).flat_map(|_| row(&mut draws, width)).collect();
        let rows = Rows::from_values(width, values);
        assert_eq!(model.predict(&rows), forest.score(&rows));
    }
}

#[test]
fn faulty_artifacts_are_refused() {
    let (forest, _) = some_forest(2, 1);
    let check = |schema: &FeatureSchema, blocks: Vec<Block>, profiled: usize, message: &str| {
        let artifact = Artifact::decode(artifact_bytes(schema, blocks, profiled)).unwrap();
        let error: LoadError = ForestModel::from_artifact(artifact).unwrap_err();
        assert_eq!(error.to_string(), message);
    };
    check(
        &schema(2, 1),
        forest.to_blocks(),
        1,
        "the profile of the artifact describes 1 features, the schema 2",
    );
    check(
        &schema(2, 1),
        vec![],
        2,
        "the artifact holds no \"forest.trees\": it was written for another kind of model",
    );
    let mut twins = schema(2, 1);
    twins.features[1].identifier = "x0".into();
    check(
        &twins,
        forest.to_blocks(),
        2,
        "the schema of the artifact cannot be used: features \"x0\" and \"x1\" are both asked for as \"x0\": give \
         one of them another `identifier`",
    );
}
