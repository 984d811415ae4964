//! Who may ask what: keys, addresses, rates, other origins; and that nothing of a key is told.

use std::process::Output;

use actix_web::test::TestRequest;
use clap::Parser;
use server::args::Args;
use server::security::{KeyHash, Security};
use server::state::Limits;
use tempfile::TempDir;

use crate::running::{Running, program, write_artifact};
use crate::service::{Reply, ask_state, boston_row, predict, state};
use crate::stubs::boston;

/// A server with these options of the command line.
pub(crate) fn secured(options: &[&str]) -> Security {
    let arguments = ["server", "--model", "m.canopy"].iter().chain(options);
    let settings = Args::try_parse_from(arguments).unwrap().check().unwrap();
    Security::open(&settings.security).unwrap()
}

fn asked(options: &[&str], requests: impl IntoIterator<Item = TestRequest>) -> Vec<Reply> {
    ask_state(state(boston(), Limits::default()).secured(secured(options)), requests)
}

/// A key for each scope, called as the scope is, and one for all.
pub(crate) fn key_lines() -> String {
    let line = |name: &str, scopes: &str| format!("{name} {scopes} {}", KeyHash::of(&format!("key-{name}")));
    ["predict", "metadata", "admin", "metrics"]
        .map(|scope| line(scope, scope))
        .into_iter()
        .chain([line("all", "predict,metadata,admin,metrics")])
        .collect::<Vec<_>>()
        .join(";")
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

fn question() -> TestRequest {
    predict(boston_row().to_string())
}

#[test]
fn a_request_without_a_key_learns_how_to_show_one() {
    let [reply] = asked(&["--api-keys", &key_lines()], [question()]).try_into().unwrap();
    let problem = reply.problem();
    assert_eq!(reply.status, 401);
    assert_eq!(problem["type"], "/redoc#problem-unauthorized");
    assert!(problem["detail"].as_str().unwrap().contains("X-API-Key"), "{problem}");
    assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"canopy\"");
}

/// `POST /predict` goes through the lane, that of the model's own place through the application.
#[test]
fn the_lane_answers_as_the_application_does() {
    let by_route = format!("/models/{}/predict", boston().name());
    let said = |reply: Reply| {
        let mut headers: Vec<(String, String)> = reply
            .headers
            .iter()
            .filter(|(name, _)| *name != "x-request-id")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        let body = if reply.status == 200 { reply.json() } else { reply.problem() };
        (reply.status, headers, body)
    };
    let check = |options: &[&str], request: &dyn Fn() -> TestRequest, status: u16| {
        let replies = asked(options, [request(), request().uri(&by_route)]);
        let [by_lane, routed] = replies.into_iter().map(said).collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(by_lane, routed);
        assert_eq!(by_lane.0, status, "{by_lane:?}");
    };
    let lines = key_lines();
    let keys = ["--api-keys", lines.as_str()];
    check(&[], &question, 200);
    check(&[], &|| predict("{\"LSTAT\": \"much\"}"), 422);
    check(&[], &|| predict("{"), 400);
    check(&[], &|| predict(""), 400);
    check(&[], &|| predict("[[1e9,18,2.31,0,0.538,6.575,65.2,4.09,1,296,15.3,396.9,4.98]]"), 200);
    check(&[], &|| question().insert_header(("origin", "https://page.example")), 200);
    check(&["--cors-origin", "*"], &|| question().insert_header(("origin", "https://page.example")), 200);
    check(&[], &|| predict("1,2").insert_header(("content-type", "text/csv")), 422);
    check(&[], &|| question().insert_header(("content-length", "99999999")), 413);
    check(&[], &|| question().insert_header(("content-encoding", "gzip")), 400);
    check(&["--allow", "192.0.2.0/24"], &question, 403);
    check(&keys, &question, 401);
    check(&keys, &|| question().insert_header(("x-api-key", "key-metadata")), 403);
    check(&keys, &|| question().insert_header(("x-api-key", "key-predict")), 200);
}

