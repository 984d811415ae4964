//! A registry that is followed: here one that says and lacks whatever a test wants. `make test-clients` has a real one.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use actix_web::body::MessageBody;
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::Data;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use registry::TrackingServer;
use ring::hmac;
use serde_json::json;
use server::catalogue::{Catalogue, Curator, Policy, Selector};
use server::following::Follower;
use server::settings::{Followed, ModelSettings, RulesPlace, Source};
use server::state::{AppState, Limits};
use tempfile::TempDir;

use crate::running::write_artifact;
use crate::security::{key_lines, secured};

/// What the registry has at the moment.
#[derive(Default)]
struct World {
    is_away: bool,
    artifacts: BTreeMap<u64, Vec<u8>>,
    aliases: BTreeMap<String, u64>,
    downloads: usize,
}

/// A registry of the model boston.
#[derive(Clone)]
struct Fake {
    world: Arc<Mutex<World>>,
    url: String,
}

impl Fake {
    /// With versions 1 and 2, of which the first is the champion.
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { world: Arc::default(), url };
        for version in [1, 2] {
            fake.add(version);
        }
        fake.set("champion", 1);
        let serving = fake.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Who hangs up early is no matter of the registry.
                let _ = serving.serve(&stream);
            }
        });
        fake
    }

    fn add(&self, version: u64) {
        let folder = TempDir::new().unwrap();
        // The name and the number in the file are not those of the registry.
        write_artifact(folder.path(), "trained", 7, version as f64);
        let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        self.world.lock().unwrap().artifacts.insert(version, fs::read(file).unwrap());
    }

    fn set(&self, alias: &str, version: u64) {
        self.world.lock().unwrap().aliases.insert(alias.into(), version);
    }

    fn serve(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream).lines();
        let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
        for line in lines {
            if line?.is_empty() {
                break;
            }
        }
        let path = request.split(' ').nth(1).unwrap_or_default();
        let mut world = self.world.lock().unwrap();
        if world.is_away {
            return Ok(());
        }
        let (status, body) = match path.rsplit_once('/').map_or("", |(_, last)| last) {
            last if last.starts_with("get?name=boston") => {
                let aliases: Vec<_> = world
                    .aliases
                    .iter()
                    .map(|(alias, version)| json!({"alias": alias, "version": version}))
                    .collect();
                (
                    200,
                    json!({"registered_model": {"name": "boston", "aliases": aliases}})
                        .to_string()
                        .into_bytes(),
                )
            }
            last if last.starts_with("search?filter") => {
                let versions: Vec<_> = world
                    .artifacts
                    .keys()
                    .map(|version| json!({"name": "boston", "version": version}))
                    .collect();
                (200, json!({"model_versions": versions}).to_string().into_bytes())
            }
            last if last.starts_with("get-download-uri?") => {
                let version = last.rsplit_once("version=").unwrap().1;
                (
                    200,
                    json!({"artifact_uri": format!("mlflow-artifacts:/{version}")}).to_string().into_bytes(),
                )
            }
            last if last.starts_with("artifacts?path") => {
                (200, json!({"files": [{"path": "model.canopy"}]}).to_string().into_bytes())
            }
            "model%2Ecanopy" => {
                world.downloads += 1;
                let version: u64 = path.rsplit('/').nth(1).unwrap().parse().unwrap();
                (200, world.artifacts[&version].clone())
            }
            _ => (404, br#"{"error_code": "RESOURCE_DOES_NOT_EXIST"}"#.to_vec()),
        };
        drop(world);
        write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
        stream.write_all(&body)
    }

    /// A server that follows a name of this registry.
    fn followed_as(&self, name: &str, cache: &Path) -> Result<Arc<Catalogue>, String> {
        self.followed_every(Some(Duration::from_millis(20)), name, cache)
    }

    /// The same that asks this often, or only when it is told to.
    fn followed_every(
        &self,
        poll: Option<Duration>,
        name: &str,
        cache: &Path,
    ) -> Result<Arc<Catalogue>, String> {
        let followed = Followed {
            server: TrackingServer::parse(&self.url).unwrap(),
            models: vec![name.parse().unwrap()],
            cache: cache.into(),
            poll,
        };
        let settings = ModelSettings {
            source: Source::Folder(cache.into()),
            only: None,
            version: None,
            policy: Policy::parse("latest:1").unwrap(),
            default_model: Some(followed.models[0].model.clone()),
            rules: Some(RulesPlace { path: cache.join("models.json"), required: false }),
            poll,
            followed: Some(followed.clone()),
            strict: None,
        };
        let follower = Follower::open(&followed).map_err(|error| error.to_string())?;
        let (catalogue, curator) =
            Curator::open(settings, Limits::default()).map_err(|error| error.to_string())?;
        curator.start(&catalogue).unwrap();
        follower.start(&catalogue).map_err(|error| error.to_string())?;
        Ok(catalogue)
    }
}

