//! The collector that spans are sent to, by a thread that may wait for it.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::settings::{Endpoint, TraceSettings};
use super::{Counts, Span, add, count, otlp};

/// How often a message is sent before its spans are given up.
const ATTEMPTS: u32 = 3;
/// Wait before the second attempt; the double before the third.
const BACKOFF: Duration = Duration::from_millis(500);
/// As much of an answer as tells the status.
const STATUS_LINE: &str = "HTTP/1.1 200";

/// The collector.
pub(super) struct Collector {
    endpoint: Endpoint,
    headers: Vec<(String, String)>,
    timeout: Duration,
    resource: Vec<(String, String)>,
    counts: Arc<Counts>,
    /// The last message was not taken, and the log knows.
    failing: bool,
}

impl Collector {
    pub(super) fn new(settings: &TraceSettings, counts: Arc<Counts>) -> Self {
        let TraceSettings { endpoint, headers, timeout, resource, .. } = settings.clone();
        Self { endpoint, headers, timeout, resource, counts, failing: false }
    }

    /// Sends the spans, or gives them up and counts them.
    pub(super) fn send(&mut self, spans: &[Span]) {
        if spans.is_empty() {
            return;
        }
        match otlp::message(&self.resource, spans)
            .map_err(io::Error::from)
            .and_then(|body| self.deliver(&body))
        {
            Ok(()) => {
                add(&self.counts.exported, count(spans));
                if std::mem::take(&mut self.failing) {
                    tracing::info!("the collector takes spans again");
                }
            }
            Err(error) => {
                add(&self.counts.failed, count(spans));
                if !std::mem::replace(&mut self.failing, true) {
                    let Endpoint { host, port, .. } = &self.endpoint;
                    tracing::warn!(%error, host, port, "the collector does not take spans: they are dropped");
                }
            }
        }
    }

    /// Sends a message, again when the collector may take it later.
    fn deliver(&self, body: &[u8]) -> io::Result<()> {
        let mut wait = BACKOFF;
        for attempt in 1.. {
            let error = match self.post(body) {
                Ok(200..=299) => return Ok(()),
                Ok(status) => {
                    let error = io::Error::other(format!("it answered with the status {status}"));
                    if !matches!(status, 429 | 502..=504) {
                        return Err(error);
                    }
                    error
                }
                Err(error) => error,
            };
            if attempt == ATTEMPTS {
                return Err(error);
            }
            thread::sleep(wait);
            wait *= 2;
        }
        Ok(())
    }

    /// Sends a message, and gives the status of the answer.
    fn post(&self, body: &[u8]) -> io::Result<u16> {
        let mut stream = self.connect()?;
        stream.set_read_timeout(Some(self.timeout))?;
        stream.set_write_timeout(Some(self.timeout))?;
        let Endpoint { authority, path, .. } = &self.endpoint;
        let mut head = format!(
            "POST {path} HTTP/1.1\r\nhost: {authority}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n",
            body.len()
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut answer = [0; STATUS_LINE.len()];
        stream.read_exact(&mut answer)?;
        let status = str::from_utf8(&answer)
            .ok()
            .and_then(|line| line.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok());
        status.ok_or_else(|| io::Error::other("it answers no HTTP"))
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut reached = Err(io::ErrorKind::AddrNotAvailable.into());
        for address in (self.endpoint.host.as_str(), self.endpoint.port).to_socket_addrs()? {
            reached = TcpStream::connect_timeout(&address, self.timeout);
            if reached.is_ok() {
                break;
            }
        }
        reached
    }
}
