//! The JSON of an inference request, with raw tensors behind it or without.

use std::borrow::Cow;
use std::fmt;

use model_core::{Level, RawValue};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::input::Input;
use crate::api::nan::nulled;
use crate::error::ApiError;
use crate::fault::Fault;
use crate::question::{Question, Rules, malformed, not_utf8};
use crate::tensor::{TensorReader, Wanted};

/// Most characters of the caller's own id.
const LONGEST_ID: usize = 256;
/// Most outputs that are looked at; a model has fewer.
const OUTPUTS: usize = 64;
/// Most characters of a reason that the parser gives: it repeats what it met.
const REASON: usize = 160;

/// A request that was read.
pub(crate) struct Request {
    pub(crate) question: Question,
    /// The caller's own id.
    pub(super) id: Option<String>,
    pub(super) outputs: Vec<RequestedOutput>,
    pub(super) level: Option<Level>,
    /// Whether outputs that are not asked for by name are to come as raw bytes.
    pub(super) binary: bool,
}

/// An output that a request asks for.
pub(super) struct RequestedOutput {
    pub(super) name: String,
    /// Whether it is to come as raw bytes.
    pub(super) binary: bool,
}

impl Request {
    /// Reads a body whose first `json` bytes are JSON, all when there is no such number.
    ///
    /// # Errors
    /// When it is no JSON of a request, or with all that is wrong with its tensors.
    pub(crate) fn read(body: &[u8], json: Option<usize>, rules: &Rules<'_>) -> Result<Self, ApiError> {
        let json = json.unwrap_or(body.len());
        let Some((json, raw)) = body.split_at_checked(json) else {
            let (expected, got) = (format!("at most the {} bytes of the body", body.len()), json.to_string());
            let fault = Fault::new(super::HEADER_LENGTH, "beyond the body", expected, got);
            return Err(ApiError::Invalid { faults: fault.into() });
        };
        let json = nulled(json);
        let text = std::str::from_utf8(&json).map_err(|error| not_utf8(&json, error.valid_up_to()))?;
        if text.trim_ascii().is_empty() {
            return Err(ApiError::EmptyBody);
        }
        let mut envelope = Envelope::new(TensorReader::new(rules), raw);
        let mut parser = serde_json::Deserializer::from_str(text);
        let parsed = parser.deserialize_map(&mut envelope).and_then(|()| parser.end());
        parsed.map_err(|error| refused(&error))?;
        envelope.finish()
    }
}

/// What a parser says of a body that is no JSON, or JSON of another thing.
fn refused(error: &serde_json::Error) -> ApiError {
    let refused = malformed(error);
    match refused {
        ApiError::Malformed { line, column, reason } if error.is_data() => {
            let reason: String = reason.chars().take(REASON).collect();
            let expected = "an inference request";
            let fault =
                Fault::new(format!("line {line}, column {column}"), "not of the protocol", expected, reason);
            ApiError::Invalid { faults: fault.into() }
        }
        refused => refused,
    }
}

/// The request in the making.
struct Envelope<'m, 'b> {
    reader: TensorReader<'m>,
    /// The raw tensors that no input took so far.
    raw: &'b [u8],
    has_inputs: bool,
    id: Option<String>,
    parameters: Parameters,
    outputs: Vec<OutputAsTyped>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Id,
    Parameters,
    Inputs,
    Outputs,
    #[serde(other)]
    Other,
}

/// Those parameters of a request that mean something here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    binary_data_output: Option<bool>,
    interval: Option<f64>,
}

#[derive(Deserialize)]
struct OutputAsTyped {
    name: String,
    #[serde(default)]
    parameters: Option<OutputParameters>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OutputParameters {
    binary_data: Option<bool>,
}

/// A text that is read where it stands.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl<'m, 'b> Envelope<'m, 'b> {
    fn new(reader: TensorReader<'m>, raw: &'b [u8]) -> Self {
        Self {
            reader,
            raw,
            has_inputs: false,
            id: None,
            parameters: Parameters::default(),
            outputs: Vec::new(),
        }
    }

    fn finish(mut self) -> Result<Request, ApiError> {
        if !self.raw.is_empty() {
            let got = format!("{} bytes more", self.raw.len());
            let expected = "as many as the inputs' binary_data_size say";
            self.reader.fault(|| Fault::new("body", "bytes behind the last raw tensor", expected, got));
        }
        if let Some(id) = &self.id
            && id.chars().nth(LONGEST_ID).is_some()
        {
            let got = format!("{} characters", id.chars().count());
            self.reader
                .fault(|| Fault::new("id", "too long", format!("at most {LONGEST_ID} characters"), got));
        }
        if self.outputs.len() > OUTPUTS {
            let got = self.outputs.len().to_string();
            self.reader.fault(|| Fault::new("outputs", "too many", format!("at most {OUTPUTS}"), got));
        }
        let level = self.parameters.interval.map(|level| Wanted::level(RawValue::Number(level))).transpose();
        let level = level.unwrap_or_else(|fault| {
            self.reader.fault(|| *fault);
            None
        });
        let binary = self.parameters.binary_data_output.unwrap_or(false);
        let outputs = self.outputs.into_iter().map(|output| RequestedOutput {
            name: output.name,
            binary: output.parameters.and_then(|parameters| parameters.binary_data).unwrap_or(binary),
        });
        let (outputs, id) = (outputs.collect(), self.id);
        Ok(Request { question: self.reader.finish()?, id, outputs, level, binary })
    }
}

impl<'de> Visitor<'de> for &mut Envelope<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `inputs`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<Key>()? {
            match key {
                Key::Id => self.id = object.next_value()?,
                Key::Parameters => {
                    self.parameters = object.next_value::<Option<Parameters>>()?.unwrap_or_default();
                }
                Key::Inputs if self.has_inputs => return Err(A::Error::duplicate_field("inputs")),
                Key::Inputs => {
                    self.has_inputs = true;
                    object.next_value_seed(Inputs { reader: &mut self.reader, raw: &mut self.raw })?;
                }
                Key::Outputs => self.outputs = object.next_value::<Option<_>>()?.unwrap_or_default(),
                Key::Other => object.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        if self.has_inputs { Ok(()) } else { Err(A::Error::missing_field("inputs")) }
    }
}

/// The list of tensors.
struct Inputs<'r, 'm, 'b> {
    reader: &'r mut TensorReader<'m>,
    raw: &'r mut &'b [u8],
}

impl<'de> DeserializeSeed<'de> for Inputs<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Inputs<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tensors")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Input { reader: self.reader, raw: self.raw })?.is_some() {}
        Ok(())
    }
}
