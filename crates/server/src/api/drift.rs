//! `GET /v1/models/{model}/drift`: whether the rows that a model is asked for are still those that it was trained on.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use drift::{Comparison, Finding, Verdict};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::catalogue::Selector;
use crate::error::ApiError;
use crate::openapi::{NoSuchModel, NotLoaded};
use crate::state::AppState;

/// How the latest rows compare with the training data.
#[derive(Serialize, ToSchema)]
pub(crate) struct DriftInfo {
    /// Name of the model.
    name: String,
    /// Version of the model under its name.
    #[schema(minimum = 0)]
    version: u64,
    /// `no_drift`, `drift`, `too_few_rows`, `unknown` for an imported model, or `off`.
    #[schema(example = "no_drift")]
    state: &'static str,
    /// Rows that are compared: the latest, of large requests some.
    #[schema(minimum = 0)]
    rows: u64,
    /// Rows that the model was trained on.
    #[schema(minimum = 0)]
    rows_before: u64,
    /// Every feature, in the order of the values by position.
    features: Vec<ColumnDrift>,
    /// The predictions; null where the artifact does not know how the model answered before.
    predictions: Option<ColumnDrift>,
    /// What cannot be compared, and why.
    not_compared: Vec<String>,
}

/// How one column compares.
#[derive(Serialize, ToSchema)]
pub(crate) struct ColumnDrift {
    /// Name of the column in the training data.
    name: String,
    /// `as_before`, `new_values`, `shifted`, which is worth a look, or `drifted`.
    #[schema(example = "as_before")]
    verdict: &'static str,
    /// The measures that are above their thresholds and beyond chance: `psi`, `ks`, `js`, `missing`, `new_levels`, `out_of_range`.
    causes: Vec<&'static str>,
    /// Population stability index.
    psi: f64,
    /// What it is on average by chance, for so many rows.
    psi_by_chance: f64,
    /// Kolmogorov–Smirnov distance; null for levels.
    ks: Option<f64>,
    /// Jensen–Shannon distance in bits, less what it is by chance.
    js: f64,
    /// Share of the training rows without a value.
    missing_before: f64,
    /// Share of the latest rows without one.
    missing: f64,
    /// Share of the latest rows of a level that training did not see, or below or above its range.
    never_seen: f64,
}

impl From<&Finding> for ColumnDrift {
    fn from(finding: &Finding) -> Self {
        Self {
            name: finding.name.clone(),
            verdict: match finding.verdict {
                Verdict::AsBefore => "as_before",
                Verdict::NewValues => "new_values",
                Verdict::Shifted => "shifted",
                Verdict::Drifted => "drifted",
            },
            causes: finding.causes.iter().map(|cause| cause.name()).collect(),
            psi: finding.psi,
            psi_by_chance: finding.chance,
            ks: finding.ks,
            js: finding.js,
            missing_before: finding.missing_before,
            missing: finding.missing_now,
            never_seen: finding.outside,
        }
    }
}

impl DriftInfo {
    fn of(name: &str, version: u64, compared: Option<&Comparison>) -> Self {
        let state = match compared {
            None => "off",
            Some(compared) if compared.rows_before == 0 => "unknown",
            Some(compared) if !compared.is_judged => "too_few_rows",
            Some(compared) if compared.drifted().next().is_some() => "drift",
            Some(_) => "no_drift",
        };
        let columns = |findings: &[Finding]| findings.iter().map(ColumnDrift::from).collect();
        let lacks = |compared: &Comparison| compared.not_compared.iter().map(ToString::to_string).collect();
        Self {
            name: name.into(),
            version,
            state,
            rows: compared.map_or(0, |compared| compared.rows_now),
            rows_before: compared.map_or(0, |compared| compared.rows_before),
            features: compared.map_or_else(Vec::new, |compared| columns(&compared.features)),
            predictions: compared.and_then(|compared| compared.answers.as_ref()).map(ColumnDrift::from),
            not_compared: compared.map_or_else(Vec::new, lacks),
        }
    }
}

/// What a path names.
#[derive(Deserialize)]
pub(crate) struct Address {
    model: String,
    version: Option<String>,
}

/// Drift
///
/// How the rows that the model was asked for latest, by whatever protocol, compare with those that it was trained on. Another version than
/// the one that answers where none is named is found under `/v1/models/{model}/versions/{version}/drift`, by its number or alias.
#[utoipa::path(
    get,
    path = "/v1/models/{model}/drift",
    tag = "model",
    operation_id = "drift",
    params(("model" = String, Path, description = "Name of the model", min_length = 1)),
    responses((status = 200, description = "The comparison", body = DriftInfo), NoSuchModel, NotLoaded)
)]
pub(crate) async fn drift(path: Path<Address>, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let selector = path.version.as_deref().map(Selector::of);
    let served = state.catalogue.find(Some(&path.model), selector.as_ref())?;
    let info = DriftInfo::of(served.name(), served.version(), served.watched().compared().as_ref());
    Ok(served.signature().signed(HttpResponse::Ok().json(info)))
}
