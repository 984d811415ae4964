//! A training as a run of an MLflow experiment: parameters, metrics, data set, and the model with all its files.

use jiff::Timestamp;
use model_core::artifact::Summary;
use model_core::header::Scorecard;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::Twice;
use super::model_file::{self, MODEL_FOLDER};
use super::place::Place;
use super::summary_file::SummaryFile;
use super::{ARTIFACT_FILE, Api, MlflowError, ROWS_FILE, SUMMARY_FILE};
use crate::Author;

/// Most parameters, and most tags, of one question.
const PARAMETERS: usize = 100;
/// Most characters of a parameter; older servers take no more.
const LONGEST_PARAMETER: usize = 500;

/// What a run is made of.
pub(super) struct Trained<'a> {
    pub(super) summary: &'a Summary,
    pub(super) artifact: &'a [u8],
    pub(super) rows: Option<Vec<u8>>,
}

/// Where a run went.
pub(super) struct Logged {
    pub(super) run: String,
    /// Address of the model's folder.
    pub(super) source: String,
}

#[derive(Deserialize)]
struct RunAnswer {
    run: Run,
}

#[derive(Deserialize)]
struct Run {
    info: RunInfo,
}

#[derive(Deserialize)]
struct RunInfo {
    run_id: String,
    artifact_uri: String,
}

impl Trained<'_> {
    /// Logs the run. One that cannot be logged to its end is marked as failed.
    pub(super) fn log(&self, api: &Api, experiment: &str, author: &Author) -> Result<Logged, MlflowError> {
        let experiment = experiment_id(api, experiment)?;
        let header = &self.summary.header;
        let created: Timestamp = header.created.parse().unwrap_or_else(|_| Timestamp::now());
        let time = created.as_millisecond();
        let name = format!("{}-{}", header.name, self.summary.checksum.get(..8).unwrap_or_default());
        let body = json!({
            "experiment_id": experiment, "start_time": time, "run_name": name,
            "tags": tags(&[
                ("mlflow.user", &author.by), ("mlflow.source.name", "trainer"), ("mlflow.source.type", "LOCAL"),
                ("mlflow.runName", &name), ("mlflow.note.content", &header.description),
            ]),
        });
        let RunAnswer { run: Run { info } } = api.post("runs/create", &body, Twice::Never)?;
        let logged = self.fill(api, &info, created);
        let status = if logged.is_ok() { "FINISHED" } else { "FAILED" };
        let body = json!({"run_id": info.run_id, "status": status, "end_time": time});
        let ended = api.post::<Value>("runs/update", &body, Twice::Harmless);
        logged?;
        ended?;
        let source = format!("{}/{MODEL_FOLDER}", info.artifact_uri.trim_end_matches('/'));
        Ok(Logged { run: info.run_id, source })
    }

    fn fill(&self, api: &Api, info: &RunInfo, created: Timestamp) -> Result<(), MlflowError> {
        let place = Place::parse(&info.artifact_uri, api.server())?;
        let header = &self.summary.header;
        let batch = |part: Value| {
            let mut body = json!({"run_id": info.run_id});
            if let (Value::Object(body), Value::Object(part)) = (&mut body, part) {
                body.extend(part);
            }
            api.post::<Value>("runs/log-batch", &body, Twice::Harmless).map(|_| ())
        };
        for part in parameters(&header.config).chunks(PARAMETERS) {
            batch(json!({"params": part}))?;
        }
        let time = created.as_millisecond();
        let facts = [
            ("canopy.checksum", self.summary.checksum.as_str()),
            ("canopy.data.fingerprint", &header.data.fingerprint),
            ("canopy.parent", header.parent.as_deref().unwrap_or("none")),
            ("canopy.host", &header.host),
        ];
        batch(json!({"metrics": metrics(self.summary, time), "tags": tags(&facts)}))?;
        api.post::<Value>("runs/log-inputs", &inputs(self.summary, &info.run_id), Twice::Harmless)?;

        let time = format!("{}", created.strftime("%Y-%m-%d %H:%M:%S.%6f"));
        let model = model_file::model(self.summary, &info.run_id, &time);
        let file = |name: &str| place.file(&format!("{MODEL_FOLDER}/{name}"));
        api.upload(&file(ARTIFACT_FILE), self.artifact)?;
        if let Some(rows) = &self.rows {
            api.upload(&file(ROWS_FILE), rows)?;
        }
        let summary = serde_json::to_vec_pretty(&SummaryFile::of(self.summary)).unwrap_or_default();
        api.upload(&file(SUMMARY_FILE), &summary)?;
        api.upload(&file("MLmodel"), model_file::yaml(&model).as_bytes())?;
        let body = json!({"run_id": info.run_id, "model_json": model.to_string()});
        api.post::<Value>("runs/log-model", &body, Twice::Never).map(|_| ())
    }
}

