//! Rows for an honest comparison: those that the champion was not trained on, and that the challenger will not be trained on.
//!
//! The marks of the champion's training rows lie beside its artifact. Of the other rows of the new data, as many as the config
//! holds out of all are drawn by their marks and the seed of the split, so that neither the order of the file nor appended rows
//! change which of them are drawn first; equal rows fall on one side. Without `split.shuffle` the last of them are taken. The
//! challenger is trained on all the rest.

use std::collections::HashSet;

use drift::{Finding, Reference, Sketch, Thresholds, compare};
use forest::ForestModel;
use model_core::{Model, Scores};
use registry::row_mark;
use thiserror::Error;

use super::Champion;
use crate::config::Config;
use crate::evaluate::{encoded, load};
use crate::evaluation::Truth;
use crate::progress::Progress;

/// Fewest rows that a comparison is worth something on.
const FEWEST: usize = 20;

/// The rows, and what the champion answers to them.
pub(crate) struct HeldOutRows {
    /// Their places among the rows that are used, ascending.
    pub(crate) held_out: Vec<usize>,
    /// Rows that are used.
    pub(crate) used: usize,
    /// The true answers.
    pub(crate) truth: Truth,
    /// The champion's answers.
    pub(crate) scores: Scores,
    /// What the rows that the champion was not trained on hold that its training rows did not.
    pub(crate) findings: Vec<Finding>,
}

/// Why two models cannot be compared.
#[derive(Debug, Clone, PartialEq, Error)]
pub(crate) enum NotComparable {
    /// The champion cannot be asked.
    #[error("they cannot be compared, since the champion cannot read the data: {reason}")]
    Unreadable {
        /// What is wrong, in the terms of the champion's schema.
        reason: String,
    },
    /// Nobody knows what the champion was trained on.
    #[error(
        "they cannot be compared, since it is not known which rows the champion was trained on: its .rows file is missing; \
         train and promote a version by hand once"
    )]
    UnknownRows,
    /// The config holds nothing out.
    #[error("they cannot be compared, since split.test_ratio is 0: hold rows out")]
    NothingHeldOut,
    /// The data holds too little that is new to the champion.
    #[error(
        "they cannot be compared, since only {found} rows are new to the champion, and {FEWEST} are needed"
    )]
    TooFew {
        /// Rows that could be held out.
        found: usize,
    },
    /// They predict different things.
    #[error("they cannot be compared, since their targets or classes differ")]
    Target,
    /// They read different rows.
    #[error(
        "they cannot be compared, since they do not read the same rows: bad cells differ by their schemas"
    )]
    Rows,
    /// The challenger goes on from a model that may know the held-out rows.
    #[error("they cannot be compared, since the challenger continues another model than the champion")]
    Pretrained,
}

impl HeldOutRows {
    /// Chooses the rows and asks the champion.
    pub(super) fn choose(
        config: &Config,
        champion: &Champion,
        max_psi: Option<f64>,
        progress: &Progress,
    ) -> Result<Self, NotComparable> {
        let Champion { model, rows, .. } = champion;
        let trained = rows.as_ref().ok_or(NotComparable::UnknownRows)?;
        let table = load(config, model, *progress)
            .map_err(|error| NotComparable::Unreadable { reason: error.to_string() })?;
        let encoded = encoded(&table);
        let marks: Vec<u64> = encoded.rows().map(row_mark).collect();
        let unseen: Vec<usize> = (0..marks.len()).filter(|&row| !trained.hold(marks[row])).collect();
        if config.split.test_ratio == 0.0 {
            return Err(NotComparable::NothingHeldOut);
        }
        let wanted = (config.split.test_ratio * marks.len() as f64).ceil() as usize;
        let held_out = match config.split.shuffle {
            true => drawn(&marks, unseen.clone(), wanted, config.split.seed),
            false => last(&marks, &unseen, wanted),
        };
        if held_out.len() < FEWEST || held_out.len() == marks.len() {
            return Err(NotComparable::TooFew { found: held_out.len().min(unseen.len()) });
        }
        Ok(Self {
            used: marks.len(),
            truth: table.truth.of(&held_out),
            scores: answers(model, &table.columns, &held_out),
            findings: findings(model, &table.columns, &unseen, max_psi)?,
            held_out,
        })
    }
}

