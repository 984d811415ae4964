"""BentoML with scikit-learn."""

import os

import bentoml
import joblib
import numpy as np


@bentoml.service
class Boston:
    """The Boston forest."""

    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api
    def predict(self, data: list[list[float]]) -> dict[str, list[float]]:
        """The predictions, row by row."""
        return {"data": self.model.predict(np.asarray(data)).tolist()}
