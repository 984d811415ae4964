//! One door for each parser that meets the network or a file: what a fuzzer, and the test below on every build, feed with
//! bytes. A door does more than survive: what can be said about every input is asserted.
//!
//! `fuzz/corpus` in the repository holds an input of every shape.

#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "a door reports by a panic what is not as it should be"
)]

use std::sync::{Arc, LazyLock};

use actix_web::web::Bytes;
use forest::ForestModel;
use model_core::artifact::Artifact;
use model_core::{Encoder, Model};
use serde_json::Value;

use crate::answer::{Answer, Asked};
use crate::api::open_inference::Request;
use crate::api::{kserve_v1, mlflow};
use crate::catalogue;
use crate::error::ApiError;
use crate::grpc::survives;
use crate::lines::{Line, Lines};
use crate::options::Options;
use crate::question::{Columns, Expect, Question, Rules, read_csv, read_json};
use crate::security::Keys;
use crate::state::{Limits, Served};
use crate::stubs;
use crate::unpack::Unpacker;

mod headers;
mod requests;
#[cfg(test)]
mod tests;

/// A name and what takes the bytes.
pub type Door = (&'static str, fn(&[u8]));

/// All doors; the name is also that of the folder of the corpus.
pub const DOORS: [Door; 15] = [
    ("native_json", native_json),
    ("ndjson", ndjson),
    ("csv", csv),
    ("query", query),
    ("v2", v2),
    ("grpc", grpc),
    ("other_json", other_json),
    ("packed", packed),
    ("keys", keys),
    ("rules", rules),
    ("artifact", artifact),
    ("headers", headers::headers),
    ("request", requests::request),
    ("upload", requests::upload),
    ("call", requests::call),
];

/// Few rows, so that the limit is met.
const MAXIMUM_ROWS: usize = 40;

/// Models with all kinds of features.
static MODELS: LazyLock<[Served; 4]> = LazyLock::new(|| {
    [stubs::boston(), stubs::taxi(), stubs::penguins(), stubs::iris()]
        .map(|stub| Served::new(Arc::new(stub), None, None, &limits()).expect("a stub can be served"))
});

fn limits() -> Limits {
    Limits { maximum_rows: MAXIMUM_ROWS, ..Limits::default() }
}

/// A body of the native API. What is read from it is read from the same JSON written in another way, too.
fn native_json(body: &[u8]) {
    for served in MODELS.iter() {
        let rules = served.rules(&limits());
        let read = |body: &[u8]| read_json(body, &rules, Expect::Any);
        let Some(question) = answered(served, read(body)) else { continue };
        let value: Value = serde_json::from_slice(body).expect("what is answered is JSON");
        let again = serde_json::to_vec_pretty(&value).expect("a value can be written");
        let again = read(&again).unwrap_or_else(|error| panic!("other white space: {error}"));
        assert_eq!(bits(&again), bits(&question));
        assert_eq!(again.shape, question.shape);
    }
}

/// The lines of a stream: wherever the pieces of the body end, the lines are the same.
fn ndjson(bytes: &[u8]) {
    const LONGEST: usize = 64;
    let Some((&size, body)) = bytes.split_first() else { return };
    let cut = |size: usize| {
        let mut lines = Lines::new(LONGEST);
        let mut found: Vec<Line> = Vec::new();
        for piece in body.chunks(size) {
            lines.feed(Bytes::copy_from_slice(piece));
            found.extend(std::iter::from_fn(|| lines.cut()));
            assert!(lines.kept() <= LONGEST, "what is kept is bounded");
        }
        found.extend(lines.end());
        found
    };
    let lines = cut(body.len().max(1));
    assert_eq!(lines, cut(usize::from(size) % 16 + 1));
    let served = &MODELS[3];
    let limits = limits();
    let rules = Rules { maximum_rows: 1, ..served.rules(&limits) };
    for text in lines.iter().filter_map(|line| line.text.as_ref()) {
        let question = answered(served, read_json(text.trim_ascii_end(), &rules, Expect::Row));
        assert!(question.is_none_or(|question| question.rows.len() == 1));
    }
}

/// A table, for the native API and for MLflow. One with unknown columns is never taken where none may be.
fn csv(file: &[u8]) {
    for served in MODELS.iter() {
        let rules = served.rules(&limits());
        let exact = answered(served, read_csv(file, &rules, Columns::Exact));
        answered(served, read_csv(file, &rules, Columns::Among));
        // A byte order mark changes nothing.
        let marked = [b"\xef\xbb\xbf", file].concat();
        if let (Some(question), false) = (exact, file.starts_with(b"\xef\xbb\xbf")) {
            let marked = read_csv(&marked, &rules, Columns::Exact);
            assert_eq!(bits(&marked.expect("it is read with the mark")), bits(&question));
        }
    }
}

/// The options in an address. Given twice, they are refused.
fn query(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(options) = Options::of_query(text) else { return };
    for served in MODELS.iter() {
        let _ = Options::check(options, Options::NONE, served.model(), 1);
    }
    if options != Options::NONE {
        assert!(Options::of_query(&format!("{text}&{text}")).is_err(), "{text} twice");
    }
}

/// A request of the Open Inference Protocol: two bytes of length, then JSON of that length, then raw tensors. With a length
/// beyond the body, all of it is JSON.
fn v2(bytes: &[u8]) {
    let Some((length, body)) = bytes.split_first_chunk() else { return };
    let length = usize::from(u16::from_le_bytes(*length));
    let length = (length <= body.len()).then_some(length);
    for served in MODELS.iter() {
        let read = Request::read(body, length, &served.rules(&limits()));
        answered(served, read.map(|request| request.question));
    }
}

/// A `ModelInferRequest` of gRPC.
fn grpc(message: &[u8]) {
    for served in MODELS.iter() {
        if let Some(read) = survives(message, served, &limits()) {
            answered(served, read);
        }
    }
}

/// A body of KServe V1 and of MLflow. What both of them read, they read alike.
fn other_json(body: &[u8]) {
    for served in MODELS.iter() {
        let rules = served.rules(&limits());
        let v1 = answered(served, (kserve_v1::MANNER.read)(body, &rules));
        let mlflow = answered(served, (mlflow::JSON.read)(body, &rules));
        if let (Some(v1), Some(mlflow)) = (v1, mlflow) {
            assert_eq!(bits(&v1), bits(&mlflow));
        }
    }
}

/// A compressed body: the first byte chooses how it is packed and how large the pieces are. Pieces that come out are of
/// bounded size.
fn packed(bytes: &[u8]) {
    const LARGEST: usize = 128 * 1024;
    let Some((&choice, body)) = bytes.split_first() else { return };
    let encoding = if choice % 2 == 0 { "gzip" } else { "deflate" };
    let mut unpacker = Unpacker::of(encoding).expect("a known encoding");
    let mut total = 0;
    for piece in body.chunks(usize::from(choice) + 1) {
        unpacker.feed(Bytes::copy_from_slice(piece));
        loop {
            match unpacker.unpack() {
                Ok(Some(piece)) => {
                    assert!(piece.len() <= LARGEST, "{} bytes at once", piece.len());
                    total += piece.len();
                }
                Ok(None) => break,
                Err(_) => return,
            }
            if total > 4 * LARGEST {
                return;
            }
        }
    }
    let _ = unpacker.finish();
}

/// A file of API keys. A text that holds keys holds at least one.
fn keys(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(keys) = text.parse::<Keys>() {
        assert!((1..=text.len()).contains(&keys.count()));
        assert!(keys.find("").is_none() || text.to_ascii_lowercase().contains("e3b0c44298fc1c14"));
    }
}

/// A file of policies and aliases.
fn rules(text: &[u8]) {
    catalogue::survives_writing(text);
}

/// An artifact, as it is and with its checksums made right. One that is taken answers the rows of its profile with numbers.
fn artifact(bytes: &[u8]) {
    let _ = Artifact::decode(bytes.to_vec());
    let Some(sealed) = sealed(bytes) else { return };
    let Ok(artifact) = Artifact::decode(sealed) else { return };
    let Ok(model) = ForestModel::from_artifact(artifact) else { return };
    let width = Encoder::width(model.encoder());
    let rows = model_core::Rows::from_values(width, vec![0.0; width]);
    let _ = model.predict(&rows);
    let _ = model.explain(&rows);
}

/// The artifact with the lengths and checksums that belong to it. Behind the preamble, two bytes are taken as the length of
/// the header.
fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    const PREAMBLE: usize = 24;
    const DIGEST: usize = 32;
    let (preamble, rest) = bytes.split_at_checked(PREAMBLE)?;
    let length = u32::from_le_bytes(*preamble[12..].first_chunk()?) as usize;
    let (header, rest) = rest.split_at_checked(length)?;
    let payload = rest.get(DIGEST..rest.len().checked_sub(DIGEST)?)?;
    let mut sealed = preamble[..16].to_vec();
    sealed.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    sealed.extend_from_slice(header);
    let digest = blake3::hash(&sealed);
    sealed.extend_from_slice(digest.as_bytes());
    sealed.extend_from_slice(payload);
    sealed.extend_from_slice(blake3::hash(payload).as_bytes());
    Some(sealed)
}

/// The question, once it is answered as an API answers it.
fn answered(served: &Served, read: Result<Question, ApiError>) -> Option<Question> {
    let question = match read {
        Ok(question) => question,
        Err(error) => {
            let problem = error.problem("id");
            assert!((400..500).contains(&problem.status), "{error}");
            return None;
        }
    };
    let rows = question.rows.len();
    assert!((1..=MAXIMUM_ROWS).contains(&rows), "{rows} rows");
    assert!(!bits(&question).is_empty());
    let copy = Question {
        shape: question.shape,
        rows: question.rows.clone(),
        warnings: Default::default(),
        options: question.options,
    };
    let answer = Answer::of(served, copy, Asked::default());
    assert_eq!(answer.len(), rows, "as many answers as rows");
    let written = serde_json::to_vec(&answer).expect("an answer can be written");
    serde_json::from_slice::<Value>(&written).expect("an answer is JSON");
    Some(question)
}

/// The values to the bit, for NaN is equal to nothing; all NaN are one.
fn bits(question: &Question) -> Vec<u32> {
    let one = |value: &f32| if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() };
    question.rows.values().iter().map(one).collect()
}
