//! Messages of NATS JetStream: none is lost and none answered twice, whoever is killed.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_nats::jetstream::Context;
use serde_json::Value;

use crate::nats::{Kept, Nats, all_of, keep, kept, open_of, put};
use crate::programs::{self, ran};
use crate::registry::{registry, with_versions};
use crate::streaming::{predicted, row};
use crate::trained;

/// A trainer that answers the stream `rows`.
pub(crate) struct Answering(Child);

/// The command that answers the stream `rows` of a server.
pub(crate) fn command(url: &str, arguments: &[&str]) -> Command {
    let mut command = programs::trainer();
    command.args(["--json", "stream", "--nats", url, "--stream", "rows", "--consumer", "forest"]);
    command.args(["--output-subject", "answers.iris", "--dead-letter-subject", "dead.iris"]).args(arguments);
    command
}

impl Answering {
    fn begun(nats: &Nats, arguments: &[&str]) -> Self {
        Self::of(command(&nats.url(), arguments))
    }

    /// Lets a command work.
    pub(crate) fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    fn of_iris(nats: &Nats, arguments: &[&str]) -> Self {
        let model = trained::iris().artifact.to_str().unwrap();
        Self::begun(nats, &[&["--model", model], arguments].concat())
    }

    /// Kills it as nothing can be held off.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Tells it to stop, and gives what it says of its work.
    #[track_caller]
    pub(crate) fn stop(mut self) -> Value {
        let told = Command::new("kill").args(["-s", "TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(told.success());
        let (mut said, mut errors) = (String::new(), String::new());
        self.0.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        self.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert_eq!(self.0.wait().unwrap().code(), Some(0), "{errors}");
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said} {errors}"))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a story beside a server, where there is one.
fn story(name: &str, told: impl AsyncFnOnce(&mut Nats, Context)) {
    let Some(mut nats) = Nats::started(name) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let context = nats.connected().await;
        keep(&context, "rows", &["rows.*"]).await;
        keep(&context, "answers", &["answers.*"]).await;
        keep(&context, "dead", &["dead.*"]).await;
        told(&mut nats, context).await;
    });
}

/// Waits until something is so many.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(120);
    while !is_so().await {
        assert!(Instant::now() < end, "waited two minutes: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether all messages are answered and acknowledged.
pub(crate) async fn all_done(context: &Context) -> bool {
    open_of(context, "rows", "forest").await == Some((0, 0))
}

/// The answers by the rows' own numbers, each of which must be there once.
#[track_caller]
fn by_id(answers: &[Kept], count: usize) -> BTreeMap<u64, Value> {
    let mut by_id = BTreeMap::new();
    for answer in answers {
        let answered: Value = serde_json::from_str(&answer.text).unwrap();
        let id = answered["id"].as_u64().unwrap();
        assert!(by_id.insert(id, answered).is_none(), "row {id} is answered twice");
    }
    assert_eq!(by_id.len(), count);
    by_id
}

#[track_caller]
fn equal_predictions(model: &Path, answers: &BTreeMap<u64, Value>) {
    let expected = predicted(model, (0..answers.len()).map(row));
    for (answer, expected) in answers.values().zip(&expected) {
        assert_eq!(answer["prediction"], expected["prediction"], "{answer}");
        assert_eq!(answer["petal_length"], expected["petal_length"]);
    }
}

#[test]
fn a_killed_stream_loses_no_message_and_answers_none_twice() {
    const ROWS: usize = 6000;
    story("nats-killed", async |nats, context| {
        put(&context, "rows.iris", (0..ROWS).map(row)).await;
        let arguments = ["--ack-wait", "1", "--batch", "50"];
        let mut kills = 0;
        loop {
            let before = kept(&context, "answers").await;
            let answering = Answering::of_iris(nats, &arguments);
            // In the middle of its work: some of it is stored, and most is not.
            until("the first answers", async || kept(&context, "answers").await > before + 300).await;
            answering.kill();
            kills += 1;
            if kills == 5 {
                break;
            }
        }
        assert!(kept(&context, "answers").await < ROWS as u64);
        let answering = Answering::of_iris(nats, &arguments);
        until("all messages", async || all_done(&context).await).await;
        let told = answering.stop();
        assert_eq!(told["refused"], 0);
        let answers = all_of(&context, "answers").await;
        let by_id = by_id(&answers, ROWS);
        equal_predictions(&trained::iris().artifact, &by_id);
        assert_eq!(kept(&context, "dead").await, 0);
        let first = &answers[0];
        assert_eq!(first.subject, "answers.iris");
        assert_eq!((first.header("x-canopy-model"), first.header("x-canopy-model-version")), ("iris", "1"));
        assert!(first.header("Nats-Msg-Id").starts_with("rows:forest:1:"));
    });
}

#[test]
fn what_cannot_be_answered_is_a_dead_letter_with_its_reason() {
    story("nats-poison", async |nats, context| {
        let poison = [
            "",
            "no object",
            "[1,2]",
            "{\"sepal_length\":\"lo\\r\\nng\"}",
            "{\"sepal_length\":1,\"sepal_length\":2}",
            "\u{0}",
        ];
        for (place, text) in poison.iter().enumerate() {
            put(&context, "rows.iris", [row(place)]).await;
            let mut headers = async_nats::HeaderMap::new();
            headers.insert("traceparent", "00-1-2-03");
            headers.insert("Nats-Msg-Id", format!("poison {place}"));
            let stored = context.publish_with_headers("rows.iris", headers, (*text).into()).await.unwrap();
            stored.await.unwrap();
        }
        let answering = Answering::of_iris(nats, &[]);
        until("all messages", async || all_done(&context).await).await;
        let told = answering.stop();
        assert_eq!((&told["answered"], &told["refused"]), (&6.into(), &6.into()));
        by_id(&all_of(&context, "answers").await, 6);
        let dead = all_of(&context, "dead").await;
        let letters: Vec<_> = dead.iter().map(|letter| letter.text.as_str()).collect();
        assert_eq!(letters, poison);
        for (place, letter) in dead.iter().enumerate() {
            assert_eq!(letter.subject, "dead.iris");
            assert_eq!(letter.header("x-canopy-subject"), "rows.iris");
            assert_eq!(letter.header("x-canopy-sequence"), (2 * place + 2).to_string());
            assert_eq!(letter.header("traceparent"), "00-1-2-03");
            assert!(
                letter.header("x-canopy-reason").contains("expected "),
                "{}",
                letter.header("x-canopy-reason")
            );
        }
        assert!(dead[3].header("x-canopy-reason").starts_with("sepal length: expected a number"));
    });
}

#[test]
fn a_model_is_swapped_while_messages_come() {
    let folder = with_versions("nats-swapped-models");
    ran(&mut registry(&folder, &["promote", "iris/1"])).well();
    story("nats-swapped", async |nats, context| {
        let models = folder.to_str().unwrap();
        let answering = Answering::begun(
            nats,
            &["--model-folder", models, "--model", "iris@champion", "--model-poll-interval", "0.05"],
        );
        let mut count = 0;
        let mut versions = Vec::new();
        for version in [1, 3, 2] {
            ran(&mut registry(&folder, &["promote", &format!("iris/{version}")])).well();
            // Messages go on coming until the version that was promoted answers.
            until("the version that was promoted", async || {
                put(&context, "rows.iris", (count..count + 20).map(row)).await;
                count += 20;
                until("the answers", async || kept(&context, "answers").await == count as u64).await;
                versions = all_of(&context, "answers").await.iter().map(version_of).collect();
                versions.last() == Some(&version)
            })
            .await;
        }
        answering.stop();
        by_id(&all_of(&context, "answers").await, count);
        versions.dedup();
        assert_eq!(versions, [1, 3, 2]);
    });
}

fn version_of(answer: &Kept) -> u64 {
    let told: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(told["model_version"].to_string(), answer.header("x-canopy-model-version"));
    told["model_version"].as_u64().unwrap()
}

#[test]
fn a_server_that_is_killed_and_comes_back_gets_the_rest() {
    const ROWS: usize = 3000;
    story("nats-restarted", async |nats, context| {
        put(&context, "rows.iris", (0..ROWS).map(row)).await;
        let answering = Answering::of_iris(nats, &["--ack-wait", "2", "--batch", "20"]);
        until("the first answers", async || kept(&context, "answers").await > 200).await;
        nats.kill();
        nats.start_again();
        let context = nats.connected().await;
        until("all messages", async || all_done(&context).await).await;
        by_id(&all_of(&context, "answers").await, ROWS);
        // And rows that come afterwards.
        put(&context, "rows.iris", (ROWS..ROWS + 10).map(row)).await;
        until("all messages", async || all_done(&context).await).await;
        answering.stop();
        let by_id = by_id(&all_of(&context, "answers").await, ROWS + 10);
        equal_predictions(&trained::iris().artifact, &by_id);
    });
}

#[test]
fn answers_that_nobody_stores_are_refused_before_a_message_is_taken() {
    story("nats-refused", async |nats, context| {
        put(&context, "rows.iris", [row(1)]).await;
        let model = trained::iris().artifact.to_str().unwrap();
        let check = |changes: &[(&str, &str)], expected: &str| {
            let mut options = BTreeMap::from([
                ("--stream", "rows"),
                ("--consumer", "forest"),
                ("--output-subject", "answers.iris"),
                ("--dead-letter-subject", "dead.iris"),
            ]);
            options.extend(changes.iter().copied());
            let mut command = programs::trainer();
            command.args(["stream", "--model", model, "--nats", &nats.url()]);
            command.args(options.iter().flat_map(|(name, value)| [name, value]));
            let ended = ran(&mut command);
            assert_eq!(ended.code, Some(1), "{}", ended.stderr);
            assert!(ended.stderr.contains(expected), "{}", ended.stderr);
        };
        check(&[("--stream", "columns")], "no stream \"columns\"");
        check(&[("--output-subject", "elsewhere")], "no stream stores the subject \"elsewhere\"");
        check(&[("--dead-letter-subject", "dead.*")], "no subject of one message");
        check(&[("--output-subject", "rows.answers")], "would come back as rows");
        check(&[("--filter-subject", "rows.taxi")], "--filter-subject says \"rows.taxi\"");
        assert_eq!(open_of(&context, "rows", "forest").await, Some((1, 0)));
    });
}
