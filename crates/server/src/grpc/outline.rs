//! What a question says of itself before it is read: which model it asks, and the memory that its parts will take.
//!
//! Two bytes of a message can be a tensor of hundreds in memory, so that a message within the limit on bodies could take
//! gigabytes. A walk over the lengths of its fields, which keeps nothing, tells so before anything is made of them.

use inference_proto::inference::InferParameter;
use inference_proto::inference::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use prost::bytes::Bytes;

use crate::error::ApiError;

/// What a `ModelInferRequest` says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline<'a> {
    /// Name of the model; empty for the default one.
    pub(super) model: &'a str,
    /// Version or alias; empty for the default one.
    pub(super) version: &'a str,
    /// Most bytes that its parts take in memory, beside the message itself.
    pub(super) expanded: usize,
}

/// A parameter with its name and its place in a map.
const PARAMETER: usize = 2 * (size_of::<InferParameter>() + size_of::<String>()) + 32;
/// The widest number.
const NUMBER: usize = size_of::<u64>();
/// A list that grows has room for twice as many.
const SPARE: usize = 2;

impl<'a> Outline<'a> {
    /// Walks over a message.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn of(message: &'a [u8]) -> Result<Self, ApiError> {
        let mut outline = Self::default();
        let mut parts = 0_usize;
        for field in Fields(message) {
            parts = parts.saturating_add(match field? {
                (1, Wire::Bytes(name)) => {
                    outline.model = text(name)?;
                    0
                }
                (2, Wire::Bytes(version)) => {
                    outline.version = text(version)?;
                    0
                }
                (4, Wire::Bytes(_)) => PARAMETER,
                (5, Wire::Bytes(tensor)) => size_of::<InferInputTensor>() + of_tensor(tensor)?,
                (6, Wire::Bytes(output)) => size_of::<InferRequestedOutputTensor>() + of_output(output)?,
                (7, Wire::Bytes(_)) => size_of::<Bytes>(),
                _ => 0,
            });
        }
        outline.expanded = parts.saturating_mul(SPARE);
        Ok(outline)
    }
}

fn of_tensor(tensor: &[u8]) -> Result<usize, ApiError> {
    sum(tensor, |field| match field {
        (3, value) => Ok(of_numbers(&value)),
        (4, Wire::Bytes(_)) => Ok(PARAMETER),
        (5, Wire::Bytes(contents)) => of_contents(contents),
        _ => Ok(0),
    })
}

fn of_output(output: &[u8]) -> Result<usize, ApiError> {
    sum(output, |field| Ok(if let (2, Wire::Bytes(_)) = field { PARAMETER } else { 0 }))
}

fn of_contents(contents: &[u8]) -> Result<usize, ApiError> {
    sum(contents, |field| {
        Ok(match field {
            // As wide in memory as in the message.
            (1 | 6 | 7, Wire::Bytes(numbers)) => numbers.len(),
            (8, Wire::Bytes(_)) => size_of::<Bytes>(),
            (_, value) => of_numbers(&value),
        })
    })
}

/// One number, or many in one field; each is a byte at least.
fn of_numbers(value: &Wire<'_>) -> usize {
    match value {
        Wire::Number => NUMBER,
        Wire::Bytes(numbers) => numbers.len().saturating_mul(NUMBER),
    }
}

