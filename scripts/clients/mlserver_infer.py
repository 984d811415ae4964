"""The Open Inference Protocol with `mlserver infer`, which sends the requests in a file and writes the answers to another."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from clients.checks import check, finish, models

MLSERVER = Path(sys.executable).parent / "mlserver"
DATATYPES = {"number": "FP64", "integer": "INT64", "boolean": "BOOL", "string": "BYTES"}


def request(model, row):
    """A request for one row, with a tensor for each feature that has a value."""
    inputs = [
        {"name": feature["name"], "shape": [1, 1], "datatype": DATATYPES[feature["type"]], "data": [value]}
        for feature, value in zip(model.features, row)
        if value is not None
    ]
    return json.dumps({"inputs": inputs})


def infer(model, *options):
    """The first output of each answer, in the order of the requests."""
    with tempfile.TemporaryDirectory() as folder:
        requests, answers = Path(folder) / "requests.jsonl", Path(folder) / "answers.jsonl"
        requests.write_text("".join(request(model, row) + "\n" for row in model.rows))
        command = [MLSERVER, "infer", "--url", f"{model.host}:{model.port}", "--model-name", model.name]
        command += ["--input-data-path", requests, "--output-data-path", answers, *options]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        lines = [json.loads(line) for line in answers.read_text().splitlines()]
    lines.sort(key=lambda line: line["parameters"]["batch_index"])
    return [line["outputs"][0]["data"] for line in lines]


# It takes seconds to start; two models have all that there is to send.
for model in (model for model in models() if model.name in ("boston", "penguins")):
    expected = [[answer] for answer in model.answers]
    check(f"mlserver infer, {model.name}: a request for each row", lambda: infer(model), expected)

finish()