#[test]
fn a_key_opens_what_its_scopes_name() {
    let lines = key_lines();
    let check = |request: fn() -> TestRequest, scope: &str| {
        let with = |key: &str| request().insert_header(("x-api-key", key));
        let bearer = request().insert_header(("authorization", format!("Bearer key-{scope}")));
        let others = ["predict", "metadata", "admin", "metrics"].into_iter().filter(|&other| other != scope);
        let others: Vec<_> = others.map(|other| with(&format!("key-{other}"))).collect();
        let own = [with(&format!("key-{scope}")), bearer, with("key-all")];
        for reply in asked(&["--api-keys", &lines], own) {
            assert!(reply.status < 400, "{reply:?}");
        }
        for reply in asked(&["--api-keys", &lines], others) {
            assert_eq!(reply.status, 403, "{reply:?}");
            let detail = reply.problem()["detail"].to_string();
            assert!(detail.contains(&format!("the scope {scope}")), "{detail}");
            let challenge = format!("error=\"insufficient_scope\", scope=\"{scope}\"");
            assert!(reply.header("www-authenticate").ends_with(&challenge), "{reply:?}");
        }
        for reply in asked(&["--api-keys", &lines], [with("key-nobody"), with("")]) {
            assert_eq!(reply.status, 401, "{reply:?}");
            assert!(reply.header("www-authenticate").contains("invalid_token"), "{reply:?}");
            assert!(!reply.text.contains("key-"), "{reply:?}");
        }
    };
    check(question, "predict");
    check(|| get("/v1/model"), "metadata");
    check(|| get("/openapi.json"), "metadata");
    check(|| get("/docs/"), "metadata");
}

/// The document of a server with keys names the scope of each operation, and its gate goes by the same.
#[test]
fn the_document_says_which_scope_opens_what() {
    let lines = key_lines();
    let options = ["--api-keys", &lines];
    let [plain] = asked(&[], [get("/openapi.json")]).try_into().unwrap();
    assert!(!plain.text.contains("securitySchemes"));
    let [document] =
        asked(&options, [get("/openapi.json").insert_header(("x-api-key", "key-all"))]).try_into().unwrap();
    assert_eq!(document.header("cache-control"), "no-store");
    let document = document.json();
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(
        (&schemes["bearer"]["scheme"], &schemes["apiKey"]["name"]),
        (&"bearer".into(), &"X-API-Key".into())
    );
    let (mut open, mut shut) = (0, 0);
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let request = || {
                let method = method.to_uppercase().parse().unwrap();
                TestRequest::with_uri(path).method(method).set_payload("{}")
            };
            let with = |scope: &str| request().insert_header(("x-api-key", format!("key-{scope}")));
            let scopes = ["predict", "metadata", "admin", "metrics"];
            let replies = asked(&options, scopes.into_iter().map(with).chain([request()]));
            let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
            let security = operation["security"].as_array().unwrap();
            let Some(scope) = security.first().map(|way| way["bearer"][0].as_str().unwrap()) else {
                assert_eq!(statuses, [200; 5], "{path}");
                open += 1;
                continue;
            };
            for (name, status) in scopes.iter().zip(&statuses) {
                assert_eq!(*status == 403, *name != scope, "{path} {name} {status}");
            }
            assert_eq!(statuses[4], 401, "{path}");
            for status in ["401", "403", "429"] {
                assert!(operation["responses"][status].is_object(), "{path} {status}");
            }
            shut += 1;
        }
    }
    assert!(open == 2 && shut >= 5, "{open} {shut}");
}

/// A browser asks its user for the key, and shows the pages then; what it sends by itself does nothing but read.
#[test]
fn a_browser_reads_with_the_key_as_a_password() {
    let lines = key_lines();
    // printf %s ':key-all' | base64
    let password = ("authorization", "Basic OmtleS1hbGw=");
    let requests = [
        get("/docs/"),
        get("/docs/").insert_header(password),
        get("/openapi.json").insert_header(password),
        question().insert_header(password),
    ];
    let replies = asked(&["--api-keys", &lines], requests);
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [401, 200, 200, 401]);
    assert!(replies[0].header("www-authenticate").contains(", Basic realm="), "{:?}", replies[0]);
    assert!(!replies[3].header("www-authenticate").contains("Basic"), "{:?}", replies[3]);
}

#[test]
fn every_resource_is_made_where_its_gate_is() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut made = 0;
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let found = ["web::resource(", "web::scope(", ".route(\"", "Resource::new("]
                .iter()
                .map(|way| text.matches(way).count())
                .sum::<usize>();
            assert!(found == 0 || path.ends_with("src/api.rs"), "{} makes a resource", path.display());
            made += found;
        }
    }
    assert_eq!(made, 1, "one function makes all resources");
}

