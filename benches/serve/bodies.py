"""Bodies to ask with: rows of the Boston table, columns mixed: each is distinct and within the training range."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

FEATURES = 13
DISTINCT = 512
"""Distinct bodies of each size; they are asked in turn."""

Row = list[str]


def boston(path: Path) -> list[Row]:
    """The features of the table, each number as the file spells it."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    return [line[:FEATURES] for line in lines[2:] if line]


def as_data(rows: list[Row]) -> str:
    """As Canopy, FastAPI and BentoML are asked."""
    return f'{{"data":{matrix(rows)}}}'


def as_inputs(rows: list[Row]) -> str:
    """As MLflow is asked."""
    return f'{{"inputs":{matrix(rows)}}}'


def as_tensor(rows: list[Row]) -> str:
    """As MLServer is asked: the Open Inference Protocol."""
    values = ",".join(value for row in rows for value in row)
    shape = f'"shape":[{len(rows)},{FEATURES}],"datatype":"FP64"'
    return f'{{"inputs":[{{"name":"rows",{shape},"data":[{values}]}}]}}'


def matrix(rows: list[Row]) -> str:
    """A JSON list of lists."""
    return "[" + ",".join("[" + ",".join(row) + "]" for row in rows) + "]"


FORMS: dict[str, Callable[[list[Row]], str]] = {"data": as_data, "inputs": as_inputs, "tensor": as_tensor}


def write(table: list[Row], rows: int, folder: Path, distinct: int = DISTINCT) -> dict[str, Path]:
    """A file for each form, one body a line; the same rows in all of them."""
    generator = random.Random(rows)
    columns = [[row[place] for row in table] for place in range(FEATURES)]
    questions = [[[generator.choice(column) for column in columns] for _ in range(rows)] for _ in range(distinct)]
    files = {}
    for name, form in FORMS.items():
        files[name] = folder / f"{name}-{rows}.txt"
        files[name].write_text("".join(form(question) + "\n" for question in questions), encoding="utf-8")
    return files


def predictions(answer: bytes) -> list[float]:
    """The predictions in an answer of any of the servers."""
    document = json.loads(answer)
    if isinstance(document, dict):
        document = document.get("data") or document.get("predictions") or document["outputs"][0]["data"]
    return [value[0] if isinstance(value, list) else value for value in document]
