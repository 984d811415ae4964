//! Quality by the number of training rows: what more rows would bring, and how much was learned by heart.

use model_core::header::Scorecard;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::basis::Basis;
use super::{Division, TrainError};
use crate::config::Config;
use crate::evaluation::scorecard;
use crate::preparation::Preparation;
use crate::progress::Progress;

/// Shares of the training rows.
const SHARES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 1.0];
/// Fewest rows that are trained on.
const FEWEST: usize = 10;
/// The stream of the seed that rows are drawn from.
const STREAM: u64 = 1 << 33;

/// Quality of a forest that was grown on so many rows.
#[derive(Debug, Clone, PartialEq)]
pub struct LearningPoint {
    /// Training rows.
    pub rows: usize,
    /// On the rows that it was trained on.
    pub trained: Scorecard,
    /// On the held-out rows.
    pub held_out: Scorecard,
}

/// Trains on growing parts of the training rows; each part holds those before it. Forests of a config that continues a model are
/// grown from nothing.
///
/// # Errors
/// When the data cannot be read or does not suit the config.
pub(crate) fn learning_curve(config: &Config, progress: &Progress) -> Result<Vec<LearningPoint>, TrainError> {
    let basis = Basis::read(config, Division::OfConfig, progress)?;
    let Basis { rows, split, params, draft, .. } = &basis;
    let mut order = split.train.clone();
    let mut random = ChaCha8Rng::seed_from_u64(config.split.seed);
    random.set_stream(STREAM);
    order.shuffle(&mut random);
    let bar = progress.steps("learning curve", SHARES.len() as u64);
    let mut points: Vec<LearningPoint> = Vec::new();
    for share in SHARES {
        bar.add(1);
        let count = ((order.len() as f64 * share).round() as usize).max(FEWEST).min(order.len());
        if points.last().is_some_and(|point| point.rows >= count) {
            continue;
        }
        let mut part = order[..count].to_vec();
        part.sort_unstable();
        let preparation = Preparation::learn(draft, rows, &part)?;
        let fitted = params.fit_table(&preparation.training_set(rows, &part)?, &|_| ())?;
        let card = |of: &[usize]| {
            scorecard(
                preparation.task(),
                &rows.truth.of(of),
                &fitted.forest.score(&preparation.rows(rows, of)),
            )
        };
        points.push(LearningPoint { rows: count, trained: card(&part), held_out: card(&split.test) });
    }
    bar.finish();
    Ok(points)
}
