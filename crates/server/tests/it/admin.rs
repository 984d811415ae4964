//! What an operator changes while the server runs.

use std::path::Path;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::Service;
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::Data;
use registry::{Change, FolderRegistry, Registry};
use serde_json::{Value, json};
use server::catalogue::{Curator, Policy};
use server::settings::{ModelSettings, RulesPlace, Source};
use server::state::{AppState, Limits};
use tempfile::TempDir;

use crate::running::write_artifact;
use crate::security::{key_lines, secured};
use crate::service::{boston_row, init};

/// A folder with three versions of boston, of which the newest is served, and the server on it.
pub(crate) struct Ground {
    folder: TempDir,
    pub(crate) state: Data<AppState>,
}

impl Ground {
    pub(crate) fn new(policy: &str) -> Self {
        let folder = TempDir::new().unwrap();
        for version in 1..=3 {
            write_artifact(folder.path(), "boston", version, version as f64);
        }
        let settings = ModelSettings {
            source: Source::Folder(folder.path().into()),
            only: None,
            version: None,
            policy: Policy::parse(policy).unwrap(),
            default_model: None,
            rules: Some(RulesPlace { path: folder.path().join("models.json"), required: false }),
            poll: None,
            followed: None,
            strict: None,
        };
        let (catalogue, curator) = Curator::open(settings, Limits::default()).unwrap();
        curator.start(&catalogue).unwrap();
        Self { folder, state: Data::new(AppState::of_catalogue(catalogue, Limits::default())) }
    }

    fn rules(&self) -> &Path {
        self.folder.path()
    }

    /// The same with keys; they are called as in [`key_lines`].
    fn with_keys(policy: &str) -> Self {
        let Self { folder, state } = Self::new(policy);
        let catalogue = Arc::clone(&state.catalogue);
        let state = AppState::of_catalogue(catalogue, Limits::default());
        Self { folder, state: Data::new(state.secured(secured(&["--api-keys", &key_lines()]))) }
    }

    /// Status and body of the answer to an order.
    pub(crate) fn order(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = TestRequest::with_uri(path).method(method).insert_header(("x-api-key", "key-admin"));
        let request = request.peer_addr(([10, 0, 0, 7], 4711).into());
        let request = if body.is_null() { request } else { request.set_payload(body.to_string()) };
        actix_web::rt::System::new().block_on(async {
            let service = init_service(server::admin_app(self.state.clone())).await;
            let response = match try_call_service(&service, request.to_request()).await {
                Ok(response) => response.into_parts().1,
                Err(error) => error.error_response(),
            };
            let status = response.status().as_u16();
            let body = actix_web::body::to_bytes(response.into_body().boxed()).await.unwrap();
            (status, serde_json::from_slice(&body).unwrap())
        })
    }

    fn post(&self, path: &str) -> (u16, Value) {
        self.order(Method::POST, path, Value::Null)
    }

    /// What is wrong with an order.
    #[track_caller]
    fn refused(&self, method: Method, path: &str, body: Value, status: u16, detail: &str) {
        let (found, problem) = self.order(method, path, body);
        assert_eq!((found, problem["detail"].as_str().unwrap_or_default()), (status, detail), "{path}");
    }

    /// The answers to requests of these ids, and the versions that are said to have given them.
    fn answers(&self, path: &str, ids: impl IntoIterator<Item = String>) -> Vec<(String, String)> {
        actix_web::rt::System::new().block_on(async {
            let service = init(server::service(self.state.clone())).await;
            let mut answers = Vec::new();
            for id in ids {
                let request = TestRequest::post().uri(path).insert_header(("x-request-id", id));
                let request = request.set_payload(boston_row().to_string()).to_request();
                let response = service.call(request).await;
                let response = response.unwrap_or_else(|error| error.error_response().into());
                let version = response.headers().get("x-canopy-model-version").cloned();
                let version = version.map_or(String::new(), |version| version.to_str().unwrap().to_owned());
                let body = actix_web::body::to_bytes(response.into_body().boxed()).await.unwrap();
                answers.push((version, String::from_utf8(body.to_vec()).unwrap()));
            }
            answers
        })
    }