/// The unseen rows with the smallest keys, ascending by place.
fn drawn(marks: &[u64], mut unseen: Vec<usize>, wanted: usize, seed: u64) -> Vec<usize> {
    unseen.sort_by_key(|&row| (key(marks[row], seed), row));
    // Equal rows have equal keys; they stay together.
    let end = match wanted.checked_sub(1).and_then(|last| unseen.get(last)) {
        Some(&last) => unseen.partition_point(|&row| key(marks[row], seed) <= key(marks[last], seed)),
        None => unseen.len(),
    };
    unseen.truncate(end);
    unseen.sort_unstable();
    unseen
}

/// The last of the unseen rows, without those that are equal to one before them.
fn last(marks: &[u64], unseen: &[usize], wanted: usize) -> Vec<usize> {
    let start = unseen.len().saturating_sub(wanted);
    let held_out: HashSet<usize> = unseen[start..].iter().copied().collect();
    let others: HashSet<u64> =
        (0..marks.len()).filter(|row| !held_out.contains(row)).map(|row| marks[row]).collect();
    unseen[start..].iter().copied().filter(|&row| !others.contains(&marks[row])).collect()
}

/// The finalizer of SplitMix64: every bit of mark and seed moves half of the key's.
fn key(mark: u64, seed: u64) -> u64 {
    let mut key = mark.wrapping_add(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

/// What the rows hold that the champion's training rows did not.
fn findings(
    model: &ForestModel,
    columns: &[Vec<f32>],
    rows: &[usize],
    max_psi: Option<f64>,
) -> Result<Vec<Finding>, NotComparable> {
    let unreadable = |error: drift::ReferenceError| NotComparable::Unreadable { reason: error.to_string() };
    let reference = Reference::of(model.header(), model.profile()).map_err(unreadable)?;
    let mut sketch = Sketch::new(reference.layout().clone());
    // What the champion answers is compared with the truth, not with what it answered before.
    let unanswered = vec![f64::NAN; model.schema().target.task.outputs()];
    for &row in rows {
        let encoded: Vec<f32> = columns.iter().map(|column| column[row]).collect();
        sketch.add_row(&encoded, &unanswered);
    }
    let mut thresholds = Thresholds::default();
    thresholds.psi = max_psi.unwrap_or(thresholds.psi);
    Ok(compare(&reference, &sketch, &thresholds).features)
}

fn answers(model: &ForestModel, columns: &[Vec<f32>], rows: &[usize]) -> Scores {
    let values = rows.iter().flat_map(|&row| columns.iter().map(move |column| column[row])).collect();
    model.predict(&model_core::Rows::from_values(columns.len(), values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_or_put_in_another_order_changes_no_draw() {
        let marks: Vec<u64> = (0..100u64).map(|row| row.wrapping_mul(0x5851_f42d_4c95_7f2d)).collect();
        let chosen = |marks: &[u64]| -> Vec<u64> {
            let mut chosen: Vec<u64> =
                drawn(marks, (0..marks.len()).collect(), 20, 7).into_iter().map(|row| marks[row]).collect();
            chosen.sort_unstable();
            chosen
        };
        let reversed: Vec<u64> = marks.iter().rev().copied().collect();
        assert_eq!(chosen(&marks), chosen(&reversed));
        assert_eq!(chosen(&marks).len(), 20);
        assert_ne!(drawn(&marks, (0..100).collect(), 20, 8), drawn(&marks, (0..100).collect(), 20, 7));
        let mut longer = marks.clone();
        longer.extend((1000..1020u64).map(|row| row.wrapping_mul(0x5851_f42d_4c95_7f2d)));
        let kept = chosen(&longer).iter().filter(|mark| chosen(&marks).contains(mark)).count();
        assert!(kept >= 12, "{kept} of 20 are still held out");
    }

    #[test]
    fn equal_rows_fall_on_one_side() {
        let marks = [5, 6, 5, 7, 5, 8];
        for wanted in 1..=6 {
            let held_out = drawn(&marks, (0..6).collect(), wanted, 3);
            let fives = held_out.iter().filter(|&&row| marks[row] == 5).count();
            assert!(fives == 0 || fives == 3, "{held_out:?}");
            assert!(held_out.len() >= wanted);
        }
        assert_eq!(last(&marks, &[2, 3, 4, 5], 3), [3, 5]);
    }
}
