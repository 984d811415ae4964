//! The pages for people, all offline: the playground, which works by scripts of its own (`playground`), and the reference of
//! the API, which has none.

use askama::Template;
use model_core::Model;
use serde_json::Value;

use crate::api::index::Index;
use crate::error::Kind;
use crate::openapi::Features;
use crate::playground;

/// What the reference may do: show its own style. It has no scripts.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The playground, with what may be told of its model before anything is asked. `host` is where the caller reached the
/// server, if the request says so plainly.
pub(crate) fn playground(
    shown: Option<(&Index<'_>, &dyn Model)>,
    has_keys: bool,
    host: Option<&str>,
) -> Result<String, askama::Error> {
    // The example stands between single quotes of a shell.
    let example = |model| Features::new(model, false).example_object().to_string().replace('\'', "'\\''");
    PlaygroundPage {
        index: shown.map(|(index, _)| index),
        has_keys,
        modules: playground::MODULES,
        address: &host.map_or("\"$URL\"".into(), |host| format!("http://{host}")),
        example: &shown.map(|(_, model)| example(model)).unwrap_or_default(),
    }
    .render()
}

#[derive(Template)]
#[template(path = "playground.html")]
struct PlaygroundPage<'a> {
    index: Option<&'a Index<'a>>,
    has_keys: bool,
    /// The scripts that the first one asks for, so that a browser fetches them all at once.
    modules: &'static [&'static str],
    address: &'a str,
    example: &'a str,
}

/// The reference page of a model whose routes begin at this place, from its OpenAPI document.
pub(crate) fn reference(
    model: &dyn Model,
    features: &Features<'_>,
    document: &Value,
    place: &str,
) -> Result<String, askama::Error> {
    let header = model.header();
    let example = serde_json::to_string_pretty(&features.example_object()).unwrap_or_default();
    ReferencePage {
        title: &header.app.title,
        version: &header.app.version,
        place,
        // Markdown in the document; its code marks would stand here as they are.
        introduction: &document["info"]["description"].as_str().unwrap_or_default().replace('`', ""),
        routes: routes(document),
        fields: fields(model, features),
        answer: answer(model),
        example: &example,
        problems: Kind::DESCRIBED
            .iter()
            .map(|kind| ProblemRow { name: kind.name(), status: kind.status().as_u16(), title: kind.title() })
            .collect(),
    }
    .render()
}

#[derive(Template)]
#[template(path = "reference.html")]
struct ReferencePage<'a> {
    title: &'a str,
    version: &'a str,
    place: &'a str,
    introduction: &'a str,
    routes: Vec<RouteSection<'a>>,
    fields: Vec<FieldRow<'a>>,
    answer: String,
    example: &'a str,
    problems: Vec<ProblemRow>,
}

/// One operation.
struct RouteSection<'a> {
    method: String,
    path: &'a str,
    summary: &'a str,
    paragraphs: Vec<String>,
    options: Vec<(&'a str, &'a str)>,
    responses: Vec<(&'a str, &'a str)>,
}

/// One feature.
struct FieldRow<'a> {
    identifier: &'a str,
    column: Option<&'a str>,
    expected: &'a str,
    required: bool,
    unit: &'a str,
    description: &'a str,
    seen: &'a str,
    example: String,
}

/// One kind of problem.
struct ProblemRow {
    name: &'static str,
    status: u16,
    title: &'static str,
}

fn routes(document: &Value) -> Vec<RouteSection<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, operations)| {
            let operations = operations.as_object().into_iter().flatten();
            operations.map(move |(method, operation)| RouteSection {
                method: method.to_uppercase(),
                path,
                summary: operation["summary"].as_str().unwrap_or_default(),
                paragraphs: paragraphs(operation["description"].as_str().unwrap_or_default()),
                options: operation["parameters"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|option| Some((option["name"].as_str()?, option["description"].as_str()?)))
                    .collect(),
                responses: operation["responses"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(status, response)| {
                        (status.as_str(), response["description"].as_str().unwrap_or_default())
                    })
                    .collect(),
            })
        })
        .collect()
}

/// The paragraphs and points of a description in Markdown, without its code marks.
fn paragraphs(text: &str) -> Vec<String> {
    let parts = text.split("\n\n").flat_map(|part| part.split("\n- "));
    parts.map(|part| part.trim_start_matches("- ").replace('`', "")).filter(|part| !part.is_empty()).collect()
}

fn fields<'a>(model: &'a dyn Model, features: &'a Features<'_>) -> Vec<FieldRow<'a>> {
    let encoder = model.encoder();
    let known = features.seen().iter().zip(features.example());
    encoder
        .schema()
        .features
        .iter()
        .zip(known)
        .enumerate()
        .map(|(position, (feature, (seen, example)))| FieldRow {
            identifier: &feature.identifier,
            column: (feature.name != feature.identifier).then_some(feature.name.as_str()),
            expected: encoder.expected(position),
            required: feature.missing == model_core::Missing::Refuse,
            unit: feature.unit.as_deref().unwrap_or_default(),
            description: feature.description.as_deref().unwrap_or_default(),
            seen,
            example: example.to_string(),
        })
        .collect()
}

fn answer(model: &dyn Model) -> String {
    let target = &model.schema().target;
    let classes = crate::state::class_answers(model);
    let mut text = match classes.is_empty() {
        true => format!("{}, a number", target.name),
        false => {
            let classes: Vec<_> = classes.iter().map(Value::to_string).collect();
            format!("{}, one of {}", target.name, classes.join(", "))
        }
    };
    if let Some(unit) = &target.unit {
        text.push_str(&format!(", in {unit}"));
    }
    if let Some(description) = &target.description {
        text.push_str(&format!(". {description}"));
    }
    text
}
