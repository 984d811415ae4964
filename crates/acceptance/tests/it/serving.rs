//! A running server that ends with its test.

use std::ops::Deref;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::http::Client;
use crate::programs;

/// A server on a free port of this machine.
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

    /// Starts a server and waits until it is ready.
    #[track_caller]
    pub(crate) fn started(command: &mut Command) -> Self {
        let port = free_port();
        command.args(["--bind", &format!("127.0.0.1:{port}")]);
        Self::started_on(command, port)
    }

    /// Waits until a server that was told to use this port is ready.
    #[track_caller]
    pub(crate) fn started_on(command: &mut Command, port: u16) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut serving = Self { child, port, client: Client::new(&format!("http://127.0.0.1:{port}")) };
        serving.wait_until_ready();
        serving
    }

    #[track_caller]
    fn wait_until_ready(&mut self) {
        let patience = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err()
            || self.get("/health/ready").status != 200
        {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended with {status} before it was ready");
            }
            assert!(Instant::now() < patience, "the server is not ready after 30 s");
            sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the end of the server, at most this long, and gives its exit code.
    pub(crate) fn ends_within(&mut self, patience: Duration) -> Option<i32> {
        let end = Instant::now() + patience;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            sleep(Duration::from_millis(5));
        }
        None
    }
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