    /// The version that answers here.
    #[track_caller]
    fn version(&self, path: &str) -> String {
        let (version, body) = self.answers(path, ["one".to_owned()]).remove(0);
        assert!(version.is_empty() || body == format!("{version}.0"), "{version} answered {body}");
        version
    }
}

#[test]
fn the_repository_of_the_open_inference_protocol_loads_and_unloads() {
    let ground = Ground::new("latest:1");
    let states = || {
        let (status, index) = ground.post("/v2/repository/index");
        assert_eq!(status, 200);
        let state = |version: &Value| version["state"].as_str().unwrap().to_owned();
        index.as_array().unwrap().iter().map(state).collect::<Vec<_>>()
    };
    assert_eq!(states(), ["UNAVAILABLE", "UNAVAILABLE", "READY"]);
    assert_eq!(ground.post("/v2/repository/models/boston/unload"), (200, json!({})));
    assert_eq!(states(), ["UNAVAILABLE"; 3]);
    assert_eq!(ground.post("/v2/repository/models/boston/load"), (200, json!({})));
    assert_eq!(states(), ["UNAVAILABLE", "UNAVAILABLE", "READY"]);
    let (status, error) = ground.post("/v2/repository/models/nobody/load");
    assert_eq!((status, error.as_object().map(serde_json::Map::len)), (404, Some(1)));
    assert!(error["error"].is_string(), "{error}");
}

#[test]
fn versions_are_loaded_and_unloaded_on_demand() {
    let ground = Ground::new("latest:1");
    assert_eq!(ground.version("/predict"), "3");
    let (status, models) = ground.post("/admin/models/boston/versions/1/load");
    assert_eq!((status, &models["models"][0]["versions"][0]["state"]), (200, &json!("ready")));
    assert_eq!(ground.version("/models/boston/versions/1/predict"), "1");
    // The one before takes the place of the newest: a way back.
    assert_eq!(ground.post("/admin/models/boston/versions/3/unload").0, 200);
    assert_eq!(ground.version("/predict"), "2");
    assert_eq!(ground.post("/admin/models/boston/versions/3/load").0, 200);
    assert_eq!(ground.version("/predict"), "3");
    assert_eq!(ground.post("/admin/models/boston/unload").0, 200);
    assert_eq!(ground.version("/predict"), "");
    assert_eq!(ground.post("/admin/models/boston/load").0, 200);
    assert_eq!(ground.version("/predict"), "3");
    let broken = ground.folder.path().join("boston-v4.canopy");
    write_artifact(ground.folder.path(), "boston", 4, 4.0);
    let whole = ground.folder.path().join("boston-v4-20261120T081500Z.canopy");
    let mut bytes = std::fs::read(&whole).unwrap();
    std::fs::remove_file(&whole).unwrap();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    std::fs::write(&broken, bytes).unwrap();
    ground.refused(
        Method::POST,
        "/admin/models/boston/versions/4/load",
        Value::Null,
        503,
        "boston version 4 is not loaded: boston-v4.canopy: the payload is damaged: its checksum does not match; copy the \
         file again or train the model again",
    );
    assert_eq!(ground.version("/predict"), "3");
}

