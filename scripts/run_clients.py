"""Points the clients that users have at a server: every protocol must give the native answers, to the bit.

Usage: run_clients.py [NAME ...]; names choose among the files in scripts/clients/.

Trains small models into a temporary folder, starts a server for each on a free port, and runs each file of
scripts/clients/ in the Python environment that has its clients. SERVER and TRAINER name the programs (default: those in
target/debug). A file prints `ok …` and `FAILED …`; see scripts/clients/checks.py.
"""

import csv
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = ROOT / "scripts/clients"
TRAINER = os.environ.get("TRAINER", str(ROOT / "target/debug/trainer"))
SERVER = os.environ.get("SERVER", str(ROOT / "target/debug/server"))
# The environment of a file that is not named here is the first.
ENVIRONMENT = ".venv-clients"
ENVIRONMENTS = {
    "mlserver_infer": ".venv-clients-mlserver",
    "mlflow_registry": ".venv-clients-mlflow",
    "generated": ".venv-clients-generated",
}
ROWS = 60
# Seconds for one file.
PATIENCE = 600
# Small and quick; how good they are does not matter.
SETTINGS = ["model.n_estimators=25", "quality_gate=null", "cross_validation=null"]


def penguins(folder):
    """A config with what the others lack: text, yes or no, missing values, and a limit on what is allowed."""
    species = ["Adelie", "Chinstrap", "Gentoo"]
    lines = [["species", "island", "bill length", "banded", "sex", "year"]]
    for index in range(240):
        kind = (index * index + index // 7) % 3
        lines.append(
            [
                species[kind],
                ["Biscoe", "Dream", "Torgersen"][(kind + index // 5) % 3],
                "" if index % 11 == 3 else f"{36 + 5 * kind + index % 9 * 0.7:.1f}",
                "true" if index % 4 else "false",
                "" if index % 13 == 5 else ["female", "male"][index % 2],
                2007 + index % 3,
            ]
        )
    path = folder / "penguins.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    config = {
        "data": {"path": str(path)},
        "target": {"column": "species"},
        "features": [
            {"name": "island", "kind": "category"},
            {"name": "bill length", "minimum": 0, "missing": "allow"},
            {"name": "banded", "kind": "boolean"},
            {"name": "sex", "kind": "category", "allowed": ["female", "male"], "missing": "allow"},
            {"name": "year", "kind": "integer"},
        ],
        "model": {"algorithm": "random_forest", "random_state": 42},
    }
    path = folder / "penguins.json"
    path.write_text(json.dumps(config))
    return path


def train(folder, config, settings):
    """Trains a config and gives the artifact's path."""
    settings = [f"output.dir={folder}", *SETTINGS, *settings]
    flags = itertools.chain.from_iterable(("--set", setting) for setting in settings)
    command = [TRAINER, "train", "--json", "--quiet", "--conf", str(config), *flags]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"cannot train {config}:\n{done.stdout}{done.stderr}")
    return ROOT / json.loads(done.stdout)["artifact"]


class Served:
    """A server of one artifact."""

    def __init__(self, artifact, folder):
        self.log = folder / f"{artifact.stem}.log"
        command = [SERVER, "--model", str(artifact), "--bind", "127.0.0.1:0", "--grpc-port", "0"]
        command += ["--log-format", "text"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, stderr=log)
        self.url = self.wait_for(r"http://127\.0\.0\.1:\d+")
        self.grpc = self.wait_for(r"gRPC is spoken on 127\.0\.0\.1:\d+").rsplit(" ", 1)[1]

    def wait_for(self, pattern):
        """What the log says first that is like this."""
        for _ in range(200):
            found = re.search(pattern, self.log.read_text())
            if found:
                return found.group(0)
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit(f"the server does not start:\n{self.log.read_text()}")

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self.url + path, data, timeout=30) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def feature(documented):
    """A feature of `GET /v1/model`, as scripts/clients/checks.py knows it."""
    types = documented["schema"]["type"]
    kind = next(kind for kind in ([types] if isinstance(types, str) else types) if kind != "null")
    return {"name": documented["column"], "identifier": documented["identifier"], "type": kind}


def value(cell, kind):
    """A cell of a CSV file as JSON has it."""
    if not cell:
        return None
    if kind == "boolean":
        return cell == "true"
    for number in (int, float):
        try:
            return number(cell)
        except ValueError:
            pass
    return cell


def rows(config, features):
    """The first rows of the data that can be asked about, with the features of the model."""
    data = json.loads(Path(config).read_text())["data"]
    with (ROOT / data["path"]).open(newline="") as file:
        lines = list(itertools.islice(csv.reader(file), data.get("skip_rows", 0), ROWS + 10))
    header = data["columns"] if data.get("header") is False else lines.pop(0)
    places = [header.index(feature["name"]) for feature in features]
    return [[value(line[place], feature["type"]) for place, feature in zip(places, features)] for line in lines][:ROWS]


def describe(config, served, settings):
    """What scripts/clients/checks.py knows as a Model."""
    model = served.ask("/v1/model")
    features = [feature(documented) for documented in model["features"]]
    asked = rows(config, features)
    return {
        "name": model["name"],
        "version": model["version"],
        "task": model["task"],
        "url": served.url,
        "grpc": served.grpc,
        "features": features,
        "rows": asked,
        "answers": served.ask("/predict", {"data": asked})["data"],
        "settings": settings,
    }


def run(name, models):
    """Runs the checks of one file; gives how many passed and failed."""
    python = ROOT / ENVIRONMENTS.get(name, ENVIRONMENT) / "bin/python"
    environment = os.environ | {"CLIENT_MODELS": str(models), "SERVER": SERVER, "TRAINER": TRAINER}
    command = [str(python), "-W", "ignore", "-m", f"clients.{name}"]
    try:
        done = subprocess.run(
            command, cwd=ROOT / "scripts", env=environment, capture_output=True, text=True, timeout=PATIENCE
        )
        output, trouble, code = done.stdout, done.stderr, done.returncode
    except subprocess.TimeoutExpired as error:
        output, trouble, code = (error.stdout or b"").decode(), f"not done within {PATIENCE} seconds", 1
    print(output, end="", flush=True)
    passed = len(re.findall(r"^ok ", output, re.MULTILINE))
    failed = len(re.findall(r"^FAILED ", output, re.MULTILINE))
    if passed + failed == 0 or (code != 0 and failed == 0):
        failed += 1
        print(f"FAILED  {name}: did not come to its end\n{trouble}")
    return passed, failed


def main(chosen):
    # Files in the alphabet's order; checks.py is what they share.
    names = chosen or sorted(path.stem for path in CLIENTS.glob("*.py") if path.stem != "checks")
    servers = []
    passed = failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        configs = [
            ("configs/iris.json", []),
            ("configs/boston.json", ["model.interval=0.9"]),
            ("configs/taxi.json", []),
            (penguins(folder), []),
        ]
        try:
            models = []
            for config, settings in configs:
                servers.append(Served(train(folder / "artifacts", config, settings), folder))
                models.append(describe(ROOT / config, servers[-1], settings))
            described = folder / "models.json"
            described.write_text(json.dumps(models))
            for name in names:
                started = time.monotonic()
                counts = run(name, described)
                print(f"        {name}: {counts[0]} passed, {counts[1]} failed in {time.monotonic() - started:.1f} s")
                passed, failed = passed + counts[0], failed + counts[1]
        finally:
            for served in servers:
                served.stop()
    print(f"clients: {passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
