"""Compares exported models under ONNX Runtime with their forests, and imported ones with scikit-learn.

Usage: onnx_conformance.py [NAME ...]; names choose among the checks. TRAINER and SCORES name the programs (default:
those in target/debug). The data is that of configs/, and where the folder named by CANOPY_SHARED_DATA, or else
../shared/data, holds the Titanic's passengers, these too.

Export: every row must reach the same leaf in every tree. To see that, the weights of the exported ensemble are given to
one output for each tree; the answers of single trees, rounded to f32, must be equal. The rows are drawn from what
can go wrong: the thresholds themselves, the floats on both sides of them, missing, infinite, codes of levels
and codes that are none. The answers of the file as it is must be within 1e-6 of the largest answer.
"""

import csv
import itertools
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from skl2onnx import to_onnx

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAINER = os.environ.get("TRAINER", ROOT / "target/debug/trainer")
SCORES = os.environ.get("SCORES", ROOT / "target/debug/examples/encoded_scores")
SHARED = pathlib.Path(os.environ.get("CANOPY_SHARED_DATA", ROOT.parent / "shared/data"))
TOLERANCE = 1e-6
ROWS = 1500


def run(*arguments):
    """The standard output of the trainer."""
    done = subprocess.run([str(a) for a in arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
    return done.stdout


def train(folder, config, *settings):
    """Trains a config and gives the artifact's path."""
    options = itertools.chain.from_iterable(("--set", s) for s in (f"output.dir={folder}", *settings))
    report = json.loads(run(TRAINER, "train", "--json", "--quiet", "--conf", config, *options))
    return ROOT / report["artifact"]


def export(artifact, inputs):
    path = artifact.with_suffix(f".{inputs}.onnx")
    run(TRAINER, "export", artifact, "--format", "onnx", "--inputs", inputs, "--output", path)
    first = path.read_bytes()
    run(TRAINER, "export", artifact, "--inputs", inputs, "--output", path)
    assert path.read_bytes() == first, "two exports differ"
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    return model


def session(model):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def ensemble_of(model):
    node = next(n for n in model.graph.node if n.op_type.startswith("TreeEnsemble"))
    return node, {a.name: helper.get_attribute_value(a) for a in node.attribute}


def one_output_for_each_tree(model):
    """The same trees, but each answers into outputs of its own, and nothing is averaged."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    node, values = ensemble_of(copy)
    outputs, trees = values["n_targets"], max(values["nodes_treeids"]) + 1
    changed = {
        "aggregate_function": "SUM",
        "n_targets": trees * outputs,
        "target_ids": [t * outputs + i for t, i in zip(values["target_treeids"], values["target_ids"])],
    }
    kept = [a for a in node.attribute if a.name not in changed]
    del node.attribute[:]
    node.attribute.extend(kept + [helper.make_attribute(k, v) for k, v in changed.items()])
    mean = node.output[0]
    del copy.graph.output[:]
    copy.graph.output.append(helper.make_tensor_value_info(mean, onnx.TensorProto.FLOAT, [None, trees * outputs]))
    # What follows the trees reads the mean, which is no more.
    last = list(copy.graph.node).index(node)
    del copy.graph.node[last + 1 :]
    used = {name for n in copy.graph.node for name in n.input}
    constants = [i for i in copy.graph.initializer if i.name in used]
    del copy.graph.initializer[:]
    copy.graph.initializer.extend(constants)
    return copy


def hard_rows(model, features, rng):
    """Encoded rows whose values are drawn from those on which a route could go wrong."""
    _, values = ensemble_of(model)
    thresholds = numpy_helper.to_array(values["nodes_values_as_tensor"]).astype(np.float32)
    modes = np.array([m == b"BRANCH_LEQ" for m in values["nodes_modes"]])
    of_feature = np.array(values["nodes_featureids"])
    columns = []
    for position, feature in enumerate(features):
        cuts = np.unique(thresholds[modes & (of_feature == position)])
        near = [cuts, np.nextafter(cuts, np.float32(np.inf)), np.nextafter(cuts, np.float32(-np.inf))]
        special = [np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 1e30, -1e30, 1e-40]
        pool = np.concatenate([*near, np.array(special, dtype=np.float32)])
        levels = len(feature.get("levels", []))
        if levels:
            codes = np.arange(levels + 1, dtype=np.float32)
            pool = np.concatenate([pool, *[codes] * 3, np.array([levels + 7], dtype=np.float32)])
        columns.append(rng.choice(pool, ROWS))
    rows = np.stack(columns, axis=1).astype(np.float32)
    rows[0] = np.nan
    rows[1] = np.inf
    rows[2] = -np.inf
    return rows


def truth(artifact, rows, outputs):
    """The forest's answers, and those of its trees."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "rows"), pathlib.Path(folder, "answers")
        rows.astype("<f4").tofile(source)
        run(SCORES, artifact, source, target)
        answers = np.fromfile(target, "<f8").reshape(len(rows), -1)
    return answers[:, :outputs], answers[:, outputs:]


def assert_close(found, expected, what, scale=None):
    scale = scale or np.abs(expected).max()
    worst = np.abs(found.astype(float) - expected).max() / scale
    assert worst <= TOLERANCE, f"{what}: off by {worst:.2e} of {scale}"
    return worst


def decided(probabilities):
    """Rows whose first two classes are not within rounding of each other, or are exactly even."""
    if probabilities.shape[1] == 1:
        return np.ones(len(probabilities), dtype=bool)
    best = np.sort(probabilities, axis=1)
    lead = best[:, -1] - best[:, -2]
    return (lead > TOLERANCE) | (lead == 0.0)


def check_export(artifact):
    model = export(artifact, "matrix")
    about = {p.key: p.value for p in model.metadata_props}
    features = json.loads(about["features"])
    outputs = ensemble_of(model)[1]["n_targets"]
    rows = hard_rows(model, features, np.random.default_rng(7))
    expected, by_tree = truth(artifact, rows, outputs)
    routed = session(one_output_for_each_tree(model)).run(None, {"features": rows})[0]
    wrong = routed != by_tree.astype(np.float32)
    assert not wrong.any(), f"{wrong.sum()} of {wrong.size} trees sent a row to another leaf"
    running = session(model)
    found = dict(zip((o.name for o in running.get_outputs()), running.run(None, {"features": rows})))
    mean = found["variable" if about["task"] == "regression" else "probabilities"]
    worst = assert_close(mean, expected, "answers")
    # One row goes another way through the runtime than many.
    for at in range(0, ROWS, ROWS // 20):
        alone = running.run(None, {"features": rows[at : at + 1]})
        assert_close(alone[-1], expected[at : at + 1], "one row", np.abs(expected).max())
    if about["task"] == "classification":
        labels = numpy_helper.to_array(next(i for i in model.graph.initializer if i.name == "/labels"))
        names = [l.decode() if isinstance(l, bytes) else l for l in labels.tolist()]
        wanted = np.array(names, dtype=object)[expected.argmax(axis=1)]
        sure = decided(expected)
        assert sure.mean() > 0.5
        assert (found["label"].astype(object) == wanted)[sure].all(), "labels"
    return f"{wrong.size} routes, answers within {worst:.0e}"


def check_columns(artifact, table):
    """The rows of a CSV file as strings and floats, against `trainer predict` of the file."""
    model = export(artifact, "columns")
    about = {p.key: p.value for p in model.metadata_props}
    output = run(TRAINER, "predict", "--quiet", "--column", "answer", "--on-error", "skip", *(["--probabilities"]
                 if about["task"] == "classification" else []), "--model", artifact, table)
    rows = list(csv.DictReader(output.splitlines()))
    running = session(model)
    feed = {}
    for feature in json.loads(about["features"]):
        cells = [row[feature["name"]].strip() for row in rows]
        wanted = next(i for i in running.get_inputs() if i.name == feature["identifier"])
        if wanted.type == "tensor(string)":
            column = np.array(cells, dtype=object)
        elif feature["kind"] == "boolean":
            column = np.array([float(c.lower() in ("true", "1", "yes")) if c else math.nan for c in cells], np.float32)
        else:
            column = np.array([float(c) if c else math.nan for c in cells], np.float32)
        feed[feature["identifier"]] = column.reshape(-1, 1)
    found = dict(zip((o.name for o in running.get_outputs()), running.run(None, feed)))
    if about["task"] == "regression":
        expected = np.array([[float(row["answer"])] for row in rows])
        worst = assert_close(found["variable"], expected, "answers by column")
    else:
        columns = [c for c in rows[0] if c.startswith("probability_")]
        expected = np.array([[float(row[c]) for c in columns] for row in rows])
        worst = assert_close(found["probabilities"], expected, "probabilities by column")
    return f"{len(rows)} rows by column within {worst:.0e}"


def mixed_table(path, rows=400):
    """Every kind of feature, gaps in each that may have them, and three classes that are texts."""
    draw = random.Random(3)
    cities = [f"city {n}" for n in range(40)]
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["size", "city", "zone", "garden", "rooms", "quality"])
        for _ in range(rows):
            size, city, zone = draw.gauss(0, 3), draw.randrange(40), draw.randrange(100, 160)
            garden, rooms = draw.random() < 0.3, draw.randrange(1, 6)
            score = size + city % 7 - zone % 5 + 3 * garden + draw.gauss(0, 1)
            out.writerow([
                "" if draw.random() < 0.1 else repr(size), "" if draw.random() < 0.1 else cities[city],
                "" if draw.random() < 0.05 else zone, str(garden).lower(), rooms,
                ["poor", "fair", "good"][0 if score < 0 else 1 if score < 4 else 2],
            ])


def export_checks(folder):
    few = "model.n_estimators=30"
    yield "export boston", lambda: check_export(train(folder, "configs/boston.json", few))
    yield "export iris", lambda: check_export(train(folder, "configs/iris.json", few))

    def taxi():
        artifact = train(folder, "configs/taxi.json", few)
        table = json.loads((ROOT / "configs/taxi.json").read_text())["data"]["path"]
        return f"{check_export(artifact)}; {check_columns(artifact, ROOT / table)}"

    yield "export taxi", taxi

    def mixed():
        table = folder / "mixed.csv"
        mixed_table(table)
        config = folder / "mixed.json"
        config.write_text(json.dumps({
            "data": {"path": str(table)}, "target": {"column": "quality"},
            "features": {"settings": [
                {"name": "size", "missing": "allow"},
                {"name": "city", "kind": "category", "missing": "allow"},
                {"name": "zone", "kind": "category", "values": "integer", "missing": {"default": "most_frequent"}},
            ]},
            "model": {"n_estimators": 25},
        }))
        artifact = train(folder, config)
        news = folder / "news.csv"
        lines = table.read_text().splitlines()
        unseen = ["0.5,nowhere,7,true,2,", "1.5,,,false,3,", ",nowhere,,true,1,"]
        news.write_text("\n".join(lines + unseen) + "\n")
        return f"{check_export(artifact)}; {check_columns(artifact, news)}"

    yield "export mixed", mixed

    def single_leaves():
        table = folder / "constant.csv"
        table.write_text("a,b,y\n" + "".join(f"{n},{n * n % 7},2.5\n" for n in range(30)))
        config = folder / "constant.json"
        config.write_text(json.dumps({
            "data": {"path": str(table)}, "target": {"column": "y", "task": "regression"}, "model": {"n_estimators": 5}}))
        return check_export(train(folder, config))

    yield "export single leaves", single_leaves

    titanic = SHARED / "titanic_raw.csv"
    if titanic.is_file():
        def passengers():
            artifact = train(folder, "configs/titanic.json", f"data.path={titanic}", "model.n_estimators=60",
                             "cross_validation=null", "quality_gate=null")
            return f"{check_export(artifact)}; {check_columns(artifact, titanic)}"

        yield "export titanic", passengers


def check_import(folder, name, estimator, inputs, target):
    inputs = inputs.astype(np.float32)
    estimator.fit(inputs, target)
    classifies = hasattr(estimator, "classes_")
    model = to_onnx(estimator, inputs[:1], options={"zipmap": False} if classifies else None)
    path = folder / f"{name}.onnx"
    path.write_bytes(model.SerializeToString())
    names = ",".join(f"f{n}" for n in range(inputs.shape[1]))
    report = json.loads(run(TRAINER, "import", path, "--json", "--output", folder, "--features", names))
    # The rows of the training, and rows on the thresholds of the file and beside them.
    _, values = ensemble_of(model)
    rng = np.random.default_rng(5)
    columns = []
    for feature in range(inputs.shape[1]):
        cuts = np.array([v for v, f, m in zip(values["nodes_values"], values["nodes_featureids"], values["nodes_modes"])
                         if f == feature and m != b"LEAF"], np.float32)
        pool = np.concatenate([cuts, np.nextafter(cuts, np.float32(np.inf)), np.nextafter(cuts, np.float32(-np.inf)),
                               inputs[:, feature]])
        columns.append(rng.choice(pool, 500))
    rows = np.concatenate([inputs, np.stack(columns, axis=1)])
    table = folder / f"{name}.csv"
    with open(table, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(names.split(","))
        out.writerows([repr(float(v)) for v in row] for row in rows)
    flags = ["--probabilities"] if classifies else []
    output = run(TRAINER, "predict", "--quiet", "--column", "answer", *flags, "--model", ROOT / report["artifact"], table)
    answers = list(csv.DictReader(output.splitlines()))
    if not classifies:
        found = np.array([float(row["answer"]) for row in answers])
        return f"{len(rows)} rows within {assert_close(found, estimator.predict(rows), 'answers'):.0e}"
    expected = estimator.predict_proba(rows)
    classes = [str(c) for c in estimator.classes_.tolist()]
    found = np.array([[float(row[f"probability_{c}"]) for c in classes] for row in answers])
    worst = assert_close(found, expected, "probabilities")
    labels = np.array([row["answer"] for row in answers])
    sure = decided(expected) & decided(found)
    assert sure.mean() > 0.5
    assert (labels == estimator.predict(rows).astype(str))[sure].all(), "labels"
    return f"{len(rows)} rows within {worst:.0e}"


def import_checks(folder):
    diabetes, iris = load_diabetes(return_X_y=True), load_iris(return_X_y=True)
    texts = np.array(["setosa", "versicolor", "virginica"])[iris[1]]
    binary = np.where(iris[1] == 2, "yes", "no")
    cases = {
        "forest_regressor": (RandomForestRegressor(40, random_state=1), diabetes),
        "extra_regressor": (ExtraTreesRegressor(30, random_state=1), diabetes),
        "tree_regressor": (DecisionTreeRegressor(max_depth=6, random_state=1), diabetes),
        "forest_classes": (RandomForestClassifier(40, max_depth=4, random_state=1), (iris[0], texts)),
        "forest_two_classes": (RandomForestClassifier(30, max_depth=3, random_state=1), (iris[0], binary)),
        "extra_classes": (ExtraTreesClassifier(30, max_depth=4, random_state=1), iris),
        "tree_two_classes": (DecisionTreeClassifier(max_depth=3, random_state=1), (iris[0], iris[1] // 2)),
    }
    for name, (estimator, (inputs, target)) in cases.items():
        yield f"import {name}", lambda n=name, e=estimator, i=inputs, t=target: check_import(folder, n, e, i, t)


def main():
    warnings.simplefilter("ignore")
    wanted = sys.argv[1:]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, check in itertools.chain(export_checks(folder), import_checks(folder)):
            if wanted and not any(w in name for w in wanted):
                continue
            try:
                print(f"ok      {name}: {check()}", flush=True)
                passed += 1
            except Exception as error:  # Every check is tried; a failed one is told.
                print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
                failed += 1
    print(f"onnx: {passed} passed, {failed} failed")
    sys.exit(0 if failed == 0 and passed > 0 else 1)


if __name__ == "__main__":
    main()
