//! The one rule by which later rows are judged.
//!
//! A measure has moved when it is above its threshold and when chance is ruled out. The probability of a false alarm is shared out over
//! all measures of all columns, so that neither a wide table nor a small sample makes one likely.

use crate::evidence::{of_bins, of_ks, of_shares};
use crate::finding::{Bar, Cause, Finding, Verdict};
use crate::reference::Before;
use crate::sketch::Counted;
use crate::{NotCompared, Reference, Sketch, Thresholds, distance};

/// Measures of a column that are tested: bins, distribution functions, missing values, and both ends of the range.
const TESTS_A_COLUMN: u64 = 5;
/// Rows that a bin should hold in training: its ends were chosen by them, so that their share varies more than that of later rows.
const ROWS_BEFORE: f64 = 20.0;
/// Rows that a bin should hold now.
const ROWS_NOW: f64 = 5.0;
/// Share of the training rows that a bin of numbers holds at least: the index is defined over tenths.
const SHARE_A_BIN: f64 = 0.1;

/// How later rows compare with a reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Number of rows that were compared with.
    pub rows_before: u64,
    /// Number of later rows.
    pub rows_now: u64,
    /// Whether there are enough rows to judge; if not, no column has drifted.
    pub is_judged: bool,
    /// Each feature, in schema order.
    pub features: Vec<Finding>,
    /// The answers, where they can be compared.
    pub answers: Option<Finding>,
    /// What cannot be compared.
    pub not_compared: Vec<NotCompared>,
    /// Probability of a false alarm that each test may have.
    pub false_alarms_a_test: f64,
}

impl Comparison {
    /// Features and answers.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.features.iter().chain(&self.answers)
    }

    /// The columns that have drifted.
    pub fn drifted(&self) -> impl Iterator<Item = &Finding> {
        self.findings().filter(|finding| finding.verdict == Verdict::Drifted)
    }
}

/// Compares a sketch, which counts in the bins of the reference.
pub fn compare(reference: &Reference, sketch: &Sketch, thresholds: &Thresholds) -> Comparison {
    let layout = reference.layout();
    let columns = layout.features() + usize::from(layout.answers().is_some());
    // One more for the error on rows with known targets.
    let tests = TESTS_A_COLUMN * columns as u64 + 1;
    let false_alarms_a_test = thresholds.false_alarms / tests as f64;
    let is_judged = sketch.rows() >= thresholds.minimum_rows && reference.rows() > 0;
    let rule = Rule { thresholds, needed: -false_alarms_a_test.ln(), is_judged };
    let finding = |column| {
        let (name, labels, before) = reference.column(column);
        rule.judge(name, labels, before, &sketch.column(column))
    };
    Comparison {
        rows_before: reference.rows(),
        rows_now: sketch.rows(),
        is_judged,
        features: (0..layout.features()).map(finding).collect(),
        answers: layout.answers().map(finding),
        not_compared: reference.not_compared().to_vec(),
        false_alarms_a_test,
    }
}

struct Rule<'a> {
    thresholds: &'a Thresholds,
    /// Evidence that rules chance out, in nats.
    needed: f64,
    is_judged: bool,
}

/// Two distributions over the same bins, and how far their functions are apart.
struct Pair {
    before: Vec<f64>,
    now: Vec<f64>,
    ks: Option<f64>,
}

impl Rule<'_> {
    fn judge(&self, name: &str, labels: &[String], before: &Before, now: &Counted) -> Finding {
        let fine = fine(before, now);
        let pooled = match before {
            Before::Numbers { .. } => neighbours(&fine),
            Before::Levels { .. } => frequent(&fine, now.above),
        };
        let (n, m) = (fine.before.iter().sum::<f64>(), fine.now.iter().sum::<f64>() + unseen(before, now));
        let Thresholds { psi, ks, js, missing, outside, .. } = *self.thresholds;
        let mut finding = Finding {
            name: name.into(),
            psi: distance::psi(&pooled.before, &pooled.now),
            chance: distance::chance(&pooled.before, &pooled.now),
            ks: fine.ks,
            js: distance::js(&pooled.before, &pooled.now),
            missing_before: share(before.missing(), n + before.missing()),
            missing_now: share(now.missing, m + now.missing),
            outside: share(now.below + now.above, m + now.missing),
            causes: Vec::new(),
            verdict: Verdict::AsBefore,
            bars: bars(labels, &fine, n, m, unseen(before, now)),
        };
        let is_sure = |evidence: f64| evidence >= self.needed;
        let bins_differ = is_sure(of_bins(&pooled.before, &pooled.now));
        let distance = fine.ks.unwrap_or_default();
        let change = (finding.missing_now - finding.missing_before).abs();
        let above =
            |beyond: f64, rows: f64| share(rows, m) > outside && is_sure(of_shares(rows, m, beyond, n));
        let (below_before, above_before) = before.beyond();
        let checks = [
            (Cause::Psi, finding.shift() > psi && bins_differ),
            (Cause::Ks, distance > ks && is_sure(of_ks(distance, m, n))),
            (Cause::Js, finding.js > js && bins_differ),
            (
                Cause::Missing,
                change > missing
                    && is_sure(of_shares(
                        now.missing,
                        m + now.missing,
                        before.missing(),
                        n + before.missing(),
                    )),
            ),
            (Cause::NewLevels, matches!(before, Before::Levels { .. }) && above(above_before, now.above)),
            (
                Cause::OutOfRange,
                matches!(before, Before::Numbers { .. })
                    && (above(below_before, now.below) || above(above_before, now.above)),
            ),
        ];
        if self.is_judged {
            let has_moved = |(cause, moved): (Cause, bool)| moved.then_some(cause);
            finding.causes = checks.into_iter().filter_map(has_moved).collect();
        }
        finding.verdict = if !finding.causes.is_empty() {
            Verdict::Drifted
        } else if self.is_judged && bins_differ && finding.shift() > Thresholds::SHIFTED.min(psi) {
            Verdict::Shifted
        } else if finding.outside > 0.0 {
            Verdict::NewValues
        } else {
            Verdict::AsBefore
        };
        finding
    }
}

