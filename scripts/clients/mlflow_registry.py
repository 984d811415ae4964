"""A real MLflow server as the registry: its own client reads what the trainer logged, and a server follows its aliases.

Starts servers of its own: MLflow's with SQLite and a folder of artifacts, and Canopy's that follow it.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import mlflow
from mlflow import MlflowClient

from clients.checks import check, finish, get, post

ROOT = Path(__file__).resolve().parent.parent.parent
TRAINER, SERVER = os.environ["TRAINER"], os.environ["SERVER"]
# Seconds until something that happens in its own time has happened.
PATIENCE = 60
ROW = {"data": [[5.1, 3.5, 1.4, 0.2]]}


def eventually(ask, wanted):
    """What `ask` gives, as soon as it is what is wanted; at the end of the patience whatever it is."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            got = ask()
        except Exception as error:  # noqa: BLE001, the last one is told
            got = repr(error)
        if (wanted(got) if callable(wanted) else got == wanted) or time.monotonic() > end:
            return got
        time.sleep(0.05)


class Tracking:
    """An MLflow server that can be killed and started again at the same address."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--backend-store-uri", f"sqlite:///{self.folder}/mlflow.sqlite", "--workers", "1"]
        command += ["--artifacts-destination", str(self.folder / "artifacts")]
        # Its webhooks go to this machine, and without TLS.
        told = {"MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http", "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true"}
        told |= {"MLFLOW_WEBHOOK_CACHE_TTL": "1"}
        with (self.folder / "mlflow.log").open("a") as log:
            # A group of its own, because it starts workers.
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=os.environ | told)

        def health():
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return answer.status

        if eventually(health, 200) != 200:
            sys.exit(f"MLflow does not start:\n{(self.folder / 'mlflow.log').read_text()}")

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Following:
    """A Canopy server that follows the registry."""

    started = []

    def __init__(self, model, tracking, cache, log, interval="0.2", more=()):
        self.log = log
        command = [SERVER, "--model", model, "--registry", tracking.url, "--model-cache", str(cache)]
        command += ["--model-poll-interval", interval, "--bind", "127.0.0.1:0", *more]
        with log.open("w") as stream:
            self.process = subprocess.Popen(command, stderr=stream, cwd=ROOT)
        Following.started.append(self)
        listening = lambda: re.search(r"listening: (http://127\.0\.0\.1:\d+)", log.read_text())
        found = eventually(lambda: listening() or self.process.poll() is not None, bool)
        self.url = found.group(1) if isinstance(found, re.Match) else None

    def version(self):
        """The version that answers where none is named."""
        return get(f"{self.url}/v1/model")["version"]

    def answered_by(self, path):
        """Name of the model that answers."""
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(ROW).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.headers["x-canopy-model"]

    def status(self, path):
        try:
            post(f"{self.url}{path}", ROW)
            return 200
        except urllib.error.HTTPError as error:
            return error.code

    def ready(self):
        """Status and text of the readiness probe."""
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Load:
    """Requests without a pause, from two threads, until it is stopped."""

    def __init__(self, server):
        self.url = f"{server.url}/predict"
        self.versions, self.failures, self.count = set(), [], 0
        self.is_over = False
        self.threads = [threading.Thread(target=self.ask) for _ in range(2)]
        for thread in self.threads:
            thread.start()

    def ask(self):
        data = json.dumps(ROW).encode()
        while not self.is_over:
            try:
                with urllib.request.urlopen(urllib.request.Request(self.url, data), timeout=30) as answer:
                    self.versions.add(int(answer.headers["x-canopy-model-version"]))
                    self.count += 1
            except Exception as error:  # noqa: BLE001, every failure counts
                self.failures.append(repr(error))

    def stop(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()
        return self


def ran(*arguments):
    """Exit code, standard output and standard error of the trainer."""
    done = subprocess.run([TRAINER, *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def train(folder, trees, tracking, *more):
    arguments = ["train", "--json", "--quiet", "--conf", "configs/iris.json", "--registry", tracking.url]
    for setting in [f"output.dir={folder}", f"model.n_estimators={trees}", "quality_gate=[]"]:
        arguments += ["--set", setting]
    code, out, err = ran(*arguments, *more)
    if code != 0:
        sys.exit(f"cannot train:\n{out}{err}")
    return json.loads(out)


def logged(tracking, client, folder):
    """What the trainer logs is read by MLflow's own client."""
    of = "mlflow registry, logged:"
    trained = train(folder, 5, tracking, "--alias", "champion", "--experiment", "flowers")
    header = trained["header"]
    version = client.get_model_version("iris", "1")
    run = client.get_run(version.run_id)
    check(f"{of} the trainer tells the version", lambda: trained["registered"]["version"], 1)
    check(f"{of} version", lambda: (version.status, version.source), ("READY", f"{run.info.artifact_uri}/model"))
    check(f"{of} alias", lambda: client.get_model_version_by_alias("iris", "champion").version, "1")
    check(f"{of} experiment", lambda: client.get_experiment(run.info.experiment_id).name, "flowers")
    check(f"{of} run", lambda: run.info.status, "FINISHED")
    measured = {f"test.{name}": value for name, value in header["evaluation"]["test"]["metrics"].items()}
    kept = lambda: {name: value for name, value in run.data.metrics.items() if name in measured}
    check(f"{of} metrics", kept, measured)
    check(f"{of} parameters", lambda: run.data.params["model.n_estimators"], "5")
    check(f"{of} data set", lambda: [entry.dataset.name for entry in run.inputs.dataset_inputs], ["iris.csv"])
    files = lambda: sorted(file.path for file in client.list_artifacts(version.run_id, "model"))
    wanted = ["model/MLmodel", "model/canopy.json", "model/model.canopy", "model/model.rows"]
    check(f"{of} files", files, wanted)
    info = mlflow.models.get_model_info("models:/iris@champion")
    check(f"{of} flavour", lambda: info.flavors["canopy"]["artifact"], "model.canopy")
    check(f"{of} inputs", lambda: info.signature.inputs.input_names(), [f["name"] for f in header["schema"]["features"]])
    types = lambda: {str(kind) for kind in info.signature.inputs.input_types()}
    check(f"{of} input types", types, {"DataType.double"})
    check(f"{of} outputs", lambda: info.signature.outputs.input_names(), ["prediction"])
    check(f"{of} model file", lambda: mlflow.models.Model.load("models:/iris/1").run_id, version.run_id)
    check(f"{of} search", lambda: len(client.search_runs([run.info.experiment_id], "metrics.`rows.train` > 0")), 1)
    path = Path(mlflow.artifacts.download_artifacts("models:/iris/1", dst_path=str(folder / "downloaded")))
    same = lambda: (path / "model.canopy").read_bytes() == (ROOT / trained["artifact"]).read_bytes()
    check(f"{of} the artifact as it was written", same, True)


