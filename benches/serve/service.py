"""A server under measurement: starts it, waits until it answers, reads what it uses, stops it."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class FailedError(Exception):
    """Why a server cannot be measured."""


@dataclass
class Spec:
    """How a server is started and asked."""

    name: str
    command: list[str]
    """`{port}` stands for the port."""
    path: str = "/predict"
    form: str = "data"
    folder: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)
    absent: str | None = None
    """Why it cannot be started."""


class Service:
    """A running server with all processes that it starts."""

    def __init__(self, spec: Spec, log: Path, question: str, seconds: float) -> None:
        """Returns when the first question is answered."""
        self.spec = spec
        self.log = log
        self.port = free_port()
        command = [part.format(port=self.port) for part in spec.command]
        environment = os.environ | {name: value.format(port=self.port) for name, value in spec.environment.items()}
        started = time.perf_counter()
        with log.open("ab") as output:
            # In a group of its own, so that one signal reaches it.
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=spec.folder,
                env=environment,
                start_new_session=True,
            )
        try:
            self.first_answer = self.wait(question, started + seconds)
        except BaseException:
            self.stop()
            raise
        self.ready_seconds = time.perf_counter() - started

    def wait(self, question: str, deadline: float) -> bytes:
        """Asks until there is an answer."""
        pause = 0.0005
        while True:
            if self.process.poll() is not None:
                raise FailedError(f"ended at once: {last_line(self.log)}")
            try:
                return self.ask(question)
            except (OSError, http.client.HTTPException) as error:
                reason = str(error)
            if time.perf_counter() > deadline:
                raise FailedError(f"no answer in time: {reason}; {last_line(self.log)}")
            time.sleep(pause)
            # Fine steps for the fast ones, and little disturbance of the slow ones.
            pause = min(pause * 1.02, 0.05)

    def ask(self, question: str) -> bytes:
        """One question, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", self.spec.path, question, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise http.client.HTTPException(f"status {answer.status}: {body[:200]!r}")
        return body

    def processes(self) -> list[Path]:
        """The folders in `/proc` of all its processes: its own, and those that descend from it."""
        parents = {int(path.name): int(stat(path)[1]) for path in Path("/proc").glob("[0-9]*")}
        own = {self.process.pid}
        while more := {child for child, parent in parents.items() if parent in own} - own:
            own |= more
        return [Path("/proc", str(number)) for number in sorted(own)]

    def cpu_seconds(self) -> float:
        """Processor time of all its processes so far."""
        return sum(sum(map(int, stat(path)[11:15])) for path in self.processes()) / TICKS

    def resident_bytes(self) -> int:
        """Resident memory of all its processes; what two of them share counts once for each."""
        return sum(int(stat(path)[21]) * PAGE for path in self.processes())

    def stop(self) -> None:
        """Ends all its processes."""
        processes = self.processes()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        for path in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(path.name), signal.SIGKILL)
        self.process.wait()


def stat(path: Path) -> list[str]:
    """The fields of `/proc/N/stat` behind the name; zeros for a process that has gone."""
    try:
        return path.joinpath("stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ["0"] * 50


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def last_line(log: Path) -> str:
    """What a server said last."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"]
    return lines[-1][:200]
