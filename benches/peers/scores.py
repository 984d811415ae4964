"""The scores of predictions, by one code for all libraries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST_PROBABILITY = 1e-6
"""A forest may call a class impossible; log loss takes no probability below this."""

SCORE_TITLES = {"r2": "R²", "accuracy": "accuracy", "auc": "AUC", "log_loss": "log loss"}


def score(target: NDArray[np.float64], predicted: NDArray[np.float64], classes: int) -> dict[str, float]:
    """All scores that fit the task. `predicted` has a column for each class, or one for regression."""
    if classes == 0:
        return {"r2": r2(target, predicted[:, 0])}
    label = target.astype(np.int64)
    scores = {"accuracy": float(np.mean(predicted.argmax(axis=1) == label))}
    if classes == 2:
        scores["auc"] = auc(label == 1, predicted[:, 1])
    scores["log_loss"] = log_loss(label, predicted)
    return scores


def r2(target: NDArray[np.float64], predicted: NDArray[np.float64]) -> float:
    """Share of the variance that is explained."""
    return float(1 - np.sum((target - predicted) ** 2) / np.sum((target - target.mean()) ** 2))


def auc(positive: NDArray[np.bool_], predicted: NDArray[np.float64]) -> float:
    """Probability that a positive row is ranked above a negative one, ties counted half."""
    _, place, counts = np.unique(predicted, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positives = int(positive.sum())
    negatives = len(positive) - positives
    return float((rank[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def log_loss(label: NDArray[np.int64], predicted: NDArray[np.float64]) -> float:
    """Mean of the negative logarithm of the probability given to the true class."""
    given = predicted[np.arange(len(label)), label]
    return float(-np.log(np.clip(given, LEAST_PROBABILITY, 1.0)).mean())
