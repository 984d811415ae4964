//! The statistics extension: how often each version answered, and how long that took.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;

use super::Named;
use crate::catalogue::Standing;
use crate::error::ApiError;
use crate::state::{AppState, Served};

#[derive(Serialize)]
struct Statistics<'a> {
    model_stats: Vec<OfVersion<'a>>,
}

#[derive(Serialize)]
struct OfVersion<'a> {
    name: &'a str,
    version: String,
}

impl<'a> From<&'a Served> for OfVersion<'a> {
    fn from(served: &'a Served) -> Self {
        Self { name: served.name(), version: served.version().to_string() }
    }
}

/// Of every version that answers.
pub(super) async fn of_all(state: Data<AppState>) -> HttpResponse {
    let shown = state.catalogue.shown();
    let model_stats = shown
        .entries()
        .flat_map(|entry| entry.versions().values())
        .filter_map(|standing| match standing {
            Standing::Ready(served) => Some(OfVersion::from(&**served)),
            Standing::Idle | Standing::Failed { .. } => None,
        })
        .collect();
    HttpResponse::Ok().json(Statistics { model_stats })
}

/// Of a model's versions that answer, or of one version.
pub(super) async fn of_model(state: Data<AppState>, named: Path<Named>) -> Result<HttpResponse, ApiError> {
    let served = state.catalogue.find(Some(&named.model), named.selector().as_ref())?;
    Ok(HttpResponse::Ok().json(Statistics { model_stats: vec![OfVersion::from(&*served)] }))
}
