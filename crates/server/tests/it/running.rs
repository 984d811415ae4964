//! The built program, running on a port of its own until its test ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use forest::{Forest, Shape, TreeBuilder};
use model_core::Model;
use model_core::artifact::{Payload, file_name, write};

use crate::stubs;

/// Writes an artifact whose forest answers `answer` whatever is asked.
pub(crate) fn write_artifact(folder: &Path, name: &str, version: u64, answer: f64) {
    write_forest(folder, name, version, answer, 1, 0);
}

/// Writes an artifact of so many trees, so many splits deep, that answers `answer` whatever is asked.
pub(crate) fn write_forest(folder: &Path, name: &str, version: u64, answer: f64, trees: usize, depth: u32) {
    let stub = stubs::boston();
    let mut header = stub.header().clone();
    header.name = name.into();
    header.version = version;
    let shape = Shape::of_schema(stub.schema()).unwrap();
    let tree = || {
        let mut tree = TreeBuilder::new(&shape);
        let mut open = vec![(0, 0)];
        while let Some((node, level)) = open.pop() {
            if level == depth {
                tree.leaf(node, &[answer]).unwrap();
                continue;
            }
            // The age of the houses, a number.
            let left = tree.split_at(node, 6, 100.0 - 90.0 * (node as f32 + 1.0).recip(), false).unwrap();
            open.extend([(left, level + 1), (left + 1, level + 1)]);
        }
        tree.finish()
    };
    let forest = Forest::from_trees(shape.clone(), (0..trees).map(|_| tree()).collect()).unwrap();
    let payload = Payload {
        schema: stub.schema().clone(),
        profile: stub.profile().clone(),
        blocks: forest.to_blocks(),
    };
    write(&folder.join(file_name(name, version, &header.created)), &header, &payload).unwrap();
}

/// The program, with none of the variables that would change what it serves and where.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    for (name, _) in std::env::vars_os() {
        if ["MODEL", "HOST", "PORT", "BIND", "ADMIN", "API_KEYS", "TLS", "ALLOW", "GRPC", "CAPTURE", "DRIFT"]
            .iter()
            .any(|own| name.to_string_lossy().starts_with(own))
        {
            command.env_remove(name);
        }
    }
    // The usual address is one for all servers.
    command.env("ADMIN_BIND", "127.0.0.1:0");
    command
}

/// A server that is stopped when the test ends, however it ends.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) port: u16,
    /// That of the admin resources.
    pub(crate) admin_port: u16,
    log: Arc<Mutex<String>>,
}

/// A port on which nobody listens.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child =
            command.args(["--port", "0", "--workers", "2"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let (mut port, mut admin_port) = (0, 0);
        while port == 0 {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "the server ended before it listened");
            if let Some((_, address)) = line.split_once("//127.0.0.1:") {
                port = address.split('/').next().unwrap().parse().unwrap();
            } else if line.contains("admin resources and metrics") {
                let (_, address) = line.rsplit_once("127.0.0.1:").unwrap();
                admin_port =
                    address.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap();
            }
        }
        // The log goes on; nobody reading it would stop the server.
        let read = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&read);
        std::thread::spawn(move || {
            let mut line = String::new();
            while log.read_line(&mut line).is_ok_and(|length| length > 0) {
                written.lock().unwrap().push_str(&std::mem::take(&mut line));
            }
        });
        Self { child, port, admin_port, log: read }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        self.connect_to(self.port)
    }

    fn connect_to(&self, port: u16) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    pub(crate) fn get(&self, path: &str) -> String {
        self.get_from(self.port, path)
    }

    pub(crate) fn get_from(&self, port: u16, path: &str) -> String {
        let mut stream = self.connect_to(port);
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> String {
        self.post_with(path, body, &[])
    }

    pub(crate) fn post_with(&self, path: &str, body: &str, headers: &[(&str, &str)]) -> String {
        let mut stream = self.connect();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The log since the server listened.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Returns when the log says this.
    pub(crate) fn waits_for(&self, words: &str) {
        for _ in 0..500 {
            if self.log().contains(words) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("no {words:?} in the log: {}", self.log());
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub(crate) fn wait(&mut self) -> (Option<i32>, Duration) {
        let started = Instant::now();
        let status = self.child.wait().unwrap();
        (status.code(), started.elapsed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body of one answer on a connection that stays open.
pub(crate) fn read_answer(stream: &mut BufReader<TcpStream>) -> String {
    let mut length = 0;
    loop {
        let mut line = String::new();
        assert!(stream.read_line(&mut line).unwrap() > 0, "closed before an answer");
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}
