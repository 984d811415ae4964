"""What every file in this folder uses: the models that are served, their native answers, and `check`.

A file is run as `python -m clients.NAME` in the folder scripts/. It checks with the clients of one protocol and ends with
`finish()`. The file named by CLIENT_MODELS says what is served.
"""

import json
import math
import os
import sys
import traceback
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

_failed = []


@dataclass
class Model:
    """A model and the server that has it."""

    name: str
    version: int
    task: str
    """`regression` or `classification`."""
    url: str
    """Of the server, without a slash at the end."""
    grpc: str
    """Host and port of the gRPC service."""
    features: list
    """Each with `name`, `identifier` and `type` (`number`, `integer`, `string` or `boolean`), in the order of the model."""
    rows: list
    """Rows to ask about, None where a value is missing."""
    answers: list
    """The native answers to them."""
    settings: list
    """What the config had in place of its own values."""

    @property
    def columns(self):
        return [feature["name"] for feature in self.features]

    @property
    def host(self):
        return self.url.removeprefix("http://").rsplit(":", 1)[0]

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    @property
    def has_intervals(self):
        return any(setting.startswith("model.interval=") for setting in self.settings)

    def records(self):
        """The rows as dictionaries."""
        return [dict(zip(self.columns, row)) for row in self.rows]

    def by_column(self):
        """The rows as a dictionary of lists."""
        return {name: [row[position] for row in self.rows] for position, name in enumerate(self.columns)}

    def frame(self):
        """The rows as a pandas frame, missing values as pandas has them."""
        import pandas

        return pandas.DataFrame(self.rows, columns=self.columns)

    def native(self, rows=None, **options):
        """The native answer to rows, with options beside them."""
        body = {"data": self.rows if rows is None else rows}
        return post(f"{self.url}/predict", body | ({"options": options} if options else {}))


def models():
    """The models that are served."""
    return [Model(**model) for model in json.loads(Path(os.environ["CLIENT_MODELS"]).read_text())]


def get(url):
    """What stands at an address, as JSON."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def post(url, body, content_type="application/json"):
    """The answer to a body, as JSON."""
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def refused(url, body, content_type="application/json"):
    """Status and JSON of an answer that refuses a body."""
    try:
        got = post(url, body, content_type)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    raise AssertionError(f"answered: {got}")


def _plain(value):
    """A value with numpy's types taken off."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return value.decode()
    return value


def _same(got, expected):
    if isinstance(got, float) and isinstance(expected, float) and math.isnan(got) and math.isnan(expected):
        return True
    if isinstance(got, list) and isinstance(expected, list):
        return len(got) == len(expected) and all(map(_same, got, expected))
    if isinstance(got, dict) and isinstance(expected, dict):
        return got.keys() == expected.keys() and all(_same(got[key], expected[key]) for key in got)
    return type(got) is type(expected) and got == expected


def check(name, ask, expected):
    """Calls `ask` and compares what it gives with what is expected, to the bit; prints a line."""
    try:
        got, expected = _plain(ask()), _plain(expected() if callable(expected) else expected)
        if _same(got, expected):
            print(f"ok      {name}", flush=True)
            return
        why = f"got {str(got)[:500]}\n        expected {str(expected)[:500]}"
    except Exception:
        why = traceback.format_exc().strip().replace("\n", "\n        ")
    _failed.append(name)
    print(f"FAILED  {name}\n        {why}", flush=True)


def finish():
    """Ends the program; it fails when a check did."""
    sys.exit(1 if _failed else 0)
