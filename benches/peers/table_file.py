"""The file that carries one table to every measurement, in Python and in Rust.

Little-endian, no padding; `crates/forest-learner/examples/bench_fit.rs` reads the same bytes.

| bytes | content |
|---|---|
| 8 | `CNPYTAB1` |
| 6 x u32 | rows, columns, classes (0: the target is a number), training, scored and timed rows |
| columns x u32 | number of levels of each column, 0 for a numeric one |
| columns x rows x f32 | column after column; NaN is missing, a level is its code from 0 |
| rows x f64 | the target; a class is its code from 0 |

The training rows come first, the scored rows follow them, the timed rows are the last ones (they may be the scored rows
themselves, and need no target). No row is in both the training rows and the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = b"CNPYTAB1"
HEADER_FIELDS = 6


@dataclass(frozen=True)
class Table:
    """One table: `values` row after row as float32, its target, and which rows are for what."""

    values: NDArray[np.float32]
    target: NDArray[np.float64]
    levels: tuple[int, ...]
    classes: int
    training: int
    scored: int
    timed: int

    @property
    def columns(self) -> int:
        """Number of features."""
        return self.values.shape[1]

    @property
    def scored_rows(self) -> slice:
        """The held-out rows that predictions are scored on."""
        return slice(self.training, self.training + self.scored)

    @property
    def timed_rows(self) -> slice:
        """The distinct rows that prediction is timed on."""
        return slice(len(self.values) - self.timed, len(self.values))

    def write(self, path: Path) -> None:
        """Writes the file, under its name only once it is complete."""
        counts = (len(self.values), self.columns, self.classes, self.training, self.scored, self.timed)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(MAGIC)
            file.write(np.array(counts + self.levels, dtype="<u4").tobytes())
            for column in self.values.T:
                file.write(np.ascontiguousarray(column, dtype="<f4").tobytes())
            file.write(self.target.astype("<f8").tobytes())
        part.replace(path)

    @classmethod
    def read(cls, path: Path) -> Table:
        """Reads a file that `write` made."""
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise ValueError(f"{path} is not a table of this benchmark")
            header = np.fromfile(file, dtype="<u4", count=HEADER_FIELDS)
            rows, columns, classes, training, scored, timed = (int(count) for count in header)
            levels = tuple(int(count) for count in np.fromfile(file, dtype="<u4", count=columns))
            values = np.fromfile(file, dtype="<f4", count=rows * columns).reshape(columns, rows)
            target = np.fromfile(file, dtype="<f8", count=rows)
        return cls(np.ascontiguousarray(values.T), target, levels, classes, training, scored, timed)
