//! A running server that ends with its test.

use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::http::Client;
use crate::programs;

/// A server on a port of this machine.
pub(crate) struct Serving {
    pub(crate) child: Child,
    pub(crate) port: u16,
    client: Client,
}

impl Serving {
    /// Serves one artifact.
    pub(crate) fn model(artifact: &Path) -> Self {
        Self::started(programs::server().arg("--model").arg(artifact))
    }

    /// Starts a server on a free port.
    #[track_caller]
    pub(crate) fn started(command: &mut Command) -> Self {
        Self::started_as_told(command.args(["--bind", "127.0.0.1:0"]))
    }

    /// Starts a server on the port that its arguments or its environment name, and waits until it listens.
    #[track_caller]
    pub(crate) fn started_as_told(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let (said, heard) = mpsc::channel();
        // The log is read to its end, so that the server never waits for its reader.
        thread::spawn(move || log.lines().map_while(Result::ok).for_each(|line| drop(said.send(line))));
        let mut before = Vec::new();
        let port = loop {
            match heard.recv_timeout(Duration::from_secs(60)) {
                Ok(line) => match listening_port(&line) {
                    Some(port) => break port,
                    None => before.push(line),
                },
                Err(_) => panic!("the server does not listen; it said {before:#?}"),
            }
        };
        Self { child, port, client: Client::new(&format!("http://127.0.0.1:{port}")) }
    }

    /// Waits for the end of the server, at most this long, and gives its exit code.
    pub(crate) fn ends_within(&mut self, patience: Duration) -> Option<i32> {
        let end = Instant::now() + patience;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

/// The port in the line of the log that says where the server listens.
fn listening_port(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("listening: http://127.0.0.1:")?;
    rest.split('/').next()?.parse().ok()
}

impl Deref for Serving {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // The server may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nothing uses at this moment.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
