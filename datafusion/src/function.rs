//! A model as a scalar function.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;
use model_core::Model;
use serde::{Deserialize, Serialize};

use crate::answers::Answers;
use crate::columns::{EncodedRows, encode};
use crate::{ModelError, SqlModel, arguments};

/// Rows that functions of this process answered.
static ANSWERED: AtomicU64 = AtomicU64::new(0);

/// Number of rows that functions of this process have answered, for reports of how far it is.
pub fn answered_rows() -> u64 {
    ANSWERED.load(Ordering::Relaxed)
}

/// What a function answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// The prediction: a double, for classes text or a whole number, as `trainer predict` writes it.
    Prediction,
    /// The probability of each class: a struct with a double for each.
    Probabilities,
    /// The prediction interval of the model's own level: a struct of `lower` and `upper`.
    Interval,
}

/// What becomes of a row with a value that the schema refuses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusals {
    /// The query ends with an error that names the value.
    #[default]
    Fail,
    /// The answer is null.
    Null,
}

/// A model as a function of its features.
#[derive(Debug)]
pub struct ModelFunction {
    name: String,
    asked: Asked,
    refusals: Refusals,
    model: Arc<SqlModel>,
    answers: Answers,
    signature: Signature,
}

impl ModelFunction {
    /// A function of this name.
    ///
    /// # Errors
    /// When the name is none of a function, or the model cannot answer what is asked.
    pub fn new(
        name: &str,
        model: Arc<SqlModel>,
        asked: Asked,
        refusals: Refusals,
    ) -> Result<Self, ModelError> {
        let is_name =
            name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
                && name.bytes().next().is_some_and(|first| !first.is_ascii_digit());
        if !is_name {
            return Err(ModelError::Name { name: name.into() });
        }
        let cannot = |what, cure| ModelError::Cannot { name: name.into(), what, cure };
        let answers = match asked {
            Asked::Prediction => Answers::prediction(model.model()),
            Asked::Probabilities => Answers::probabilities(model.model())
                .ok_or_else(|| cannot("probabilities", ", which only a classification has"))?,
            Asked::Interval => Answers::interval(model.model()).ok_or_else(|| {
                cannot("intervals", ": train it with model.interval in its config, for example 0.9")
            })?,
        };
        let features = &model.model().schema().features;
        let names: Vec<String> = features.iter().map(|feature| feature.identifier.clone()).collect();
        let signature = Signature::user_defined(Volatility::Immutable)
            .with_parameter_names(names)
            .map_err(|_| cannot("distinct identifiers of its features", ""))?;
        Ok(Self { name: name.into(), asked, refusals, model, answers, signature })
    }

    /// What it answers.
    pub fn asked(&self) -> Asked {
        self.asked
    }

    /// What becomes of a row that is refused.
    pub fn refusals(&self) -> Refusals {
        self.refusals
    }

    /// The model.
    pub fn model(&self) -> &Arc<SqlModel> {
        &self.model
    }

    fn is_like(&self) -> (&str, Asked, Refusals, &str) {
        (&self.name, self.asked, self.refusals, self.model.digest())
    }
}

impl PartialEq for ModelFunction {
    fn eq(&self, other: &Self) -> bool {
        self.is_like() == other.is_like()
    }
}

impl Eq for ModelFunction {}

impl Hash for ModelFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.is_like().hash(state);
    }
}

impl ScalarUDFImpl for ModelFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Any: what a value must be is told when the arguments are known with their names.
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(self.answers.data_type())
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        arguments::check(&self.name, self.model.model().encoder(), arguments.arg_fields)?;
        let is_nullable = self.refusals == Refusals::Null;
        Ok(Arc::new(Field::new(&self.name, self.answers.data_type(), is_nullable)))
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = call.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let rows = if is_constant { 1 } else { call.number_rows };
        let model = self.model.model();
        let EncodedRows { rows, refused, first } = encode(model.encoder(), &call.args, rows)?;
        if let (Some((feature, error)), Refusals::Fail) = (first, self.refusals) {
            let feature = &model.schema().features[feature].name;
            return exec_err!(
                "{}: the feature {feature:?}: {error}; correct the value, leave the row out with WHERE, or have null as the answer with --on-error null",
                self.name
            );
        }
        let answers = self.answers.of(model, &rows, &refused)?;
        ANSWERED.fetch_add(rows.len() as u64, Ordering::Relaxed);
        match is_constant {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answers, 0)?)),
            false => Ok(ColumnarValue::Array(answers)),
        }
    }
}

/// A model as a function of its features that answers the prediction, and fails at a value that the schema refuses.
///
/// # Errors
/// When the name is none of a function.
pub fn predict_udf(name: &str, model: Arc<SqlModel>) -> Result<ScalarUDF, ModelError> {
    ModelFunction::new(name, model, Asked::Prediction, Refusals::Fail).map(ScalarUDF::new_from_impl)
}

/// All functions that a model has: `name`, for classes `name_proba`, with intervals `name_interval`.
///
/// # Errors
/// When the name is none of a function.
pub fn functions(
    name: &str,
    model: &Arc<SqlModel>,
    refusals: Refusals,
) -> Result<Vec<ScalarUDF>, ModelError> {
    let function = |asked, ending: &str| {
        ModelFunction::new(&format!("{name}{ending}"), Arc::clone(model), asked, refusals)
            .map(ScalarUDF::new_from_impl)
    };
    let mut functions = vec![function(Asked::Prediction, "")?];
    functions.extend(function(Asked::Probabilities, "_proba").ok());
    functions.extend(function(Asked::Interval, "_interval").ok());
    Ok(functions)
}
