//! Which model and version a request asks for: those of its address, and of several that share the traffic the one that the
//! id of the request falls on.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest};

use crate::catalogue::Selector;
use crate::error::ApiError;
use crate::request_id::RequestId;
use crate::state::{AppState, Served};

/// Where the routes of a model begin: of the default one, of one by its name, of a version by its number or alias.
pub(super) const PLACES: [&str; 3] = ["", "/models/{model}", "/models/{model}/versions/{version}"];

/// What answers a request whose route begins at one of [`PLACES`].
///
/// # Errors
/// As [`crate::catalogue::Catalogue::find`].
pub(super) fn addressed(request: &HttpRequest, state: &AppState) -> Result<Arc<Served>, ApiError> {
    let named = request.match_info();
    let version = named.get("version").map(Selector::of);
    find(request, state, named.get("model"), version.as_ref())
}

/// What answers a request that names a model and a version, one of them or none.
///
/// # Errors
/// As [`crate::catalogue::Catalogue::find`].
pub(crate) fn find(
    request: &HttpRequest,
    state: &AppState,
    model: Option<&str>,
    version: Option<&Selector>,
) -> Result<Arc<Served>, ApiError> {
    if !state.catalogue.has_traffic() {
        return state.catalogue.find(model, version);
    }
    let extensions = request.extensions();
    let id = extensions.get::<RequestId>().map(RequestId::as_str).unwrap_or_default();
    state.catalogue.find_for(id, model, version)
}
