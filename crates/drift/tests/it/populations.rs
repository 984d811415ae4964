//! Populations to draw from, and references of samples of them.

use std::collections::BTreeMap;

use drift::{Reference, Sketch};
use model_core::baseline::{AnswerDistribution, AnsweredRows, Answers, Baseline, Bins};
use model_core::cell::CellFormat;
use model_core::header::{App, ClassAnswer, DataSummary, Evaluation, Header, Serving};
use model_core::profile::{Distribution, Numeric, Profile};
use model_core::schema::{Category, Feature, FeatureKind, FeatureSchema, Levels, Missing, Target};
use model_core::{Rows, Scores, Task};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Levels of the feature `zone`.
pub(crate) const ZONES: usize = 40;

/// What is drawn: a population of districts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Population {
    /// Added to every longitude.
    pub(crate) moved: f32,
    /// Share of rows without an age.
    pub(crate) missing: f64,
    /// Share of rows of a zone that no other population has.
    pub(crate) elsewhere: f64,
}

/// Rows of five features (longitude, income with a long tail, rooms of few whole values, age with shared and missing values, zone with many
/// rare levels), and an answer to each.
pub(crate) fn draw(population: Population, rows: usize, seed: u64) -> (Rows, Scores) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut values = Vec::with_capacity(rows * 5);
    let mut answers = Vec::with_capacity(rows);
    for _ in 0..rows {
        let longitude = rng.gen_range(-119.0..-117.0f32) + population.moved;
        let income = -(1.0 - rng.r#gen::<f32>()).ln() * 3.0;
        let rooms = (1.0 + rng.r#gen::<f32>() * rng.r#gen::<f32>() * 7.0).round();
        let age = match rng.r#gen::<f64>() {
            share if share < population.missing => f32::NAN,
            share if share < 0.5 => 52.0,
            share => (share * 52.0).round() as f32,
        };
        // Zipf's law, roughly: half of the levels are of a few rows in a thousand.
        let zone = match rng.r#gen::<f64>() {
            share if share < population.elsewhere => ZONES as f32 + 1.0,
            _ => ((ZONES as f64).powf(rng.r#gen::<f64>()) - 1.0).floor() as f32,
        };
        values.extend([longitude, income, rooms, age, zone]);
        answers.push(f64::from(income * 0.4 + rooms * 0.1 + population.moved));
    }
    (Rows::from_values(5, values), Scores::new(1, answers))
}

/// Header and profile of a model that was trained on a sample; as an older Canopy wrote them where `exact` is false.
pub(crate) fn described(rows: &Rows, scores: &Scores, exact: bool) -> (Header, Profile) {
    let column = |position: usize| rows.rows().map(move |row| row[position]);
    let kinds = [
        ("longitude", FeatureKind::Number { minimum: None, maximum: None }),
        ("income", FeatureKind::Number { minimum: None, maximum: None }),
        ("rooms", FeatureKind::Integer { minimum: None, maximum: None, allowed: vec![] }),
        ("age", FeatureKind::Number { minimum: None, maximum: None }),
        (
            "zone",
            FeatureKind::Category(Category {
                levels: Levels::Text((0..ZONES).map(|zone| format!("zone {zone}")).collect()),
                closed: false,
            }),
        ),
    ];
    let mut distributions: Vec<Distribution> = (0..4).map(|position| numeric(column(position))).collect();
    let mut counts = vec![0; ZONES];
    column(4).for_each(|zone| counts[zone as usize] += 1);
    distributions.push(Distribution::Levels { missing: 0, counts });
    let bins = |position| Bins::of(column(position));
    let answers = Bins::of(scores.values().iter().map(|score| *score as f32)).unwrap();
    let baseline = Baseline {
        features: vec![bins(0), bins(1), bins(2), bins(3), None],
        answers: Some(Answers {
            of: AnsweredRows::HeldOut,
            distribution: AnswerDistribution::Values(answers),
        }),
    };
    let feature = |(name, kind): (&str, FeatureKind)| Feature {
        name: name.into(),
        identifier: name.into(),
        description: None,
        unit: None,
        kind,
        missing: Missing::Allow,
    };
    let schema = FeatureSchema {
        features: kinds.into_iter().map(feature).collect(),
        target: Target { name: "value".into(), description: None, unit: None, task: Task::Regression },
        cells: CellFormat::default(),
    };
    let header = Header {
        name: "districts".into(),
        version: 1,
        title: "Districts".into(),
        description: String::new(),
        app: App { title: "Districts".into(), description: String::new(), version: "1".into() },
        created: "2026-11-21T08:15:00Z".into(),
        schema,
        config: Default::default(),
        data: DataSummary {
            path: "districts.csv".into(),
            fingerprint: String::new(),
            rows_read: rows.len() as u64,
            rows_dropped: BTreeMap::new(),
            rows_train: rows.len() as u64,
            rows_test: 0,
        },
        evaluation: Evaluation::default(),
        importances: vec![],
        serving: Serving {
            response_field: "prediction".into(),
            label_template: String::new(),
            class_answer: ClassAnswer::Value,
            strict: false,
        },
        parent: None,
        libraries: BTreeMap::new(),
        host: String::new(),
        baseline: exact.then_some(baseline),
    };
    let target = distributions[0].clone();
    (header, Profile { rows: rows.len() as u64, features: distributions, target, examples: vec![] })
}

/// As the trainer describes a column; the mean is not compared.
fn numeric(values: impl Iterator<Item = f32>) -> Distribution {
    let mut present: Vec<f64> = Vec::new();
    let mut missing = 0;
    for value in values {
        match value.is_nan() {
            true => missing += 1,
            false => present.push(f64::from(value)),
        }
    }
    present.sort_unstable_by(f64::total_cmp);
    let quantile = |step: usize| {
        let place = (present.len() - 1) * step;
        let (below, rest) = (place / 20, place % 20);
        let above = present[(below + 1).min(present.len() - 1)];
        present[below] + (above - present[below]) * rest as f64 / 20.0
    };
    Distribution::Numeric(Numeric {
        missing,
        minimum: present[0],
        maximum: present[present.len() - 1],
        mean: 0.0,
        standard_deviation: 0.0,
        quantiles: (0..=20).map(quantile).collect(),
    })
}

/// The reference of a sample of `rows`, and a sketch of another one.
pub(crate) fn samples(
    before: (Population, usize),
    now: (Population, usize),
    exact: bool,
    seed: u64,
) -> (Reference, Sketch) {
    let (rows, scores) = draw(before.0, before.1, seed * 2);
    let (header, profile) = described(&rows, &scores, exact);
    let reference = Reference::of(&header, &profile).unwrap();
    let (rows, scores) = draw(now.0, now.1, seed * 2 + 1);
    let mut sketch = Sketch::new(reference.layout().clone());
    sketch.add(&rows, &scores);
    (reference, sketch)
}
