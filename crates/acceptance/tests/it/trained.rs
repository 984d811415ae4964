//! The reference models, each trained once per run of the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::programs::{self, artifact_in, ran};
use crate::workspace;

/// An artifact, the data it was trained on, and what it says of itself.
#[derive(Debug)]
pub(crate) struct Trained {
    pub(crate) artifact: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) header: Value,
}

impl Trained {
    /// Trains a config into a folder.
    #[track_caller]
    pub(crate) fn from_config(config: &Path, data: &Path, folder: &Path, settings: &[&str]) -> Self {
        let mut command = programs::trainer();
        command.args(["train", "--quiet", "--conf"]).arg(config);
        command.args(["--set", &format!("data.path={}", data.display())]);
        command.args(["--set", &format!("output.dir={}", folder.display())]);
        for setting in settings {
            command.args(["--set", setting]);
        }
        ran(&mut command).well();
        Self::in_folder(folder, data)
    }

    /// The only artifact in a folder.
    #[track_caller]
    pub(crate) fn in_folder(folder: &Path, data: &Path) -> Self {
        let artifact = artifact_in(folder);
        let header = inspected(&artifact);
        Self { artifact, data: data.to_owned(), header }
    }

    /// A metric on the held-out rows.
    #[track_caller]
    pub(crate) fn test_metric(&self, name: &str) -> f64 {
        self.number(&format!("/evaluation/test/metrics/{name}"))
    }

    /// The mean of a metric over the folds of cross-validation.
    #[track_caller]
    pub(crate) fn fold_mean(&self, name: &str) -> f64 {
        self.number(&format!("/evaluation/cross_validation/mean/{name}"))
    }

    /// A number of the header, by its JSON pointer.
    #[track_caller]
    pub(crate) fn number(&self, pointer: &str) -> f64 {
        let value = self.header.pointer(pointer).and_then(Value::as_f64);
        value.unwrap_or_else(|| panic!("no number at {pointer} of {:#}", self.header["evaluation"]))
    }

    /// The features of the schema.
    pub(crate) fn features(&self) -> &[Value] {
        self.header["schema"]["features"].as_array().unwrap()
    }
}

/// The header of an artifact, as the trainer shows it.
#[track_caller]
pub(crate) fn inspected(artifact: &Path) -> Value {
    ran(programs::trainer().args(["inspect", "--json"]).arg(artifact)).well().json()["header"].take()
}

pub(crate) fn boston() -> &'static Trained {
    static MODEL: OnceLock<Trained> = OnceLock::new();
    MODEL.get_or_init(|| reference("boston", &workspace::path("data/boston_house_prices.csv")))
}

pub(crate) fn house_price() -> &'static Trained {
    static MODEL: OnceLock<Trained> = OnceLock::new();
    MODEL.get_or_init(|| reference("house_price", &workspace::path("data/boston_house_prices.csv")))
}

pub(crate) fn iris() -> &'static Trained {
    static MODEL: OnceLock<Trained> = OnceLock::new();
    MODEL.get_or_init(|| reference("iris", &workspace::path("data/iris.csv")))
}

/// On the original where it is at hand.
pub(crate) fn life_expectancy() -> &'static Trained {
    static MODEL: OnceLock<Trained> = OnceLock::new();
    MODEL.get_or_init(|| reference("life_expectancy", &original_or_synthetic("world-data-2023.csv")))
}

/// On the original where it is at hand.
pub(crate) fn taxi() -> &'static Trained {
    static MODEL: OnceLock<Trained> = OnceLock::new();
    MODEL.get_or_init(|| reference("taxi", &original_or_synthetic("nyc_taxis_2019-03_raw.csv")))
}

/// `None` where the data is not at hand.
pub(crate) fn titanic() -> Option<&'static Trained> {
    static MODEL: OnceLock<Option<Trained>> = OnceLock::new();
    MODEL.get_or_init(|| Some(reference("titanic", &workspace::shared_data("titanic_raw.csv")?))).as_ref()
}

/// `None` where the data is not at hand.
pub(crate) fn penguins() -> Option<&'static Trained> {
    static MODEL: OnceLock<Option<Trained>> = OnceLock::new();
    MODEL.get_or_init(|| Some(reference("penguins", &workspace::shared_data("penguins.csv")?))).as_ref()
}

fn original_or_synthetic(file: &str) -> PathBuf {
    workspace::shared_data(file).unwrap_or_else(|| workspace::path("data").join(file))
}

fn reference(name: &str, data: &Path) -> Trained {
    let config = workspace::path("configs").join(name).with_extension("json");
    Trained::from_config(&config, data, &empty_folder(name), &[])
}

/// A folder of this run, emptied of what an earlier one left.
pub(crate) fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}