def commanded(tracking, client, folder):
    """`trainer registry` does in MLflow what it does in a folder."""
    of = "mlflow registry, commanded:"
    registry = lambda *arguments: ran("--json", "registry", "--registry", tracking.url, *arguments)
    aliases = lambda: client.get_registered_model("iris").aliases
    train(folder, 6, tracking)
    check(f"{of} promote", lambda: (registry("promote", "iris/2", "--reason", "better")[0], aliases()), (0, {"champion": "2"}))
    check(f"{of} rollback", lambda: (registry("rollback", "iris")[0], aliases()), (0, {"champion": "1"}))
    check(f"{of} alias", lambda: (registry("alias", "iris", "blue", "2")[0], aliases()), (0, {"champion": "1", "blue": "2"}))
    code, _, said = registry("delete", "iris/2")
    told = 'error: version 2 of iris cannot be deleted: the alias "blue" names it; change that first\n'
    check(f"{of} what an alias names is not deleted", lambda: (code, said), (1, told))
    check(f"{of} remove", lambda: (registry("alias", "iris", "blue", "--remove")[0], aliases()), (0, {"champion": "1"}))
    client.set_registered_model_alias("iris", "champion", "2")
    registry("promote", "iris/1")
    events = lambda: [event["event"] for event in json.loads(registry("show", "iris@champion")[1])["history"]]
    trail = ["pushed", "alias_set", "pushed", "promoted", "rolled_back", "alias_set", "alias_removed", "found", "promoted"]
    check(f"{of} the trail, with what others did", events, trail)
    differ = lambda: [entry["place"] for entry in json.loads(registry("diff", "iris/1", "iris/2")[1])["differences"]]
    check(f"{of} diff", lambda: "config.model.n_estimators" in differ(), True)
    listed = lambda: [(m["name"], [v["version"] for v in m["versions"]]) for m in json.loads(registry("list")[1])["models"]]
    check(f"{of} list", listed, [("iris", [2, 1])])
    pulled = folder / "pulled.canopy"
    check(f"{of} pull", lambda: registry("pull", "models:/iris@champion", "--output", str(pulled))[0], 0)
    check(f"{of} what is there is not pushed twice", lambda: registry("push", str(pulled))[1], "null\n")
    check(f"{of} unknown model", lambda: registry("show", "rose")[::2], (1, 'error: there is no model "rose"; there is iris\n'))
    copied = client.copy_model_version("models:/iris/2", "flowers_prod")
    shown = lambda: json.loads(registry("show", "flowers_prod/1")[1])["header"]["name"]
    check(f"{of} a version that MLflow copied", lambda: (copied.version, shown()), ("1", "flowers_prod"))
    away = {"code": 1, "told": "cannot be reached"}
    code, _, said = ran("registry", "--registry", "http://127.0.0.1:9", "list")
    check(f"{of} no server", lambda: {"code": code, "told": "cannot be reached" if "cannot be reached" in said else said}, away)


