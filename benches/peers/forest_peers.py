"""The libraries that are made for forests: YDF and fastforest."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from peer import Peer, both_classes

TARGET = "target"


class Ydf(Peer):
    """Yggdrasil Decision Forests: exact splits, native categories."""

    package = "ydf"
    note = "its data set is built before the clock starts; no out-of-bag score"

    def load(self) -> None:
        """Imports it, and silences it."""
        import ydf

        ydf.verbose(0)
        self.package = ydf

    def convert(self) -> None:
        """Its data set: typed columns, texts as texts."""
        self.names = [f"x{place}" for place in range(self.table.columns)]
        self.labels = [f"class {code}" for code in range(self.classes)]
        target = self.target.astype(np.float32)
        if self.classes:
            target = np.array(self.labels)[self.target.astype(np.int64)]
        columns = self.columns(slice(0, self.table.training)) | {TARGET: target}
        task = self.package.Task.CLASSIFICATION if self.classes else self.package.Task.REGRESSION
        self.learner = self.package.RandomForestLearner(
            label=TARGET,
            task=task,
            label_classes=self.labels or None,
            num_trees=self.settings.trees,
            max_depth=-1,
            min_examples=self.settings.leaf,
            num_candidate_attributes=self.settings.max_features,
            winner_take_all=False,
            compute_oob_performances=False,
            num_threads=self.settings.threads,
            random_seed=self.settings.seed,
        )
        self.features = self.package.create_vertical_dataset(columns, label=TARGET, label_classes=self.labels or None)
        self.threads = self.settings.threads

    def columns(self, rows: slice) -> dict[str, NDArray[Any]]:
        """Named columns."""
        return {
            name: level_names(column, levels) if levels else column
            for name, column, levels in zip(self.names, self.table.values[rows].T, self.table.levels, strict=True)
        }

    def fit(self) -> None:
        """Trains."""
        self.model = self.learner.train(self.features)

    def batch(self, rows: slice) -> Any:
        """Named columns, in a data set of its own when there are many rows."""
        columns = self.columns(rows)
        if len(columns[self.names[0]]) == 1:
            return columns
        return self.package.create_vertical_dataset(
            columns, data_spec=self.model.data_spec(), required_columns=self.names
        )

    def predict(self, batch: Any) -> NDArray[Any]:
        """Its own prediction, the classes in our order."""
        answer = self.model.predict(batch, num_threads=self.threads)
        if self.classes == 0:
            return answer
        answer = both_classes(answer) if self.classes == 2 else answer
        known = self.model.label_classes()
        return answer if known == self.labels else answer[:, [known.index(label) for label in self.labels]]

    def prepare_single(self) -> None:
        """One thread."""
        self.threads = 1

    def model_bytes(self) -> int:
        """Its folder."""
        with tempfile.TemporaryDirectory() as folder:
            self.model.save(folder)
            return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())

    def leaves(self) -> int | None:
        """Half of its nodes, and one more for each tree."""
        return (self.model.num_nodes() + self.settings.trees) // 2


class FastForest(Peer):
    """fastforest as it comes: 32 to 64 trees, splits searched on at most 320 rows of a node."""

    package = "fastforest"
    note = "approximate by design; its own defaults, another number of trees"

    def load(self) -> None:
        """Imports it, and the library of its native tables."""
        import fastforest
        import pyarrow

        self.estimator = fastforest.FastForestClassifier if self.classes else fastforest.FastForest
        self.arrow = pyarrow

    def convert(self) -> None:
        """Arrow columns, its native form."""
        self.features = self.batch(slice(0, self.table.training))
        self.target = self.target.astype(np.uint32 if self.classes else np.float32)

    def parameters(self) -> dict[str, Any]:
        """Nothing but a seed."""
        return {"seed": self.settings.seed}

    def fit(self) -> None:
        """Trains; it takes all threads that its environment allows."""
        self.model = self.estimator(**self.parameters())
        self.model.fit(self.features, self.target)

    def batch(self, rows: slice) -> Any:
        """Arrow columns, texts as texts, missing values as nulls."""
        columns = [
            self.arrow.array(level_names(column, levels) if levels else np.ascontiguousarray(column), from_pandas=True)
            for column, levels in zip(self.table.values[rows].T, self.table.levels, strict=True)
        ]
        return self.arrow.RecordBatch.from_arrays(columns, names=[f"x{place}" for place in range(len(columns))])

    def predict(self, batch: Any) -> NDArray[Any]:
        """Its own prediction."""
        return self.model.predict_proba(batch) if self.classes else self.model.predict(batch)

    def model_bytes(self) -> int:
        """Its file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.ffm")
            self.model.save(path)
            return path.stat().st_size

    def leaves(self) -> int | None:
        """Told by its trees."""
        return int(np.sum(self.model.tree_leaf_counts_))


class FastForestSame(FastForest):
    """fastforest with the trees, leaf size, rows and features of the others; its splits stay approximate."""

    note = "approximate by design; trees, rows and features as the others, nodes split from 2 x leaf rows"

    def parameters(self) -> dict[str, Any]:
        """The settings in its words."""
        return {
            "n_trees": self.settings.trees,
            "min_node_size": 2 * self.settings.leaf,
            "bootstrap_fraction": 1.0,
            "bootstrap_max": self.table.training,
            "replacement": True,
            "max_features": self.fraction,
            "seed": self.settings.seed,
        }


def level_names(codes: NDArray[np.float32], levels: int) -> NDArray[np.str_]:
    """The text that each code of a level stands for."""
    return np.array([f"level {code}" for code in range(levels)])[codes.astype(np.int64)]
