//! Asks a running server whether it is ready: the health check of an image that holds nothing but the server.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use thiserror::Error;

/// Within the time that an image gives its health check.
const PATIENCE: Duration = Duration::from_secs(2);
const QUESTION: &[u8] = b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
const READY: &[u8] = b"HTTP/1.1 200 ";

/// Why a server does not count as ready.
#[derive(Debug, Error)]
pub enum HealthCheckError {
    /// Nothing answers there.
    #[error("no answer from {host} port {port}: {source}")]
    Unreachable {
        /// Address or host name.
        host: String,
        /// Port.
        port: u16,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The server answers, but is starting or stopping.
    #[error("the server at {host} port {port} is not ready")]
    NotReady {
        /// Address or host name.
        host: String,
        /// Port.
        port: u16,
    },
}

/// Asks `GET /health/ready` of the server that listens at this address; one on all addresses is asked on its own machine.
///
/// # Errors
/// When it cannot be reached or is not ready.
pub fn ask(host: &str, port: u16) -> Result<(), HealthCheckError> {
    let start = status_line(host, port).map_err(|source| HealthCheckError::Unreachable {
        host: host.into(),
        port,
        source,
    })?;
    if start == READY { Ok(()) } else { Err(HealthCheckError::NotReady { host: host.into(), port }) }
}

/// The first bytes of the answer, as many as tell the status.
fn status_line(host: &str, port: u16) -> std::io::Result<[u8; READY.len()]> {
    let mut reached = Err(std::io::ErrorKind::AddrNotAvailable.into());
    for address in (host, port).to_socket_addrs()? {
        // A system takes a connection to the unspecified address as one to itself.
        reached = TcpStream::connect_timeout(&address, PATIENCE);
        if reached.is_ok() {
            break;
        }
    }
    let mut stream = reached?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(QUESTION)?;
    let mut start = [0; READY.len()];
    stream.read_exact(&mut start)?;
    Ok(start)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Asks a server that answers once with this.
    fn asked(answer: &'static [u8]) -> Result<(), HealthCheckError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut question = [0; QUESTION.len()];
            stream.read_exact(&mut question).unwrap();
            stream.write_all(answer).unwrap();
            question
        });
        let result = ask("127.0.0.1", port);
        assert_eq!(server.join().unwrap(), QUESTION);
        result
    }

    #[test]
    fn only_a_ready_server_passes() {
        assert!(asked(b"HTTP/1.1 200 OK\r\n\r\n").is_ok());
        assert!(matches!(
            asked(b"HTTP/1.1 503 Service Unavailable\r\n\r\n"),
            Err(HealthCheckError::NotReady { .. })
        ));
        assert!(matches!(asked(b"HTTP"), Err(HealthCheckError::Unreachable { .. })));
        assert!(matches!(ask("127.0.0.1", 1), Err(HealthCheckError::Unreachable { .. })));
    }
}