def followed(tracking, client, folder):
    """A server follows an alias, whatever becomes of the registry."""
    of = "mlflow registry, followed:"
    cache = folder / "cache"
    server = Following("models:/iris@champion", tracking, cache, folder / "server.log")
    check(f"{of} champion", server.version, 1)
    check(f"{of} by alias", lambda: server.status("/models/iris/versions/champion/predict"), 200)
    load = Load(server)
    client.set_registered_model_alias("iris", "champion", "2")
    check(f"{of} the alias is followed", lambda: eventually(server.version, 2), 2)
    time.sleep(0.3)
    load.stop()
    check(f"{of} no request fails meanwhile", lambda: load.failures[:3], [])
    check(f"{of} old and new answer", lambda: load.versions, {1, 2})
    check(f"{of} well", server.ready, (200, '{"status":"ready"}'))

    train(folder, 7, tracking)
    version_3 = lambda: server.status("/models/iris/versions/3/predict")
    check(f"{of} a version that nothing asks for", lambda: eventually(version_3, 503), 503)
    check(f"{of} an unknown version", lambda: server.status("/models/iris/versions/99/predict"), 404)
    check(f"{of} an unknown alias", lambda: server.status("/models/iris/versions/nobody/predict"), 404)
    check(f"{of} an unknown model", lambda: server.status("/models/rose/predict"), 404)

    run = client.get_model_version("iris", "3").run_id
    (artifact,) = (folder / "artifacts").glob(f"*/{run}/artifacts/model/model.canopy")
    good = artifact.read_bytes()
    artifact.write_bytes(good[:-50] + bytes([good[-50] ^ 1]) + good[-49:])
    client.set_registered_model_alias("iris", "champion", "3")
    troubled = eventually(server.ready, lambda got: "checksum does not match" in got[1])
    check(f"{of} a corrupt artifact is told", lambda: (troubled[0], "checksum does not match" in troubled[1]), (200, True))
    check(f"{of} where the registry is is not told", lambda: str(tracking.port) in troubled[1], False)
    check(f"{of} the version before goes on", server.version, 2)
    artifact.write_bytes(good)
    server.reload()
    check(f"{of} once it is repaired it is taken", lambda: eventually(server.version, 3), 3)
    check(f"{of} well again", lambda: eventually(server.ready, (200, '{"status":"ready"}'))[0], 200)
    kept = lambda: len(list(cache.glob("*/*.canopy")))
    check(f"{of} the cache holds the last two", kept, 2)

    load = Load(server)
    tracking.kill()
    troubled = eventually(server.ready, lambda got: "cannot be reached" in got[1])
    check(f"{of} the registry is away", lambda: (troubled[0], "cannot be reached" in troubled[1]), (200, True))
    time.sleep(0.3)
    load.stop()
    check(f"{of} no request fails without it", lambda: (load.failures[:3], load.versions), ([], {3}))
    check(f"{of} what only it could know", lambda: server.status("/models/iris/versions/99/predict"), 503)
    check(f"{of} another model is unknown as before", lambda: server.status("/models/rose/predict"), 404)
    server.stop()
    server = Following("models:/iris@champion", tracking, cache, folder / "server-again.log")
    check(f"{of} a start without it", server.version, 3)
    check(f"{of} it is told", lambda: "cannot be reached" in server.ready()[1], True)

    empty = Following("models:/iris@champion", tracking, folder / "empty", folder / "server-empty.log")
    check(f"{of} nothing in the cache", lambda: empty.ready()[0], 503)
    check(f"{of} a name that is to come", lambda: empty.status("/models/iris/predict"), 503)
    check(f"{of} a name of nobody", lambda: empty.status("/models/rose/predict"), 404)
    tracking.start()
    check(f"{of} it comes", lambda: eventually(lambda: empty.status("/models/iris/predict"), 200), 200)
    client.set_registered_model_alias("iris", "champion", "1")
    both = lambda: (server.version(), empty.version())
    check(f"{of} both follow again", lambda: eventually(both, (1, 1)), (1, 1))

    client.transition_model_version_stage("iris", "2", "Production")
    for name, version in [("latest", 3), ("2", 2), ("Production", 2)]:
        one = Following(f"models:/iris/{name}", tracking, cache, folder / f"server-{name}.log")
        check(f"{of} models:/iris/{name}", one.version, version)
        one.stop()
    names = "models:/iris@champion,models:/flowers_prod/1"
    two = Following(names, tracking, cache, folder / "server-two.log")
    status = lambda: (two.status("/models/iris/predict"), two.status("/models/flowers_prod/predict"))
    check(f"{of} two models", status, (200, 200))
    check(f"{of} under the registry's name", lambda: two.answered_by("/models/flowers_prod/predict"), "flowers_prod")
    wrong = Following("models:/rose@champion", tracking, cache, folder / "server-wrong.log")
    told = 'Error: there is no model "rose"; there is flowers_prod, iris\n'
    check(f"{of} a start with an unknown name", lambda: (wrong.process.wait(), told in wrong.log.read_text()), (1, True))


