//! The admin API as an operator uses it: on the built server, with keys, from the first version to a restart.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::http::Client;
use crate::programs::{self, ran};
use crate::registry::with_versions;
use crate::serving::{Serving, free_port};

/// A server of a folder that needs keys, and callers who hold one each.
struct Ground {
    folder: PathBuf,
    server: Serving,
    /// Of the main address.
    caller: Client,
    /// Of the admin address.
    operator: Client,
    admin_port: u16,
}

/// Makes a key with the server itself.
fn new_key(file: &Path, name: &str, scopes: &str) -> String {
    let mut command = programs::server();
    command.args(["--new-api-key", name, "--scopes", scopes, "--api-keys-file"]).arg(file);
    ran(&mut command).well().stdout.trim().to_owned()
}

fn started(folder: &Path, keys: &Path, admin_port: u16) -> Serving {
    let mut command = programs::server();
    command.args(["--admin-bind", &format!("127.0.0.1:{admin_port}"), "--model-policy", "latest:1"]);
    // Only orders change what is served.
    command.args(["--model-poll-interval", "0", "--api-keys-file"]).arg(keys);
    Serving::started(command.arg("--model-folder").arg(folder))
}

impl Ground {
    /// The version that answers at a place, or the status of the refusal.
    fn version(&self, place: &str) -> Result<u64, u16> {
        let answer = self.caller.post(&format!("{place}/predict?proba=true"), &json!([[5.9, 3.0, 5.1, 1.8]]));
        match answer.status {
            200 => Ok(answer.json()[0]["model"]["version"].as_u64().unwrap()),
            status => Err(status),
        }
    }

    /// The model as the answer to an order shows it.
    #[track_caller]
    fn posted(&self, path: &str) -> Value {
        self.operator.post(path, &Value::Null).ok()["models"][0].clone()
    }

    fn put(&self, path: &str, body: &Value) -> Value {
        self.operator.put(path, body).ok()["models"][0].clone()
    }
}

fn states(model: &Value) -> Vec<&str> {
    model["versions"].as_array().unwrap().iter().map(|version| version["state"].as_str().unwrap()).collect()
}

#[test]
fn an_operator_goes_through_all_orders_with_a_key() {
    let folder = with_versions("administering");
    let keys = tempfile::tempdir().unwrap();
    let file = keys.path().join("keys");
    let of_caller = new_key(&file, "shop", "predict");
    let of_operator = new_key(&file, "operator", "admin,metadata");
    let of_monitor = new_key(&file, "monitor", "metrics");
    let admin_port = free_port();
    let server = started(&folder, &file, admin_port);
    let admin = Client::new(&format!("http://127.0.0.1:{admin_port}"));
    let ground = Ground {
        caller: server.with_key(&of_caller),
        operator: admin.with_key(&of_operator),
        folder,
        server,
        admin_port,
    };
    whoever_holds_no_key_changes_nothing(&ground, &admin, &of_caller, &of_monitor);
    versions_are_loaded_and_unloaded(&ground);
    aliases_are_moved(&ground);
    traffic_is_set(&ground);
    the_policy_is_read_again(&ground);
    what_was_decided_outlives_the_server(ground, &file, &of_caller);
}

fn whoever_holds_no_key_changes_nothing(ground: &Ground, admin: &Client, caller: &str, monitor: &str) {
    let orders =
        ["/admin/models/reload", "/admin/models/iris/unload", "/admin/models/iris/versions/3/unload"];
    for order in orders {
        assert_eq!(admin.post(order, &Value::Null).status, 401, "{order}");
        assert_eq!(admin.with_key("nobody's").post(order, &Value::Null).status, 401, "{order}");
        for key in [caller, monitor] {
            assert_eq!(admin.with_key(key).post(order, &Value::Null).status, 403, "{order}");
        }
        // The main address has no orders, whoever asks.
        assert_eq!(ground.server.post(order, &Value::Null).status, 404, "{order}");
    }
    assert_eq!(
        admin.with_key(caller).put("/admin/models/iris/aliases/a", &json!({ "version": 1 })).status,
        403
    );
    assert_eq!(admin.with_key(caller).delete("/admin/models/iris/aliases/a").status, 403);
    assert_eq!(admin.get("/metrics").status, 401);
    assert_eq!(ground.operator.get("/metrics").status, 403);
    assert!(admin.with_key(monitor).get("/metrics").text.contains("canopy_model_versions"));
    assert_eq!(admin.get("/health/live").status, 200);
    assert_eq!(ground.version(""), Ok(3));
    assert!(!ground.folder.join("models.json").exists());
}

