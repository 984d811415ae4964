//! The request that a server gets most goes straight to its handler: to find it among the routes, and to come back through
//! the layers around each, costs more than to read its body.
//!
//! The route stands among the others nevertheless, for other methods and other spellings of the path.

use actix_web::FromRequest;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::web::{Data, Payload};

use super::predict::predict_by_default;
use crate::security::Access;
use crate::security::Scope::Predict;
use crate::state::AppState;

/// Whether this is that request.
pub(crate) fn goes_straight(request: &ServiceRequest) -> bool {
    request.path() == "/predict" && request.method() == Method::POST
}

/// Answers it, behind the gate that its route has.
pub(crate) async fn straight(request: ServiceRequest, state: &Data<AppState>) -> ServiceResponse {
    if let Err(error) = Access::Needs(Predict).admit(&request, state) {
        return request.error_response(error);
    }
    let (request, mut payload) = request.into_parts();
    let payload = match Payload::from_request(&request, &mut payload).await {
        Ok(payload) => payload,
        Err(error) => return ServiceResponse::from_err(error, request),
    };
    match predict_by_default(&request, payload, state).await {
        Ok(response) => ServiceResponse::new(request, response),
        Err(error) => ServiceResponse::from_err(error, request),
    }
}