#[test]
fn the_memory_of_a_version_is_given_back_when_its_last_request_has_ended() {
    let ground = Ground::new("latest:1");
    let request = ground.state.catalogue.find(None, None).unwrap();
    let version = std::sync::Arc::downgrade(&request);
    assert_eq!(ground.post("/admin/models/boston/versions/3/unload").0, 200);
    assert_eq!(ground.version("/predict"), "2");
    assert_eq!(request.version(), 3, "a request under way keeps its version");
    drop(request);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while version.strong_count() > 0 {
        assert!(std::time::Instant::now() < end, "the version is still there");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn orders_for_what_does_not_exist_are_refused() {
    let ground = Ground::new("latest:1");
    let post =
        |path: &str, status, detail: &str| ground.refused(Method::POST, path, Value::Null, status, detail);
    post("/admin/models/iris/load", 404, "No model \"iris\"; there is: boston");
    post("/admin/models/boston/versions/9/load", 404, "No version \"9\"; there is: 1, 2, 3");
    post(
        "/admin/models/boston/versions/x/unload",
        422,
        "version: not of the right type (expected the number of a version, got \"x\")",
    );
    let put =
        |path: &str, body, status, detail: &str| ground.refused(Method::PUT, path, body, status, detail);
    put(
        "/admin/models/boston/aliases/champion",
        json!({ "version": 9 }),
        422,
        "models.boston.aliases.champion: does not fit (expected a version in the folder: 1, 2, 3, got 9)",
    );
    put(
        "/admin/models/boston/aliases/7",
        json!({ "version": 1 }),
        422,
        "models.boston.aliases: does not fit (expected 1 to 64 letters, digits, - or _, and neither digits alone nor \"latest\", got \"7\")",
    );
    put(
        "/admin/models/boston/traffic",
        json!({ "split": { "champion": 1 } }),
        422,
        "models.boston.traffic.split: does not fit (expected an alias of the model: there is none, got \"champion\")",
    );
    ground.refused(
        Method::DELETE,
        "/admin/models/boston/aliases/champion",
        Value::Null,
        404,
        "No alias \"champion\"; there is none",
    );
    assert!(!ground.rules().join("models.json").exists(), "what is refused is not written");
    std::fs::write(ground.rules().join("models.json"), "{").unwrap();
    let (status, problem) =
        ground.order(Method::PUT, "/admin/models/boston/aliases/champion", json!({ "version": 1 }));
    assert_eq!((status, &problem["title"]), (409, &json!("The change cannot be made")), "{problem}");
    assert_eq!(std::fs::read_to_string(ground.rules().join("models.json")).unwrap(), "{");
}

#[test]
fn an_alias_is_moved_in_one_step_and_kept() {
    let ground = Ground::new("latest:1");
    let champion = "/admin/models/boston/aliases/champion";
    assert_eq!(ground.order(Method::PUT, champion, json!({ "version": 2 })).0, 200);
    // An alias has its version loaded, whatever the policy says.
    assert_eq!(ground.version("/models/boston/versions/champion/predict"), "2");
    assert_eq!(ground.order(Method::PUT, champion, json!({ "version": 1 })).0, 200);
    assert_eq!(ground.version("/models/boston/versions/champion/predict"), "1");
    let kept: Value =
        serde_json::from_slice(&std::fs::read(ground.rules().join("models.json")).unwrap()).unwrap();
    assert_eq!(kept, json!({ "models": { "boston": { "aliases": { "champion": 1 } } } }));
    assert_eq!(ground.order(Method::DELETE, champion, Value::Null).0, 200);
    assert_eq!(ground.version("/models/boston/versions/champion/predict"), "");
    assert_eq!(ground.version("/predict"), "3");
}

#[test]
fn an_alias_leaves_a_line_with_the_name_of_the_key() {
    let check = |ground: Ground, by: &str| {
        let champion = "/admin/models/boston/aliases/champion";
        let why = json!({ "version": 2, "reason": "better on the spring data" });
        assert_eq!(ground.order(Method::PUT, champion, why).0, 200);
        // A person moves it behind everybody's back.
        let rules = ground.rules().join("models.json");
        let text = std::fs::read_to_string(&rules).unwrap();
        std::fs::write(&rules, text.replace("\"champion\": 2", "\"champion\": 1")).unwrap();
        assert_eq!(ground.order(Method::PUT, champion, json!({ "version": 3 })).0, 200);
        assert_eq!(ground.order(Method::DELETE, champion, json!({ "reason": "over" })).0, 200);
        // What is refused, and what is no alias, leaves none.
        assert_eq!(ground.order(Method::PUT, champion, json!({ "version": 9 })).0, 422);
        assert_eq!(ground.order(Method::DELETE, champion, Value::Null).0, 404);
        assert_eq!(ground.order(Method::PUT, "/admin/models/boston/traffic", json!({})).0, 200);

        let events = FolderRegistry::new(ground.rules()).history(Some("boston")).unwrap();
        let alias = || "champion".to_owned();
        let changes: Vec<_> = events.iter().map(|event| event.change.clone()).collect();
        let expected = [
            Change::AliasSet { alias: alias(), from: None, to: 2 },
            Change::Found { alias: alias(), from: Some(2), to: Some(1) },
            Change::AliasSet { alias: alias(), from: Some(1), to: 3 },
            Change::AliasRemoved { alias: alias(), from: 3 },
        ];
        assert_eq!(changes, expected);
        assert!(events.iter().all(|event| event.by == by && !event.at.is_empty()), "{events:#?}");
        let reasons: Vec<_> = events.iter().map(|event| event.reason.as_deref()).collect();
        assert_eq!(reasons, [Some("better on the spring data"), None, None, Some("over")]);
    };
    check(Ground::with_keys("latest:1"), "admin (admin API)");
    check(Ground::new("latest:1"), "10.0.0.7 (admin API)");
}

#[test]
fn a_trail_that_cannot_be_written_keeps_the_alias() {
    let ground = Ground::new("latest:1");
    std::fs::create_dir(ground.rules().join("registry.ndjson")).unwrap();
    let champion = "/admin/models/boston/aliases/champion";
    let (status, problem) = ground.order(Method::PUT, champion, json!({ "version": 2 }));
    let detail = problem["detail"].as_str().unwrap();
    assert_eq!(
        (status, detail.contains("the trail of the registry cannot be written")),
        (409, true),
        "{detail}"
    );
    assert!(!detail.contains(&ground.rules().display().to_string()), "{detail}");
    assert!(!ground.rules().join("models.json").exists());
    assert_eq!(ground.version("/models/boston/versions/champion/predict"), "");
}

#[test]
fn traffic_is_split_by_weight_and_the_same_id_meets_the_same_version() {
    let ground = Ground::new("latest:1");
    for (alias, version) in [("champion", 2), ("challenger", 3)] {
        let path = format!("/admin/models/boston/aliases/{alias}");
        assert_eq!(ground.order(Method::PUT, &path, json!({ "version": version })).0, 200);
    }
    let traffic = json!({ "split": { "champion": 75, "challenger": 25 } });
    let (status, models) = ground.order(Method::PUT, "/admin/models/boston/traffic", traffic.clone());
    assert_eq!((status, &models["models"][0]["traffic"]), (200, &traffic));
    let ids = || (0..200).map(|id| format!("id-{id}"));
    for path in ["/predict", "/models/boston/predict"] {
        let answers = ground.answers(path, ids());
        let of = |version: &str| answers.iter().filter(|(found, _)| found == version).count();
        assert!((120..180).contains(&of("2")) && of("2") + of("3") == 200, "{} and {}", of("2"), of("3"));
        assert!(answers.iter().all(|(version, body)| *body == format!("{version}.0")));
        assert_eq!(answers, ground.answers(path, ids()));
    }
    // A version that is named is the one that answers.
    assert!(
        ground
            .answers("/models/boston/versions/champion/predict", ids())
            .iter()
            .all(|(found, _)| found == "2")
    );
    // A side that does not answer leaves its share to the others.
    assert_eq!(ground.post("/admin/models/boston/versions/2/unload").0, 200);
    assert!(ground.answers("/predict", ids()).iter().all(|(found, _)| found == "3"));
    assert_eq!(ground.order(Method::PUT, "/admin/models/boston/traffic", json!({})).0, 200);
}

#[test]
fn a_shadow_is_asked_the_same_and_changes_no_answer() {
    let ground = Ground::new("latest:1");
    let order = |path: &str, body| assert_eq!(ground.order(Method::PUT, path, body).0, 200);
    order("/admin/models/boston/aliases/challenger", json!({ "version": 1 }));
    order("/admin/models/boston/traffic", json!({ "shadow": "challenger" }));
    let answers = ground.answers("/predict", (0..20).map(|id| format!("id-{id}")));
    assert!(answers.iter().all(|(version, body)| version == "3" && body == "3.0"));
    let shown = ground.state.catalogue.shown();
    let counts = &shown.entry("boston").unwrap().shadow().unwrap().counts;
    let count = |count: &std::sync::atomic::AtomicU64| count.load(std::sync::atomic::Ordering::Relaxed);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while count(&counts.questions) + count(&counts.dropped) < 20 {
        assert!(std::time::Instant::now() < end, "{counts:?}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!((count(&counts.different), count(&counts.refused)), (count(&counts.rows), 0), "{counts:?}");
    assert_eq!(counts.deviation(), 2.0 * count(&counts.rows) as f64);
    // Its own answers are not compared with themselves.
    let before = count(&counts.questions) + count(&counts.dropped);
    ground.version("/models/boston/versions/1/predict");
    assert_eq!(count(&counts.questions) + count(&counts.dropped), before);
}
