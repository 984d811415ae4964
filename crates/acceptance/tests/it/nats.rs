//! A NATS server of a test's own, with JetStream on the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::stream::Config;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions};
use futures_util::future::join_all;

use crate::trained;

const PROGRAM: &str = "nats-server";
/// Where Debian puts it, which is not on the path of every user.
const PLACE: &str = "/usr/sbin/nats-server";
/// The configuration of a server, in its folder.
const CONFIG: &str = "nats.conf";
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub(crate) struct Nats {
    folder: PathBuf,
    program: PathBuf,
    port: u16,
    child: Child,
}

impl Nats {
    /// `None` where there is no such program, which continuous integration must have.
    pub(crate) fn started(name: &str) -> Option<Self> {
        Self::configured(name, "")
    }

    /// The same with more in its configuration.
    pub(crate) fn configured(name: &str, config: &str) -> Option<Self> {
        let places = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
        let mut places: Vec<_> =
            places.unwrap_or_default().iter().map(|folder| folder.join(PROGRAM)).collect();
        places.push(PLACE.into());
        let Some(program) = places.into_iter().find(|place| place.is_file()) else {
            let cure =
                "no nats-server on the path: `scripts/ensure-commands.sh nats-server` installs Debian's";
            assert!(std::env::var_os("CI").is_none(), "{cure}");
            eprintln!("skipped: {cure}");
            return None;
        };
        let folder = trained::empty_folder(name);
        fs::write(folder.join(CONFIG), config).unwrap();
        let child = launched(&program, &folder, "-1");
        let ports = folder.join(format!("nats-server_{}.ports", child.id()));
        let port = waited_for(|| {
            let told: serde_json::Value = serde_json::from_slice(&fs::read(&ports).ok()?).ok()?;
            told["nats"][0].as_str()?.rsplit(':').next()?.parse().ok()
        });
        Some(Self { folder, program, port, child })
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The same for who insists on encryption.
    pub(crate) fn tls_url(&self) -> String {
        format!("tls://127.0.0.1:{}", self.port)
    }

    /// Kills the server.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again, with what it has on the disk.
    pub(crate) fn start_again(&mut self) {
        self.child = launched(&self.program, &self.folder, &self.port.to_string());
    }

    pub(crate) async fn connected(&self) -> Context {
        jetstream::new(self.connected_with(ConnectOptions::new()).await)
    }

    pub(crate) async fn connected_with(&self, options: ConnectOptions) -> Client {
        options.retry_on_initial_connect().connect(self.url()).await.unwrap()
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launched(program: &Path, folder: &Path, port: &str) -> Child {
    let mut command = Command::new(program);
    command.args(["--addr", "127.0.0.1", "--port", port, "--jetstream", "--store_dir"]).arg(folder);
    command.arg("--ports_file_dir").arg(folder).arg("--config").arg(folder.join(CONFIG));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Asks until there is an answer.
#[track_caller]
pub(crate) fn waited_for<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited for a minute");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A stream that keeps what goes to some subjects.
pub(crate) async fn keep(context: &Context, name: &str, subjects: &[&str]) {
    let subjects = subjects.iter().map(|&subject| subject.into()).collect();
    context.create_stream(Config { name: name.into(), subjects, ..Config::default() }).await.unwrap();
}

/// Puts texts into a stream.
pub(crate) async fn put(context: &Context, subject: &str, texts: impl IntoIterator<Item = String>) {
    let texts: Vec<_> = texts.into_iter().collect();
    // The client sends no more than some thousand whose confirmation nobody waits for.
    for texts in texts.chunks(1000) {
        let mut sent = Vec::new();
        for text in texts {
            sent.push(context.publish(subject.to_owned(), text.clone().into()).await.unwrap());
        }
        for stored in join_all(sent.into_iter().map(IntoFuture::into_future)).await {
            stored.unwrap();
        }
    }
}

/// How many messages a stream holds.
pub(crate) async fn kept(context: &Context, stream: &str) -> u64 {
    context.get_stream(stream).await.unwrap().cached_info().state.messages
}

/// A message of a stream.
pub(crate) struct Kept {
    pub(crate) subject: String,
    pub(crate) headers: async_nats::HeaderMap,
    pub(crate) text: String,
}

impl Kept {
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name} in {:?}", self.headers)).as_str()
    }
}

/// All messages of a stream, in its order.
pub(crate) async fn all_of(context: &Context, stream: &str) -> Vec<Kept> {
    let stream = context.get_stream(stream).await.unwrap();
    let state = &stream.cached_info().state;
    let mut all = Vec::new();
    for sequence in state.first_sequence..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        all.push(Kept {
            subject: message.subject.to_string(),
            headers: message.headers,
            text: String::from_utf8(message.payload.to_vec()).unwrap(),
        });
    }
    all
}

/// Messages that a consumer has not handed out, and those that are not acknowledged; `None` before it is made.
pub(crate) async fn open_of(context: &Context, stream: &str, consumer: &str) -> Option<(u64, usize)> {
    let stream = context.get_stream(stream).await.unwrap();
    let mut consumer: PullConsumer = stream.get_consumer(consumer).await.ok()?;
    let info = consumer.info().await.ok()?;
    Some((info.num_pending, info.num_ack_pending))
}
