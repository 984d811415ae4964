//! The command line of `trainer stream`.

use std::path::PathBuf;

use clap::Args;

use super::AnswersArgs;

/// Arguments of `trainer stream`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Without --nats lines of NDJSON come from standard input, and an answer goes to standard output as soon as its line was read:
  tail -f rows.ndjson | trainer stream --model artifacts/boston-v1.canopy
  trainer stream --model-folder artifacts --model boston@champion < rows.ndjson > answers.ndjson

With --nats a message is one row. It is acknowledged when its answer, or its dead letter, is stored by JetStream:
  trainer stream --model-folder artifacts --model boston@champion --nats nats://127.0.0.1:4222 \\
    --stream rows --consumer boston --output-subject answers.boston --dead-letter-subject dead.boston

SIGTERM and SIGINT end it in order: what was taken is answered and acknowledged.
Exit codes:
  0  the input ended, or it was told to stop
  1  failed: no model, no connection, a stream or consumer is not there, answers could not be stored before it had to stop
  2  the command line is wrong")]
pub struct StreamArgs {
    /// The artifact; with --model-folder the version to follow: NAME, NAME@ALIAS, NAME/NUMBER or NAME/latest
    #[arg(long, value_name = "FILE|NAME")]
    pub model: String,
    /// Follow a version of a model in this folder: when it changes, the next rows are answered by the new one
    #[arg(long, value_name = "FOLDER")]
    pub model_folder: Option<PathBuf>,
    /// Seconds between two looks into the folder
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    pub model_poll_interval: f64,
    /// What is added to a row.
    #[command(flatten)]
    pub answers: AnswersArgs,
    /// Append the lines that cannot be answered to a CSV file with place and reason, instead of answering them with an error
    #[arg(long, value_name = "FILE", conflicts_with = "nats")]
    pub errors: Option<PathBuf>,
    /// Where messages come from.
    #[command(flatten)]
    pub nats: NatsArgs,
}

/// Where messages come from, and where answers go.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "NATS JetStream")]
pub struct NatsArgs {
    /// Take rows from NATS JetStream: addresses of the servers, separated by commas
    #[arg(long, value_name = "URL", value_delimiter = ',', requires_all = ["stream", "consumer", "output_subject", "dead_letter_subject"])]
    pub nats: Vec<String>,
    /// The stream of the rows
    #[arg(long, value_name = "NAME", requires = "nats")]
    pub stream: Option<String>,
    /// The durable consumer that remembers how far things are; it is made when it is not there. Several processes may share it
    #[arg(long, value_name = "NAME", requires = "nats")]
    pub consumer: Option<String>,
    /// Subjects of the stream that a consumer that is made takes; all when absent
    #[arg(long, value_name = "SUBJECT", requires = "nats")]
    pub filter_subject: Option<String>,
    /// Subject of the answers; a stream must store it
    #[arg(long, value_name = "SUBJECT", requires = "nats")]
    pub output_subject: Option<String>,
    /// Subject of the messages that cannot be answered, with the reason in the header x-canopy-reason; a stream must store it
    #[arg(long, value_name = "SUBJECT", requires = "nats")]
    pub dead_letter_subject: Option<String>,
    /// Most messages that are taken at once
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub batch: u16,
    /// Most messages that a consumer that is made hands out before they are acknowledged, over all processes; four batches
    /// when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_ack_pending: Option<u32>,
    /// Seconds after which a consumer that is made hands out a message again that was not acknowledged
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub ack_wait: u32,
    /// User name; with it a password
    #[arg(long, value_name = "NAME", env = "NATS_USER")]
    pub nats_user: Option<String>,
    /// Password; better by the environment, where no list of processes shows it
    #[arg(long, value_name = "TEXT", env = "NATS_PASSWORD", hide_env_values = true)]
    pub nats_password: Option<String>,
    /// Token; better by the environment
    #[arg(
        long,
        value_name = "TEXT",
        env = "NATS_TOKEN",
        hide_env_values = true,
        conflicts_with = "nats_user"
    )]
    pub nats_token: Option<String>,
    /// File of credentials, a JWT and the seed of its key
    #[arg(long, value_name = "FILE", env = "NATS_CREDS", conflicts_with_all = ["nats_user", "nats_token"])]
    pub nats_creds: Option<PathBuf>,
    /// File of the seed of an nkey
    #[arg(long, value_name = "FILE", env = "NATS_NKEY", conflicts_with_all = ["nats_user", "nats_token", "nats_creds"])]
    pub nats_nkey: Option<PathBuf>,
    /// Certificate of the authority that signed the server's, in PEM; that of the system when absent
    #[arg(long, value_name = "FILE", env = "NATS_CA")]
    pub nats_ca: Option<PathBuf>,
    /// Certificate of this client, in PEM
    #[arg(long, value_name = "FILE", env = "NATS_CERT", requires = "nats_key")]
    pub nats_cert: Option<PathBuf>,
    /// Private key of this client, in PEM
    #[arg(long, value_name = "FILE", env = "NATS_KEY", requires = "nats_cert")]
    pub nats_key: Option<PathBuf>,
}
