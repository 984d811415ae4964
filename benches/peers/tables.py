"""The tables of the benchmark: what each holds, from which seed, and who is measured on it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from table_file import Table

SEED = 20240607
QUICK_DIVISOR = 20
MIXED_LEVELS = (3, 12, 50, 500)
EXACT = ("canopy", "scikit-learn", "sklearnex", "ydf")
BINNED = ("lightgbm", "xgboost")
"""Only where leaves are large or the table is small: 255 bins in each node are not made for full growth."""
FAST = ("canopy-fast", "fastforest", "fastforest-same")


@dataclass(frozen=True)
class Drawn:
    """Rows as a generator draws them."""

    values: NDArray[np.float32]
    target: NDArray[np.float64]
    levels: tuple[int, ...] = ()
    classes: int = 0


@dataclass(frozen=True)
class Fast:
    """The fast mode: larger leaves of fewer rows, with so many features for each split that this does not cost the score."""

    leaf: int
    features: int
    trees: float = 1.0
    """Share of the trees of the others."""
    max_bins: int = 63
    max_samples: float = 0.5


@dataclass(frozen=True)
class TableSpec:
    """One table of the benchmark."""

    name: str
    title: str
    training: int
    held_out: int
    leaf: int
    draw: Callable[[np.random.Generator, int], Drawn] | None
    peers: tuple[str, ...]
    score: str
    tolerance: float
    """How much worse than the reference a score may be before its time does not count."""
    most_rounds: int = 100
    fast: Fast = Fast(leaf=10, features=20)

    def max_features(self, columns: int) -> int:
        """Features drawn for a split, as scikit-learn rounds a third and the square root."""
        return max(1, columns // 3 if self.score == "r2" else int(columns**0.5))

    def file(self, folder: Path, quick: bool, data: Path) -> Path:
        """The table's file, made if it is not there yet."""
        divisor = QUICK_DIVISOR if quick and self.draw else 1
        training, held_out = self.training // divisor, self.held_out // divisor
        path = folder / f"{self.name}-{training}.table"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            random = np.random.default_rng([SEED, *self.name.encode()])
            if self.draw:
                drawn = self.draw(random, training + held_out)
                split(drawn, training, held_out).write(path)
            else:
                boston(random, data, training, held_out).write(path)
        return path


def split(drawn: Drawn, training: int, held_out: int) -> Table:
    """The first rows train, the others are scored and timed."""
    levels = drawn.levels or (0,) * drawn.values.shape[1]
    return Table(drawn.values, drawn.target, levels, drawn.classes, training, held_out, held_out)


