//! Which outputs a request asks for.

use model_core::{Level, Model, RawValue};

use crate::answer::{Asked, Lacking};
use crate::error::ApiError;
use crate::fault::{Fault, Faults};
use crate::options::{level, levels};

/// An output of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// The prediction, `[n]`.
    Predict,
    /// The probability of each class, `[n, K]`.
    PredictProba,
    /// The ends of an interval around each prediction, `[n, 2]`.
    Interval,
    /// What each feature adds to each prediction, `[n, F]`.
    Explain,
    /// What the contributions are added to, `[n]`.
    ExplainBase,
}

impl Output {
    pub(super) const ALL: [Self; 5] =
        [Self::Predict, Self::PredictProba, Self::Interval, Self::Explain, Self::ExplainBase];

    /// Name of the tensor.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Predict => "predict",
            Self::PredictProba => "predict_proba",
            Self::Interval => "interval",
            Self::Explain => "explain",
            Self::ExplainBase => "explain_base",
        }
    }

    /// What a model must be asked for to give it.
    fn asks(self, asked: &mut Asked, level: Option<Level>) {
        match self {
            Self::Predict => {}
            Self::PredictProba => asked.probabilities = true,
            Self::Interval => asked.interval = level,
            Self::Explain | Self::ExplainBase => asked.contributions = true,
        }
    }

    /// Whether a model gives it at all.
    pub(super) fn is_of(self, model: &dyn Model) -> bool {
        let mut asked = Asked::default();
        // A model without intervals has no level of its own, and lacks any.
        self.asks(&mut asked, model.interval_level().or_else(|| Level::new(Level::LEAST).ok()));
        asked.check(model, 1).is_ok()
    }
}

/// The outputs of one answer, in the order asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    outputs: Vec<Output>,
    asked: Asked,
}

impl Wanted {
    /// Checks the names of the outputs that a request asks for. Without any it is the prediction, and the interval when
    /// the request states the `level` of one.
    ///
    /// # Errors
    /// When there is no such output, one is asked for twice, or the model cannot give it: with all that is wrong.
    pub(crate) fn check<'n>(
        names: impl IntoIterator<Item = &'n str>,
        level: Option<Level>,
        model: &dyn Model,
        rows: usize,
    ) -> Result<Self, ApiError> {
        let mut outputs = Vec::new();
        let mut faults = Faults::default();
        for (index, name) in names.into_iter().enumerate() {
            let loc = || format!("outputs[{index}]");
            match Output::ALL.into_iter().find(|output| output.name() == name) {
                Some(output) if outputs.contains(&output) => {
                    faults.add(|| Fault::new(loc(), "asked for twice", format!("{name} once"), name));
                }
                Some(output) => outputs.push(output),
                None => faults.add(|| {
                    let got = model_core::encoding::shortened(name);
                    Fault::new(loc(), "no output of this name", given(model), got)
                }),
            }
        }
        if outputs.is_empty() {
            outputs.push(Output::Predict);
            outputs.extend(level.map(|_| Output::Interval));
        }
        let level = level.or_else(|| model.interval_level()).or_else(|| Level::new(Level::LEAST).ok());
        let mut asked = Asked::default();
        outputs.iter().for_each(|output| output.asks(&mut asked, level));
        if let Err(lacking) = asked.check(model, rows) {
            let output = match lacking {
                Lacking::Probabilities => Output::PredictProba,
                Lacking::IntervalsOfClasses | Lacking::Intervals => Output::Interval,
                Lacking::Contributions | Lacking::Rows { .. } => Output::Explain,
            };
            let got = match lacking {
                Lacking::Rows { rows, .. } => rows.to_string(),
                _ => output.name().into(),
            };
            faults.add(|| Fault::new("outputs", lacking.to_string(), lacking.cure(), got));
        }
        if faults.is_empty() { Ok(Self { outputs, asked }) } else { Err(ApiError::Invalid { faults }) }
    }

    /// The level of an interval, as the parameter `interval` of a request states it.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn level(value: RawValue<'_>) -> Result<Level, Box<Fault>> {
        level(value).map_err(|msg| Fault::new("parameters.interval", msg, levels(), value.shown()).into())
    }

    /// The outputs, in their order.
    pub(crate) fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// What the model is asked for.
    pub(crate) fn asked(&self) -> Asked {
        self.asked
    }
}

/// The outputs that a model gives, in words.
fn given(model: &dyn Model) -> String {
    let names: Vec<_> =
        Output::ALL.into_iter().filter(|output| output.is_of(model)).map(Output::name).collect();
    format!("one of {}", names.join(", "))
}
