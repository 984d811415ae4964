"""What a library must offer to be measured."""

from __future__ import annotations

import pickle
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from table_file import Table


@dataclass(frozen=True)
class Settings:
    """What all libraries are given alike."""

    trees: int
    leaf: int
    max_features: int
    threads: int
    seed: int


class Peer(ABC):
    """A library with one table and one setting. Only `fit` is timed as fit, only `predict` as prediction."""

    package: ClassVar[str]
    """Name on PyPI."""
    note: ClassVar[str] = ""
    """What a reader has to know to compare it."""
    fits: ClassVar[bool] = True
    """False for an engine that only predicts: what `fit` does is then shown as conversion."""

    def __init__(self, table: Table, settings: Settings) -> None:
        self.table = table
        self.settings = settings
        self.features = table.values[: table.training]
        self.target = table.target[: table.training]
        self.classes = table.classes

    @property
    def fraction(self) -> float:
        """Share of the features drawn; the excess keeps a rounding down from losing one."""
        return min(1.0, (self.settings.max_features + 1e-3) / self.table.columns)

    @abstractmethod
    def load(self) -> None:
        """Imports the library, before any clock starts."""

    def convert(self) -> None:  # noqa: B027 - most libraries take the arrays as they are
        """Brings the training rows into the form that the library likes best."""

    @abstractmethod
    def fit(self) -> None:
        """Trains the forest."""

    def batch(self, rows: slice) -> Any:
        """Rows in the form that `predict` likes best."""
        return self.table.values[rows]

    @abstractmethod
    def predict(self, batch: Any) -> NDArray[Any]:
        """Numbers, or a probability for each class, on all threads."""

    def prepare_single(self) -> None:  # noqa: B027 - only some libraries have a setting for it
        """Sets the library up for single rows; a second thread only costs there."""

    def predict_single(self, batch: Any) -> NDArray[Any]:
        """The same for a batch of one row."""
        return self.predict(batch)

    @abstractmethod
    def model_bytes(self) -> int:
        """Size of the model as the library stores it."""

    def leaves(self) -> int | None:
        """Leaves of all trees, if the library tells at a fair price."""
        return None


class ByteCounter:
    """A file that only counts."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, part: Any) -> int:
        """Counts one part."""
        length = memoryview(part).nbytes
        self.bytes += length
        return length


def pickled_bytes(model: object) -> int:
    """Size of the pickle of a model."""
    counter = ByteCounter()
    pickle.dump(model, counter, protocol=5)
    return counter.bytes


def both_classes(positive: NDArray[Any]) -> NDArray[Any]:
    """Two columns from the probability of the second class."""
    return np.column_stack([1 - positive, positive])
