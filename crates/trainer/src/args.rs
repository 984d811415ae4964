//! The command line: what can be asked of the trainer.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

mod answers;
mod compare;
mod doctor;
mod drift;
mod explore;
mod merge;
mod registry;
mod report;
mod retrain;
mod shell;
mod stream;
mod tune;

pub use answers::AnswersArgs;
pub use compare::CompareArgs;
pub use doctor::DoctorArgs;
pub use drift::DriftArgs;
pub use explore::ExploreArgs;
pub use merge::{MergeArgs, ShardArgs, ShardOf};
pub use registry::{RegistryArgs, RegistryCommand};
pub use report::ReportArgs;
pub use retrain::RetrainArgs;
pub use shell::{CompletionsArgs, ManArgs};
pub use stream::{NatsArgs, StreamArgs};
pub use tune::TuneArgs;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: a file cannot be read or written, the data does not fit, ...
  2  the command line or the config is wrong
  3  the model misses its quality gate and was not written, or no config keeps what `compare` requires
  4  the challenger of a retraining was not promoted
  5  rows have drifted from what the model was trained on";

/// Trains random forests from a JSON config and a CSV file, and looks into what was trained.
#[derive(Debug, Clone, Parser)]
#[command(name = "trainer", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to report.
    #[command(flatten)]
    pub reporting: Reporting,
}

/// How the trainer reports what it does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Args)]
pub struct Reporting {
    /// Print errors only: no report, no progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print the result as JSON on standard output, for programs
    #[arg(long, global = true)]
    pub json: bool,
}

/// The subcommands.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Train a model and write it as a new version
    Train(TrainArgs),
    /// Put the shards of a training together and write the model as a new version
    Merge(MergeArgs),
    /// Predict every row of a file
    Predict(PredictArgs),
    /// Answer rows as they come: lines of NDJSON from standard input, or messages of NATS JetStream
    Stream(Box<StreamArgs>),
    /// Measure a model on a CSV or Parquet file with known targets
    Evaluate(EvaluateArgs),
    /// Show in pictures what a model has learned, how good it is, and where it errs
    Report(ReportArgs),
    /// Show all that an artifact says of itself
    Inspect(InspectArgs),
    /// Look at a table before training: kinds, missing values, distributions, correlations, what gives the target away
    Explore(ExploreArgs),
    /// Write a config for a CSV or Parquet file, with everything inferred
    Init(InitArgs),
    /// Search for better parameters of the forest, by cross-validation on the training part alone
    Tune(TuneArgs),
    /// Rank several configs on the same folds of the training part, with simple models beside them
    Compare(CompareArgs),
    /// Write a model as an ONNX file, for programs that are not Canopy
    Export(ExportArgs),
    /// Make an artifact of a forest that scikit-learn trained, from its ONNX file
    Import(ImportArgs),
    /// Train again when data or config changed, and promote what is shown to be as good
    Retrain(RetrainArgs),
    /// Compare new rows with those that a model was trained on
    Drift(DriftArgs),
    /// Versions, aliases and history of the models in a folder or an MLflow server
    Registry(RegistryArgs),
    /// Check config, data, folder, artifact and port, and say what to do
    Doctor(DoctorArgs),
    /// Print the script that completes this command line in a shell
    Completions(CompletionsArgs),
    /// Write manual pages
    Man(ManArgs),
    /// Print the JSON Schema of the config
    ConfigSchema(ConfigSchemaArgs),
}

/// Arguments of `trainer train`.
#[derive(Debug, Clone, Args)]
pub struct TrainArgs {
    /// The config, one JSON file for each problem
    #[arg(long, value_name = "FILE")]
    pub conf: PathBuf,
    /// Override a key of the config, for example `--set model.n_estimators=500`; the value is JSON, or else text
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Continue this artifact, as the key `pretrained` of the config does
    #[arg(long, value_name = "FILE")]
    pub pretrained: Option<String>,
    /// Write the answer to every training row by the trees that did not draw it to a CSV file; needs `model.oob_score`
    #[arg(long, value_name = "FILE")]
    pub oob_predictions: Option<PathBuf>,
    /// Write no report beside the artifact
    #[arg(long)]
    pub no_report: bool,
    /// The part of the trees that is grown.
    #[command(flatten)]
    pub shard: ShardArgs,
    /// Log the run to this MLflow server and register the model there, as the key `registry` of the config does: an
    /// address, or `mlflow` for the one that MLFLOW_TRACKING_URI names
    #[arg(long, value_name = "URI")]
    pub registry: Option<String>,
    /// Let this alias name the version in the MLflow server; may be given several times
    #[arg(long, value_name = "ALIAS", requires = "registry")]
    pub alias: Vec<String>,
    /// Experiment of the MLflow server [default: the name of the model]
    #[arg(long, value_name = "NAME", requires = "registry")]
    pub experiment: Option<String>,
}

