//! A small schema, header and payload that the tests of this crate share.

use std::collections::BTreeMap;

use crate::cell::CellFormat;
use crate::header::{App, ClassAnswer, DataSummary, Evaluation, Header, Importance, Scorecard, Serving};
use crate::profile::{Distribution, Numeric, Profile};
use crate::schema::{
    Category, ClassLabel, DefaultValue, Feature, FeatureKind, FeatureSchema, Label, Levels, Missing, Target,
    Task,
};
use crate::{Block, Payload};

fn feature(name: &str, kind: FeatureKind, missing: Missing) -> Feature {
    Feature {
        name: name.into(),
        identifier: crate::schema::identifier(name),
        description: Some(format!("the {name}")),
        unit: None,
        kind,
        missing,
    }
}

/// One feature of every kind: 0 `Body mass` 0..=100, 1 `rooms` (default 4), 2 `sex` (closed), 3 `zone` 1..=265 (open,
/// may be missing), 4 `river`, 5 `grade` (1, 2 or 5), 6 `island` (open).
pub(crate) fn schema() -> FeatureSchema {
    let text = |levels: [&str; 2], closed| {
        FeatureKind::Category(Category { levels: Levels::Text(levels.map(String::from).to_vec()), closed })
    };
    let zone = Levels::Integer { values: vec![7, 40, 264], minimum: Some(1), maximum: Some(265) };
    let kinds = [
        ("Body mass", FeatureKind::Number { minimum: Some(0.0), maximum: Some(100.0) }, Missing::Refuse),
        (
            "rooms",
            FeatureKind::Integer { minimum: None, maximum: Some(20), allowed: vec![] },
            Missing::Default(DefaultValue::Integer(4)),
        ),
        ("sex", text(["female", "male"], true), Missing::Refuse),
        ("zone", FeatureKind::Category(Category { levels: zone, closed: false }), Missing::Allow),
        ("river", FeatureKind::Boolean, Missing::Refuse),
        (
            "grade",
            FeatureKind::Integer { minimum: None, maximum: None, allowed: vec![1, 2, 5] },
            Missing::Refuse,
        ),
        ("island", text(["Biscoe", "Dream"], false), Missing::Refuse),
    ];
    FeatureSchema {
        features: kinds.into_iter().map(|(name, kind, missing)| feature(name, kind, missing)).collect(),
        target: Target {
            name: "species".into(),
            description: None,
            unit: None,
            task: Task::Classification(vec![
                ClassLabel { value: Label::Integer(0), name: Some("Adelie".into()) },
                ClassLabel { value: Label::Integer(1), name: None },
            ]),
        },
        cells: CellFormat {
            missing_markers: vec!["NA".into()],
            thousands: Some(','),
            ..CellFormat::default()
        },
    }
}

pub(crate) fn payload() -> Payload {
    let numeric = Distribution::Numeric(Numeric {
        missing: 1,
        minimum: 0.5,
        maximum: 9.25,
        mean: 3.1,
        standard_deviation: 2.0,
        quantiles: (0..21).map(f64::from).collect(),
    });
    let mut features = vec![numeric; 7];
    features[2] = Distribution::Levels { missing: 0, counts: vec![2, 3] };
    let target = Distribution::Levels { missing: 0, counts: vec![4, 1] };
    let examples = vec![vec![Some(1.5), None, Some(0.0), None, Some(1.0), Some(5.0), Some(2.0)]];
    Payload {
        schema: schema(),
        profile: Profile { rows: 5, features, target, examples },
        blocks: vec![
            Block { name: "nodes".into(), bytes: (0..=255).collect() },
            Block { name: "leaves".into(), bytes: vec![] },
        ],
    }
}

pub(crate) fn header() -> Header {
    let metrics = BTreeMap::from([("accuracy".to_owned(), 0.9375), ("log_loss".to_owned(), 0.1)]);
    Header {
        name: "penguins".into(),
        version: 3,
        title: "Penguins".into(),
        description: "Which species".into(),
        app: App { title: "PenguinApp".into(), description: String::new(), version: "1.0.0".into() },
        created: "2026-11-21T08:15:00Z".into(),
        schema: schema(),
        config: serde_json::json!({"name": "penguins", "model": {"n_estimators": 2}}),
        data: DataSummary {
            path: "data/penguins.csv".into(),
            fingerprint: "00".repeat(32),
            rows_read: 7,
            rows_dropped: BTreeMap::from([("no target".to_owned(), 1)]),
            rows_train: 5,
            rows_test: 1,
        },
        evaluation: Evaluation {
            test: Some(Scorecard {
                rows: 1,
                metrics,
                per_class: vec![],
                confusion: vec![vec![1, 0], vec![0, 0]],
            }),
            ..Evaluation::default()
        },
        importances: vec![Importance {
            feature: "sex".into(),
            impurity: 1.0,
            permutation: None,
            permutation_deviation: None,
        }],
        serving: Serving {
            response_field: "species".into(),
            label_template: "Prediction {index}".into(),
            class_answer: ClassAnswer::Name,
            strict: false,
        },
        parent: None,
        baseline: None,
        libraries: BTreeMap::from([("forest-learner".to_owned(), "0.1.0".to_owned())]),
        host: "builder".into(),
    }
}
