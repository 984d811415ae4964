//! The registry of a folder, changed by many processes, some of which are killed, and followed by a running server.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::programs::{self, ran};
use crate::{trained, workspace};

/// A folder with three versions of a small model.
pub(crate) fn with_versions(name: &str) -> std::path::PathBuf {
    let folder = trained::empty_folder(name);
    for trees in [1, 2, 3] {
        let mut command = programs::trainer();
        command.args(["train", "--quiet", "--conf"]).arg(workspace::path("configs/iris.json"));
        command.args(["--set", &format!("model.n_estimators={trees}"), "--set", "quality_gate=[]"]);
        command.args(["--set", &format!("output.dir={}", folder.display())]);
        ran(&mut command).well();
    }
    folder
}

pub(crate) fn registry(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = programs::trainer();
    command.args(["--json", "registry", "--folder"]).arg(folder).args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn standing(folder: &Path) -> Value {
    let listed = ran(&mut registry(folder, &["list"])).well().json();
    assert_eq!(listed["unreadable"], Value::Array(vec![]));
    listed["models"][0].clone()
}

#[test]
fn processes_side_by_side_lose_no_change() {
    let folder = with_versions("registry-side-by-side");
    let children: Vec<_> = (0..12)
        .map(|n| {
            let version = (n % 3 + 1).to_string();
            registry(&folder, &["alias", "iris", &format!("a{n}"), &version]).spawn().unwrap()
        })
        .collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let written: Value = serde_json::from_slice(&fs::read(folder.join("models.json")).unwrap()).unwrap();
    let aliases = written["models"]["iris"]["aliases"].as_object().unwrap();
    assert_eq!(aliases.len(), 12);
    assert!((0..12).all(|n| aliases[&format!("a{n}")] == n % 3 + 1));
}

#[test]
fn server_and_command_line_side_by_side_lose_no_change() {
    const ROUNDS: u64 = 12;
    let folder = with_versions("registry-server-side-by-side");
    let admin_port = crate::serving::free_port();
    let _server = crate::serving::Serving::started(
        programs::server()
            .args(["--admin-bind", &format!("127.0.0.1:{admin_port}"), "--model-folder"])
            .arg(&folder),
    );
    let admin = crate::http::Client::new(&format!("http://127.0.0.1:{admin_port}"));
    let ordering = std::thread::spawn(move || {
        for n in 0..ROUNDS {
            let body = serde_json::json!({ "version": n % 3 + 1 });
            admin.put(&format!("/admin/models/iris/aliases/s{n}"), &body).ok();
        }
    });
    let children: Vec<_> = (0..ROUNDS)
        .map(|n| {
            let version = (n % 3 + 1).to_string();
            registry(&folder, &["alias", "iris", &format!("c{n}"), &version]).spawn().unwrap()
        })
        .collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    ordering.join().unwrap();
    let written: Value = serde_json::from_slice(&fs::read(folder.join("models.json")).unwrap()).unwrap();
    let aliases = written["models"]["iris"]["aliases"].as_object().unwrap();
    assert_eq!(aliases.len() as u64, 2 * ROUNDS, "{aliases:?}");
    for n in 0..ROUNDS {
        assert_eq!(
            (&aliases[&format!("s{n}")], &aliases[&format!("c{n}")]),
            (&(n % 3 + 1).into(), &(n % 3 + 1).into())
        );
    }
}

#[test]
fn a_killed_process_leaves_a_whole_registry_and_no_lock() {
    let folder = with_versions("registry-killed");
    let begun = Instant::now();
    ran(&mut registry(&folder, &["promote", "iris/1"])).well();
    let whole = begun.elapsed();
    let mut confirmed = BTreeSet::new();
    for round in 0..60u64 {
        let version = (round % 3 + 1).to_string();
        let mut child = registry(&folder, &["promote", &format!("iris/{version}")]).spawn().unwrap();
        // Spread over all that such a process does, from before it begins to after it has ended.
        std::thread::sleep(whole.mul_f64(round as f64 / 40.0));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            confirmed.insert(round);
            let written: Value =
                serde_json::from_slice(&fs::read(folder.join("models.json")).unwrap()).unwrap();
            assert_eq!(written["models"]["iris"]["aliases"]["champion"], round % 3 + 1);
        }
    }
    assert!(!confirmed.is_empty() && confirmed.len() < 60, "{confirmed:?}");
    // Nobody waits for a lock of the dead, the alias names a version, and the trail is read and says where it stands.
    ran(&mut registry(&folder, &["promote", "iris/2"])).well();
    let shown = ran(&mut registry(&folder, &["show", "iris@champion"])).well().json();
    assert_eq!(shown["version"], 2);
    let history = shown["history"].as_array().unwrap();
    assert!(history.len() > confirmed.len());
    assert_eq!(history.last().unwrap()["to"], 2);
    assert_eq!(standing(&folder)["versions"].as_array().unwrap().len(), 3);
    // Nor is anything left of what the dead were writing.
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.ends_with(".tmp")).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_running_server_follows_what_is_promoted() {
    let folder = with_versions("registry-followed");
    ran(&mut registry(&folder, &["promote", "iris/1"])).well();
    let server = crate::serving::Serving::started(
        programs::server()
            .args(["--admin-bind", "127.0.0.1:0", "--model-poll-interval", "0.2", "--model-folder"])
            .arg(&folder),
    );
    let answered_by = || server.get("/v1/model").json()["version"].clone();
    let follows = |version: u64| {
        let end = Instant::now() + Duration::from_secs(60);
        while answered_by() != version {
            assert!(Instant::now() < end, "the server still answers with version {}", answered_by());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    follows(1);
    ran(&mut registry(&folder, &["promote", "iris/3"])).well();
    follows(3);
    ran(&mut registry(&folder, &["rollback", "iris"])).well();
    follows(1);
}
