//! The calls about models: whether one answers, its tensors, and which there are.

use std::sync::Arc;

use inference_proto::inference::model_metadata_response::TensorMetadata;
use inference_proto::inference::repository_index_response::ModelIndex;
use inference_proto::inference::{
    ModelMetadataRequest, ModelMetadataResponse, ModelReadyRequest, ModelReadyResponse,
    RepositoryIndexRequest, RepositoryIndexResponse, RepositoryModelLoadRequest, RepositoryModelLoadResponse,
    RepositoryModelUnloadRequest, RepositoryModelUnloadResponse,
};
use prost::Message;
use prost::bytes::Bytes;

use super::Calls;
use super::call::Call;
use super::message::read;
use crate::api::open_inference::{PLATFORM, ready_versions};
use crate::catalogue::{Selector, Standing};
use crate::error::ApiError;
use crate::state::Served;
use crate::tensor;

impl Calls {
    /// The version that answers; an empty name of a model or a version stands for the default one.
    fn find(&self, model: &str, version: &str) -> Result<Arc<Served>, ApiError> {
        let selector = given(version).map(Selector::of);
        self.state.catalogue.find(given(model), selector.as_ref())
    }

    /// The version that answers a call, by the side of the model's traffic that it falls on.
    pub(super) fn find_for(&self, call: &Call, model: &str, version: &str) -> Result<Arc<Served>, ApiError> {
        let selector = given(version).map(Selector::of);
        self.state.catalogue.find_for(call.id.as_str(), given(model), selector.as_ref())
    }

    pub(super) fn model_ready(&self, message: Bytes) -> Result<Vec<u8>, ApiError> {
        let ModelReadyRequest { name, version } = read(message)?;
        let ready = match self.find(&name, &version) {
            Ok(_) => self.state.is_ready(),
            Err(ApiError::ModelNotReady { .. }) => false,
            Err(error) => return Err(error),
        };
        Ok(ModelReadyResponse { ready }.encode_to_vec())
    }

    pub(super) fn model_metadata(&self, message: Bytes) -> Result<Vec<u8>, ApiError> {
        let ModelMetadataRequest { name, version } = read(message)?;
        let served = self.find(&name, &version)?;
        let metadata = ModelMetadataResponse {
            name: served.name().into(),
            versions: ready_versions(&self.state, served.name()),
            platform: PLATFORM.into(),
            inputs: tensor::inputs(&served).map(written).collect(),
            outputs: tensor::outputs(&served).map(written).collect(),
        };
        Ok(metadata.encode_to_vec())
    }

    pub(super) async fn model_load(&self, message: Bytes) -> Result<Vec<u8>, ApiError> {
        let RepositoryModelLoadRequest { model_name, .. } = read(message)?;
        self.admin()?;
        self.state.catalogue.load(&model_name, None).await?;
        Ok(RepositoryModelLoadResponse {}.encode_to_vec())
    }

    pub(super) async fn model_unload(&self, message: Bytes) -> Result<Vec<u8>, ApiError> {
        let RepositoryModelUnloadRequest { model_name, .. } = read(message)?;
        self.admin()?;
        self.state.catalogue.unload(&model_name, None).await?;
        Ok(RepositoryModelUnloadResponse {}.encode_to_vec())
    }

    /// What changes the server stands beside the rest where the settings say so, as over HTTP.
    fn admin(&self) -> Result<(), ApiError> {
        if self.state.security.admin_on_main() { Ok(()) } else { Err(ApiError::NotFound) }
    }

    pub(super) fn repository_index(&self, message: Bytes) -> Result<Vec<u8>, ApiError> {
        let RepositoryIndexRequest { ready, .. } = read(message)?;
        let shown = self.state.catalogue.shown();
        let versions = shown.entries().flat_map(|entry| {
            entry.versions().iter().map(|(version, standing)| {
                let (state, reason) = match standing {
                    Standing::Ready(_) => ("READY", ""),
                    Standing::Idle => ("UNAVAILABLE", "not asked for"),
                    Standing::Failed { reason } => ("UNAVAILABLE", reason.as_str()),
                };
                ModelIndex {
                    name: entry.name().into(),
                    version: version.to_string(),
                    state: state.into(),
                    reason: reason.into(),
                }
            })
        });
        let models = versions.filter(|version| !ready || version.state == "READY").collect();
        Ok(RepositoryIndexResponse { models }.encode_to_vec())
    }
}

/// A name, where one is given.
fn given(name: &str) -> Option<&str> {
    Some(name).filter(|name| !name.is_empty())
}

fn written(tensor: tensor::TensorMetadata<'_>) -> TensorMetadata {
    let tensor::TensorMetadata { name, datatype, shape } = tensor;
    TensorMetadata { name: name.into(), datatype: datatype.name().into(), shape }
}