def friedman(random: np.random.Generator, rows: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Twenty columns: five that count (Friedman 1991), five that follow those with noise, ten irrelevant ones."""
    values = random.random((rows, 20), dtype=np.float32)
    values[:, 5:10] = 0.7 * values[:, :5] + 0.3 * values[:, 5:10]
    x = values[:, :5].astype(np.float64)
    signal = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return values, signal


def regression(random: np.random.Generator, rows: int) -> Drawn:
    """A number: the signal with noise of standard deviation 2, about an eighth of the variance."""
    values, signal = friedman(random, rows)
    return Drawn(values, signal + random.normal(scale=2.0, size=rows))


def binary(random: np.random.Generator, rows: int) -> Drawn:
    """Whether the signal is above its median, one label in ten turned over."""
    values, signal = friedman(random, rows)
    label = (signal > np.median(signal)) ^ (random.random(rows) < 0.1)
    return Drawn(values, label.astype(np.float64), classes=2)


def seven_classes(random: np.random.Generator, rows: int) -> Drawn:
    """Three clusters a class in ten columns, ten noisy sums of those, ten irrelevant columns, 5 % wrong labels."""
    classes, clusters = 7, 3
    centres = random.normal(scale=1.5, size=(classes * clusters, 10))
    cluster = random.integers(classes * clusters, size=rows)
    core = centres[cluster] + random.normal(size=(rows, 10))
    sums = core @ random.normal(scale=0.5, size=(10, 10)) + random.normal(size=(rows, 10))
    values = np.hstack([core, sums, random.normal(size=(rows, 10))]).astype(np.float32)
    wrong = random.random(rows) < 0.05
    label = np.where(wrong, random.integers(classes, size=rows), cluster // clusters)
    return Drawn(values, label.astype(np.float64), classes=classes)


def mixed(random: np.random.Generator, rows: int) -> Drawn:
    """Ten numbers, two of them with 10 % missing, and four text columns whose levels have no useful order."""
    numbers = random.normal(size=(rows, 10)).astype(np.float32)
    x = numbers[:, :5].astype(np.float64)
    target = np.sin(2 * x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] + np.abs(x[:, 3]) + 0.4 * x[:, 4]
    texts = np.empty((rows, len(MIXED_LEVELS)), dtype=np.float32)
    for place, levels in enumerate(MIXED_LEVELS):
        # Squares of uniform numbers: some levels are common, some rare.
        codes = (levels * random.random(rows) ** 2).astype(np.int64)
        effects = random.normal(scale=0.8, size=levels)
        target += effects[codes]
        texts[:, place] = codes
    target += random.normal(scale=2.0, size=rows)
    for column in (0, 3):
        numbers[random.random(rows) < 0.1, column] = np.nan
    return Drawn(np.hstack([numbers, texts]), target, levels=(0,) * 10 + MIXED_LEVELS)


def boston(random: np.random.Generator, data: Path, training: int, timed: int) -> Table:
    """The Boston houses, divided by a fixed draw; timed on rows around the real ones, so that no row repeats."""
    with (data / "boston_house_prices.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))[2:]
    numbers = np.array(lines, dtype=np.float64)[random.permutation(len(lines))]
    values, target = numbers[:, :-1].astype(np.float32), numbers[:, -1]
    spread = values.std(axis=0) * 0.1
    near = values[random.integers(len(values), size=timed)]
    near = (near + random.normal(size=near.shape) * spread).astype(np.float32)
    scored = len(values) - training
    target = np.concatenate([target, np.full(timed, np.nan)])
    return Table(np.vstack([values, near]), target, (0,) * values.shape[1], 0, training, scored, timed)


TABLES = (
    TableSpec(
        "boston", "Boston, 404 x 13, leaf 1", 404, 100_000, 1, None,
        (*EXACT, *BINNED, *FAST, "onnxruntime", "lleaves"), "r2", 0.03, fast=Fast(leaf=1, features=6),
    ),
    TableSpec(
        "regression", "Regression, 100k x 20, leaf 1", 100_000, 100_000, 1, regression,
        (*EXACT, *FAST), "r2", 0.005, fast=Fast(leaf=3, features=20),
    ),
    TableSpec(
        "binary", "Binary, 100k x 20, 10 % label noise, leaf 1", 100_000, 100_000, 1, binary,
        (*EXACT, *FAST), "auc", 0.005, fast=Fast(leaf=10, features=20, trees=0.6),
    ),
    TableSpec(
        "classes", "Seven classes, 60k x 30, leaf 1", 60_000, 60_000, 1, seven_classes,
        (*EXACT, *FAST), "accuracy", 0.005, fast=Fast(leaf=1, features=8, trees=0.6),
    ),
    TableSpec(
        "mixed", "Mixed, 100k x (10 numbers + 4 texts), leaf 5", 100_000, 100_000, 5, mixed,
        ("canopy", "scikit-learn", "ydf", *BINNED, *FAST), "r2", 0.005, fast=Fast(leaf=5, features=4),
    ),
    TableSpec(
        "million-leaves", "Regression, 16k x 20, leaf 1 (one million leaves)", 16_000, 100_000, 1, regression,
        (*EXACT, "onnxruntime"), "r2", 0.005,
    ),
    TableSpec(
        "million", "Binary, 1M x 20, leaf 5", 1_000_000, 100_000, 5, binary,
        (*EXACT, *FAST), "auc", 0.005, most_rounds=1, fast=Fast(leaf=10, features=20, trees=0.6),
    ),
)  # fmt: skip
