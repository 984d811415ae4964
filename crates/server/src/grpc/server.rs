//! The calls about the server.

use inference_proto::inference::{ServerLiveResponse, ServerMetadataResponse, ServerReadyResponse};
use prost::Message;

use super::Calls;
use crate::api::open_inference::{SERVER, VERSION};

/// Extensions of the protocol that are spoken here.
const EXTENSIONS: [&str; 1] = ["model_repository"];

impl Calls {
    pub(super) fn server_live(&self) -> Vec<u8> {
        ServerLiveResponse { live: true }.encode_to_vec()
    }

    pub(super) fn server_ready(&self) -> Vec<u8> {
        ServerReadyResponse { ready: self.state.is_ready() }.encode_to_vec()
    }

    pub(super) fn server_metadata(&self) -> Vec<u8> {
        let extensions = EXTENSIONS.map(Into::into).into();
        ServerMetadataResponse { name: SERVER.into(), version: VERSION.into(), extensions }.encode_to_vec()
    }
}
