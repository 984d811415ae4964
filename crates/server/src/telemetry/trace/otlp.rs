//! Spans as OTLP in JSON: the message of protocol buffers, with ids in hexadecimal and long numbers in quotes.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Span, Value};

/// `SPAN_KIND_INTERNAL`.
const INTERNAL: u8 = 1;
/// `SPAN_KIND_SERVER`.
const SERVER: u8 = 2;
/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

/// The message that brings these spans, of this resource.
pub(super) fn message(resource: &[(String, String)], spans: &[Span]) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Message {
        resource_spans: [ResourceSpans {
            resource: Resource { attributes: resource.iter().map(Attribute::of_resource).collect() },
            scope_spans: [ScopeSpans {
                scope: Scope { name: "canopy", version: env!("CARGO_PKG_VERSION") },
                spans: spans.iter().flat_map(Wire::all).collect(),
            }],
        }],
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    resource_spans: [ResourceSpans<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'a> {
    resource: Resource<'a>,
    scope_spans: [ScopeSpans<'a>; 1],
}

#[derive(Serialize)]
struct Resource<'a> {
    attributes: Vec<Attribute<'a>>,
}

#[derive(Serialize)]
struct ScopeSpans<'a> {
    scope: Scope,
    spans: Vec<Wire<'a>>,
}

#[derive(Serialize)]
struct Scope {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_state: Option<&'a str>,
    name: &'a str,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<Attribute<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

#[derive(Serialize)]
struct Status {
    code: u8,
}

#[derive(Serialize)]
struct Attribute<'a> {
    key: &'a str,
    value: AnyValue<'a>,
}

enum AnyValue<'a> {
    Text(&'a str),
    Number(u64),
}

impl<'a> Attribute<'a> {
    fn of_resource((key, value): &'a (String, String)) -> Self {
        Self { key, value: AnyValue::Text(value) }
    }

    fn of_span((key, value): &'a (&'static str, Value)) -> Self {
        let value = match value {
            Value::Text(text) => AnyValue::Text(text),
            Value::Number(number) => AnyValue::Number(*number),
        };
        Self { key, value }
    }
}

impl Serialize for AnyValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(1))?;
        match self {
            Self::Text(text) => object.serialize_entry("stringValue", text)?,
            Self::Number(number) => object.serialize_entry("intValue", &number.to_string())?,
        }
        object.end()
    }
}

impl<'a> Wire<'a> {
    /// The span of a request, and those below it.
    fn all(span: &'a Span) -> impl Iterator<Item = Self> {
        let trace = span.trace.to_string();
        let state = span.state.as_deref();
        let below = span.steps.iter().map(move |step| Self {
            trace_id: trace.clone(),
            span_id: step.id.to_string(),
            parent_span_id: Some(span.id.to_string()),
            trace_state: state,
            name: step.name,
            kind: INTERNAL,
            start_time_unix_nano: step.started.to_string(),
            end_time_unix_nano: step.ended.to_string(),
            attributes: Vec::new(),
            status: None,
        });
        std::iter::once(Self::of_request(span)).chain(below)
    }

    fn of_request(span: &'a Span) -> Self {
        Self {
            trace_id: span.trace.to_string(),
            span_id: span.id.to_string(),
            parent_span_id: span.parent.map(|parent| parent.to_string()),
            trace_state: span.state.as_deref(),
            name: &span.name,
            kind: SERVER,
            start_time_unix_nano: span.started.to_string(),
            end_time_unix_nano: span.ended.to_string(),
            attributes: span.attributes.iter().map(Attribute::of_span).collect(),
            status: span.failed.then_some(Status { code: ERROR }),
        }
    }
}
