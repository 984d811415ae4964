//! `ModelInfer`: the tensors of a message, the model's answers, and their tensors in a message.

use std::sync::Arc;

use inference_proto::inference::infer_parameter::ParameterChoice;
use inference_proto::inference::model_infer_request::InferInputTensor;
use inference_proto::inference::model_infer_response::InferOutputTensor;
use inference_proto::inference::{
    InferParameter, InferTensorContents, ModelInferRequest, ModelInferResponse,
};
use model_core::{Level, RawValue};
use prost::Message;
use prost::bytes::Bytes;

use super::Calls;
use super::call::Call;
use super::message::read;
use super::outline::Outline;
use crate::answer::Answers;
use crate::api::work::Work;
use crate::catalogue::Copied;
use crate::error::ApiError;
use crate::fault::Fault;
use crate::question::Question;
use crate::request_id::RequestId;
use crate::state::{Limits, Served};
use crate::telemetry::{Answered, Phase, Protocol, Stopwatch};
use crate::tensor::{self, Datatype, Elements, OutputTensor, TensorReader, Values, Wanted};

/// Most characters of the caller's own id.
const LONGEST_ID: usize = 256;

impl Calls {
    pub(super) async fn model_infer(&self, message: Bytes, call: &Call) -> Result<Vec<u8>, ApiError> {
        let outline = Outline::of(&message)?;
        let served = self.find_for(call, outline.model, outline.version)?;
        call.tell(Answered::nothing(&served, Protocol::Grpc));
        let expanded = outline.expanded.saturating_add(message.len());
        if expanded > self.state.limits.maximum_buffered_bytes {
            let reason = "it has more tensors, parameters or texts than there is memory for".into();
            return Err(ApiError::MalformedMessage { reason });
        }
        call.memory.grow(expanded)?;
        let inference = Inference { calls: self.clone(), message, served: Arc::clone(&served), id: call.id };
        let (Inferred { message, rows, warnings }, phases) = self.state.work(inference).await?;
        call.tell(Answered { served, protocol: Protocol::Grpc, rows, warnings, phases });
        Ok(message)
    }
}

/// A message to be answered by a model.
struct Inference {
    calls: Calls,
    message: Bytes,
    served: Arc<Served>,
    id: RequestId,
}

/// What a message asks.
struct Asking {
    question: Question,
    wanted: Wanted,
    id: String,
    /// Whether the answer is to have raw elements, as the question had.
    raw: bool,
}

/// The message that answers.
struct Inferred {
    message: Vec<u8>,
    rows: usize,
    warnings: usize,
}

impl Work for Inference {
    type Question = Asking;
    type Answer = Inferred;

    fn served(&self) -> &Arc<Served> {
        &self.served
    }

    fn length(&self) -> usize {
        self.message.len()
    }

    fn read(&self) -> Result<Asking, ApiError> {
        ask(self.message.clone(), &self.served, &self.calls.state.limits)
    }

    fn is_heavy(&self, asking: &Asking) -> bool {
        asking.wanted.asked().is_heavy(asking.question.rows.len())
    }

    fn answer(&self, asking: Asking, watch: &mut Stopwatch) -> Result<Inferred, ApiError> {
        let Asking { question, wanted, id, raw } = asking;
        let answers = Answers::of(&self.served, &question.rows, wanted.asked());
        watch.ends(Phase::Infer);
        let mut response = ModelInferResponse {
            model_name: self.served.name().into(),
            model_version: self.served.version().to_string(),
            id: if id.is_empty() { self.id.as_str().into() } else { id },
            ..ModelInferResponse::default()
        };
        for tensor in tensor::answer(&self.served, &answers, wanted.outputs()) {
            if raw {
                let mut bytes = Vec::new();
                tensor.values.write_raw(&mut bytes);
                response.raw_output_contents.push(bytes.into());
            }
            response.outputs.push(written(tensor, !raw));
        }
        Ok(Inferred {
            message: response.encode_to_vec(),
            rows: answers.len(),
            warnings: question.warnings.total(),
        })
    }

    fn copied(&self) -> Copied {
        let (message, limits) = (self.message.clone(), self.calls.state.limits.clone());
        Box::new(move |served| Ok(ask(message.clone(), served, &limits)?.question.rows))
    }
}

/// What a message asks of a version.
fn ask(message: Bytes, served: &Served, limits: &Limits) -> Result<Asking, ApiError> {
    let request: ModelInferRequest = read(message)?;
    let mut reader = TensorReader::new(&served.rules(limits));
    if request.id.chars().nth(LONGEST_ID).is_some() {
        let got = format!("{} characters", request.id.chars().count());
        let expected = format!("at most {LONGEST_ID} characters");
        reader.fault(|| Fault::new("id", "too long", expected, got));
    }
    let level = request.parameters.get("interval").map(level).transpose().unwrap_or_else(|fault| {
        reader.fault(|| *fault);
        None
    });
    let raw = !request.raw_input_contents.is_empty();
    if raw {
        read_raw(&mut reader, &request);
    } else {
        request.inputs.iter().for_each(|input| read_typed(&mut reader, input));
    }
    let question = reader.finish()?;
    let names = request.outputs.iter().map(|output| output.name.as_str());
    let wanted = Wanted::check(names, level, served.model(), question.rows.len())?;
    Ok(Asking { question, wanted, id: request.id, raw })
}

