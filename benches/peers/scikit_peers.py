"""scikit-learn, its extension by Intel, and its forest in ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from peer import Peer, pickled_bytes


class ScikitLearn(Peer):
    """The reference: exact splits, float32 rows, NaN understood; categories are numbers to it."""

    package = "scikit-learn"
    note = "categories as ordinal numbers; size of the pickle"

    def load(self) -> None:
        """Imports its two estimators."""
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        self.estimator = RandomForestClassifier if self.classes else RandomForestRegressor

    def convert(self) -> None:
        """Class codes as integers; the rows are what it would convert to."""
        if self.classes:
            self.target = self.target.astype(np.int64)

    def fit(self) -> None:
        """Trains with the parameters that carry the same names."""
        self.model = self.estimator(
            n_estimators=self.settings.trees,
            min_samples_leaf=self.settings.leaf,
            max_features=self.settings.max_features,
            n_jobs=self.settings.threads,
            random_state=self.settings.seed,
        )
        self.model.fit(self.features, self.target)

    def predict(self, batch: Any) -> NDArray[Any]:
        """Its own prediction."""
        return self.model.predict_proba(batch) if self.classes else self.model.predict(batch)

    def prepare_single(self) -> None:
        """Without the pool of threads, which costs more than the trees."""
        self.model.n_jobs = 1

    def model_bytes(self) -> int:
        """The pickle."""
        return pickled_bytes(self.model)

    def leaves(self) -> int | None:
        """Counted in its trees."""
        return int(sum(tree.tree_.n_leaves for tree in self.model.estimators_))


class ScikitLearnIntelex(ScikitLearn):
    """The forest of oneDAL behind the same names: 256 bins a feature."""

    package = "scikit-learn-intelex"
    note = "256 bins; size of the pickle"

    def load(self) -> None:
        """Imports its two estimators."""
        from sklearnex.ensemble import RandomForestClassifier, RandomForestRegressor

        self.estimator = RandomForestClassifier if self.classes else RandomForestRegressor

    def fit(self) -> None:
        """Trains, and makes sure that it did not hand over to scikit-learn."""
        super().fit()
        if not hasattr(self.model, "_onedal_estimator"):
            raise RuntimeError("it fell back to scikit-learn")

    def prepare_single(self) -> None:
        """Its pool of threads stays as it is."""

    def leaves(self) -> int | None:
        """Its trees would have to be converted first."""
        return None


class OnnxRuntime(ScikitLearn):
    """The forest of scikit-learn, converted and walked by ONNX Runtime."""

    package = "onnxruntime"
    note = "predicts scikit-learn's forest; conversion by skl2onnx"
    fits = False

    def load(self) -> None:
        """Imports scikit-learn, the converter and the engine."""
        import onnxruntime
        import skl2onnx

        super().load()
        self.engine, self.converter = onnxruntime, skl2onnx

    def fit(self) -> None:
        """Trains with scikit-learn and converts."""
        super().fit()
        options = {id(self.model): {"zipmap": False}} if self.classes else None
        self.onnx = self.converter.to_onnx(self.model, self.features[:1], options=options).SerializeToString()
        self.session = self.open_session(self.settings.threads)

    def open_session(self, threads: int) -> Any:
        """A session on so many threads."""
        options = self.engine.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        return self.engine.InferenceSession(self.onnx, options, providers=["CPUExecutionProvider"])

    def predict(self, batch: Any) -> NDArray[Any]:
        """The last output: the number, or the probabilities that follow the label."""
        return self.session.run(None, {"X": batch})[-1]

    def prepare_single(self) -> None:
        """A session on one thread."""
        self.session = self.open_session(1)

    def model_bytes(self) -> int:
        """The ONNX file."""
        return len(self.onnx)
