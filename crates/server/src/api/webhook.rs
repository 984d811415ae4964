//! `POST /admin/registry/webhook`: an MLflow server says that something has changed in its registry.
//!
//! The message is a reason to ask the registry, and nothing else: what stands in it is not even read. Its sender shows no key but
//! signs it, with a secret that this server was given.

use std::time::SystemTime;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::body;
use crate::catalogue::Nudge;
use crate::error::ApiError;
use crate::security::{LONGEST_MESSAGE, SignedHead};
use crate::state::{AppState, Limits};

/// Takes a message.
pub(super) async fn told(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let unchangeable = |reason: &str| ApiError::Unchangeable { reason: reason.into() };
    let webhook = state.security.webhook().ok_or_else(|| {
        unchangeable(
            "webhooks are not taken: start the server with WEBHOOK_SECRET_FILE (--webhook-secret-file)",
        )
    })?;
    let head = SignedHead::read(request.headers(), SystemTime::now())?;
    let longest = LONGEST_MESSAGE.min(state.limits.maximum_body_bytes);
    let limits = Limits { maximum_body_bytes: longest, ..state.limits.clone() };
    let body = body::read(&request, payload, &limits).await?;
    webhook.check(&head, &body)?;
    match state.catalogue.nudge(Nudge::Message) {
        true => {
            tracing::info!("the registry says that something has changed");
            Ok(HttpResponse::Accepted().json(json!({"asked": "soon"})))
        }
        false => {
            Err(unchangeable("no registry is followed: start the server with --model models:/NAME@ALIAS"))
        }
    }
}