fn versions_are_loaded_and_unloaded(ground: &Ground) {
    let shown = ground.operator.get("/models").ok();
    assert_eq!(states(&shown["models"][0]), ["idle", "idle", "ready"]);
    let model = ground.posted("/admin/models/iris/versions/1/load");
    assert_eq!(states(&model), ["ready", "idle", "ready"]);
    assert_eq!(ground.version("/models/iris/versions/1"), Ok(1));
    // The way back from a bad version.
    let model = ground.posted("/admin/models/iris/versions/3/unload");
    assert_eq!((states(&model), &model["default_version"]), (vec!["ready", "ready", "idle"], &json!(2)));
    assert_eq!((ground.version(""), ground.version("/models/iris/versions/3")), (Ok(2), Err(503)));
    let model = ground.posted("/admin/models/iris/load");
    assert_eq!(states(&model), ["idle", "idle", "ready"]);
    let model = ground.posted("/admin/models/iris/unload");
    assert_eq!(states(&model), ["idle", "idle", "idle"]);
    assert_eq!(ground.version(""), Err(503));
    assert_eq!(ground.server.get("/health/ready").status, 503);
    ground.posted("/admin/models/iris/load");
    assert_eq!(ground.version(""), Ok(3));
    ground.operator.post("/admin/models/iris/versions/9/load", &Value::Null).problem(404);
    ground.operator.post("/admin/models/nobody/load", &Value::Null).problem(404);
    ground.operator.post("/admin/models/iris/versions/one/load", &Value::Null).problem(422);
}

fn aliases_are_moved(ground: &Ground) {
    let alias = "/admin/models/iris/aliases/champion";
    ground.put(alias, &json!({ "version": 1 }));
    assert_eq!(ground.version("/models/iris/versions/champion"), Ok(1));
    let model = ground.put(alias, &json!({ "version": 2 }));
    assert_eq!(model["versions"][1]["aliases"], json!(["champion"]));
    assert_eq!(ground.version("/models/iris/versions/champion"), Ok(2));
    ground.operator.put(alias, &json!({ "version": 9 })).problem(422);
    ground.operator.put(alias, &json!({ "versions": 2 })).problem(422);
    ground.operator.put("/admin/models/iris/aliases/latest", &json!({ "version": 2 })).problem(422);
    assert_eq!(ground.version("/models/iris/versions/champion"), Ok(2));
    assert_eq!(ground.operator.delete(alias).status, 200);
    assert_eq!(ground.version("/models/iris/versions/champion"), Err(404));
}

fn traffic_is_set(ground: &Ground) {
    for (alias, version) in [("champion", 1), ("challenger", 2)] {
        ground.put(&format!("/admin/models/iris/aliases/{alias}"), &json!({ "version": version }));
    }
    let traffic = json!({ "split": { "champion": 50, "challenger": 50 }, "shadow": "challenger" });
    assert_eq!(ground.put("/admin/models/iris/traffic", &traffic)["traffic"], traffic);
    let mut met = [0; 4];
    (0..60).for_each(|_| met[usize::try_from(ground.version("").unwrap()).unwrap()] += 1);
    assert!(met[1] > 5 && met[2] > 5 && met[1] + met[2] == 60, "{met:?}");
    // What traffic depends on stays.
    ground.operator.delete("/admin/models/iris/aliases/challenger").problem(422);
    ground.put("/admin/models/iris/traffic", &json!({}));
    assert_eq!(ground.version(""), Ok(3));
}

fn the_policy_is_read_again(ground: &Ground) {
    let rules = ground.folder.join("models.json");
    let mut written: Value = serde_json::from_slice(&fs::read(&rules).unwrap()).unwrap();
    let before = written.clone();
    written["models"]["iris"]["policy"] = json!("all");
    written["models"]["iris"]["default_alias"] = json!("champion");
    fs::write(&rules, written.to_string()).unwrap();
    let model = ground.posted("/admin/models/reload");
    assert_eq!((states(&model), &model["default_version"]), (vec!["ready", "ready", "ready"], &json!(1)));
    assert_eq!(ground.version(""), Ok(1));
    // A file that is wrong changes nothing, and orders that would have to write it are refused.
    fs::write(&rules, "{\"models\": {\"iris\": {\"policy\": \"some\"}}}").unwrap();
    let shown = ground.operator.post("/admin/models/reload", &Value::Null).ok();
    assert!(shown["troubles"][0].to_string().contains("models.json is not obeyed"), "{shown}");
    ground.operator.put("/admin/models/iris/aliases/third", &json!({ "version": 3 })).problem(409);
    assert_eq!(ground.version(""), Ok(1));
    fs::write(&rules, before.to_string()).unwrap();
    assert_eq!(states(&ground.posted("/admin/models/reload")), ["ready", "ready", "ready"]);
    assert_eq!(ground.version(""), Ok(3));
    // A broken version is told, and the one before goes on.
    let [.., newest] = &*programs::artifacts_in(&ground.folder) else { panic!("no artifact") };
    let name = newest.file_name().unwrap().to_str().unwrap().replace("-v3-", "-v4-");
    let whole = fs::read(newest).unwrap();
    fs::write(ground.folder.join(&name), &whole[..whole.len() / 2]).unwrap();
    ground.operator.post("/admin/models/reload", &Value::Null);
    assert_eq!(ground.version(""), Ok(3));
    fs::remove_file(ground.folder.join(&name)).unwrap();
    ground.posted("/admin/models/reload");
}

fn what_was_decided_outlives_the_server(ground: Ground, keys: &Path, of_caller: &str) {
    let Ground { folder, server, admin_port, .. } = ground;
    drop(server);
    let server = started(&folder, keys, admin_port);
    let again = server
        .with_key(of_caller)
        .post("/models/iris/versions/challenger/predict?proba=true", &json!([[5.9, 3.0, 5.1, 1.8]]));
    assert_eq!(again.ok()[0]["model"], json!({ "name": "iris", "version": 2 }));
    assert_eq!(server.get("/health/ready").status, 200);
}
