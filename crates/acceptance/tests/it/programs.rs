//! The two programs under test, as built beside this test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use serde_json::Value;

use crate::workspace;

/// The trainer, to be run from the workspace root.
pub(crate) fn trainer() -> Command {
    program("trainer")
}

/// The server, with none of the environment variables that it reads.
pub(crate) fn server() -> Command {
    let mut command = program("server");
    for variable in [
        "MODEL",
        "MODEL_FOLDER",
        "MODEL_NAME",
        "MODEL_VERSION",
        "STRICT",
        "HOST",
        "PORT",
        "BIND",
        "GRPC_PORT",
        "GRPC_BIND",
    ] {
        command.env_remove(variable);
    }
    command
}

fn program(name: &str) -> Command {
    // This test is target/<profile>/deps/it-<hash>.
    let test = env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let path = folder.join(name).with_extension(env::consts::EXE_EXTENSION);
    assert!(
        path.is_file(),
        "{} is not built: run `cargo test --workspace`, or `cargo build --workspace` first",
        path.display()
    );
    let mut command = Command::new(path);
    command.current_dir(workspace::path(""));
    command
}

/// What a program left when it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The same, of a program that ended well.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// Both streams, for a message that may stand on either.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {}", self.stdout))
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs a program to its end.
pub(crate) fn ran(command: &mut Command) -> Ended {
    command.output().unwrap().into()
}

/// The artifacts in a folder, in the order of their names.
#[track_caller]
pub(crate) fn artifacts_in(folder: &Path) -> Vec<PathBuf> {
    let mut artifacts: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "canopy"))
        .collect();
    artifacts.sort();
    artifacts
}

/// The only artifact in a folder.
#[track_caller]
pub(crate) fn artifact_in(folder: &Path) -> PathBuf {
    let mut artifacts = artifacts_in(folder);
    assert_eq!(artifacts.len(), 1, "artifacts in {}: {artifacts:?}", folder.display());
    artifacts.remove(0)
}
