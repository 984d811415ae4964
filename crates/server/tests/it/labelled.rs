//! `POST /v1/services/predict`: the list as sent and labelled predictions.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::service::{ask_once, boston_row};
use crate::stubs;

fn house() -> Value {
    let names =
        ["CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT"];
    let values = boston_row();
    names
        .iter()
        .zip(values.as_array().unwrap())
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

fn ask_services(body: String) -> crate::service::Reply {
    ask_once(stubs::boston(), TestRequest::post().uri("/v1/services/predict").set_payload(body))
}

#[test]
fn the_list_comes_back_as_sent_with_a_label_for_each() {
    let value = crate::service::expected(&boston_row());
    let body = json!([house(), house()]);
    let reply = ask_services(body.to_string());
    let predictions = json!([{ "Prediction price 0": value }, { "Prediction price 1": value }]);
    assert_eq!((reply.status, reply.json()), (200, json!({ "inputData": body, "predictions": predictions })));
}

#[test]
fn the_spelling_of_the_numbers_is_kept() {
    let spelled = json!([house()]).to_string().replace("296", "2.960e2").replace("18", "18.00");
    let reply = ask_services(spelled.clone());
    assert_eq!(reply.status, 200);
    assert!(reply.text.starts_with(&format!("{{\"inputData\":{spelled},\"predictions\":")), "{}", reply.text);
}

#[test]
fn half_a_river_is_refused_at_its_place() {
    let mut half = house();
    half["CHAS"] = json!(0.5);
    let reply = ask_services(json!([half]).to_string());
    assert_eq!(reply.status, 422);
    let error =
        json!({ "loc": "[0].CHAS", "msg": "not of the right type", "expected": "an integer", "got": "0.5" });
    assert_eq!(reply.problem()["errors"], json!([error]));
}

#[test]
fn only_a_list_of_objects_is_taken() {
    for body in
        [house().to_string(), json!([boston_row()]).to_string(), boston_row().to_string(), "[]".into()]
    {
        assert_eq!(ask_services(body.clone()).status, 422, "{body}");
    }
    assert_eq!(ask_services("[{".into()).status, 400);
}
