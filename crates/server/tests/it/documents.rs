//! What the server tells of itself: the front page, health, the model, the OpenAPI document and the pages.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::service::{Reply, ask, ask_once, predict};
use crate::stubs::{self, Stub};

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

fn get_as(accept: &str) -> Reply {
    ask_once(stubs::taxi(), get("/").insert_header(("accept", accept)))
}

#[test]
fn the_front_page_suits_its_reader() {
    let index = json!({
        "title": "TripDurationPredictionApp",
        "description": "Predicts how long a taxi trip takes",
        "app_version": "0.2",
        "model_name": "trip_duration",
        "model_version": 3,
        "status": "alive",
        "docs": "/docs/",
    });
    assert_eq!(ask_once(stubs::taxi(), get("/")).json(), index);
    assert_eq!(get_as("application/json").json(), index);
    let text = get_as("text/plain");
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    insta::assert_snapshot!(text.text, @r"
    TripDurationPredictionApp 0.2
    Predicts how long a taxi trip takes
    model: trip_duration version 3
    status: alive
    documentation: /docs/
    ");
    let page = get_as("text/html,application/xhtml+xml,*/*;q=0.8");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text.contains("<h1>TripDurationPredictionApp</h1>"));
    assert!(page.text.contains("curl"));
}

#[test]
fn pages_load_nothing_from_elsewhere_and_run_nothing() {
    let pages = [get("/").insert_header(("accept", "text/html")), get("/redoc"), get("/docs/")];
    for page in ask(stubs::life(), pages) {
        assert_eq!(page.status, 200);
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(!page.text.contains("http://") && !page.text.contains("https://"), "{}", page.text);
    }
    let reference = ask_once(stubs::life(), get("/redoc"));
    assert!(!reference.text.contains("<script"));
    for word in [
        "Birth_Rate",
        "Birth Rate",
        "from 5.9 to 46.08",
        "/predict_csv",
        "?explain",
        "problem-wrong-width",
        "years",
    ] {
        assert!(reference.text.contains(word), "{word}");
    }
}

#[test]
fn swagger_ui_comes_from_here_packed_or_not() {
    let redirect = ask_once(stubs::boston(), get("/docs"));
    assert_eq!((redirect.status, redirect.header("location")), (308, "/docs/"));
    let [initializer, plain, packed, nothing] = ask(
        stubs::boston(),
        [
            get("/docs/swagger-initializer.js"),
            get("/docs/swagger-ui.css"),
            get("/docs/swagger-ui.css").insert_header(("accept-encoding", "gzip")),
            get("/docs/nothing.js"),
        ],
    )
    .try_into()
    .unwrap();
    assert!(initializer.text.contains("/openapi.json"), "{}", initializer.text);
    assert!(initializer.text.contains("\"validatorUrl\": \"none\""), "{}", initializer.text);
    assert_eq!((plain.status, plain.header("content-encoding")), (200, ""));
    assert!(plain.text.contains(".swagger-ui"));
    assert_eq!((packed.status, packed.header("content-encoding")), (200, "gzip"));
    assert_eq!(nothing.status, 404);
}

#[test]
fn health_is_told() {
    let [live, ready] = ask(stubs::boston(), [get("/health/live"), get("/health/ready")]).try_into().unwrap();
    assert_eq!((live.status, live.json()), (200, json!({ "status": "live" })));
    assert_eq!((ready.status, ready.json()), (200, json!({ "status": "ready" })));
}

#[test]
fn the_model_tells_schema_quality_and_provenance() {
    insta::assert_json_snapshot!(ask_once(stubs::taxi(), get("/v1/model")).json());
}

#[test]
fn the_openapi_document_is_that_of_the_model() {
    insta::assert_json_snapshot!(ask_once(stubs::taxi(), get("/openapi.json")).json());
}

#[test]
fn every_example_of_the_document_is_answered_without_a_warning() {
    let models: [fn() -> Stub; 6] =
        [stubs::boston, stubs::life, stubs::taxi, stubs::iris, stubs::penguins, || stubs::life().strict()];
    for model in models {
        let document = ask_once(model(), get("/openapi.json")).json();
        let content = |path: &str| {
            document["paths"][path]["post"]["requestBody"]["content"]["application/json"].clone()
        };
        let examples = content("/predict")["examples"].clone();
        assert_eq!(examples.as_object().map(serde_json::Map::len), Some(6));
        for (shape, example) in examples.as_object().unwrap() {
            let reply = ask_once(model(), predict(example["value"].to_string()));
            assert_eq!(
                (reply.status, reply.header("x-canopy-warnings")),
                (200, ""),
                "{shape}: {}",
                reply.text
            );
        }
        for media in ["text/csv", "application/x-ndjson"] {
            let contents = &document["paths"]["/predict"]["post"]["requestBody"]["content"];
            let example = contents[media]["example"].as_str().unwrap().to_owned();
            let rows = example.lines().count() - usize::from(media == "text/csv");
            let request = predict(example).insert_header(("content-type", media));
            let reply = ask_once(model(), request);
            assert_eq!((reply.status, reply.header("x-canopy-warnings")), (200, ""), "{}", reply.text);
            assert!(!reply.text.contains("error") && !reply.text.contains("warnings"), "{}", reply.text);
            assert_eq!(reply.text.matches(':').count(), rows, "{}", reply.text);
        }
        let example = content("/v1/services/predict")["example"].to_string();
        let reply = ask_once(model(), TestRequest::post().uri("/v1/services/predict").set_payload(example));
        assert_eq!(reply.status, 200);
        every_response_is_described(&document);
    }
}

