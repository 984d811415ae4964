//! Models without an artifact: five schemas like those of real services, answered by a sum in place of a forest.

use std::collections::BTreeMap;

use model_core::cell::CellFormat;
use model_core::header::{App, ClassAnswer, DataSummary, Evaluation, Scorecard, Serving};
use model_core::profile::{Distribution, Numeric};
use model_core::schema::{Category, DefaultValue};
use model_core::{
    ClassLabel, Contributions, Encoder, Feature, FeatureKind, FeatureSchema, Header, Interval, Label, Level,
    Levels, Missing, Model, Profile, Rows, Scores, Target, Task,
};

/// A model whose answer is plain arithmetic: for regression half the mean of the values, for classification the class
/// whose index is the rounded first value.
pub(crate) struct Stub {
    header: Header,
    encoder: Encoder,
    profile: Profile,
    before: Box<dyn Fn() + Send + Sync>,
    explains: bool,
    interval: Option<Level>,
}

impl Stub {
    /// Refuses values outside the training range.
    pub(crate) fn strict(mut self) -> Self {
        self.header.serving.strict = true;
        self
    }

    /// Answers classes by the names that the config gives.
    pub(crate) fn with_names(mut self) -> Self {
        self.header.serving.class_answer = ClassAnswer::Name;
        self
    }

    /// Panics when it is asked.
    pub(crate) fn panicking(self) -> Self {
        self.after(|| panic!("the stub was told to panic"))
    }

    /// Does this first whenever it is asked.
    pub(crate) fn after(mut self, before: impl Fn() + Send + Sync + 'static) -> Self {
        self.before = Box::new(before);
        self
    }

    /// Has intervals: as wide as the level, with the prediction in their middle.
    pub(crate) fn with_intervals(mut self) -> Self {
        self.interval = Level::new(0.8).ok();
        self
    }

    /// Cannot explain its answers.
    pub(crate) fn silent(mut self) -> Self {
        self.explains = false;
        self
    }

    /// Answers all classes by one name.
    pub(crate) fn with_one_name(mut self) -> Self {
        let mut schema = self.encoder.schema().clone();
        if let Task::Classification(classes) = &mut schema.target.task {
            classes.iter_mut().for_each(|class| class.name = Some("iris".into()));
        }
        self.header.schema = schema.clone();
        self.encoder = Encoder::new(schema).expect("the schema of a stub is sound");
        self.with_names()
    }

    /// Name of the model.
    pub(crate) fn name(&self) -> &str {
        &self.header.name
    }

    /// Answers under this field.
    pub(crate) fn answering_as(mut self, field: &str) -> Self {
        self.header.serving.response_field = field.into();
        self
    }

    fn new(name: &str, target: Target, features: Vec<(Feature, Distribution)>, examples: &[&[f32]]) -> Self {
        let (features, distributions): (Vec<_>, Vec<_>) = features.into_iter().unzip();
        let target_distribution = match &target.task {
            Task::Regression => numeric(0.0, 100.0),
            Task::Classification(classes) => {
                Distribution::Levels { missing: 0, counts: vec![50; classes.len()] }
            }
        };
        let schema = FeatureSchema {
            features,
            target,
            cells: CellFormat { missing_markers: vec!["NA".into()], ..CellFormat::default() },
        };
        let optional = |value: &f32| (!value.is_nan()).then_some(*value);
        Self {
            header: header(name, schema.clone()),
            encoder: Encoder::new(schema).expect("the schema of a stub is sound"),
            profile: Profile {
                rows: 150,
                features: distributions,
                target: target_distribution,
                examples: examples.iter().map(|row| row.iter().map(optional).collect()).collect(),
            },
            before: Box::new(|| ()),
            explains: true,
            interval: None,
        }
    }
}

impl Model for Stub {
    fn header(&self) -> &Header {
        &self.header
    }

    fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn predict(&self, rows: &Rows) -> Scores {
        (self.before)();
        match &self.schema().target.task {
            Task::Regression => {
                let mean = |row: &[f32]| {
                    let values = row.iter().filter(|value| !value.is_nan());
                    0.5 * values.map(|&value| f64::from(value)).sum::<f64>() / row.len() as f64
                };
                Scores::new(1, rows.rows().map(mean).collect())
            }
            Task::Classification(classes) => {
                let outputs = classes.len();
                let mut scores = vec![0.0; outputs * rows.len()];
                for (row, scores) in rows.rows().zip(scores.chunks_mut(outputs)) {
                    scores[(row[0].round().max(0.0) as usize).min(outputs - 1)] = 1.0;
                }
                Scores::new(outputs, scores)
            }
        }
    }

