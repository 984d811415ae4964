//! A training that four processes share out: the artifact is, byte for byte, the one of a single process.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::programs::{self, artifact_in, ran};
use crate::trained::empty_folder;

const SHARDS: u32 = 4;

#[test]
fn four_processes_grow_the_bytes_of_one() {
    check("boston", &["model.oob_score=true", "model.interval=0.9", "cross_validation={\"folds\": 3}"]);
    check("boston", &["model.n_estimators=400", "model.oob_score=true", "model.patience=20"]);
    check("iris", &[]);
    check("taxi", &["model.n_estimators=30"]);
}

fn check(name: &str, settings: &[&str]) {
    let folder = empty_folder("sharding");
    ran(&mut train(name, settings, &folder)).well();
    let artifact = artifact_in(&folder);
    let rows = artifact.with_extension("rows");
    let [whole, whole_rows] = [&artifact, &rows].map(|path| fs::read(path).unwrap());
    fs::remove_file(&artifact).unwrap();
    fs::remove_file(&rows).unwrap();

    // All at the same time, on as many threads as there are or on one.
    let mut growing: Vec<_> = (1..=SHARDS)
        .map(|number| {
            let mut command = train(name, settings, &folder);
            command.args(["--shard", &format!("{number}/{SHARDS}")]);
            command.env("RAYON_NUM_THREADS", (number % 2).to_string()).spawn().unwrap()
        })
        .collect();
    growing.iter_mut().for_each(|process| assert!(process.wait().unwrap().success()));
    assert!(!artifact.exists());

    let mut merge = programs::trainer();
    merge.env("SOURCE_DATE_EPOCH", "1700000000").args(["merge", "--quiet"]);
    for number in 1..=SHARDS {
        merge.arg(folder.join(format!("{name}-{number}-of-{SHARDS}.shard")));
    }
    ran(&mut merge).well();
    assert!(fs::read(&artifact).unwrap() == whole, "{name} {settings:?}: the bytes of the artifact differ");
    assert!(fs::read(&rows).unwrap() == whole_rows, "{name} {settings:?}: the marks of the rows differ");
}

fn train(name: &str, settings: &[&str], folder: &Path) -> Command {
    let mut command = programs::trainer();
    command.env("SOURCE_DATE_EPOCH", "1700000000");
    command.args(["train", "--quiet", "--conf", &format!("configs/{name}.json")]);
    command.args(["--set", &format!("output.dir={}", folder.display())]);
    settings.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    command
}
