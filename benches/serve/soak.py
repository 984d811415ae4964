"""Minutes of full load while versions come and go: `make soak SECONDS=600`.

The questions come in every protocol and size, some of them wrong; the folder of models changes every second, and every third
change puts a broken artifact there. In the end no answer was other than it should be, and the server uses no more memory,
file descriptors and threads than after the first minute.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import bodies
import contenders
import load
from markdown_table import aligned
from service import Service, Spec

FOLDER = contenders.ROOT / "target" / "soak"
VERSIONS = 5
"""Artifacts; the newest one is always broken."""
EVERY = 1.0
"""Seconds between two changes of the folder."""
STEPS = (1, 2, 0, 3, -3, 0, -2, -1)
"""Which version is put beside the first one, or taken away; 0 for a broken one."""
CLIENTS = 4
CONNECTIONS = 16
FLAT_SHARE, FLAT_BYTES = 1.10, 8e6
"""The memory of the end may be so many times that after the warm-up, and so many bytes more."""


@dataclass
class Question:
    """A question, with the status that its answer has."""

    path: str
    content_type: str
    body: str
    status: int = 200


def questions(rows: list[bodies.Row]) -> list[Question]:
    """One of each kind."""
    name = "boston"
    plain, table = "application/json", "text/csv"
    made = []
    for count in (1, 32, 1000):
        some = (rows * (count // len(rows) + 1))[:count]
        comma = "\n".join(",".join(row) for row in some)
        header = ",".join(f"c{number}" for number in range(bodies.FEATURES))
        made += [
            Question("/predict", plain, bodies.as_data(some)),
            Question("/predict", plain, bodies.matrix(some)),
            Question("/predict?explain=true", plain, bodies.as_data(some[:32])),
            Question("/predict", table, comma),
            Question("/predict", "application/x-ndjson", "\n".join(f"[{','.join(row)}]" for row in some)),
            Question(f"/v2/models/{name}/infer", plain, bodies.as_tensor(some)),
            Question(f"/v1/models/{name}:predict", plain, f'{{"instances":{bodies.matrix(some)}}}'),
            Question("/invocations", plain, bodies.as_inputs(some)),
            Question("/predict", plain, bodies.as_data(some)[:-2], 400),
            Question("/invocations", table, f"{header}\n{comma}\n", 400),
            Question(f"/v2/models/{name}/infer", plain, bodies.as_tensor(some).replace("FP64", "FP63"), 400),
        ]
    return [
        *made,
        Question("/predict", plain, '{"data":[["x"]]}', 422),
        Question("/predict", plain, "[" * 10_000, 400),
        Question("/predict?explain=perhaps", plain, "[1]", 422),
        Question("/nowhere", plain, "[1]", 404),
        Question("/v2/models/nobody/infer", plain, "{}", 404),
    ]


@dataclass
class Outcome:
    """What the clients got."""

    answers: Counter[str] = field(default_factory=Counter)
    surprises: Counter[str] = field(default_factory=Counter)


def ask(port: int, turn: int, asked: list[Question], ended: threading.Event, outcome: Outcome) -> None:
    """Asks one question after the other on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while not ended.is_set():
        turn += 1
        question = asked[turn % len(asked)]
        try:
            connection.request("POST", question.path, question.body, {"Content-Type": question.content_type})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            outcome.surprises[f"{question.path}: {type(error).__name__} {error}"] += 1
            connection.close()
            continue
        outcome.answers[str(answer.status)] += 1
        wrong_line = question.content_type.endswith("ndjson") and b'"error"' in text
        if answer.status != question.status or wrong_line:
            what = f"{question.path}: {answer.status} in place of {question.status}: {text[:160]!r}"
            outcome.surprises[what] += 1
    connection.close()