/// The version that answers, or the status of the error.
fn answers(catalogue: &Catalogue, model: Option<&str>, version: Option<&str>) -> Result<u64, u16> {
    use actix_web::ResponseError;
    let found = catalogue.find(model, version.map(Selector::of).as_ref());
    found.map(|served| served.version()).map_err(|error| error.status_code().as_u16())
}

fn troubles(catalogue: &Catalogue) -> String {
    let shown = catalogue.shown();
    let reasons: Vec<_> = shown.troubles().iter().map(|trouble| trouble.reason.clone()).collect();
    reasons.join("\n")
}

#[track_caller]
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < end, "{what} never happened");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_alias_of_the_registry_is_followed() {
    let (fake, cache) = (Fake::new(), TempDir::new().unwrap());
    let catalogue = fake.followed_as("models:/boston@champion", cache.path()).unwrap();
    assert_eq!(answers(&catalogue, None, None), Ok(1));
    assert_eq!(answers(&catalogue, Some("boston"), Some("champion")), Ok(1));
    assert_eq!(troubles(&catalogue), "");
    fake.set("champion", 2);
    eventually("version 2", || answers(&catalogue, None, None) == Ok(2));
    assert_eq!(answers(&catalogue, None, Some("champion")), Ok(2));
    fake.set("also", 2);
    eventually("another alias", || answers(&catalogue, None, Some("also")) == Ok(2));
    assert_eq!(fake.world.lock().unwrap().downloads, 2);

    fake.add(3);
    eventually("a version that nothing asks for", || answers(&catalogue, None, Some("3")) == Err(503));
    assert_eq!(answers(&catalogue, None, Some("9")), Err(404));
    assert_eq!(answers(&catalogue, None, Some("nobody")), Err(404));
    assert_eq!(answers(&catalogue, Some("iris"), None), Err(404));
}

#[test]
fn a_damaged_version_of_the_registry_changes_nothing() {
    let (fake, cache) = (Fake::new(), TempDir::new().unwrap());
    let catalogue = fake.followed_as("models:/boston@champion", cache.path()).unwrap();
    let good = fake.world.lock().unwrap().artifacts[&2].clone();
    let mut bad = good.clone();
    let place = bad.len() - 50;
    bad[place] ^= 1;
    fake.world.lock().unwrap().artifacts.insert(2, bad);
    fake.set("champion", 2);
    eventually("a trouble", || troubles(&catalogue).contains("checksum does not match"));
    assert!(!troubles(&catalogue).contains(&fake.url), "{}", troubles(&catalogue));
    assert_eq!(answers(&catalogue, None, None), Ok(1));
    // It is not downloaded at every look.
    assert!(fake.world.lock().unwrap().downloads < 5);
    fake.world.lock().unwrap().artifacts.insert(2, good);
    eventually("version 2", || answers(&catalogue, None, None) == Ok(2));
    eventually("the end of the trouble", || troubles(&catalogue).is_empty());
}

