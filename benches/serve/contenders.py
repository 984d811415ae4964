"""The servers that are compared: the limit of the wire, Canopy, and the Python servers with the same kind of forest."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from environments import environment
from service import FailedError, Spec

ROOT = Path(__file__).parent.parent.parent
SERVICES = Path(__file__).parent / "services"
RELEASE = ROOT / "target" / "release"
TABLE = ROOT / "data" / "boston_house_prices.csv"
TREES = 100
WIRE = "wire limit"
CANOPY = "canopy"


@dataclass
class Peer:
    """A Python server."""

    title: str
    environment: str
    model: str
    """The form in which it takes the forest."""


PEERS = {
    "fastapi-onnx": Peer("FastAPI + ONNX Runtime", "fastapi", "onnx"),
    "fastapi-sklearn": Peer("FastAPI + scikit-learn", "fastapi", "joblib"),
    "mlserver": Peer("MLServer", "mlserver", "joblib"),
    "mlflow": Peer("MLflow", "mlflow", "mlflow"),
    "bentoml": Peer("BentoML", "bentoml", "joblib"),
}


def boston(folder: Path) -> Path:
    """Canopy's Boston model, trained as the reference config says."""
    return train(folder, "boston", [])


def large(folder: Path) -> Path:
    """A model of more than 100 MB."""
    more = ["model.n_estimators=26000", "model.oob_score=false", "cross_validation=null"]
    return train(folder, "large", more)


def train(folder: Path, name: str, settings: list[str]) -> Path:
    """An artifact in a folder of its own; one from an earlier run is used again."""
    output = folder / name
    found = sorted(output.glob("*.canopy"))
    if not found:
        command = [str(RELEASE / "trainer"), "train", "--conf", str(ROOT / "configs" / "boston.json")]
        for setting in [f"output.dir={output}", *settings]:
            command += ["--set", setting]
        finished(command)
        found = sorted(output.glob("*.canopy"))
    return found[-1]


def wire_limit() -> Spec:
    """What the framework allows."""
    return Spec(WIRE, [str(RELEASE / "examples" / "wire_limit"), "{port}"])


def canopy(artifact: Path, name: str = CANOPY) -> Spec:
    """Canopy as it comes: log, metrics, validation and limits are on."""
    return Spec(name, [str(RELEASE / "server"), "--model", str(artifact), "--bind", "127.0.0.1:{port}"])


def peer(name: str, folder: Path) -> Spec:
    """One of the Python servers; installs it and grows its forest where that was not done."""
    about = PEERS[name]
    try:
        python = environment(about.environment)
        model = grown(about, python, folder)
    except FailedError as error:
        return Spec(about.title, [], absent=str(error))
    bin = python / "bin"
    path = {"PATH": f"{bin}:/usr/local/bin:/usr/bin:/bin"}
    if name.startswith("fastapi"):
        module = name.replace("-", "_")
        command = [str(bin / "uvicorn"), f"{module}:app", "--port", "{port}", "--workers", "2", "--no-access-log"]
        return Spec(about.title, command, folder=SERVICES, environment=path | {"MODEL": str(model)})
    if name == "mlserver":
        return mlserver(about, model, bin, path)
    if name == "mlflow":
        command = [str(bin / "mlflow"), "models", "serve", "--model-uri", str(model), "--port", "{port}"]
        command += ["--env-manager", "local", "--workers", "2"]
        return Spec(about.title, command, path="/invocations", form="inputs", environment=path)
    command = [str(bin / "bentoml"), "serve", "bento_service:Boston", "--port", "{port}"]
    return Spec(about.title, command, folder=SERVICES, environment=path | {"MODEL": str(model)})


def mlserver(about: Peer, model: Path, bin: Path, path: dict[str, str]) -> Spec:
    """MLServer reads its model from a folder with settings."""
    folder = model.parent
    settings = {
        "name": "boston",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(model)},
    }
    folder.joinpath("model-settings.json").write_text(json.dumps(settings), encoding="utf-8")
    ports = {"MLSERVER_HTTP_PORT": "{port}", "MLSERVER_GRPC_PORT": "0", "MLSERVER_METRICS_PORT": "0"}
    command = [str(bin / "mlserver"), "start", str(folder)]
    return Spec(
        about.title,
        command,
        path="/v2/models/boston/infer",
        form="tensor",
        folder=folder,
        environment=path | ports,
    )


def grown(about: Peer, python: Path, folder: Path) -> Path:
    """The forest in the form that a server takes, grown by the library of its own environment."""
    output = folder / f"{about.environment}-{about.model}"
    found = output / {"joblib": "boston.joblib", "onnx": "boston.onnx", "mlflow": "boston"}[about.model]
    if not found.exists():
        output.mkdir(parents=True, exist_ok=True)
        script = str(SERVICES / "grow.py")
        finished([str(python / "bin" / "python"), script, str(TABLE), str(TREES), str(output), about.model])
    return found


def finished(command: list[str]) -> None:
    """Runs a command to its end."""
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if run.returncode != 0:
        lines = run.stderr.strip().splitlines() or ["no message"]
        raise FailedError(f"{Path(command[0]).name}: {lines[-1][:200]}")
