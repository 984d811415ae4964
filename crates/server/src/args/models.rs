//! The options that say which models are served.

use std::path::PathBuf;

/// Which models to serve.
#[derive(Debug, clap::Args)]
pub(crate) struct ModelsArgs {
    /// Artifact file to serve; or the version that an MLflow server names, models:/NAME@ALIAS, models:/NAME/VERSION,
    /// models:/NAME/latest or models:/NAME/STAGE, several of them with commas between, which is then followed
    #[arg(long, env = "MODEL", value_name = "PATH|NAME", help_heading = "Model")]
    pub(crate) model: Option<PathBuf>,

    /// Folder of artifacts, whose models are served, of each the newest version; --model goes before it
    #[arg(long, env = "MODEL_FOLDER", value_name = "FOLDER", help_heading = "Model")]
    pub(crate) model_folder: Option<PathBuf>,

    /// Address of the MLflow server that knows the models of --model models:/…; MLFLOW_TRACKING_USERNAME and
    /// MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, log in
    #[arg(
        long,
        env = "MLFLOW_TRACKING_URI",
        value_name = "URI",
        hide_env_values = true,
        help_heading = "Model"
    )]
    pub(crate) registry: Option<String>,

    /// Folder that keeps what was downloaded of a registry, for a start without it [default: canopy in the folder for caches
    /// of this user]
    #[arg(long, env = "MODEL_CACHE", value_name = "FOLDER", help_heading = "Model")]
    pub(crate) model_cache: Option<PathBuf>,

    /// Name of the only model to serve, for a folder that holds several
    #[arg(long, env = "MODEL_NAME", value_name = "NAME", help_heading = "Model")]
    pub(crate) model_name: Option<String>,

    /// Version of the model to serve instead of the newest
    #[arg(long, env = "MODEL_VERSION", value_name = "N", help_heading = "Model")]
    pub(crate) model_version: Option<u64>,

    /// Name of the model that answers where a request names none, for a folder that holds several
    #[arg(long, env = "DEFAULT_MODEL", value_name = "NAME", help_heading = "Model")]
    pub(crate) default_model: Option<String>,

    /// Versions to serve of each model: latest:N, all, or specific:N,N,…
    #[arg(
        long,
        env = "MODEL_POLICY",
        value_name = "POLICY",
        default_value = "latest:1",
        help_heading = "Model"
    )]
    pub(crate) model_policy: String,

    /// File with policies, aliases and traffic of the models [default: models.json in the folder, where there is one]
    #[arg(long, env = "MODELS_CONFIG", value_name = "PATH", help_heading = "Model")]
    pub(crate) models_config: Option<PathBuf>,

    /// Seconds between two looks into the folder for new artifacts, or two questions to the registry; 0 to look only when
    /// told to
    #[arg(
        long,
        env = "MODEL_POLL_INTERVAL",
        value_name = "SECONDS",
        default_value_t = 2.0,
        help_heading = "Model"
    )]
    pub(crate) model_poll_interval: f64,

    /// Refuse values outside the range seen in training instead of answering with a warning [default: as the model's
    /// config says]
    #[arg(
        long,
        env = "STRICT",
        value_name = "BOOL",
        num_args = 0..=1,
        default_missing_value = "true",
        require_equals = true,
        help_heading = "Model"
    )]
    pub(crate) strict: Option<bool>,
}