#[test]
fn the_admin_address_is_apart() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 1.0);
    let server = Running::start(program().arg("--model-folder").arg(folder.path()));
    let status = |path: &str| {
        let answer = server.get_from(server.admin_port, path);
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(status("/health/ready"), "200");
    assert_eq!(status("/v1/model"), "404");
    let off = Running::start(program().arg("--model-folder").arg(folder.path()).env("ADMIN_BIND", "off"));
    assert_eq!(off.admin_port, 0);
}

#[test]
fn a_key_is_made_by_one_command_and_told_nowhere_else() {
    let folder = TempDir::new().unwrap();
    write_artifact(folder.path(), "boston", 1, 1.0);
    let keys = folder.path().join("keys");
    let new = |name: &str, scopes: &str| {
        let mut command = program();
        command.args(["--new-api-key", name, "--scopes", scopes, "--api-keys-file"]).arg(&keys);
        let Output { status, stdout, stderr } = command.output().unwrap();
        assert!(status.success(), "{stderr:?}");
        String::from_utf8(stdout).unwrap().trim().to_owned()
    };
    let shop = new("shop", "predict");
    let text = std::fs::read_to_string(&keys).unwrap();
    assert!(text.starts_with("shop predict sha256:") && !text.contains(&shop), "{text}");
    let again = program().args(["--new-api-key", "shop", "--api-keys-file"]).arg(&keys).output().unwrap();
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("the same name"));
    assert_eq!(std::fs::read_to_string(&keys).unwrap(), text);

    let mut command = program();
    command.arg("--model-folder").arg(folder.path()).arg("--api-keys-file").arg(&keys);
    let server = Running::start(command.env("LOG_LEVEL", "trace"));
    let ask = |key: &str| {
        let answer = server.post_with("/predict", &boston_row().to_string(), &[("X-API-Key", key)]);
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!((ask(&shop), ask("canopy_nobody")), ("200".into(), "401".into()));
    // A key that is added, and a file that is broken, while the server runs.
    let late = new("late", "predict");
    server.signal("-HUP");
    server.waits_for("API keys read");
    assert_eq!(ask(&late), "200");
    std::fs::write(&keys, "late predict").unwrap();
    server.signal("-HUP");
    server.waits_for("the API keys stay as they were");
    assert_eq!((ask(&late), ask(&shop)), ("200".into(), "200".into()));
    let log = server.log();
    assert!(log.contains("expected three fields"), "{log}");
    for told in [&shop, &late, &"canopy_nobody".to_owned(), &KeyHash::of(&shop).to_string()[7..].to_owned()] {
        assert!(!log.contains(told.as_str()), "{log}");
    }
}

#[test]
fn what_changes_models_is_at_the_admin_address_alone() {
    let load = || {
        TestRequest::post().uri("/v2/repository/models/boston/load").insert_header(("x-api-key", "key-all"))
    };
    let lines = key_lines();
    let [main] = asked(&["--api-keys", &lines], [load()]).try_into().unwrap();
    assert_eq!(main.status, 404, "{main:?}");
    let shared = ["--api-keys", &lines, "--admin-on-main"];
    let requests = [load().insert_header(("x-api-key", "key-predict")), load()];
    let [other, allowed] = asked(&shared, requests).try_into().unwrap();
    assert_eq!(other.status, 403, "{other:?}");
    assert!(![401, 403, 404].contains(&allowed.status), "{allowed:?}");
}

#[test]
fn only_the_networks_of_the_list_may_ask() {
    let check = |options: &[&str], peer: &str, header: Option<(&str, &str)>, expected: u16| {
        let with = |request: TestRequest| {
            let request = request.peer_addr(format!("{peer}:4711").parse().unwrap());
            match header {
                Some((name, value)) => request.insert_header((name.to_owned(), value.to_owned())),
                None => request,
            }
        };
        let [reply, health] =
            asked(options, [with(question()), with(get("/health/ready"))]).try_into().unwrap();
        assert_eq!(reply.status, expected, "{options:?} {peer} {header:?}");
        if expected == 403 {
            assert_eq!(reply.problem()["detail"], "Requests from this address are not allowed");
        }
        assert_eq!(health.status, 200, "probes come from anywhere");
    };
    let list = ["--allow", "192.0.2.0/24, 2001:db8::/32"];
    check(&list, "192.0.2.7", None, 200);
    check(&list, "[::ffff:192.0.2.7]", None, 200);
    check(&list, "[2001:db8::1]", None, 200);
    check(&list, "198.51.100.1", None, 403);
    check(&list, "[2001:db9::1]", None, 403);
    // Nobody is a proxy, so nobody is believed.
    for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        check(&list, "198.51.100.1", Some((name, "192.0.2.7")), 403);
    }
    let behind = ["--allow", "192.0.2.0/24", "--trusted-proxies", "10.0.0.0/8"];
    check(&behind, "10.0.0.1", Some(("x-forwarded-for", "192.0.2.7")), 200);
    check(&behind, "10.0.0.1", Some(("x-forwarded-for", "192.0.2.7, 198.51.100.1")), 403);
    check(&behind, "10.0.0.1", Some(("x-forwarded-for", "198.51.100.1, 192.0.2.7, 10.0.0.9")), 200);
    check(&behind, "10.0.0.1", Some(("forwarded", "for=192.0.2.7")), 403);
    check(&behind, "10.0.0.1", None, 403);
    check(&behind, "198.51.100.1", Some(("x-forwarded-for", "192.0.2.7")), 403);
    let standard = [&behind[..], &["--proxy-header", "forwarded"]].concat();
    check(&standard, "10.0.0.1", Some(("forwarded", "for=192.0.2.7;proto=https")), 200);
    check(&standard, "10.0.0.1", Some(("x-forwarded-for", "192.0.2.7")), 403);
}

