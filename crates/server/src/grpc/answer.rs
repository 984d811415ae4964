//! The body of an answer: messages, each behind five bytes, and then the status.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use hyper::body::{Body, Frame};
use hyper::header::HeaderMap;
use prost::bytes::Bytes;

use super::message::framed;
use super::status::ended_well;

/// Messages that come one after the other.
pub(super) type Messages = Pin<Box<dyn Stream<Item = Vec<u8>> + Send>>;

/// A body of an answer.
pub struct Answer(State);

enum State {
    One(Bytes),
    Many(Messages),
    End(HeaderMap),
    Over,
}

impl Answer {
    /// No message: the head says why.
    pub(super) fn refusal() -> Self {
        Self(State::Over)
    }

    /// One message, with its prefix.
    pub(super) fn one(framed: Bytes) -> Self {
        Self(State::One(framed))
    }

    /// Any number of messages.
    pub(super) fn many(messages: Messages) -> Self {
        Self(State::Many(messages))
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = match std::mem::replace(&mut self.0, State::Over) {
            State::One(framed) => {
                self.0 = State::End(ended_well());
                Frame::data(framed)
            }
            State::Many(mut messages) => match messages.as_mut().poll_next(context) {
                Poll::Ready(Some(message)) => {
                    self.0 = State::Many(messages);
                    Frame::data(framed(&message, false))
                }
                Poll::Ready(None) => Frame::trailers(ended_well()),
                Poll::Pending => {
                    self.0 = State::Many(messages);
                    return Poll::Pending;
                }
            },
            State::End(trailers) => Frame::trailers(trailers),
            State::Over => return Poll::Ready(None),
        };
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, State::Over)
    }
}
