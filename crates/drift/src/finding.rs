//! What was found of one column.

/// How one column of later rows compares with the training rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Name of the feature, or of the target where it is about the answers.
    pub name: String,
    /// Population stability index.
    pub psi: f64,
    /// What it is on average between two samples of these sizes of one population.
    pub chance: f64,
    /// Kolmogorov–Smirnov distance, taken at the ends of the bins; `None` for levels.
    pub ks: Option<f64>,
    /// Jensen–Shannon distance in bits, less what chance gives.
    pub js: f64,
    /// Share of the training rows without a value.
    pub missing_before: f64,
    /// Share of these rows without one.
    pub missing_now: f64,
    /// Share of these rows that are below or above what training saw, or of a level that it did not.
    pub outside: f64,
    /// Every measure that is above its threshold and beyond chance.
    pub causes: Vec<Cause>,
    /// What it comes to.
    pub verdict: Verdict,
    /// Both distributions.
    pub bars: Vec<Bar>,
}

/// A measure that has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The population stability index.
    Psi,
    /// The Kolmogorov–Smirnov distance.
    Ks,
    /// The Jensen–Shannon distance.
    Js,
    /// The share of missing values.
    Missing,
    /// Levels that training did not see.
    NewLevels,
    /// Numbers below or above what training saw.
    OutOfRange,
}

/// What the measures of a column come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing that chance does not give.
    AsBefore,
    /// Some values that training never saw; no more of them than may be.
    NewValues,
    /// Worth a look: the index is above 0.1 and beyond chance.
    Shifted,
    /// Another population.
    Drifted,
}

/// Rows of one bin.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What is in the bin: a level, or the upper end of numbers.
    pub label: String,
    /// Share of the training rows that have a value.
    pub before: f64,
    /// Share of these rows that have one.
    pub now: f64,
}

impl Finding {
    /// The index beyond what chance gives, at least 0.
    pub fn shift(&self) -> f64 {
        (self.psi - self.chance).max(0.0)
    }
}

impl Cause {
    /// As a name in documents and labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Psi => "psi",
            Self::Ks => "ks",
            Self::Js => "js",
            Self::Missing => "missing",
            Self::NewLevels => "new_levels",
            Self::OutOfRange => "out_of_range",
        }
    }
}

impl Verdict {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsBefore => "as before",
            Self::NewValues => "new values",
            Self::Shifted => "shifted",
            Self::Drifted => "drifted",
        }
    }
}
