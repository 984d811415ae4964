"""Scores of scikit-learn's forests that the tests of forest-learner are held against.

    .venv-bench/bin/python benches/peers/reference_scores.py

writes crates/forest-learner/tests/data/reference_scores.json: for each of eight tables the mean and the standard
deviation of the held-out score (R² or accuracy) over the seeds. The tables come from data/ and from a hash of table,
column and row; crates/forest-learner/tests/it/scikit_scores.rs makes the same ones, and `checksum` tells that they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "crates" / "forest-learner" / "tests" / "data" / "reference_scores.json"
SEEDS = 10
TREES = 50
ROWS = 2000

Values = NDArray[np.float64]


def uniform(table: int, column: int, rows: int) -> Values:
    """From 0 to 1 in steps of 2^-24: SplitMix64 of table, column and row."""
    number = np.arange(rows, dtype=np.uint64) + np.uint64((table << 48) + (column << 32) + 1)
    number = number * np.uint64(0x9E3779B97F4A7C15)
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    number = number ^ (number >> np.uint64(31))
    return (number >> np.uint64(40)).astype(np.float64) / 2**24


@dataclass(frozen=True)
class Reference:
    """A table: the first rows train, the others are held out."""

    name: str
    features: Values
    target: Values
    training: int
    max_features: int
    classes: int = 0

    def scores(self) -> list[float]:
        """Held-out score of each seed."""
        forest = RandomForestClassifier if self.classes else RandomForestRegressor
        cut = self.training
        return [
            forest(n_estimators=TREES, max_features=self.max_features, random_state=seed, n_jobs=2)
            .fit(self.features[:cut], self.target[:cut])
            .score(self.features[cut:], self.target[cut:])
            for seed in range(SEEDS)
        ]

    def row(self) -> dict[str, Any]:
        """What the test reads."""
        scores = self.scores()
        return {
            "name": self.name,
            "training": self.training,
            "max_features": self.max_features,
            "classes": self.classes,
            "checksum": round(float(np.nansum(self.features) + self.target.sum()), 6),
            "mean": round(float(np.mean(scores)), 6),
            "deviation": round(float(np.std(scores, ddof=1)), 6),
        }


def of_file(table: int, name: str, skipped: int, training: int, max_features: int, classes: int) -> Reference:
    """A file of data/, the target last, its rows in the order of their hashes."""
    cells = np.loadtxt(ROOT / "data" / f"{name}.csv", delimiter=",", skiprows=skipped)
    cells = cells[np.argsort(uniform(table, 0, len(cells)), kind="stable")]
    return Reference(name, cells[:, :-1], cells[:, -1], training, max_features, classes)


def hashed(table: int, columns: int) -> list[Values]:
    """So many columns."""
    return [uniform(table, column, ROWS) for column in range(columns)]


def friedman(x: list[Values], noise: Values) -> Values:
    """Friedman's first function (1991); five columns count. The noise is from -2 to 2."""
    return 10 * np.sin(np.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4] + 4 * noise - 2


def with_missing(table: int, x: list[Values]) -> list[Values]:
    """An eighth of the cells of each column is missing by chance, and the fourth wherever the first is above 0.7."""
    holes = [uniform(table, 40 + column, ROWS) < 0.125 for column in range(len(x))]
    holes[3] |= x[0] > 0.7
    return [np.where(hole, np.nan, values) for hole, values in zip(holes, x, strict=True)]


def tables() -> list[Reference]:
    """All eight."""

    def made(name: str, x: list[Values], target: Values, max_features: int, classes: int = 0) -> Reference:
        return Reference(name, np.column_stack(x), target, ROWS * 3 // 4, max_features, classes)

    a, b, c, d, e, f = (hashed(3, 10), hashed(4, 8), hashed(5, 12), hashed(6, 9), hashed(7, 10), hashed(8, 5))
    noise = [uniform(table, 30, ROWS) for table in range(9)]
    heavy = 10 * b[0] * b[1] + 5 * b[2] + 0.5 / np.sqrt(1 - noise[4])
    two = ((c[0] + c[1] * c[2] > 0.75) != (noise[5] < 0.15)).astype(np.float64)
    seven = np.floor(7 * np.clip((d[0] + d[1] * d[2] + 0.3 * noise[6]) / 2, 0, 0.999))
    constant = [np.full(ROWS, value) for value in (0.0, 7.0)]
    return [
        of_file(1, "iris", 1, 100, 2, 3),
        of_file(2, "boston_house_prices", 2, 380, 4, 0),
        made("friedman", a, friedman(a, noise[3]), 3),
        made("heavy tail", b, heavy, 3),
        made("two classes", c, two, 3, 2),
        made("seven classes", d, seven, 3, 7),
        made("missing values", with_missing(7, e), friedman(e, noise[7]), 3),
        made("constant and repeated columns", [*f, *constant, *f], friedman(f, noise[8]), 4),
    ]


def main() -> None:
    """Write the file."""
    head = {"scikit-learn": sklearn.__version__, "seeds": SEEDS, "trees": TREES, "rows": ROWS}
    rows = [json.dumps(table.row(), ensure_ascii=False) for table in tables()]
    body = ",\n    ".join(rows)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(f'{json.dumps(head)[:-1]},\n  "tables": [\n    {body}\n  ]}}\n')


if __name__ == "__main__":
    main()
