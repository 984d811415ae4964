"""The boosting libraries in their random forest mode, and the compiler for the trees of one of them."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from peer import Peer, both_classes

DISTINCT_SHARE = 0.632
"""They draw rows without replacement; a bootstrap has so many distinct ones."""


class LightGbm(Peer):
    """LightGBM with boosting=rf: 255 bins, native categories and missing values."""

    package = "lightgbm"
    note = "255 bins; 63 % of the rows without replacement; one forest for each class when there are more than two"
    most_leaves = 131_072

    def load(self) -> None:
        """Imports it."""
        import lightgbm

        self.package = lightgbm

    def convert(self) -> None:
        """Nothing: its binning is a part of training and is timed with it."""
        self.categories = [place for place, levels in enumerate(self.table.levels) if levels]

    def parameters(self) -> dict[str, Any]:
        """The settings in its words."""
        kind = {0: "regression", 2: "binary"}.get(self.classes, "multiclass")
        return {
            "objective": kind,
            "num_class": self.classes if kind == "multiclass" else 1,
            "boosting": "rf",
            "bagging_fraction": DISTINCT_SHARE,
            "bagging_freq": 1,
            "feature_fraction_bynode": self.fraction,
            "num_leaves": min(self.most_leaves, max(2, len(self.features) // self.settings.leaf)),
            "min_data_in_leaf": self.settings.leaf,
            "min_data_in_bin": 1,
            "min_sum_hessian_in_leaf": 0.0,
            "histogram_pool_size": 1024,
            "num_threads": self.settings.threads,
            "seed": self.settings.seed,
            "verbosity": -1,
        }

    def fit(self) -> None:
        """Bins and trains."""
        data = self.package.Dataset(
            self.features, self.target, categorical_feature=self.categories, params={"verbosity": -1}
        )
        self.model = self.package.train(self.parameters(), data, num_boost_round=self.settings.trees)
        self.single = {"num_threads": self.settings.threads}

    def predict(self, batch: Any) -> NDArray[Any]:
        """Its own prediction."""
        answer = self.model.predict(batch, **self.single)
        return both_classes(answer) if self.classes == 2 else answer

    def prepare_single(self) -> None:
        """One thread."""
        self.single = {"num_threads": 1}

    def model_bytes(self) -> int:
        """Its text file."""
        return len(self.model.model_to_string())

    def leaves(self) -> int | None:
        """Named in the text."""
        return sum(int(count) for count in re.findall(r"^num_leaves=(\d+)", self.model.model_to_string(), re.M))


class Lleaves(LightGbm):
    """LightGBM's forest, compiled to machine code."""

    package = "lleaves"
    note = "predicts LightGBM's forest; conversion compiles it by LLVM"
    fits = False

    def load(self) -> None:
        """Imports LightGBM and the compiler."""
        import lleaves

        super().load()
        self.compiler = lleaves

    def fit(self) -> None:
        """Trains with LightGBM and compiles."""
        super().fit()
        with tempfile.TemporaryDirectory() as folder:
            text, code = Path(folder, "model.txt"), Path(folder, "model.o")
            self.model.save_model(text)
            self.compiled = self.compiler.Model(model_file=text)
            self.compiled.compile(cache=code)
            self.code_bytes = code.stat().st_size
        self.single = {"n_jobs": self.settings.threads}

    def batch(self, rows: slice) -> Any:
        """It computes on doubles."""
        return self.table.values[rows].astype(np.float64)

    def predict(self, batch: Any) -> NDArray[Any]:
        """The compiled trees."""
        answer = self.compiled.predict(batch, **self.single)
        return both_classes(answer) if self.classes == 2 else answer

    def prepare_single(self) -> None:
        """One thread."""
        self.single = {"n_jobs": 1}

    def model_bytes(self) -> int:
        """The machine code."""
        return self.code_bytes


class XgBoost(Peer):
    """XGBoost with one round of parallel trees: 256 bins, native categories and missing values."""

    package = "xgboost"
    note = "256 bins; 63 % of the rows without replacement; one forest for each class when there are more than two"

    def load(self) -> None:
        """Imports it."""
        import xgboost

        self.package = xgboost

    def convert(self) -> None:
        """Nothing: its binning is a part of training and is timed with it."""
        self.kinds = ["c" if levels else "float" for levels in self.table.levels]

    def parameters(self) -> dict[str, Any]:
        """The settings in its words."""
        kind = {0: "reg:squarederror", 2: "binary:logistic"}.get(self.classes, "multi:softprob")
        return {
            "objective": kind,
            **({"num_class": self.classes} if kind == "multi:softprob" else {}),
            "num_parallel_tree": self.settings.trees,
            "subsample": DISTINCT_SHARE,
            "colsample_bynode": self.fraction,
            "max_depth": 0,
            "min_child_weight": self.settings.leaf * (0.25 if self.classes == 2 else 1.0),
            "reg_lambda": 1e-6,
            "learning_rate": 1.0,
            "tree_method": "hist",
            "max_bin": 256,
            "nthread": self.settings.threads,
            "seed": self.settings.seed,
        }

    def fit(self) -> None:
        """Bins and trains."""
        data = self.package.QuantileDMatrix(
            self.features,
            self.target,
            feature_types=self.kinds,
            enable_categorical=True,
            nthread=self.settings.threads,
        )
        self.model = self.package.train(self.parameters(), data, num_boost_round=1)

    def predict(self, batch: Any) -> NDArray[Any]:
        """Its own prediction, without a copy into a matrix of its own where that is possible."""
        if any(self.table.levels):
            batch = self.package.DMatrix(batch, feature_types=self.kinds, enable_categorical=True)
            return self.model.predict(batch)
        answer = self.model.inplace_predict(batch)
        return both_classes(answer) if self.classes == 2 else answer

    def prepare_single(self) -> None:
        """One thread."""
        self.model.set_param({"nthread": 1})

    def model_bytes(self) -> int:
        """Its binary format."""
        return len(self.model.save_raw("ubj"))
