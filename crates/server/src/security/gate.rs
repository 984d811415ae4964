//! What stands before the handlers of a resource and asks whether a request may pass.

use std::future::{Ready, ready};

use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::web::Data;
use futures_util::future::Either;

use super::Scope;
use crate::api::index::wants_page;
use crate::error::ApiError;
use crate::state::AppState;

/// What a resource needs of those who ask it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: health, which has to answer a probe that has no key and comes from any address, and tells nothing else.
    Open,
    /// A key of this scope, an address on the list, and a rate that is kept, as far as those are configured.
    Needs(Scope),
    /// An address on the list: a file of the playground, which is the same on every server.
    Page,
    /// An address on the list and a rate that is kept, before the handler asks for a signature in place of a key.
    Signed,
    /// As [`Self::Needs`]; but where keys are needed, a browser gets the playground as by [`Self::Page`], and is asked there for one.
    Front(Scope),
}

impl Access {
    /// Whether a request may pass.
    ///
    /// # Errors
    /// As [`Security::admit`](super::Security::admit).
    pub(crate) fn admit(self, request: &ServiceRequest, state: &AppState) -> Result<(), ApiError> {
        match self {
            Self::Open => Ok(()),
            Self::Needs(scope) => state.security.admit(request.head(), scope),
            Self::Signed => state.security.admit_signed(request.head()),
            Self::Page => state.security.admit_address(request.head()).map(|_| ()),
            Self::Front(_) if state.security.has_keys() && wants_page(request.request()) => {
                Self::Page.admit(request, state)
            }
            Self::Front(scope) => Self::Needs(scope).admit(request, state),
        }
    }
}

/// The layer of one resource. It runs before its handlers, and so before any body is read.
pub(crate) struct Gate(pub(crate) Access);

impl<S> Transform<S, ServiceRequest> for Gate
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = Guarded<S>;
    type InitError = ();
    type Future = Ready<Result<Guarded<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Guarded { service, access: self.0 }))
    }
}

/// A resource behind its gate.
pub(crate) struct Guarded<S> {
    service: S,
    access: Access,
}

impl<S> Service<ServiceRequest> for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Either<Ready<Result<ServiceResponse, Error>>, S::Future>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match admit(&request, self.access) {
            Ok(()) => Either::Right(self.service.call(request)),
            // A response and not an error, so that the layers above see every refusal alike.
            Err(error) => Either::Left(ready(Ok(request.error_response(error)))),
        }
    }
}

fn admit(request: &ServiceRequest, access: Access) -> Result<(), ApiError> {
    match request.app_data::<Data<AppState>>() {
        Some(state) => access.admit(request, state),
        None => Err(ApiError::Internal { reason: "a gate without a state".into() }),
    }
}