    fn explain(&self, rows: &Rows) -> Option<Contributions> {
        let task = &self.schema().target.task;
        let base = match task {
            Task::Regression => vec![0.0],
            Task::Classification(classes) => vec![1.0 / classes.len() as f64; classes.len()],
        };
        let values = rows.rows().flat_map(|row| added(task, row)).collect();
        self.explains.then(|| Contributions::new(rows.width(), base, values))
    }

    fn can_explain(&self) -> bool {
        self.explains
    }

    fn intervals(&self, rows: &Rows, level: Level) -> Option<Vec<Interval>> {
        self.interval?;
        let half = level.value() / 2.0;
        let around = |scores: &[f64]| Interval { lower: scores[0] - half, upper: scores[0] + half };
        Some(self.predict(rows).rows().map(around).collect())
    }

    fn interval_level(&self) -> Option<Level> {
        self.interval
    }
}

/// What each feature adds to an answer: of half the mean its part, of a class all to the first feature.
fn added(task: &Task, row: &[f32]) -> Vec<f64> {
    match task {
        Task::Regression => {
            let part =
                |&value: &f32| if value.is_nan() { 0.0 } else { 0.5 * f64::from(value) / row.len() as f64 };
            row.iter().map(part).collect()
        }
        Task::Classification(classes) => {
            let share = 1.0 / classes.len() as f64;
            let won = (row[0].round().max(0.0) as usize).min(classes.len() - 1);
            let first = |class| if class == won { 1.0 - share } else { -share };
            let of_class =
                |class| std::iter::once(first(class)).chain(std::iter::repeat_n(0.0, row.len() - 1));
            (0..classes.len()).flat_map(of_class).collect()
        }
    }
}

/// Boston house prices: 13 numbers, CHAS an integer.
pub(crate) fn boston() -> Stub {
    let names =
        ["CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT"];
    let row = [0.00632, 18.0, 2.31, 0.0, 0.538, 6.575, 65.2, 4.09, 1.0, 296.0, 15.3, 396.9, 4.98];
    let features = names
        .into_iter()
        .map(|name| match name {
            "CHAS" => (
                feature(name, FeatureKind::Integer { minimum: None, maximum: None, allowed: vec![] }),
                numeric(0.0, 1.0),
            ),
            _ => (feature(name, number(None, None)), numeric(0.0, 1000.0)),
        })
        .collect();
    let target = regression("MEDV", Some("1000 USD"));
    let mut stub = Stub::new("boston", target, features, &[&row]);
    stub.header.serving.label_template = "Prediction price {index}".into();
    stub
}

/// Life expectancy: five numbers whose columns have spaces in their names.
pub(crate) fn life() -> Stub {
    let features = [
        ("Birth Rate", 5.9, 46.08),
        ("Fertility Rate", 0.98, 6.91),
        ("Infant mortality", 1.4, 84.5),
        ("Maternal mortality ratio", 2.0, 1150.0),
        ("Physicians per thousand", 0.01, 8.42),
    ];
    let features = features
        .into_iter()
        .map(|(name, low, high)| (feature(name, number(None, None)), numeric(low, high)))
        .collect();
    let row = [32.49, 4.47, 47.9, 638.0, 0.28];
    Stub::new("life_expectancy", regression("Life expectancy", Some("years")), features, &[&row])
}

/// Taxi trips: zones with bounds, a passenger count with a default, and values that may be absent.
pub(crate) fn taxi() -> Stub {
    let zones = |name: &str| {
        let levels = Levels::Integer { values: vec![1, 7, 264], minimum: Some(1), maximum: Some(265) };
        let kind = FeatureKind::Category(Category { levels, closed: false });
        (feature(name, kind), Distribution::Levels { missing: 0, counts: vec![50; 3] })
    };
    let passengers = Feature {
        missing: Missing::Default(DefaultValue::Integer(1)),
        ..feature(
            "passenger_count",
            FeatureKind::Integer { minimum: Some(0), maximum: Some(9), allowed: vec![] },
        )
    };
    let distance = Feature {
        missing: Missing::Allow,
        unit: Some("mile".into()),
        description: Some("Distance on the meter".into()),
        ..feature("trip distance", number(Some(0.0), None))
    };
    let night = Feature { missing: Missing::Allow, ..feature("night", FeatureKind::Boolean) };
    let features = vec![
        zones("PULocationID"),
        zones("DOLocationID"),
        (passengers, numeric(0.0, 6.0)),
        (distance, numeric(0.0, 40.0)),
        (night, Distribution::Levels { missing: 3, counts: vec![50, 50] }),
    ];
    let mut stub = Stub::new(
        "trip_duration",
        regression("trip_duration", Some("minutes")),
        features,
        &[&[2.0, 2.0, 2.0, f32::NAN, f32::NAN], &[2.0, 2.0, 2.0, 1.4, 0.0]],
    );
    stub.header.app = App {
        title: "TripDurationPredictionApp".into(),
        description: "Predicts how long a taxi trip takes".into(),
        version: "0.2".into(),
    };
    stub.header.serving.response_field = "trip_duration_prediction".into();
    stub
}

