"""An environment of its own for each Python server, since they want different versions of the same libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from service import FailedError

HERE = Path(__file__).parent
FOLDER = HERE.parent.parent / ".venv-bench-serve"
SECONDS = 600
"""An installation that takes longer is given up."""


def environment(name: str) -> Path:
    """The folder of an environment with everything in `requirements/NAME.txt`, made when it is not there."""
    folder = FOLDER / name
    requirements = HERE / "requirements" / f"{name}.txt"
    installed = folder / "installed.txt"
    if installed.exists() and installed.read_bytes() == requirements.read_bytes():
        return folder
    print(f"installing {name} in {folder.relative_to(FOLDER.parent)}", file=sys.stderr)
    if not (folder / "bin" / "pip").exists():
        run([sys.executable, "-m", "venv", str(folder)], name)
    run([str(folder / "bin" / "pip"), "install", "--quiet", "--requirement", str(requirements)], name)
    installed.write_bytes(requirements.read_bytes())
    return folder


def run(command: list[str], name: str) -> None:
    """Runs a command of an installation."""
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        raise FailedError(f"{name} was not installed within {SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines() or ["no message"]
        raise FailedError(f"{name} cannot be installed: {lines[-1][:200]}") from error


def versions(name: str) -> list[str]:
    """What is pinned, as the environment has it."""
    folder = FOLDER / name
    requirements = (HERE / "requirements" / f"{name}.txt").read_text("utf-8").splitlines()
    wanted = {line.partition("==")[0] for line in requirements}
    listed = subprocess.run(
        [str(folder / "bin" / "pip"), "list", "--format=freeze"], capture_output=True, text=True, check=False
    )
    return [line.replace("==", " ") for line in listed.stdout.splitlines() if line.partition("==")[0] in wanted]