def swap(folder: Path, versions: list[Path], ended: threading.Event) -> int:
    """Changes the folder again and again; returns how often."""
    *versions, newest = versions
    place = {path: folder / path.name for path in versions}
    broken = folder / newest.name
    turn = 0
    while not ended.wait(EVERY):
        step = STEPS[turn % len(STEPS)]
        turn += 1
        if step == 0:
            content = bytearray(newest.read_bytes())
            content[-len(content) // 3] ^= 1
            put(broken, bytes(content) if turn % 2 else bytes(content[: len(content) // 2]))
            continue
        broken.unlink(missing_ok=True)
        changed = versions[abs(step)]
        if step > 0:
            put(place[changed], changed.read_bytes())
        else:
            place[changed].unlink(missing_ok=True)
    return turn


def put(path: Path, content: bytes) -> None:
    """Writes a file in one step."""
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(content)
    temporary.rename(path)


@dataclass
class Use:
    """What the server uses at a moment."""

    resident: float
    descriptors: int
    threads: int

    @classmethod
    def of(cls, service: Service) -> Use:
        """Now; of memory the median of a few looks."""
        looks = []
        for _ in range(11):
            looks.append(service.resident_bytes())
            time.sleep(0.1)
        folder = Path("/proc", str(service.process.pid))
        return cls(
            sorted(looks)[5],
            len(list((folder / "fd").iterdir())),
            len(list((folder / "task").iterdir())),
        )


def trained(folder: Path) -> list[Path]:
    """Artifacts of the Boston houses, each of a seed of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*"):
        path.unlink()
    config = contenders.ROOT / "configs" / "boston.json"
    for number in range(VERSIONS):
        command = [str(contenders.ROOT / "target/release/trainer"), "train", "--conf", str(config), "--quiet"]
        sets = {"output.dir": str(folder), "model.random_state": str(number), "cross_validation": "null"}
        settings = [part for key, value in sets.items() for part in ("--set", f"{key}={value}")]
        subprocess.run(command + settings, check=True, cwd=contenders.ROOT, stdout=subprocess.DEVNULL)
    return sorted(folder.glob("*.canopy"))


def main() -> int:
    """Loads, looks, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="time of load after the warm-up")
    parser.add_argument("--warm-up", type=float, default=60, help="time of load before the first look")
    options = parser.parse_args()
    versions = trained(FOLDER / "versions")
    table = bodies.boston(contenders.TABLE)
    files = bodies.write(table, 1, FOLDER)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shutil.copy(versions[0], folder)
        command = [str(contenders.ROOT / "target/release/server"), "--model-folder", str(folder), "--port", "{port}"]
        command += ["--model-poll-interval", "0.2", "--log-level", "warn"]
        command += ["--model-policy", "all", "--admin-bind", "off", "--keep-alive", "30"]
        spec = Spec("canopy", command)
        service = Service(spec, FOLDER / "server.log", bodies.as_data(table[:1]), 30)
        stack.callback(service.stop)
        return soak(service, folder, versions, files["data"], questions(table), options)


def soak(
    service: Service,
    folder: Path,
    versions: list[Path],
    small: Path,
    asked: list[Question],
    options: argparse.Namespace,
) -> int:
    """Asks a running server."""
    ended, outcome = threading.Event(), Outcome()
    seconds = options.warm_up + options.seconds
    swaps: list[int] = []
    workers = [
        threading.Thread(target=ask, args=(service.port, 7 * number, asked, ended, outcome))
        for number in range(CLIENTS)
    ]
    workers.append(threading.Thread(target=lambda: swaps.append(swap(folder, versions, ended))))
    for worker in workers:
        worker.start()
    crowd = load.start(service, small, CONNECTIONS, seconds)
    uses = []
    started = time.monotonic()
    for look in range(6):
        due = started + options.warm_up + (options.seconds - 4) * look / 5
        time.sleep(max(0.0, due - time.monotonic()))
        uses.append((time.monotonic() - started, Use.of(service)))
    figures = load.end(crowd)
    ended.set()
    for worker in workers:
        worker.join()
    return judge(service, figures, outcome, uses, swaps[0])


def judge(
    service: Service,
    figures: dict[str, float],
    outcome: Outcome,
    uses: list[tuple[float, Use]],
    swaps: int,
) -> int:
    """Prints what was, and whether it was as it should be."""
    rows = [["seconds", "resident MB", "file descriptors", "threads"]]
    rows += [
        [f"{at:.0f}", f"{use.resident / 1e6:.1f}", str(use.descriptors), str(use.threads)] for at, use in uses
    ]
    print("\n".join(aligned(rows)))
    (_, first), (_, last) = uses[0], uses[-1]
    alive = service.process.poll() is None
    panics = (FOLDER / "server.log").read_text(encoding="utf-8", errors="replace").count("panicked")
    failed = int(figures["failed"] + figures["refused"])
    checks = {
        "the server still runs, and never panicked": alive and panics == 0,
        f"{figures['requests']} small requests, none failed": failed == 0 and figures["requests"] > 0,
        f"answers of all protocols, each as it should be: {json.dumps(outcome.answers)}": not outcome.surprises,
        f"{swaps} changes of the folder": swaps > 0,
        f"memory: {last.resident / first.resident:.2f} of that after the warm-up": last.resident
        <= max(FLAT_SHARE * first.resident, first.resident + FLAT_BYTES),
        f"file descriptors: {first.descriptors}, then {last.descriptors}": last.descriptors <= first.descriptors + 4,
        f"threads: {first.threads}, then {last.threads}": last.threads <= first.threads,
    }
    for what, holds in checks.items():
        print("ok   " if holds else "WRONG", what)
    for what, count in outcome.surprises.most_common(20):
        print(f"      {count} times {what}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
