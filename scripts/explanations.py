"""Compares `trainer predict --explain` with shap's TreeExplainer on the same forest.

Usage: .venv/bin/python scripts/explanations.py

The forests are read from `trainer inspect --trees`. shap knows no categories, so all features here are numbers; missing
values are there. TRAINER names the program (default: target/debug/trainer); the titanic comes from the folder
CANOPY_SHARED_DATA or shared/data beside the checkout, and is skipped where neither has it.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
from shap import TreeExplainer

ROOT = Path(__file__).resolve().parent.parent
TRAINER = os.environ.get("TRAINER", str(ROOT / "target/debug/trainer"))
SHARED = Path(os.environ.get("CANOPY_SHARED_DATA", ROOT.parent / "shared/data"))
TOLERANCE = 1e-6
ROWS = 150


def trainer(*arguments):
    done = subprocess.run([TRAINER, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def train(folder, config, overrides):
    settings = {"output.dir": folder, "quality_gate": "null", "cross_validation": "null", **overrides}
    flags = [flag for key, value in settings.items() for flag in ("--set", f"{key}={value}")]
    return json.loads(trainer("train", "--json", "--conf", f"configs/{config}.json", *flags))


def shap_tree(nodes, features, trees):
    """One tree of `trainer inspect --trees` as the arrays that shap reads; the mean over the trees is in the values."""
    width = next(len(node["answer"]) for node in nodes if "answer" in node)
    return {
        "children_left": numpy.array([node.get("left", -1) for node in nodes]),
        "children_right": numpy.array([node.get("right", -1) for node in nodes]),
        "children_default": numpy.array([node[node["missing"]] if "missing" in node else -1 for node in nodes]),
        "features": numpy.array([features.index(node["feature"]) if "feature" in node else -1 for node in nodes]),
        "thresholds": numpy.array([node.get("threshold", 0.0) for node in nodes]),
        "values": numpy.array([node.get("answer", [0.0] * width) for node in nodes]) / trees,
        "node_sample_weight": numpy.array([node["cover"] for node in nodes]),
    }


def encoded(cell):
    """A number as the encoder gives it, NaN for a missing one."""
    return float(numpy.float32(cell.replace(",", ""))) if cell else float("nan")


def compare(name, config, overrides):
    with tempfile.TemporaryDirectory() as folder:
        report = train(folder, config, overrides)
        artifact = report["artifact"]
        data = ROOT / overrides.get("data.path", report["header"]["data"]["path"])
        features = [feature["name"] for feature in report["header"]["schema"]["features"]]
        trees = [json.loads(line)["nodes"] for line in trainer("inspect", "--trees", artifact).splitlines()]
        # The cells as they stand: under the names of a header, else in the order of the config's columns.
        columns = report["header"]["config"]["data"].get("columns") or []
        skipped = report["header"]["config"]["data"].get("skip_rows", 0)
        plain = [line.split(",") for line in data.read_text().splitlines()[skipped:]] if columns else []
        lines = trainer(
            "predict", "--quiet", "--explain", "--probabilities", "--on-error", "skip", "--format", "ndjson",
            "--model", artifact, str(data),
        ).splitlines()
    step = max(1, len(lines) // ROWS)
    rows = [json.loads(line) for line in lines[::step]]
    explainer = TreeExplainer({"trees": [shap_tree(nodes, features, len(trees)) for nodes in trees]})
    for row in rows if plain else []:
        row.update(zip(columns, plain[row["record"] - 1]))
    cells = numpy.array([[encoded(row[feature]) for feature in features] for row in rows])
    expected = explainer.shap_values(cells, check_additivity=False)
    expected = expected.reshape(len(rows), len(features), -1)
    base = numpy.atleast_1d(explainer.expected_value)
    worst = 0.0
    for row, values in zip(rows, expected):
        probabilities = list(row.get("probabilities", {"": row.get("prediction")}).values())
        output = probabilities.index(max(probabilities))
        ours = [row["contributions"][feature] for feature in features]
        differences = [abs(a - b) for a, b in zip(ours, values[:, output])]
        differences.append(abs(row["base_value"] - base[output]))
        differences.append(abs(row["base_value"] + sum(ours) - probabilities[output]))
        worst = max(worst, *differences)
    passed = worst < TOLERANCE and len(rows) >= 50
    missing = int(numpy.isnan(cells).sum())
    verdict = "ok     " if passed else "FAILED "
    print(f"{verdict} {name}: {len(rows)} rows, {missing} missing cells, {base.size} outputs, largest difference {worst:.1e}")
    return passed


def main():
    world = ["Birth Rate", "Fertility Rate", "Infant mortality", "Maternal mortality ratio", "Physicians per thousand"]
    allowed = [{"name": name, "missing": "allow"} for name in world]
    titanic = SHARED / "titanic_raw.csv"
    names = ["pclass", "age", "sibsp", "parch", "fare"]
    numbers = [{"name": name, "kind": "number", "missing": "allow"} for name in names]
    of_titanic = {"data.path": str(titanic), "features": json.dumps(numbers)}
    cases = [
        ("boston", "boston", {}),
        ("life expectancy with missing values", "life_expectancy", {"features": json.dumps(allowed)}),
        ("iris", "iris", {}),
    ]
    if titanic.is_file():
        cases.append(("titanic", "titanic", of_titanic))
        cases.append(("titanic, weighted", "titanic", {**of_titanic, "model.class_weight": '"balanced_subsample"'}))
    else:
        print(f"skipped titanic: {titanic} is not here")
    results = [compare(*case) for case in cases]
    print(f"explanations: {sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


main()
