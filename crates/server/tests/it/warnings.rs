//! Values that training never saw: answered with a warning, or refused in strict mode.

use serde_json::{Value, json};

use crate::service::{ask_once, predict, upload};
use crate::stubs;

fn far() -> Value {
    json!({
        "Birth_Rate": 1e6, "Fertility_Rate": 1e6, "Infant_mortality": 1e6, "Maternal_mortality_ratio": 1e6,
        "Physicians_per_thousand": 1e6,
    })
}

#[test]
fn an_object_far_outside_is_answered_with_a_warning_for_each_field() {
    let reply = ask_once(stubs::life(), predict(far().to_string()));
    let answer = reply.json();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("x-canopy-warnings"), "5");
    let warnings = answer["warnings"].as_array().expect("a list of warnings");
    let fields: Vec<_> = warnings.iter().map(|warning| warning["loc"].as_str().unwrap()).collect();
    assert_eq!(
        fields,
        [
            "Birth_Rate",
            "Fertility_Rate",
            "Infant_mortality",
            "Maternal_mortality_ratio",
            "Physicians_per_thousand"
        ]
    );
    let first = json!({
        "loc": "Birth_Rate", "msg": "outside the range seen in training", "expected": "from 5.9 to 46.08",
        "got": "1000000.0",
    });
    assert_eq!(warnings[0], first);
}

#[test]
fn in_strict_mode_the_same_object_is_refused() {
    let reply = ask_once(stubs::life().strict(), predict(far().to_string()));
    assert_eq!(reply.status, 422);
    assert_eq!(reply.problem()["errors"][4]["loc"], "Physicians_per_thousand");
}

#[test]
fn every_shape_tells_of_warnings_as_far_as_it_can() {
    let near = json!([10, 2, 20, 30, 8]);
    let far = json!([1000, 2, 20, 30, 8]);
    let check = |body: Value, answer_has_them: bool| {
        let reply = ask_once(stubs::life(), predict(body.to_string()));
        assert_eq!((reply.status, reply.header("x-canopy-warnings")), (200, "1"), "{body}");
        assert_eq!(reply.text.contains("warnings"), answer_has_them, "{body}");
    };
    check(far.clone(), false);
    check(json!([near, far]), false);
    check(json!({ "data": [near, far] }), true);
    let reply = ask_once(stubs::life(), predict(json!({ "data": [near, far] }).to_string()));
    assert_eq!(reply.json()["warnings"][0]["loc"], "data[1][0]");
    let reply = ask_once(stubs::life(), upload("10,2,20,30,8\n1000,2,20,30,8\n"));
    assert_eq!(reply.json()["warnings"][0]["loc"], "line 2, column 1");
    let reply = ask_once(stubs::life(), predict(json!(near).to_string()));
    assert!(!reply.headers.contains_key("x-canopy-warnings"));
}

#[test]
fn in_a_list_of_objects_each_answer_has_its_own() {
    let trip = |zone: i64| json!({ "PULocationID": zone, "DOLocationID": 264 });
    let reply = ask_once(stubs::taxi(), predict(json!([trip(264), trip(100), trip(7)]).to_string()));
    let answers = reply.json();
    let with_warnings: Vec<_> = (0..3).map(|row| answers[row].get("warnings").is_some()).collect();
    assert_eq!(with_warnings, [false, true, false]);
    let warning = json!([{
        "loc": "[1].PULocationID", "msg": "outside the range seen in training",
        "expected": "1, 7 or 264", "got": "100",
    }]);
    assert_eq!(answers[1]["warnings"], warning);
}
