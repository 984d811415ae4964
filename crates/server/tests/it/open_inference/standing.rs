//! What server and models say of themselves: tensors, versions and counts.

use super::*;

#[test]
fn the_server_says_who_it_is_and_whether_it_is_ready() {
    let server = json!({
        "name": "canopy",
        "version": env!("CARGO_PKG_VERSION"),
        "extensions": ["binary_tensor_data", "model_repository", "statistics"],
    });
    for (path, expected) in [
        ("/v2", server.clone()),
        ("/v2/", server),
        ("/v2/health/live", json!({ "live": true })),
        ("/v2/health/ready", json!({ "live": true, "ready": true })),
        ("/v2/models/iris/ready", json!({ "name": "iris", "ready": true })),
        ("/v2/models/iris/versions/3/ready", json!({ "name": "iris", "ready": true })),
    ] {
        let reply = ask_once(stubs::iris(), get(path));
        assert_eq!((reply.status, reply.json()), (200, expected), "{path}");
        let head =
            ask_once(stubs::iris(), TestRequest::default().method(actix_web::http::Method::HEAD).uri(path));
        assert_eq!(head.status, 200, "{path}");
    }
}

#[test]
fn a_model_describes_its_tensors() {
    let check = |stub: Stub, inputs: Value, outputs: Value| {
        let name = stub.name().to_owned();
        let reply = ask_once(stub, get(&format!("/v2/models/{name}")));
        let expected = json!({
            "name": name,
            "versions": ["3"],
            "platform": "canopy_forest",
            "inputs": inputs,
            "outputs": outputs,
        });
        assert_eq!((reply.status, reply.json()), (200, expected));
        assert_eq!(reply.header("x-canopy-model-version"), "3");
    };
    let tensor = |name: &str, datatype: &str, shape: Value| json!({ "name": name, "datatype": datatype, "shape": shape });
    let input = |name: &str, datatype: &str| tensor(name, datatype, json!([-1]));
    check(
        stubs::penguins(),
        json!([
            input("island", "BYTES"),
            input("observer", "BYTES"),
            input("bill_length", "FP64"),
            input("sex", "BYTES"),
            input("year", "INT64"),
        ]),
        json!([
            tensor("predict", "BYTES", json!([-1])),
            tensor("predict_proba", "FP64", json!([-1, 3])),
            tensor("explain", "FP64", json!([-1, 5])),
            tensor("explain_base", "FP64", json!([-1])),
        ]),
    );
    check(
        stubs::taxi().with_intervals().silent(),
        json!([
            input("PULocationID", "INT64"),
            input("DOLocationID", "INT64"),
            input("passenger_count", "FP64"),
            input("trip_distance", "FP64"),
            input("night", "BOOL"),
        ]),
        json!([tensor("predict", "FP64", json!([-1])), tensor("interval", "FP64", json!([-1, 2]))]),
    );
}

#[test]
fn the_repository_lists_its_versions() {
    let entry = json!([{ "name": "iris", "version": "3", "state": "READY", "reason": "" }]);
    for body in ["", "{}", r#"{"ready": true}"#] {
        let reply = ask_once(stubs::iris(), post("/v2/repository/index", body));
        assert_eq!((reply.status, reply.json()), (200, entry.clone()), "{body}");
    }
    let reply = ask_once(stubs::iris(), post("/v2/repository/index", "nonsense"));
    assert_eq!(error(&reply).0, 400);
}

#[test]
fn answers_are_counted_by_rows_and_requests() {
    let good = || infer("iris", &json!({ "inputs": [matrix(&ROWS)] }));
    let bad = infer("iris", &json!({ "inputs": [] }));
    let native = crate::service::predict("[1.2, 3, 5, 1]");
    let paths = ["/v2/models/iris/stats", "/v2/models/iris/versions/3/stats", "/v2/models/stats"];
    let asked = [good(), good(), bad, native].into_iter().chain(paths.map(get));
    for reply in ask(stubs::iris(), asked).split_off(4) {
        let answer = reply.json();
        assert_eq!(
            (reply.status, answer["model_stats"].as_array().map(Vec::len)),
            (200, Some(1)),
            "{answer}"
        );
        let stats = &answer["model_stats"][0];
        assert_eq!((&stats["name"], &stats["version"]), (&json!("iris"), &json!("3")));
        assert_eq!((&stats["inference_count"], &stats["execution_count"]), (&json!(5), &json!(3)));
        let counted = |name: &str| stats["inference_stats"][name]["count"].as_u64();
        assert_eq!(
            (counted("success"), counted("fail"), counted("compute_infer")),
            (Some(3), Some(1), Some(3))
        );
        let time = |name: &str| stats["inference_stats"][name]["ns"].as_u64().unwrap();
        let phases = ["queue", "compute_input", "compute_infer", "compute_output"].map(time);
        // Small questions wait for nobody.
        assert!(phases[0] == 0 && phases[1..].iter().all(|ns| *ns > 0), "{stats}");
        assert!(phases.iter().sum::<u64>() <= time("success"), "{stats}");
    }
    let reply = ask_once(stubs::iris(), get("/v2/models/iris/versions/4/stats"));
    assert_eq!(error(&reply).0, 404);
}