/// The experiment of a name, made when there is none.
fn experiment_id(api: &Api, name: &str) -> Result<String, MlflowError> {
    #[derive(Deserialize)]
    struct Found {
        experiment: Experiment,
    }
    #[derive(Deserialize)]
    struct Experiment {
        experiment_id: String,
        #[serde(default)]
        lifecycle_stage: Option<String>,
    }
    #[derive(Deserialize)]
    struct Made {
        experiment_id: String,
    }
    let found = || match api.get::<Found>("experiments/get-by-name", &[("experiment_name", name)]) {
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
        Ok(Found { experiment }) if experiment.lifecycle_stage.as_deref() == Some("deleted") => {
            Err(MlflowError::DeletedExperiment { name: name.into() })
        }
        Ok(Found { experiment }) => Ok(Some(experiment.experiment_id)),
    };
    if let Some(id) = found()? {
        return Ok(id);
    }
    match api.post::<Made>("experiments/create", &json!({"name": name}), Twice::Never) {
        // Somebody else made it in the same moment.
        Err(error) if error.is_there_already() => found()?.ok_or(error),
        other => other.map(|made| made.experiment_id),
    }
}

pub(super) fn tags(pairs: &[(&str, &str)]) -> Value {
    let there = pairs.iter().filter(|(_, value)| !value.is_empty());
    there.map(|(key, value)| json!({"key": key, "value": value})).collect()
}

/// The config key by key, `model.n_estimators` and the like. What it says of each feature stays in the artifact.
fn parameters(config: &Value) -> Vec<Value> {
    fn flatten(place: &str, value: &Value, found: &mut Vec<Value>) {
        match value {
            Value::Object(entries) => entries.iter().for_each(|(key, value)| {
                let dot = if place.is_empty() { "" } else { "." };
                flatten(&format!("{place}{dot}{key}"), value, found);
            }),
            Value::Null => {}
            other => {
                let text = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
                let value: String = text.chars().take(LONGEST_PARAMETER).collect();
                let is_plain =
                    |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '/');
                let key: String =
                    place.chars().map(|c| if is_plain(c) { c } else { '_' }).take(250).collect();
                found.push(json!({"key": key, "value": value}));
            }
        }
    }
    let mut found = Vec::new();
    for (key, value) in config.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("$schema" | "description" | "title" | "app" | "registry" | "output", _) => {}
            ("features", Value::Array(features)) => {
                found.push(json!({"key": "features", "value": features.len().to_string()}));
            }
            (key, value) => flatten(key, value, &mut found),
        }
    }
    found
}

/// What was measured, `test.mae` and the like.
fn metrics(summary: &Summary, time: i64) -> Vec<Value> {
    let evaluation = &summary.header.evaluation;
    let data = &summary.header.data;
    let of_card = |place: &'static str, card: &Option<Scorecard>| {
        let metrics = card.iter().flat_map(|card| card.metrics.clone());
        metrics.map(move |(name, value)| (format!("{place}.{name}"), value)).collect::<Vec<_>>()
    };
    let mut found = of_card("test", &evaluation.test);
    found.extend(of_card("out_of_bag", &evaluation.out_of_bag));
    if let Some(folds) = &evaluation.cross_validation {
        let mean = folds.mean.iter().map(|(name, value)| (format!("cross_validation.{name}"), *value));
        found.extend(mean);
        let deviation = folds.standard_deviation.iter();
        found.extend(deviation.map(|(name, value)| (format!("cross_validation.{name}.deviation"), *value)));
    }
    found.push(("rows.train".into(), data.rows_train as f64));
    found.push(("rows.test".into(), data.rows_test as f64));
    let finite = found.into_iter().filter(|(_, value)| value.is_finite());
    finite.map(|(key, value)| json!({"key": key, "value": value, "timestamp": time, "step": 0})).collect()
}

fn inputs(summary: &Summary, run: &str) -> Value {
    let data = &summary.header.data;
    let name = data.path.rsplit('/').next().unwrap_or_default();
    let profile = json!({"num_rows": data.rows_read, "num_features": summary.header.schema.features.len()});
    json!({
        "run_id": run,
        "datasets": [{
            "tags": tags(&[("mlflow.data.context", "training")]),
            "dataset": {
                "name": if name.is_empty() { "data" } else { name },
                // MLflow has room for 36 characters.
                "digest": data.fingerprint.get(..32).unwrap_or("unknown"),
                "source_type": "local", "source": json!({"uri": data.path}).to_string(),
                "profile": profile.to_string(),
            },
        }],
    })
}