def told(tracking, client, folder):
    """MLflow tells a server of an alias by a webhook, so that it need not ask."""
    of = "mlflow registry, told:"
    (folder / "secret").write_text("a secret that both servers know\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client.set_registered_model_alias("iris", "champion", "1")
    more = ["--admin-bind", f"127.0.0.1:{port}", "--webhook-secret-file", str(folder / "secret")]
    follower = Following("models:/iris@champion", tracking, folder / "told", folder / "server-told.log", "0", more)
    check(f"{of} champion", follower.version, 1)
    url = f"http://127.0.0.1:{port}/admin/registry/webhook"
    events = ["model_version_alias.created", "model_version_alias.deleted", "model_version.created"]
    webhook = client.create_webhook("canopy", url, events, secret="a secret that both servers know")
    tried = client.test_webhook(webhook.webhook_id)
    check(f"{of} MLflow's own test", lambda: (tried.success, tried.response_status), (True, 202))
    time.sleep(1.5)
    client.set_registered_model_alias("iris", "champion", "2")
    started = time.monotonic()
    check(f"{of} the alias is followed without a question", lambda: eventually(follower.version, 2), 2)
    print(f"        after {time.monotonic() - started:.2f} s")
    client.update_webhook(webhook.webhook_id, secret="a secret that nobody else knows")
    tried = client.test_webhook(webhook.webhook_id)
    check(f"{of} another secret", lambda: (tried.success, tried.response_status), (False, 403))
    client.delete_webhook(webhook.webhook_id)


def retrained(tracking, client, folder):
    """`trainer retrain` takes its champion from MLflow and promotes there, on whatever machine it runs."""
    of = "mlflow registry, retrained:"
    data = folder / "homes.csv"
    lines = (ROOT / "data/boston_house_prices.csv").read_text().splitlines(keepends=True)
    title, rows = lines[:2], lines[2:]

    def retrain(machine, kept, *more):
        """Exit code and outcome on a machine that has these rows and perhaps nothing else."""
        data.write_text("".join(title + kept))
        arguments = ["retrain", "--json", "--conf", "configs/boston.json", "--registry", tracking.url]
        settings = [f"data.path={data}", f"output.dir={folder / machine}", "model.n_estimators=40"]
        for setting in [*settings, "cross_validation=null", "quality_gate.maximum=3.5"]:
            arguments += ["--set", setting]
        code, out, err = ran(*arguments, *more)
        return code, json.loads(out) if out else err

    champion = lambda: client.get_model_version_by_alias("boston", "champion").version
    told = lambda got: (got[0], got[1]["outcome"], got[1]["version"], got[1]["champion"])
    some = [row for place, row in enumerate(rows) if place % 3]
    all_rows = some + rows[::3]
    check(f"{of} the first", lambda: (told(retrain("one", some)), champion()), ((0, "promoted", 1, None), "1"))
    code, again = retrain("two", some)
    check(f"{of} nothing has changed", lambda: (code, again), (0, {"outcome": "unchanged", "champion": 1}))
    # The folder of this machine is empty, so that its file is a version 1 that the registry calls 2.
    second = retrain("two", all_rows)
    check(f"{of} more rows on another machine", lambda: (told(second), champion()), ((0, "promoted", 2, 1), "2"))
    check(f"{of} compared with the champion there", lambda: second[1]["comparison"]["rows"] >= 102, True)
    report = Path(second[1]["report"]).read_text()
    placed = f"Versions and the alias champion are those of the MLflow server {tracking.url}."
    said = f"Version 2 of boston was promoted in place of version 1. {placed}"
    check(f"{of} the report says where", lambda: said in report, True)
    check(f"{of} the folder has no alias", lambda: (folder / "two/models.json").exists(), False)
    few = retrain("three", all_rows[::4], "--set", "quality_gate=null")
    check(f"{of} worse rows are refused", lambda: (told(few), champion()), ((4, "refused", None, 2), "2"))
    check(f"{of} and nothing is written", lambda: list((folder / "three").glob("*.canopy")), [])
    blue = retrain("four", all_rows, "--alias", "blue", "--set", "model.n_estimators=200")
    aliases = lambda: client.get_registered_model("boston").aliases
    check(f"{of} another alias", lambda: (told(blue), aliases()), ((0, "promoted", 3, 2), {"blue": "3", "champion": "2"}))
    shown = json.loads(ran("--json", "registry", "--registry", tracking.url, "show", "boston@champion")[1])
    events = [event["event"] for event in shown["history"]]
    trail = ["pushed", "promoted", "pushed", "promoted", "refused", "pushed", "promoted"]
    check(f"{of} the trail", lambda: events, trail)
    away = subprocess.run(
        [TRAINER, "retrain", "--conf", "configs/boston.json", "--registry", "http://127.0.0.1:9"],
        cwd=ROOT, capture_output=True, text=True,
    )
    check(f"{of} no server", lambda: (away.returncode, "cannot be reached" in away.stderr), (1, True))


with tempfile.TemporaryDirectory() as temporary:
    place = Path(temporary)
    server = Tracking(place)
    try:
        server.start()
        mlflow.set_tracking_uri(server.url)
        user = MlflowClient()
        logged(server, user, place)
        commanded(server, user, place)
        followed(server, user, place)
        told(server, user, place)
        retrained(server, user, place)
    finally:
        for follower in Following.started:
            follower.stop()
        server.kill()
finish()