/// Iris: four numbers, three integer classes with names.
pub(crate) fn iris() -> Stub {
    let features = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
        .into_iter()
        .map(|name| {
            (Feature { unit: Some("cm".into()), ..feature(name, number(None, None)) }, numeric(0.0, 8.0))
        })
        .collect();
    let classes = [(0, "setosa"), (1, "versicolor"), (2, "virginica")]
        .into_iter()
        .map(|(value, name)| ClassLabel { value: Label::Integer(value), name: Some(name.into()) })
        .collect();
    let target =
        Target { name: "species".into(), description: None, unit: None, task: Task::Classification(classes) };
    Stub::new("iris", target, features, &[&[5.9, 3.0, 5.1, 1.8]])
}

/// Penguins: text features, closed, open and optional, and text classes.
pub(crate) fn penguins() -> Stub {
    let text = |name: &str, levels: &[&str], closed| {
        let levels = Levels::Text(levels.iter().map(|&level| level.into()).collect());
        feature(name, FeatureKind::Category(Category { levels, closed }))
    };
    let levels = |count| Distribution::Levels { missing: 0, counts: vec![40; count] };
    let sex = Feature { missing: Missing::Allow, ..text("sex", &["female", "male"], true) };
    let features = vec![
        (text("island", &["Biscoe", "Dream", "Torgersen"], true), levels(3)),
        (text("observer", &["A", "B"], false), levels(2)),
        (feature("bill length", number(Some(0.0), Some(99.9))), numeric(32.1, 59.6)),
        (sex, levels(2)),
        (
            feature(
                "year",
                FeatureKind::Integer { minimum: None, maximum: None, allowed: vec![2007, 2008, 2009] },
            ),
            numeric(2007.0, 2009.0),
        ),
    ];
    let classes = ["Adelie", "Chinstrap", "Gentoo"]
        .into_iter()
        .map(|value| ClassLabel { value: Label::Text(value.into()), name: None })
        .collect();
    let target =
        Target { name: "species".into(), description: None, unit: None, task: Task::Classification(classes) };
    Stub::new("penguins", target, features, &[&[2.0, 0.0, 39.1, 1.0, 2007.0]])
}

fn feature(name: &str, kind: FeatureKind) -> Feature {
    Feature {
        name: name.into(),
        identifier: model_core::schema::identifier(name),
        description: None,
        unit: None,
        kind,
        missing: Missing::Refuse,
    }
}

fn number(minimum: Option<f64>, maximum: Option<f64>) -> FeatureKind {
    FeatureKind::Number { minimum, maximum }
}

fn numeric(minimum: f64, maximum: f64) -> Distribution {
    let quantiles = (0..=20).map(|step| minimum + (maximum - minimum) * f64::from(step) / 20.0).collect();
    let (mean, standard_deviation) = ((minimum + maximum) / 2.0, 1.0);
    Distribution::Numeric(Numeric { missing: 0, minimum, maximum, mean, standard_deviation, quantiles })
}

fn regression(name: &str, unit: Option<&str>) -> Target {
    Target { name: name.into(), description: None, unit: unit.map(Into::into), task: Task::Regression }
}

fn header(name: &str, schema: FeatureSchema) -> Header {
    Header {
        name: name.into(),
        version: 3,
        title: format!("Model {name}"),
        description: format!("A stand-in for the model {name}."),
        app: App {
            title: format!("{name} service"),
            description: "Answers for tests".into(),
            version: "1.0".into(),
        },
        created: "2026-11-20T08:15:00Z".into(),
        schema,
        config: serde_json::Value::Null,
        data: DataSummary {
            path: format!("data/{name}.csv"),
            fingerprint: "00".repeat(32),
            rows_read: 200,
            rows_dropped: BTreeMap::new(),
            rows_train: 150,
            rows_test: 50,
        },
        evaluation: Evaluation {
            test: Some(Scorecard {
                rows: 50,
                metrics: BTreeMap::from([("mae".into(), 2.5)]),
                ..Scorecard::default()
            }),
            ..Evaluation::default()
        },
        importances: vec![],
        serving: Serving {
            response_field: "prediction".into(),
            label_template: "prediction {index}".into(),
            class_answer: ClassAnswer::Value,
            strict: false,
        },
        parent: None,
        baseline: None,
        libraries: BTreeMap::from([("forest-learner".into(), "0.1.0".into())]),
        host: "test".into(),
    }
}