/// Arguments of `trainer predict`.
#[derive(Debug, Clone, Args)]
pub struct PredictArgs {
    /// The artifact
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// The file of rows, CSV, NDJSON or Parquet by its name (.csv, .ndjson, .jsonl, .parquet), the first two packed by gzip or
    /// zstd or not; `-` for standard input
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
    /// Form of the input, where its name does not tell
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub input_format: Option<RowsFormat>,
    /// Where the predictions go; standard output when absent. A name that ends in .gz or .zst packs them
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Form of the output; absent: as the name of the output tells, else that of the input
    #[arg(long, value_enum)]
    pub format: Option<RowsFormat>,
    /// Go on where a run that was killed had come to, if there is one that wrote to this output; not with Parquet
    #[arg(long, requires = "output")]
    pub resume: bool,
    /// What is added to a row.
    #[command(flatten)]
    pub answers: AnswersArgs,
    /// What to do with a row that cannot be predicted
    #[arg(long, value_enum, default_value_t)]
    pub on_error: OnError,
    /// Write the rows that cannot be predicted to a CSV file with place and reason, and skip them
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
}

/// What happens when a row cannot be predicted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    /// Stop and name the cell.
    #[default]
    Fail,
    /// Leave the row out and count it.
    Skip,
}

/// Form of a file of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum RowsFormat {
    /// Lines of cells; a prediction is one more cell.
    #[default]
    Csv,
    /// One JSON object a line; a prediction is one more field.
    Ndjson,
    /// Typed columns; a prediction is one more.
    Parquet,
}

/// Arguments of `trainer evaluate`.
#[derive(Debug, Clone, Args)]
pub struct EvaluateArgs {
    /// The artifact
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// The file, CSV or by its ending Parquet; it holds the target, too
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
}

/// Arguments of `trainer inspect`.
#[derive(Debug, Clone, Args)]
pub struct InspectArgs {
    /// The artifact
    #[arg(value_name = "FILE")]
    pub model: PathBuf,
    /// Print the trees instead, for programs: a JSON object on one line for each tree, with all its nodes
    #[arg(long)]
    pub trees: bool,
}

/// Arguments of `trainer export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// The artifact
    #[arg(value_name = "FILE")]
    pub model: PathBuf,
    /// Form of the file
    #[arg(long, value_enum, default_value_t)]
    pub format: ExportFormat,
    /// Where the file goes; one that is there is replaced
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// How the exported model takes a row
    #[arg(long, value_enum, default_value_t)]
    pub inputs: ExportInputs,
}

/// Form of an exported model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// An ONNX file with one tree ensemble, `ai.onnx.ml` 3.
    #[default]
    Onnx,
}

/// How an exported model takes a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportInputs {
    /// One float tensor `features` of encoded rows; the codes of levels are in the file's metadata.
    #[default]
    Matrix,
    /// One tensor for each feature, texts as strings; the file encodes them.
    Columns,
}

/// Arguments of `trainer import`.
#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// The ONNX file, as skl2onnx writes it of a random forest, extremely randomised trees or a decision tree
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Folder of the artifact, which becomes the next version of its name
    #[arg(long, short, value_name = "FOLDER", default_value = "artifacts")]
    pub output: PathBuf,
    /// Name of the model; the file's name when absent
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Title of the model, for people
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Names of the features in order, separated by commas; x0, x1, ... when absent
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub features: Option<Vec<String>>,
    /// Take the names of the features from the header of this CSV file, the target left out
    #[arg(long, value_name = "CSV", conflicts_with = "features")]
    pub header: Option<PathBuf>,
    /// Name of what is predicted
    #[arg(long, value_name = "NAME", default_value = "target")]
    pub target: String,
}

/// Arguments of `trainer config-schema`.
#[derive(Debug, Clone, Copy, Args)]
pub struct ConfigSchemaArgs {
    /// Print the keys as tables in Markdown instead
    #[arg(long)]
    pub markdown: bool,
}

/// Arguments of `trainer init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// The file, CSV or by its ending Parquet
    #[arg(value_name = "FILE")]
    pub data: PathBuf,
    /// The column that is to be predicted; in a file without a header its number, from 1
    #[arg(long, value_name = "COLUMN")]
    pub target: String,
    /// Names of the columns, separated by commas, for a file without a header
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub columns: Option<Vec<String>>,
    /// Leave out what `trainer explore` advises to: columns that are constant, the same as others, ids, or give the
    /// target away
    #[arg(long)]
    pub explore: bool,
    /// Where the config goes; standard output when absent
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the output file when it is there
    #[arg(long, requires = "output")]
    pub force: bool,
}