/// Reads any bytes as a question, for a fuzzer; the question, when they are one and its parts keep within the memory that
/// was told before.
#[cfg(any(test, fuzzing))]
pub(crate) fn survives(
    message: &[u8],
    served: &Served,
    limits: &Limits,
) -> Option<Result<Question, ApiError>> {
    let outline = match Outline::of(message) {
        Ok(outline) => outline,
        Err(error) => return Some(Err(error)),
    };
    if outline.expanded.saturating_add(message.len()) > limits.maximum_buffered_bytes {
        return None;
    }
    Some(ask(Bytes::copy_from_slice(message), served, limits).map(|asking| asking.question))
}

fn level(value: &InferParameter) -> Result<Level, Box<Fault>> {
    Wanted::level(match &value.parameter_choice {
        Some(ParameterChoice::DoubleParam(number)) => RawValue::Number(*number),
        Some(ParameterChoice::Int64Param(number)) => RawValue::Integer(*number),
        Some(ParameterChoice::Uint64Param(number)) => RawValue::Number(*number as f64),
        Some(ParameterChoice::BoolParam(truth)) => RawValue::Boolean(*truth),
        Some(ParameterChoice::StringParam(text)) => RawValue::Text(text),
        None => RawValue::Missing,
    })
}

/// Reads tensors whose elements are raw: as many pieces as there are tensors, and nothing in the tensors themselves.
fn read_raw(reader: &mut TensorReader<'_>, request: &ModelInferRequest) {
    let ModelInferRequest { inputs, raw_input_contents: raw, .. } = request;
    if raw.len() != inputs.len() {
        let (expected, got) = (format!("{}, as there are inputs", inputs.len()), raw.len().to_string());
        return reader.fault(|| Fault::new("raw_input_contents", "another number of tensors", expected, got));
    }
    for (input, bytes) in inputs.iter().zip(raw) {
        if input.contents.as_ref().is_some_and(|contents| *contents != InferTensorContents::default()) {
            let expected = "contents or raw_input_contents";
            reader.fault(|| Fault::new(shown(&input.name), "data given twice", expected, "both"));
        } else if let Some(elements) = reader.tensor(&input.name, &input.datatype, &input.shape) {
            elements.raw(bytes);
        }
    }
}

fn read_typed(reader: &mut TensorReader<'_>, input: &InferInputTensor) {
    let Some(elements) = reader.tensor(&input.name, &input.datatype, &input.shape) else { return };
    match &input.contents {
        Some(contents) => take(elements, contents),
        None => elements.end(),
    }
}

/// Takes the elements out of the field that fits their type.
fn take(mut elements: Elements<'_, '_, '_>, contents: &InferTensorContents) {
    let InferTensorContents {
        bool_contents,
        int_contents,
        int64_contents,
        uint_contents,
        uint64_contents,
        fp32_contents,
        fp64_contents,
        bytes_contents,
    } = contents;
    let fields = [
        ("bool_contents", bool_contents.len()),
        ("int_contents", int_contents.len()),
        ("int64_contents", int64_contents.len()),
        ("uint_contents", uint_contents.len()),
        ("uint64_contents", uint64_contents.len()),
        ("fp32_contents", fp32_contents.len()),
        ("fp64_contents", fp64_contents.len()),
        ("bytes_contents", bytes_contents.len()),
    ];
    let fits = match elements.datatype() {
        Datatype::Bool => 0,
        Datatype::Int8 | Datatype::Int16 | Datatype::Int32 => 1,
        Datatype::Int64 => 2,
        Datatype::Uint8 | Datatype::Uint16 | Datatype::Uint32 => 3,
        Datatype::Uint64 => 4,
        Datatype::Fp32 => 5,
        Datatype::Fp64 => 6,
        Datatype::Bytes => 7,
    };
    let other = fields.iter().enumerate().find(|(place, (_, length))| *place != fits && *length > 0);
    if let Some((_, (other, _))) = other {
        let expected = format!("{} for {}", fields[fits].0, elements.datatype().name());
        return elements.fault("elements in another field", expected, *other);
    }
    bool_contents.iter().for_each(|&truth| elements.push(RawValue::Boolean(truth)));
    int_contents.iter().for_each(|&number| elements.push(RawValue::Integer(number.into())));
    int64_contents.iter().for_each(|&number| elements.push(RawValue::Integer(number)));
    uint_contents.iter().for_each(|&number| elements.push(RawValue::Integer(number.into())));
    uint64_contents.iter().for_each(|&number| elements.push(tensor::unsigned(number)));
    fp32_contents.iter().for_each(|&number| elements.single(number));
    fp64_contents.iter().for_each(|&number| elements.push(RawValue::Number(number)));
    bytes_contents.iter().for_each(|text| elements.bytes(text));
    elements.end();
}

/// A tensor as the protocol has it, with its elements or without.
fn written(tensor: OutputTensor<'_>, with_elements: bool) -> InferOutputTensor {
    let OutputTensor { output, shape, values } = tensor;
    InferOutputTensor {
        name: output.name().into(),
        datatype: values.datatype().name().into(),
        shape: shape.iter().filter_map(|&size| i64::try_from(size).ok()).collect(),
        contents: with_elements.then(|| contents(values)),
        ..InferOutputTensor::default()
    }
}

fn contents(values: Values<'_>) -> InferTensorContents {
    let empty = InferTensorContents::default();
    match values {
        Values::Numbers(numbers) => InferTensorContents { fp64_contents: numbers.into_owned(), ..empty },
        Values::Integers(numbers) => InferTensorContents { int64_contents: numbers, ..empty },
        Values::Texts(texts) => {
            let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
            InferTensorContents { bytes_contents: texts.into_iter().map(bytes).collect(), ..empty }
        }
    }
}

/// The name of a tensor in an error.
fn shown(name: &str) -> String {
    crate::question::Place::Field(name).to_string()
}
