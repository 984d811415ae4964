//! The standard health check: of the server, under the empty name or a service's, and of each model under its own.

use std::time::Duration;

use futures_util::stream;
use inference_proto::health::health_check_response::ServingStatus;
use inference_proto::health::{HealthCheckRequest, HealthCheckResponse};
use model_core::encoding::shortened;
use prost::Message;
use prost::bytes::Bytes;

use super::Calls;
use super::answer::Messages;
use super::message::read;
use super::method::{HEALTH, INFERENCE};
use crate::error::ApiError;

/// How soon those that watch hear of a change.
const INTERVAL: Duration = Duration::from_secs(1);

impl Calls {
    pub(super) fn health_check(&self, message: Bytes) -> Result<Vec<u8>, ApiError> {
        let HealthCheckRequest { service } = read(message)?;
        Ok(answer(self.standing(&service)?))
    }

    /// How a service stands: at once, after each change, and for the last time when the server stops.
    pub(super) fn health_watch(&self, message: Bytes) -> Result<Messages, ApiError> {
        let HealthCheckRequest { service } = read(message)?;
        Ok(Box::pin(stream::unfold((self.clone(), service, None), async |(mut calls, service, told)| {
            loop {
                let stopping = *calls.stopping.borrow();
                let status = calls.standing(&service).unwrap_or(ServingStatus::ServiceUnknown);
                if told != Some(status) {
                    return Some((answer(status), (calls, service, Some(status))));
                }
                if stopping {
                    return None;
                }
                tokio::select! {
                    () = tokio::time::sleep(INTERVAL) => {}
                    Ok(_) = calls.stopping.wait_for(|stop| *stop) => {}
                }
            }
        })))
    }

    /// How a service stands.
    ///
    /// # Errors
    /// When there is none of this name.
    fn standing(&self, service: &str) -> Result<ServingStatus, ApiError> {
        let answers = match service {
            "" | INFERENCE | HEALTH => true,
            model => match self.state.catalogue.find(Some(model), None) {
                Ok(_) => true,
                Err(ApiError::NoSuch { .. }) => return Err(no_such(model)),
                Err(_) => false,
            },
        };
        let serves = answers && self.state.is_ready();
        Ok(if serves { ServingStatus::Serving } else { ServingStatus::NotServing })
    }
}

/// Says nothing of the models there are: nobody needs a key to ask for health.
fn no_such(service: &str) -> ApiError {
    let known = [INFERENCE, HEALTH, "the name of each model"].map(Into::into).into();
    ApiError::NoSuch { what: "service", wanted: shortened(service), known }
}

fn answer(status: ServingStatus) -> Vec<u8> {
    HealthCheckResponse { status: status.into() }.encode_to_vec()
}
