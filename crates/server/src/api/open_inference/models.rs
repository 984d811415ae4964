//! `GET /v2/models/{model}[/versions/{version}]` and its `/ready`: what a model takes and gives, and whether it answers.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;

use super::Named;
use crate::catalogue::Standing;
use crate::error::ApiError;
use crate::state::AppState;
use crate::tensor::{self, TensorMetadata};

/// What the protocol calls the software that runs a model.
pub(crate) const PLATFORM: &str = "canopy_forest";

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    versions: Vec<String>,
    platform: &'static str,
    inputs: Vec<Tensor<'a>>,
    outputs: Vec<Tensor<'a>>,
}

#[derive(Serialize)]
struct Tensor<'a> {
    name: &'a str,
    datatype: &'static str,
    shape: Vec<i64>,
}

impl<'a> From<TensorMetadata<'a>> for Tensor<'a> {
    fn from(tensor: TensorMetadata<'a>) -> Self {
        Self { name: tensor.name, datatype: tensor.datatype.name(), shape: tensor.shape }
    }
}

pub(super) async fn metadata(state: Data<AppState>, named: Path<Named>) -> Result<HttpResponse, ApiError> {
    let served = state.catalogue.find(Some(&named.model), named.selector().as_ref())?;
    let metadata = Metadata {
        name: served.name(),
        versions: ready_versions(&state, served.name()),
        platform: PLATFORM,
        inputs: tensor::inputs(&served).map(Into::into).collect(),
        outputs: tensor::outputs(&served).map(Into::into).collect(),
    };
    Ok(served.signature().signed(HttpResponse::Ok().json(metadata)))
}

/// The versions of a model that answer, oldest first.
pub(crate) fn ready_versions(state: &AppState, model: &str) -> Vec<String> {
    let shown = state.catalogue.shown();
    let versions = shown.entry(model).map(|entry| {
        let ready = entry.versions().iter().filter(|(_, standing)| matches!(standing, Standing::Ready(_)));
        ready.map(|(version, _)| version.to_string()).collect()
    });
    // One that was taken away meanwhile has none.
    versions.unwrap_or_default()
}

#[derive(Serialize)]
struct Ready<'a> {
    name: &'a str,
    ready: bool,
}

pub(super) async fn ready(state: Data<AppState>, named: Path<Named>) -> Result<HttpResponse, ApiError> {
    let served = state.catalogue.find(Some(&named.model), named.selector().as_ref())?;
    if !state.is_ready() {
        return Err(ApiError::NotReady);
    }
    let ready = Ready { name: served.name(), ready: true };
    Ok(served.signature().signed(HttpResponse::Ok().json(ready)))
}
