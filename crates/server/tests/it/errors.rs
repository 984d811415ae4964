//! Bodies that cannot be answered: each gets a 4xx with JSON, and the server answers the next request.

use std::fmt::Write;

use crate::service::{ask, boston_row, predict};
use crate::stubs;

fn hostile_bodies() -> Vec<String> {
    let row = boston_row();
    let with = |value: &str| format!("{{\"data\": [{}]}}", row.to_string().replace("0.538", value));
    let mut bodies: Vec<String> = [
        "",
        "  \n",
        "[]",
        "[[]]",
        "[[0]]",
        "{}",
        "null",
        "true",
        "7",
        "\"text\"",
        "text",
        "NaN",
        "{\"data\": 5}",
        "{\"data\": null}",
        "{\"data\": {}}",
        "{\"data\": []}",
        "{\"data\": [[]]}",
        "{\"data\": [{}]}",
        "{\"data\": [null]}",
        "{\"data\": [[1]], \"data\": [[1]]}",
        "{\"data\": [[1]], \"more\": 1}",
        "{\"data\": [[1,",
        "{\"data\": [[1]]} {}",
        "[[1], {}]",
        "[{}, [1]]",
        "[{}, 1]",
        "[1, [1]]",
        "{\"CRIM\": \"\\ud800\"}",
    ]
    .map(Into::into)
    .to_vec();
    bodies.push(format!("{{\"data\": {row}}}"));
    for value in
        ["NaN", "Infinity", "1e400", "-1e400", "\"0.5\"", "true", "null", "[0.5]", "{}", "0x10", "1,"]
    {
        bodies.push(with(value));
    }
    bodies
}

#[test]
fn every_hostile_body_gets_a_problem_that_says_why() {
    let bodies = hostile_bodies();
    let replies = ask(stubs::boston(), bodies.iter().map(|body| predict(body.as_str())));
    let mut report = String::new();
    for (body, reply) in bodies.iter().zip(replies) {
        assert!((400..500).contains(&reply.status), "{body}: {reply:?}");
        let problem = reply.problem();
        writeln!(report, "{body}\n    {} {}", reply.status, problem["detail"].as_str().unwrap()).unwrap();
    }
    insta::assert_snapshot!(report);
}

#[test]
fn one_problem_in_full() {
    let body = "[{\"CHAS\": 0.5, \"CRIMM\": 1, \"ZN\": 1, \"ZN\": \"2\"}]";
    insta::assert_json_snapshot!(ask(stubs::boston(), [predict(body)])[0].problem());
}

#[test]
fn deep_nesting_is_refused_wherever_it_stands() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let lists = deep("[", "]");
    let objects = deep("{\"data\":", "}");
    let bodies = [
        lists.clone(),
        "[".repeat(100_000),
        objects.clone(),
        format!("{{\"CRIM\": {lists}}}"),
        format!("{{\"unknown\": {objects}}}"),
        format!("{{\"data\": [[{lists}]]}}"),
        format!("[{{\"CRIM\": {objects}}}]"),
    ];
    let requests = bodies.into_iter().map(predict);
    let good = predict(boston_row().to_string());
    let replies = ask(stubs::boston(), requests.chain([good]));
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status / 100).collect();
    assert_eq!(statuses, [4, 4, 4, 4, 4, 4, 4, 2]);
}

#[test]
fn bytes_that_are_no_text_are_placed() {
    let request = actix_web::test::TestRequest::post().uri("/predict").set_payload(&b"[1,\n2, \xff]"[..]);
    let problem = ask(stubs::boston(), [request])[0].problem();
    assert_eq!(problem["detail"], "The body is not JSON: the text is not UTF-8 at line 2, column 4");
}

#[test]
fn a_panic_is_an_error_with_an_id_and_the_server_lives_on() {
    let row = boston_row().to_string();
    let aside = serde_json::json!(vec![boston_row(); 1000]).to_string();
    let health = actix_web::test::TestRequest::get().uri("/health/live");
    let replies = ask(stubs::boston().panicking(), [predict(row), predict(aside), health]);
    for reply in &replies[..2] {
        assert_eq!(reply.status, 500);
        assert_eq!(
            reply.problem()["detail"],
            "The server failed; its log has the cause under the request id"
        );
    }
    assert_eq!(replies[2].status, 200);
}

#[test]
fn a_sound_request_id_is_kept_and_every_answer_has_one() {
    let named = || predict("[").insert_header(("x-request-id", "trace-7"));
    let unsound = || predict("[").insert_header(("x-request-id", "a b"));
    let replies = ask(stubs::boston(), [named(), unsound(), predict("[")]);
    assert_eq!(replies[0].json()["request_id"], "trace-7");
    let ids: Vec<_> = replies.iter().map(|reply| reply.header("x-request-id")).collect();
    assert_eq!(ids[0], "trace-7");
    assert!(!ids[1].is_empty() && !ids[1].contains(' ') && ids[1] != ids[2]);
}
