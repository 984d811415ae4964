//! The request that a server gets most has a lane of its own: a body of JSON posted to `/predict` is answered before the
//! framework's application sees it. To find its route, and to come back through the layers around it, costs more than to
//! read its body and to write the answer.
//!
//! Every rule that such a request meets in the application holds here too, by the same functions. The route stands there
//! nevertheless, for what has no place in the lane: HTTP/2, bodies that come compressed, large or in chunks, tables and
//! streams, and browsers of other origins. Answers of the lane are sent in bursts.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_http::{HttpMessage, Request};
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, Response, ServiceResponse};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::http::{Method, Version};
use actix_web::web::Data;
use futures_util::future::{Either, LocalBoxFuture, MapOk};
use futures_util::{FutureExt, TryFutureExt};

use crate::Face;
use crate::api::media::Content;
use crate::api::predict::JSON;
use crate::api::reply::{Manner, Reply, replied};
use crate::body;
use crate::burst::{InBurst, in_burst};
use crate::error::{ApiError, Dialect};
use crate::options::Options;
use crate::request_id::{self, RequestId};
use crate::security::Scope;
use crate::state::{AppState, Limits, Served};
use crate::telemetry::{self, Answered, Dress, Protocol, Refusal, length, panicked, report};

const PATH: &str = "/predict";

/// An application with the lane before it.
pub(crate) struct WithLane<F> {
    application: F,
    state: Data<AppState>,
    is_open: bool,
}

impl<F> WithLane<F> {
    /// Before the application of one address.
    pub(crate) fn new(
        application: impl IntoServiceFactory<F, Request>,
        face: Face,
        state: Data<AppState>,
    ) -> Self
    where
        F: ServiceFactory<Request>,
    {
        // What answers browsers is a layer of the application.
        let is_open = face == Face::Main && state.security.origins().is_none();
        Self { application: application.into_factory(), state, is_open }
    }
}

impl<F> ServiceFactory<Request> for WithLane<F>
where
    F: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<BoxBody>,
            Error = Error,
            InitError = (),
        >,
    F::Future: 'static,
{
    type Response = Response<BoxBody>;
    type Error = Error;
    type Config = AppConfig;
    type Service = Lane<F::Service>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Self::Service, ()>>;

    fn new_service(&self, config: AppConfig) -> Self::Future {
        let (state, is_open) = (Rc::new(self.state.clone()), self.is_open);
        let application = self.application.new_service(config);
        application.map_ok(move |application| Lane { application, state, is_open }).boxed_local()
    }
}

/// The lane of one worker, and the application beside it.
pub(crate) struct Lane<S> {
    application: S,
    state: Rc<Data<AppState>>,
    is_open: bool,
}

impl<S> Service<Request> for Lane<S>
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    type Response = Response<BoxBody>;
    type Error = Error;
    type Future = Either<
        InBurst<LocalBoxFuture<'static, Result<Self::Response, Error>>>,
        MapOk<S::Future, fn(S::Response) -> Self::Response>,
    >;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.application.poll_ready(context)
    }

    fn call(&self, mut request: Request) -> Self::Future {
        if self.is_open && belongs(&request, &self.state.limits) {
            let state = Rc::clone(&self.state);
            Either::Left(in_burst(Box::pin(async move { Ok(answered(&mut request, &state).await) })))
        } else {
            // Not in a burst: where the rest of a body is broken, the connection would end before the answer is sent.
            Either::Right(self.application.call(request).map_ok(Response::from as fn(S::Response) -> _))
        }
    }
}

/// Whether this is a request for the lane.
fn belongs(request: &Request, limits: &Limits) -> bool {
    let headers = request.headers();
    let is_small = || match headers.get(CONTENT_LENGTH) {
        Some(length) => {
            let length = length.to_str().ok().and_then(|length| length.parse().ok());
            length.is_some_and(|length| body::comes_free(length, limits))
        }
        None => true,
    };
    request.path() == PATH
        && request.method() == Method::POST
        && request.version() != Version::HTTP_2
        && !headers.contains_key(TRANSFER_ENCODING)
        && !headers.contains_key(CONTENT_ENCODING)
        && is_small()
        && Content::of(headers) == Content::Json
}

/// Answers a request, and tells of it.
async fn answered(request: &mut Request, state: &Data<AppState>) -> Response<BoxBody> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let under_way = state.traffic.enter();
    let mut under_way = under_way.traced(|name| request.headers().get(name)?.to_str().ok());
    under_way.is_of_route(PATH);
    let work = pin!(AssertUnwindSafe(predicted(request, &id, state)).catch_unwind());
    let outcome = request_id::during(id, work).await;
    let _at_work = request_id::enter(Some(id));
    let (mut response, answered, refusal) = match outcome {
        Ok(Ok((reply, answered))) => (reply.response(), Some(answered), None),
        Ok(Err((error, served))) => {
            let asked = served.map(|served| Answered::nothing(&served, Protocol::Canopy));
            (error.told_answer(Dialect::Canopy, id.as_str()), asked, Refusal::of(&error))
        }
        Err(panic) => (panicked(&*panic).answer(Dialect::Canopy, id.as_str()), None, None),
    };
    if let Some(Answered { served, .. }) = &answered {
        served.signature().sign(response.headers_mut());
    }
    Dress::new(id, &state.security).put_on(response.headers_mut());
    let told = telemetry::Request {
        method: Method::POST.as_str(),
        path: PATH,
        status: response.status(),
        elapsed: started.elapsed(),
        bytes: length(response.body()),
        refusal,
        answered: answered.as_ref(),
    };
    report(&told, under_way);
    response.into()
}

/// What is predicted; or why nothing is, and by which version.
async fn predicted(
    request: &mut Request,
    id: &RequestId,
    state: &AppState,
) -> Result<(Reply, Answered), (ApiError, Option<Arc<Served>>)> {
    let admitted = || {
        state.guard.connections.admit(|| request.conn_data())?;
        state.security.admit(request.head(), Scope::Predict)?;
        state.catalogue.find_for(id.as_str(), None, None)
    };
    let served = admitted().map_err(|error| (error, None))?;
    let answer = async {
        let query = Options::of_query(request.uri().query().unwrap_or_default())?;
        let body = body::read_small(request.take_payload(), &state.limits).await?;
        replied(body, &served, state, Manner { query, ..JSON }).await
    };
    answer.await.map_err(|error| (error, Some(Arc::clone(&served))))
}
