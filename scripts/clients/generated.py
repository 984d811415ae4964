"""Typed clients, generated from the OpenAPI document that each server gives: they are made without a warning, type checkers pass
them, and the programs in typed/ that use them, checked too, get the native answers.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from clients.checks import check, finish, models, refused
from generate_clients import generate

USES = Path(__file__).resolve().parent / "typed"
BIN = Path(sys.executable).parent
NODE_MODULES = USES / "node_modules"


def said(command, folder, question=None, **environment):
    """What a program prints; what it says of its failure where it fails."""
    text = None if question is None else json.dumps(question)
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        env=os.environ | environment,
        timeout=300,
    )
    return done.stdout if done.returncode == 0 else f"{done.stdout}{done.stderr}"


def plain(answers):
    """Answers with every number a float: JavaScript writes 1.0 as 1."""
    return json.loads(json.dumps(answers), parse_int=float)


def expected(model):
    """What the use of a model's client must get."""
    first, rows = model.records()[0], model.rows
    if model.name == "iris":
        asked = model.native(proba=True)
        shares = asked["probabilities"]
        return {
            "one row": [asked["data"][0], {name: column[0] for name, column in shares.items()}],
            "table": model.answers,
            "probabilities": shares,
            "labelled": [{f"Prediction {index}": answer} for index, answer in enumerate(model.answers)],
        }
    asked = model.native(interval=0.8, explain=True)
    status, problem = refused(f"{model.url}/predict", {"data": [[1.0, 2.0]]})
    return {
        "one row": model.answers[0],
        "rows by name": [model.answers[0]] * 2,
        "table": model.answers,
        "interval": [asked["interval"]["lower"], asked["interval"]["upper"]],
        "explained": [asked["contributions"]["base"], asked["contributions"]["LSTAT"]],
        "answered by": [model.name, model.version],
        "file": model.answers,
        "refused": [status, problem["detail"], [fault["msg"] for fault in problem["errors"]]],
        "model": [model.name, model.version, model.task, [feature["identifier"] for feature in model.features]],
    }


def in_python(served, folder):
    """Checks and runs the Python clients."""
    made = [folder / f"clients/python/{model.name.replace('_', '-')}-client" for model in served]
    path = os.pathsep.join(map(str, made))
    packages = [str(next(client.glob("*_client"))) for client in made]
    strict = [BIN / "mypy", "--strict", "--no-error-summary", "--cache-dir", folder / "mypy"]
    check("python: mypy passes the clients", lambda: said([*strict, *packages], folder, MYPYPATH=path), "")
    for model in served:
        use = USES / f"{model.name}.py"
        if use.is_file():
            check(f"python: mypy passes {use.name}", lambda: said([*strict, use], folder, MYPYPATH=path), "")
            question = {"url": model.url, "rows": model.rows}
            ask = lambda: json.loads(said([sys.executable, use], folder, question, PYTHONPATH=path))
            check(f"python: {model.name} is asked", ask, lambda: expected(model))


def in_typescript(served, folder):
    """Checks, compiles and runs the uses of the TypeScript types."""
    (folder / "node_modules").symlink_to(NODE_MODULES)
    for file in [*USES.glob("*.ts"), USES / "tsconfig.json", USES / "package.json"]:
        shutil.copy(file, folder)
    compile_all = ["node", NODE_MODULES / "typescript/lib/tsc.js", "--project", folder]
    check("typescript: tsc passes types and uses", lambda: said(compile_all, folder), "")
    for model in served:
        use = folder / f"{model.name}.js"
        if use.is_file():
            question = {"url": model.url, "rows": model.rows}
            ask = lambda: plain(json.loads(said(["node", use], folder, question)))
            check(f"typescript: {model.name} is asked", ask, lambda: plain(expected(model)))


served = models()
with tempfile.TemporaryDirectory() as temporary:
    folder = Path(temporary).resolve()
    for model in served:
        document = f"{model.url}/openapi.json"
        check(
            f"clients of {model.name} are made",
            lambda: sorted(path.exists() for path in generate(document, folder / "clients").values()),
            [True, True],
        )
    in_python(served, folder)
    in_typescript(served, folder)
finish()