#[test]
fn a_server_goes_on_and_starts_without_the_registry() {
    let (fake, cache) = (Fake::new(), TempDir::new().unwrap());
    let catalogue = fake.followed_as("models:/boston/latest", cache.path()).unwrap();
    assert_eq!(answers(&catalogue, None, None), Ok(2));
    fake.world.lock().unwrap().is_away = true;
    eventually("a trouble", || troubles(&catalogue).contains("cannot be reached"));
    let check = |catalogue: &Catalogue, held: Result<u64, u16>| {
        assert_eq!(answers(catalogue, None, None), held);
        assert_eq!(answers(catalogue, Some("boston"), Some("9")), Err(503));
        assert_eq!(answers(catalogue, Some("boston"), Some("nobody")), Err(503));
        assert_eq!(answers(catalogue, Some("iris"), None), Err(404));
        assert!(troubles(catalogue).contains("cannot be reached"));
    };
    check(&catalogue, Ok(2));
    drop(catalogue);
    check(&fake.followed_as("models:/boston/latest", cache.path()).unwrap(), Ok(2));
    let empty = TempDir::new().unwrap();
    let waiting = fake.followed_as("models:/boston/latest", empty.path()).unwrap();
    check(&waiting, Err(503));
    fake.world.lock().unwrap().is_away = false;
    eventually("the registry", || answers(&waiting, None, None) == Ok(2));
    eventually("the end of the trouble", || troubles(&waiting).is_empty());
}

#[test]
fn a_name_that_the_registry_does_not_know_ends_the_start() {
    let (fake, cache) = (Fake::new(), TempDir::new().unwrap());
    let check = |name: &str, part: &str| {
        let told = fake.followed_as(name, cache.path()).err().unwrap();
        assert!(told.contains(part), "{told}");
    };
    check("models:/boston@nobody", "boston has no alias \"nobody\"; it has champion");
    check("models:/boston/9", "boston has no version 9; it has 1, 2");
}

/// Status and text of the answer to a message of the registry, signed with this secret so many seconds from now.
fn told(state: &Data<AppState>, secret: &str, seconds: i64, body: &str) -> (u16, String) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let time = now.checked_add_signed(seconds).unwrap().to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = BASE64.encode(hmac::sign(&key, format!("7f.{time}.{body}").as_bytes()));
    let request = TestRequest::post()
        .uri("/admin/registry/webhook")
        .insert_header(("x-mlflow-delivery-id", "7f"))
        .insert_header(("x-mlflow-timestamp", time))
        .insert_header(("x-mlflow-signature", format!("v1,{signature}")))
        .set_payload(body.to_owned());
    actix_web::rt::System::new().block_on(async {
        let service = init_service(server::admin_app(state.clone())).await;
        let response = match try_call_service(&service, request.to_request()).await {
            Ok(response) => response.into_parts().1,
            Err(error) => error.error_response(),
        };
        let status = response.status().as_u16();
        let body = actix_web::body::to_bytes(response.into_body().boxed()).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    })
}

#[test]
fn a_signed_message_has_the_registry_asked_at_once() {
    const SECRET: &str = "0123456789abcdef";
    let (fake, cache) = (Fake::new(), TempDir::new().unwrap());
    let catalogue = fake.followed_every(None, "models:/boston@champion", cache.path()).unwrap();
    // Keys are needed for all but this.
    let options = ["--webhook-secret", SECRET, "--api-keys", &key_lines()];
    let state = AppState::of_catalogue(Arc::clone(&catalogue), Limits::default()).secured(secured(&options));
    let state = Data::new(state);
    fake.set("champion", 2);
    let check = |(status, text): (u16, String), expected: u16, part: &str| {
        assert!(status == expected && text.contains(part), "{status}: {text}");
    };
    check(told(&state, "fedcba9876543210", 0, "{}"), 403, "its signature is another one");
    check(told(&state, SECRET, -400, "{}"), 403, "more than five minutes");
    check(told(&state, SECRET, 0, &" ".repeat(65537)), 413, "larger than 65536 bytes");
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(answers(&catalogue, None, None), Ok(1), "nobody has asked");
    // What stands in the message is not read.
    check(told(&state, SECRET, 0, "}{"), 202, "soon");
    eventually("version 2", || answers(&catalogue, None, None) == Ok(2));

    let without = AppState::of_catalogue(catalogue, Limits::default());
    check(told(&Data::new(without), SECRET, 0, "{}"), 409, "webhooks are not taken");
    let alone = state_of_one().secured(secured(&options));
    check(told(&Data::new(alone), SECRET, 0, "{}"), 409, "no registry is followed");
}

/// A server that follows nothing.
fn state_of_one() -> AppState {
    crate::service::state(crate::stubs::boston(), Limits::default())
}