#[test]
fn who_asks_too_often_is_told_when_to_come_again() {
    let from = |peer: &str| question().peer_addr(format!("{peer}:1").parse().unwrap());
    let rate = ["--rate-limit", "1/h", "--rate-burst", "2"];
    let requests = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"].map(from);
    let replies = asked(&rate, requests.into_iter().chain([get("/health/ready"), get("/health/live")]));
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200, 200, 429, 200, 200, 200]);
    let refused = &replies[2];
    assert_eq!(refused.problem()["type"], "/redoc#problem-rate-limited");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((3000..=3600).contains(&wait), "{wait}");

    // A key has its own rate, wherever it comes from; those without one share that of their address.
    let lines = key_lines();
    let options = [&rate[..], &["--api-keys", &lines]].concat();
    let with = |key: &'static str, peer| from(peer).insert_header(("x-api-key", key));
    let requests = [
        with("key-predict", "192.0.2.1"),
        with("key-predict", "192.0.2.2"),
        with("key-predict", "192.0.2.3"),
        with("key-all", "192.0.2.3"),
        with("guess", "192.0.2.3"),
        with("another guess", "192.0.2.3"),
        with("a third", "192.0.2.3"),
        with("key-all", "192.0.2.3"),
    ];
    let statuses: Vec<_> = asked(&options, requests).iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200, 200, 429, 200, 401, 401, 429, 200]);
}

#[test]
fn pages_of_other_origins_may_ask_when_they_are_named() {
    let origin = |request: TestRequest, origin: &str| request.insert_header(("origin", origin.to_owned()));
    let preflight = || {
        TestRequest::with_uri("/predict")
            .method(actix_web::http::Method::OPTIONS)
            .insert_header(("access-control-request-method", "POST"))
            .insert_header(("access-control-request-headers", "content-type,x-api-key"))
    };
    let allowed = |reply: &Reply| reply.header("access-control-allow-origin").to_owned();
    let shop = "https://shop.example";
    let [plain, before] =
        asked(&[], [origin(question(), shop), origin(preflight(), shop)]).try_into().unwrap();
    assert_eq!((plain.status, allowed(&plain), allowed(&before)), (200, String::new(), String::new()));

    let lines = key_lines();
    let options = ["--cors-origin", shop, "--api-keys", &lines];
    let wrong = predict("{").insert_header(("x-api-key", "key-predict"));
    let requests = [
        origin(preflight(), shop),
        origin(question(), shop),
        origin(wrong, shop),
        origin(preflight(), "https://other.example"),
    ];
    let [before, refused, wrong, other] = asked(&options, requests).try_into().unwrap();
    // A browser asks beforehand without a key.
    assert_eq!((before.status, allowed(&before)), (200, shop.into()));
    assert!(before.header("access-control-allow-headers").contains("x-api-key"), "{before:?}");
    assert_eq!(before.header("access-control-allow-credentials"), "");
    assert_eq!((refused.status, allowed(&refused)), (401, shop.into()));
    assert_eq!((wrong.status, allowed(&wrong)), (400, shop.into()));
    assert_eq!(allowed(&other), "");

    let [any] =
        asked(&["--cors-origin", "*"], [origin(question(), "https://other.example")]).try_into().unwrap();
    assert_eq!((any.status, allowed(&any)), (200, "*".into()));
}
