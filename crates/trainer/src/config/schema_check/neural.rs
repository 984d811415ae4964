//! Keys that only a neural network has. Who writes one expects something else than a forest.

const NEURAL_KEYS: [&str; 26] = [
    "activation",
    "activations",
    "batch_size",
    "dense_layers",
    "dropout",
    "dropout_rate",
    "early_stopping_patience",
    "embedding_dim",
    "epoch",
    "epochs",
    "hidden_layer_sizes",
    "hidden_layers",
    "hidden_units",
    "kernel_initializer",
    "layers",
    "learning_rate",
    "loss",
    "loss_function",
    "momentum",
    "n_epochs",
    "neurons",
    "num_epochs",
    "num_layers",
    "optimizer",
    "units_per_layer",
    "weight_decay",
];

/// The message about a key of a neural network; `None` for any other key.
pub(super) fn refusal(key: &str) -> Option<String> {
    let key = key.to_ascii_lowercase().replace('-', "_");
    let hint = match key.as_str() {
        "learning_rate" | "momentum" | "weight_decay" | "optimizer" | "loss" | "loss_function" => {
            "it is not trained by gradient descent; see `model.criterion` for what a split minimises"
        }
        "layers" | "hidden_layers" | "hidden_layer_sizes" | "num_layers" | "dense_layers" | "neurons" => {
            "its size is set by `model.n_estimators` and `model.max_depth`"
        }
        "epoch" | "epochs" | "n_epochs" | "num_epochs" => {
            "its trees are grown once; see `model.n_estimators` for their number"
        }
        _ => "remove the key",
    };
    NEURAL_KEYS
        .contains(&key.as_str())
        .then(|| format!("only a neural network has `{key}`, a forest has none; {hint}"))
}
