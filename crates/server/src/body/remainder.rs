//! What a caller still sends of a body when the answer is ready already.
//!
//! The framework closes a connection a moment after an answer whose body is not read to its end, but reads on for ever
//! when nobody holds a body that comes in chunks. So that body is held until the answer is written. Over HTTP/2 it ends the
//! stream at once, and some clients, curl among them, then lose the answer; there, the body is held for that moment, too.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::http::{Method, Version};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage};
use futures_util::StreamExt;

use crate::guard::Stream;

/// Most bytes that are taken, and dropped, behind an answer over HTTP/2.
const LINGER_BYTES: usize = 64 * 1024;
/// Time for that, as the framework has it for HTTP/1.
const LINGER: Duration = Duration::from_secs(1);

/// A body that a handler reads or not, and that lasts until the answer is written.
pub(crate) struct Remainder {
    incoming: Rc<RefCell<Incoming>>,
    version: Version,
    /// Whether a body belongs to a request of this method.
    is_sent: bool,
    stream: Option<Stream>,
}

struct Incoming {
    payload: Payload,
    ended: bool,
}

impl Remainder {
    /// Takes part in the body of a request; none when the framework needs no help with it.
    pub(crate) fn of(request: &mut ServiceRequest) -> Option<Self> {
        let version = request.version();
        if version != Version::HTTP_2 && !request.headers().contains_key(TRANSFER_ENCODING) {
            return None;
        }
        let payload = match request.take_payload() {
            payload @ (Payload::H1 { .. } | Payload::H2 { .. }) => payload,
            // Nothing, or what an outer layer holds.
            payload => {
                request.set_payload(payload);
                return None;
            }
        };
        let incoming = Rc::new(RefCell::new(Incoming { payload, ended: false }));
        request.set_payload(Payload::Stream { payload: Box::pin(Shared(Rc::clone(&incoming))) });
        let is_sent = !matches!(*request.method(), Method::GET | Method::HEAD);
        Some(Self { incoming, version, is_sent, stream: Stream::of(request) })
    }

    /// Stays with an answer until it is written, or a little longer.
    pub(crate) fn stay_with(self, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        let Self { incoming, version, is_sent, stream } = self;
        let is_surplus = stream.as_ref().is_some_and(Stream::is_surplus);
        if version == Version::HTTP_2 && is_sent && !is_surplus && !incoming.borrow().ended {
            actix_web::rt::spawn(linger(Shared(Rc::clone(&incoming)), stream));
            return response
                .map_body(|_, answer| Holding { answer, _incoming: incoming, _stream: None }.boxed());
        }
        response.map_body(|_, answer| Holding { answer, _incoming: incoming, _stream: stream }.boxed())
    }
}

/// Takes a little of a body behind its answer, and then holds the rest until its time is over.
async fn linger(mut rest: Shared, _stream: Option<Stream>) {
    let took = async {
        let mut taken = 0;
        while let Some(piece) = rest.next().await {
            taken += piece.map_or(0, |piece| piece.len());
            if taken > LINGER_BYTES {
                std::future::pending::<()>().await;
            }
        }
    };
    // Who still sends then does not listen.
    let _ = tokio::time::timeout(LINGER, took).await;
}

/// Holds bodies where a layer answers before the layers inside see the request.
pub(crate) async fn hold(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let remainder = Remainder::of(&mut request);
    let response = next.call(request).await?.map_into_boxed_body();
    Ok(match remainder {
        Some(remainder) => remainder.stay_with(response),
        None => response,
    })
}

/// The body as its reader sees it.
struct Shared(Rc<RefCell<Incoming>>);

impl futures_util::Stream for Shared {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut incoming = self.0.borrow_mut();
        if incoming.ended {
            return Poll::Ready(None);
        }
        let next = Pin::new(&mut incoming.payload).poll_next(context);
        incoming.ended = matches!(next, Poll::Ready(None | Some(Err(_))));
        next
    }
}

/// An answer that holds the body of its question.
struct Holding {
    answer: BoxBody,
    _incoming: Rc<RefCell<Incoming>>,
    _stream: Option<Stream>,
}

impl MessageBody for Holding {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}