impl Before {
    fn missing(&self) -> f64 {
        match self {
            Self::Numbers { missing, .. } | Self::Levels { missing, .. } => *missing,
        }
    }

    /// Rows below and above the range; of levels, as many as may be of an unseen one.
    fn beyond(&self) -> (f64, f64) {
        match self {
            Self::Numbers { below, above, .. } => (*below, *above),
            Self::Levels { single, .. } => (0.0, *single),
        }
    }
}

/// Rows that are in none of the bins of [`fine`].
fn unseen(before: &Before, now: &Counted) -> f64 {
    match before {
        Before::Numbers { .. } => 0.0,
        Before::Levels { .. } => now.above,
    }
}

fn share(rows: f64, all: f64) -> f64 {
    if all > 0.0 { rows / all } else { 0.0 }
}

/// The bins as they were counted; numbers beyond the range are in the first and the last.
fn fine(before: &Before, now: &Counted) -> Pair {
    let (least, most) = match before {
        Before::Levels { rows, .. } => {
            return Pair { before: rows.clone(), now: now.bins.clone(), ks: None };
        }
        Before::Numbers { least, most, .. } => (least, most),
    };
    let (below, above) = before.beyond();
    let n = least.last().copied().unwrap_or_default() + above;
    let mut bins = now.bins.clone();
    let last = bins.len().saturating_sub(1);
    let m = bins.iter().sum::<f64>() + now.below + now.above;
    let mut distance = (share(now.below, m) - share(below, n)).abs();
    let mut rows_before = Vec::with_capacity(bins.len());
    let (mut sum, mut last_before) = (now.below, 0.0);
    for (bin, rows) in bins.iter().enumerate() {
        sum += rows;
        // Where it is not known how many training rows there are, as many as speak for no drift.
        let until = (share(sum, m) * n).clamp(least[bin], most[bin].max(least[bin])).max(last_before);
        distance = distance.max((share(sum, m) - share(until, n)).abs());
        rows_before.push(until - last_before);
        last_before = until;
    }
    if n <= 0.0 || m <= 0.0 {
        distance = 0.0;
    }
    bins[0] += now.below;
    bins[last] += now.above;
    rows_before[last] += above;
    Pair { before: rows_before, now: bins, ks: Some(distance) }
}

/// Neighbouring bins together, until each holds enough rows.
fn neighbours(fine: &Pair) -> Pair {
    let (n, m) = (fine.before.iter().sum::<f64>(), fine.now.iter().sum::<f64>());
    // A bin that ends a row short of a tenth is a tenth.
    let enough = ((SHARE_A_BIN - 1e-3) * n).max(ROWS_BEFORE).max(ROWS_NOW * share(n, m)) - 1.0;
    let mut pooled = Pair { before: Vec::new(), now: Vec::new(), ks: None };
    let (mut before, mut now) = (0.0, 0.0);
    for (more_before, more_now) in fine.before.iter().zip(&fine.now) {
        before += more_before;
        now += more_now;
        if before >= enough {
            pooled.before.push(std::mem::take(&mut before));
            pooled.now.push(std::mem::take(&mut now));
        }
    }
    match (pooled.before.last_mut(), pooled.now.last_mut()) {
        (Some(last_before), Some(last_now)) => {
            *last_before += before;
            *last_now += now;
        }
        _ => {
            pooled.before.push(before);
            pooled.now.push(now);
        }
    }
    pooled
}

/// Frequent levels one by one, and all others in one bin with those that training did not see.
fn frequent(fine: &Pair, unseen: f64) -> Pair {
    let (n, m) = (fine.before.iter().sum::<f64>(), fine.now.iter().sum::<f64>() + unseen);
    let enough = ROWS_BEFORE.max(ROWS_NOW * share(n, m));
    let mut pooled = Pair { before: Vec::new(), now: Vec::new(), ks: None };
    let (mut rare_before, mut rare_now) = (0.0, unseen);
    for (before, now) in fine.before.iter().zip(&fine.now) {
        if *before >= enough {
            pooled.before.push(*before);
            pooled.now.push(*now);
        } else {
            rare_before += before;
            rare_now += now;
        }
    }
    let least = (0..pooled.before.len()).min_by(|a, b| pooled.before[*a].total_cmp(&pooled.before[*b]));
    match least {
        Some(least) if rare_before < enough => {
            pooled.before[least] += rare_before;
            pooled.now[least] += rare_now;
        }
        _ => {
            pooled.before.push(rare_before);
            pooled.now.push(rare_now);
        }
    }
    pooled
}

fn bars(labels: &[String], fine: &Pair, n: f64, m: f64, unseen: f64) -> Vec<Bar> {
    let rows = fine.before.iter().zip(&fine.now);
    let bar = |(label, (before, now)): (&String, (&f64, &f64))| Bar {
        label: label.clone(),
        before: share(*before, n),
        now: share(*now, m),
    };
    let mut bars: Vec<Bar> = labels.iter().zip(rows).map(bar).collect();
    if unseen > 0.0 {
        bars.push(Bar { label: "unseen".into(), before: 0.0, now: share(unseen, m) });
    }
    bars
}