fn sum(
    message: &[u8],
    of_field: impl Fn((u64, Wire<'_>)) -> Result<usize, ApiError>,
) -> Result<usize, ApiError> {
    Fields(message).try_fold(0_usize, |sum, field| Ok(sum.saturating_add(of_field(field?)?)))
}

fn text(bytes: &[u8]) -> Result<&str, ApiError> {
    std::str::from_utf8(bytes).map_err(|_| malformed("a name is not UTF-8"))
}

fn malformed(reason: &str) -> ApiError {
    ApiError::MalformedMessage { reason: reason.into() }
}

/// The value of a field.
enum Wire<'a> {
    /// A number of any width.
    Number,
    /// A text, a message, or many numbers.
    Bytes(&'a [u8]),
}

/// The fields of a message, each by its number.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Wire<'a>), ApiError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field().ok_or_else(|| malformed("it breaks off, or is no protocol buffer"));
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let key = self.varint()?;
        let value = match key & 7 {
            0 => {
                self.varint()?;
                Wire::Number
            }
            1 => self.take(8).map(|_| Wire::Number)?,
            2 => {
                let length = self.varint()?;
                Wire::Bytes(self.take(usize::try_from(length).ok()?)?)
            }
            5 => self.take(4).map(|_| Wire::Number)?,
            // Groups, which this protocol never had.
            _ => return None,
        };
        Some((key >> 3, value))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use inference_proto::inference::{InferTensorContents, ModelInferRequest};
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    #[test]
    fn a_small_message_of_many_parts_is_told_by_their_memory() {
        let check = |request: ModelInferRequest, least: usize| {
            let message = request.encode_to_vec();
            let outline = Outline::of(&message).unwrap();
            assert!(outline.expanded >= least, "{outline:?} {least}");
        };
        let empty = ModelInferRequest::default;
        check(empty(), 0);
        let inputs = vec![InferInputTensor::default(); 1000];
        check(ModelInferRequest { inputs, ..empty() }, 1000 * size_of::<InferInputTensor>());
        let outputs = vec![InferRequestedOutputTensor::default(); 1000];
        check(ModelInferRequest { outputs, ..empty() }, 1000 * size_of::<InferRequestedOutputTensor>());
        let raw_input_contents = vec![Bytes::new(); 1000];
        check(ModelInferRequest { raw_input_contents, ..empty() }, 1000 * size_of::<Bytes>());
        let parameters: HashMap<_, _> =
            (0..1000).map(|number| (number.to_string(), InferParameter::default())).collect();
        check(ModelInferRequest { parameters, ..empty() }, 1000 * size_of::<(String, InferParameter)>());
        let contents = |contents| {
            let input = InferInputTensor { contents: Some(contents), ..InferInputTensor::default() };
            ModelInferRequest { inputs: vec![input], ..empty() }
        };
        let bytes_contents = vec![Bytes::new(); 1000];
        check(contents(InferTensorContents { bytes_contents, ..<_>::default() }), 1000 * size_of::<Bytes>());
        let uint64_contents = vec![0; 1000];
        check(contents(InferTensorContents { uint64_contents, ..<_>::default() }), 1000 * size_of::<u64>());
    }

    proptest! {
        #[test]
        fn whatever_prost_reads_has_an_outline_and_nothing_breaks_it(bytes: Vec<u8>) {
            let outline = Outline::of(&bytes);
            // Groups are left out: prost skips them.
            if let (Ok(request), Ok(outline)) = (ModelInferRequest::decode(&*bytes), outline) {
                prop_assert_eq!(outline.model, request.model_name);
                prop_assert_eq!(outline.version, request.model_version);
            }
        }

        #[test]
        fn what_was_written_is_told(model: String, version: String, id: String, values: Vec<f64>) {
            let contents = InferTensorContents { fp64_contents: values.clone(), ..<_>::default() };
            let input = InferInputTensor { shape: vec![1, -1], contents: Some(contents), ..<_>::default() };
            let request = ModelInferRequest {
                model_name: model.clone(),
                model_version: version.clone(),
                id,
                inputs: vec![input],
                ..<_>::default()
            };
            let message = request.encode_to_vec();
            let outline = Outline::of(&message).unwrap();
            prop_assert_eq!(outline.model, model);
            prop_assert_eq!(outline.version, version);
            prop_assert!(outline.expanded >= 8 * values.len());
            for end in 0..message.len() {
                prop_assert_eq!(Outline::of(&message[..end]).is_ok(), ModelInferRequest::decode(&message[..end]).is_ok());
            }
        }
    }
}
