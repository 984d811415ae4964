//! The routes and documents of each model, at a place of its own.

use actix_web::test::TestRequest;
use serde_json::Value;

use crate::service::{Reply, ask, ask_once, boston_row, expected, upload};
use crate::stubs::{self, Stub};

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

fn post(path: &str, body: &Value) -> TestRequest {
    TestRequest::post().uri(path).set_payload(body.to_string())
}

#[test]
fn a_model_answers_under_its_name_and_version() {
    let name = stubs::boston().name().to_owned();
    let row = boston_row();
    for place in [format!("/models/{name}"), format!("/models/{name}/versions/3")] {
        let [predicted, table, told, default]: [Reply; 4] = ask(
            stubs::boston(),
            [
                post(&format!("{place}/predict?explain=false"), &row),
                upload(row.to_string().trim_matches(['[', ']'])).uri(&format!("{place}/predict_csv")),
                get(&place),
                get("/v1/model"),
            ],
        )
        .try_into()
        .unwrap();
        assert_eq!((predicted.status, predicted.json()), (200, expected(&row).into()));
        assert_eq!((table.status, &table.json()["data"][0]), (200, &expected(&row).into()));
        assert_eq!(predicted.header("x-canopy-model-version"), "3");
        assert_eq!(told.json(), default.json());
    }
    let check = |path: &str, detail: &str| {
        let reply = ask_once(stubs::boston(), post(path, &row));
        assert_eq!((reply.status, reply.problem()["detail"].as_str().unwrap_or_default()), (404, detail));
    };
    check("/models/iris/predict", &format!("No model \"iris\"; there is: {name}"));
    check(&format!("/models/{name}/versions/7/predict"), "No version \"7\"; there is: 3");
    check(&format!("/models/{name}/versions/champion/predict"), "No alias \"champion\"; there is none");
}

#[test]
fn the_document_at_a_place_is_true_there() {
    let models: [fn() -> Stub; 3] = [stubs::boston, stubs::taxi, stubs::penguins];
    for model in models {
        let place = format!("/models/{}", model().name());
        let document = ask_once(model(), get(&format!("{place}/openapi.json"))).json();
        let paths: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(paths, [format!("{place}/predict"), format!("{place}/predict_csv"), place.clone()]);
        let content = &document["paths"][&paths[0]]["post"]["requestBody"]["content"]["application/json"];
        for example in content["examples"].as_object().unwrap().values() {
            let reply = ask_once(model(), post(&paths[0], &example["value"]));
            assert_eq!(reply.status, 200, "{}", reply.text);
        }
        let responses = &document["paths"][&paths[0]]["post"]["responses"];
        assert!(responses["404"].is_object() && responses["503"].is_object(), "{responses}");
    }
}

#[test]
fn the_pages_at_a_place_lead_to_that_place() {
    let place = format!("/models/{}/versions/3", stubs::boston().name());
    let [redirect, initializer, reference]: [Reply; 3] = ask(
        stubs::boston(),
        [
            get(&format!("{place}/docs")),
            get(&format!("{place}/docs/swagger-initializer.js")),
            get(&format!("{place}/redoc")),
        ],
    )
    .try_into()
    .unwrap();
    assert_eq!((redirect.status, redirect.header("location")), (308, format!("{place}/docs/").as_str()));
    assert!(initializer.text.contains(&format!("{place}/openapi.json")), "{}", initializer.text);
    for words in [format!("href=\"{place}/docs/\""), format!("<code>{place}/predict_csv</code>")] {
        assert!(reference.text.contains(&words), "{words}");
    }
}
