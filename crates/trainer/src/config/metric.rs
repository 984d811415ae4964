//! What each metric measures, and which way is better.

use model_core::Task;

use super::Config;
use super::typed::{MeasuredBy, Metric, TaskName};

impl Metric {
    /// All metrics, in the order of a report.
    pub const ALL: [Self; 13] = [
        Self::Mae,
        Self::Rmse,
        Self::R2,
        Self::Mape,
        Self::MaeShare,
        Self::IntervalCoverage,
        Self::IntervalWidth,
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::F1Macro,
        Self::LogLoss,
        Self::RocAuc,
        Self::Brier,
    ];

    /// The name in configs, scorecards and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mae => "mae",
            Self::Rmse => "rmse",
            Self::R2 => "r2",
            Self::Mape => "mape",
            Self::MaeShare => "mae_share",
            Self::IntervalCoverage => "interval_coverage",
            Self::IntervalWidth => "interval_width",
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::F1Macro => "f1_macro",
            Self::LogLoss => "log_loss",
            Self::RocAuc => "roc_auc",
            Self::Brier => "brier",
        }
    }

    /// The task whose models it measures.
    pub fn task(self) -> TaskName {
        match self {
            Self::Mae
            | Self::Rmse
            | Self::R2
            | Self::Mape
            | Self::MaeShare
            | Self::IntervalCoverage
            | Self::IntervalWidth => TaskName::Regression,
            Self::Accuracy
            | Self::BalancedAccuracy
            | Self::F1Macro
            | Self::LogLoss
            | Self::RocAuc
            | Self::Brier => TaskName::Classification,
        }
    }

    /// Whether a larger value is better.
    pub fn larger_is_better(self) -> bool {
        match self {
            Self::R2
            | Self::IntervalCoverage
            | Self::Accuracy
            | Self::BalancedAccuracy
            | Self::F1Macro
            | Self::RocAuc => true,
            Self::Mae
            | Self::Rmse
            | Self::Mape
            | Self::MaeShare
            | Self::IntervalWidth
            | Self::LogLoss
            | Self::Brier => false,
        }
    }

    /// What it is, in a few words for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Mae => "mean distance of prediction and truth",
            Self::Rmse => "root of the mean squared distance: large errors weigh more",
            Self::R2 => "share of the variance that is explained: 1 is perfect, 0 is the mean",
            Self::Mape => "mean distance as a share of the truth",
            Self::MaeShare => "mae as a share of the mean truth",
            Self::IntervalCoverage => "share of the true values within their interval",
            Self::IntervalWidth => "mean width of an interval",
            Self::Accuracy => "share of the rows with the right class",
            Self::BalancedAccuracy => "share of each class that is found, mean over the classes",
            Self::F1Macro => "harmonic mean of precision and recall, mean over the classes",
            Self::LogLoss => "surprise at the true class, by its probability",
            Self::RocAuc => "how often a row of a class gets a higher probability for it than another",
            Self::Brier => "mean squared distance of the probabilities from the true class",
        }
    }

    /// Whether it is counted in the unit of the target.
    pub fn has_the_unit_of_the_target(self) -> bool {
        matches!(self, Self::Mae | Self::Rmse | Self::IntervalWidth)
    }

    /// Whether it measures prediction intervals, which a model has only with `model.interval`.
    pub fn is_of_intervals(self) -> bool {
        matches!(self, Self::IntervalCoverage | Self::IntervalWidth)
    }
}

impl Config {
    /// The metric that the config is about: of its first gate, or else the first that it reports.
    pub fn leading_metric(&self, task: TaskName) -> Metric {
        let gates = self.quality_gates.iter().map(|gate| gate.metric);
        let mut named = gates.chain(self.metrics.iter().flatten().copied());
        let usual = match task {
            TaskName::Regression => Metric::Mae,
            TaskName::Classification => Metric::Brier,
        };
        named.find(|metric| metric.task() == task && !metric.is_of_intervals()).unwrap_or(usual)
    }
}

impl TaskName {
    /// The name of a task.
    pub fn of(task: &Task) -> Self {
        match task {
            Task::Regression => Self::Regression,
            Task::Classification(_) => Self::Classification,
        }
    }

    /// `regression` or `classification`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Classification => "classification",
        }
    }
}

impl MeasuredBy {
    /// The name in configs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::CrossValidation => "cross_validation",
            Self::OutOfBag => "out_of_bag",
        }
    }
}
