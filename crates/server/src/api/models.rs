//! `GET /models`: which models are served, each in which versions and under which names.

use std::collections::BTreeMap;

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::{Entry, Shown, Standing, Trouble};
use crate::state::AppState;

/// All models.
#[derive(Serialize, ToSchema)]
#[schema(as = ModelsInfo)]
pub(crate) struct Models {
    /// Name of the model that answers where a request names none.
    default_model: Option<String>,
    /// The models, by name.
    models: Vec<ModelStanding>,
    /// What is not as it was asked for; absent when all is well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    troubles: Vec<Trouble>,
}

/// One model.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelStanding {
    /// Name of the model.
    name: String,
    /// Version that answers where a request names none.
    #[schema(minimum = 0)]
    default_version: Option<u64>,
    /// Alias that says which version this is; absent when it is the newest that answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    default_alias: Option<String>,
    /// The versions that lie in the folder, in ascending order.
    versions: Vec<VersionStanding>,
    /// How several versions share the requests; absent when they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    traffic: Option<Traffic>,
}

/// One version.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionStanding {
    /// Its number.
    #[schema(minimum = 0)]
    version: u64,
    /// `ready`, `idle` when nothing asks for it, or `failed`.
    #[schema(example = "ready")]
    state: &'static str,
    /// Its names.
    aliases: Vec<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// How requests that name no version are shared out.
#[derive(Serialize, ToSchema)]
pub(crate) struct Traffic {
    /// Weight of each alias among those that answer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    split: BTreeMap<String, u32>,
    /// Alias of the version that gets a copy of every question, and whose answers nobody sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    shadow: Option<String>,
}

impl Models {
    pub(crate) fn of(shown: &Shown) -> Self {
        Self {
            default_model: shown.default_model().map(Into::into),
            models: shown.entries().map(ModelStanding::of).collect(),
            troubles: shown.troubles().to_vec(),
        }
    }
}

impl ModelStanding {
    fn of(entry: &Entry) -> Self {
        let version = |(version, standing): (&u64, &Standing)| {
            let (state, reason) = match standing {
                Standing::Ready(_) => ("ready", None),
                Standing::Idle => ("idle", None),
                Standing::Failed { reason } => ("failed", Some(reason.clone())),
            };
            let aliases = entry.aliases_of(*version).map(Into::into).collect();
            VersionStanding { version: *version, state, aliases, reason }
        };
        let traffic = Traffic {
            split: entry.weights().clone(),
            shadow: entry.shadow().map(|shadow| shadow.alias.clone()),
        };
        let has_traffic = !traffic.split.is_empty() || traffic.shadow.is_some();
        Self {
            name: entry.name().to_owned(),
            default_version: entry.default_version(),
            default_alias: entry.default_alias().map(Into::into),
            versions: entry.versions().iter().map(version).collect(),
            traffic: has_traffic.then_some(traffic),
        }
    }
}

/// The models
///
/// All models of this server with their versions. Each has the routes `/predict` and `/predict_csv`, the documents
/// `/openapi.json`, `/docs/` and `/redoc`, and all that it says of itself, under `/models/{name}` and, for a version by its
/// number or alias, under `/models/{name}/versions/{version}`.
#[utoipa::path(
    get,
    path = "/models",
    tag = "model",
    operation_id = "models",
    responses((status = 200, description = "The models", body = Models))
)]
pub(crate) async fn models(state: Data<AppState>) -> Json<Models> {
    Json(Models::of(&state.catalogue.shown()))
}
