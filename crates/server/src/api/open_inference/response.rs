//! The answer to an inference request: JSON, with raw tensors behind it where the caller asks for them.

use model_core::Level;
use serde::{Serialize, Serializer};

use crate::error::ApiError;
use crate::question::Warnings;
use crate::state::Served;
use crate::tensor::{Output, OutputTensor, Values};

/// A written answer.
pub(super) struct Response {
    pub(super) body: Vec<u8>,
    /// How many bytes of the body are JSON, where raw tensors follow.
    pub(super) json: Option<usize>,
}

impl Response {
    /// Writes the tensors of an answer, as raw bytes those that `is_binary` says.
    ///
    /// # Errors
    /// When the JSON cannot be written, which memory never refuses.
    pub(super) fn write(
        served: &Served,
        id: &str,
        warnings: &Warnings,
        tensors: &[OutputTensor<'_>],
        level: Option<Level>,
        is_binary: impl Fn(Output) -> bool,
    ) -> Result<Self, ApiError> {
        let mut raw = Vec::new();
        let mut outputs = Vec::with_capacity(tensors.len());
        for tensor in tensors {
            let binary_data_size = is_binary(tensor.output).then(|| {
                let before = raw.len();
                tensor.values.write_raw(&mut raw);
                raw.len() - before
            });
            let level = level.filter(|_| tensor.output == Output::Interval).map(Level::value);
            let is_given = binary_data_size.is_some() || level.is_some();
            outputs.push(Written {
                name: tensor.output.name(),
                shape: &tensor.shape,
                datatype: tensor.values.datatype().name(),
                parameters: is_given.then_some(OutputParameters { level, binary_data_size }),
                data: binary_data_size.is_none().then_some(Elements(&tensor.values)),
            });
        }
        let written = WrittenResponse {
            model_name: served.name(),
            model_version: served.version().to_string(),
            id,
            parameters: warned(warnings),
            outputs,
        };
        let mut body =
            serde_json::to_vec(&written).map_err(|error| ApiError::Internal { reason: error.to_string() })?;
        let has_raw = tensors.iter().any(|tensor| is_binary(tensor.output));
        let json = has_raw.then_some(body.len());
        body.extend_from_slice(&raw);
        Ok(Self { body, json })
    }
}

#[derive(Serialize)]
struct WrittenResponse<'a> {
    model_name: &'a str,
    model_version: String,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<ResponseParameters>,
    outputs: Vec<Written<'a>>,
}

/// What is remarkable about the values of a request.
#[derive(Serialize)]
struct ResponseParameters {
    /// How many values lie outside the training range.
    warnings: usize,
    /// The first of them in words.
    warning: String,
}

fn warned(warnings: &Warnings) -> Option<ResponseParameters> {
    let warning = warnings.listed().next()?.to_string();
    Some(ResponseParameters { warnings: warnings.total(), warning })
}

#[derive(Serialize)]
struct Written<'a> {
    name: &'static str,
    shape: &'a [usize],
    datatype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<OutputParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Elements<'a>>,
}

#[derive(Serialize)]
struct OutputParameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_data_size: Option<usize>,
}

/// The elements, flat; a number that is none is null.
struct Elements<'a>(&'a Values<'a>);

impl Serialize for Elements<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Values::Numbers(numbers) => serializer.collect_seq(&**numbers),
            Values::Integers(numbers) => serializer.collect_seq(numbers),
            Values::Texts(texts) => serializer.collect_seq(texts),
        }
    }
}
