//! Programs, artifacts and files for the tests.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The folder of the whole project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn trainer() -> Command {
    let program =
        std::env::var_os("CANOPY_TRAINER").map_or_else(|| root().join("target/debug/trainer"), Into::into);
    assert!(
        program.exists(),
        "no trainer at {}: cargo build --bins, or name one by CANOPY_TRAINER",
        program.display()
    );
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// A folder that is gone after the test.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The artifact of a reference problem, for `_names` answering the names of the classes; trained once for all tests.
pub(crate) fn artifact(name: &'static str) -> PathBuf {
    static TRAINED: OnceLock<TempDir> = OnceLock::new();
    static BUSY: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = BUSY.lock().unwrap_or_else(|turn| turn.into_inner());
    let folder = TRAINED.get_or_init(folder).path().join(name);
    if !folder.exists() {
        let mut command = trainer();
        let problem = name.strip_suffix("_names").unwrap_or(name);
        command.args(["train", "--quiet", "--conf", &format!("configs/{problem}.json")]);
        command.args(["--set", "model.n_estimators=40", "--set", "quality_gate=null"]);
        match name {
            "boston" => command.args(["--set", "model.interval=0.9"]),
            "iris_names" => command.args(["--set", "serving.class_answer=name"]),
            _ => &mut command,
        };
        command.arg("--set").arg(format!("output.dir={}", folder.display()));
        succeeded(command.output().unwrap());
    }
    let mut files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|file| file.extension() == Some(OsStr::new("canopy"))).unwrap()
}

/// Runs `trainer predict`.
pub(crate) fn trainer_predict(artifact: &Path, input: &Path, output: &Path, options: &[&str]) {
    let mut command = trainer();
    command.arg("predict").arg("--model").arg(artifact).arg(input).arg("--output").arg(output).args(options);
    succeeded(command.output().unwrap());
}

/// `canopy-sql` with these arguments.
pub(crate) fn canopy_sql<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_canopy-sql"));
    command.args(arguments);
    command
}

/// What a query answers as CSV, without the header.
pub(crate) fn answer(model: &Path, table: &Path, sql: &str) -> String {
    let arguments = ["--model".into(), model.into(), "--table".into(), table.into(), PathBuf::from(sql)];
    let text = succeeded(canopy_sql(arguments).output().unwrap());
    text.split_once('\n').map(|(_, rest)| rest.trim_end().to_owned()).unwrap_or_default()
}

/// Standard output of a program that must succeed.
pub(crate) fn succeeded(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of a program that must fail without a panic.
pub(crate) fn failed(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    errors
}

/// Writes a file into a folder.
pub(crate) fn file(folder: &TempDir, name: &str, content: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// The rows of the Boston data with their header.
pub(crate) fn boston_rows(folder: &TempDir) -> PathBuf {
    let data = std::fs::read_to_string(root().join("data/boston_house_prices.csv")).unwrap();
    file(folder, "boston.csv", data.split_once('\n').unwrap().1)
}

/// The features of the Boston model as arguments.
pub(crate) const BOSTON: &str = "\"CRIM\", \"ZN\", \"INDUS\", \"CHAS\", \"NOX\", \"RM\", \"AGE\", \"DIS\", \"RAD\", \
                                 \"TAX\", \"PTRATIO\", \"B\", \"LSTAT\"";