fn every_response_is_described(document: &Value) {
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let description = response["description"].as_str().unwrap_or_default();
                assert!(!description.is_empty(), "{method} {path} {status}");
            }
        }
    }
}

#[test]
fn unknown_paths_and_methods_are_told_in_json() {
    let [nowhere, put, delete] = ask(
        stubs::boston(),
        [get("/nowhere"), TestRequest::put().uri("/predict"), TestRequest::delete().uri("/health/live")],
    )
    .try_into()
    .unwrap();
    assert_eq!((nowhere.status, &nowhere.problem()["detail"]), (404, &json!("Not Found")));
    assert_eq!((put.status, &put.problem()["detail"]), (405, &json!("Method Not Allowed")));
    assert_eq!((put.header("allow"), delete.header("allow")), ("POST, OPTIONS", "GET, HEAD, OPTIONS"));
}

#[test]
fn head_and_options_are_answered() {
    let request = |method: Method, path: &str| TestRequest::with_uri(path).method(method);
    for path in ["/", "/health/live", "/health/ready", "/v1/model", "/openapi.json", "/redoc", "/docs/"] {
        let reply = ask_once(stubs::boston(), request(Method::HEAD, path));
        assert_eq!(reply.status, 200, "{path}");
    }
    let options = ask_once(stubs::boston(), request(Method::OPTIONS, "/predict"));
    assert_eq!((options.status, options.header("allow")), (204, "POST, OPTIONS"));
}

#[test]
fn the_document_offers_what_the_model_can_give() {
    let check = |stub: Stub, expected: &[&str]| {
        let document = ask_once(stub, get("/openapi.json")).json();
        for path in ["/predict", "/predict_csv"] {
            let parameters =
                document["paths"][path]["post"]["parameters"].as_array().cloned().unwrap_or_default();
            let names: Vec<_> =
                parameters.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
            assert_eq!(names, expected);
        }
    };
    check(stubs::boston(), &["explain"]);
    check(stubs::boston().with_intervals(), &["interval", "explain"]);
    check(stubs::iris(), &["proba", "explain"]);
    check(stubs::iris().silent(), &["proba"]);
    check(stubs::boston().silent(), &[]);
    check(stubs::iris().answering_as("model"), &[]);
    let document = ask_once(stubs::iris().with_names(), get("/openapi.json")).json();
    let classes = &document["components"]["schemas"]["IrisProbabilities"]["required"];
    assert_eq!(*classes, json!(["setosa", "versicolor", "virginica"]));
}

/// Generators of clients make a class of each schema with a name; one without gets a name like `predict_response_200_type_2`.
#[test]
fn every_object_has_a_name() {
    let models: [fn() -> Stub; 5] =
        [|| stubs::boston().with_intervals(), stubs::life, stubs::taxi, stubs::iris, stubs::penguins];
    for model in models {
        let mut document = ask_once(model(), get("/openapi.json")).json();
        let named = document["components"]["schemas"].take();
        check_names(&document["paths"], "paths", &named);
        for (name, schema) in named.as_object().unwrap() {
            schema.as_object().unwrap().values().for_each(|part| check_names(part, name, &named));
        }
    }
}

fn check_names(value: &Value, place: &str, named: &Value) {
    match value {
        Value::Object(fields) => {
            // A property may itself be called so; it is no list of properties then.
            let is_object = fields.get("type").is_some_and(|kind| *kind == "object");
            assert!(!is_object || fields.get("properties").is_none(), "{place}: {value}");
            if let Some(Value::String(reference)) = fields.get("$ref")
                && let Some(name) = reference.strip_prefix("#/components/schemas/")
            {
                assert!(named[name].is_object(), "{place}: {reference}");
            }
            fields.values().for_each(|value| check_names(value, place, named));
        }
        Value::Array(items) => items.iter().for_each(|item| check_names(item, place, named)),
        _ => {}
    }
}
