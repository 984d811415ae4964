//! What is added to a row, whichever way rows come.

use clap::Args;

/// What is added to a row.
#[derive(Debug, Clone, Default, Args)]
pub struct AnswersArgs {
    /// Name of the column or field that is added; the model's own name for its answers when absent
    #[arg(long, value_name = "NAME")]
    pub column: Option<String>,
    /// Add the probability of every class
    #[arg(long)]
    pub probabilities: bool,
    /// Add what each feature contributes to the prediction: `base_value` and `contribution_FEATURE` add up to it; for
    /// classes, to the probability of the predicted one
    #[arg(long)]
    pub explain: bool,
    /// Add an interval that holds the target with this probability, from 0.5 to 0.99, as `lower` and `upper`; without a
    /// LEVEL that of the config
    #[arg(long, value_name = "LEVEL")]
    pub interval: Option<Option<f64>>,
}
