"""Runs docs/scikit-learn.md as it stands: its lines of Python in one process, its commands in a shell, its JSON as the file that the
text names; what it shows must be printed. TRAINER names the program (default: that in target/debug).
"""

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs/scikit-learn.md"
TRAINER = Path(os.environ.get("TRAINER", ROOT / "target/debug/trainer")).resolve()


def blocks(text):
    """What stands between fences: language and content, with the name of a file in the sentence before."""
    for found in re.finditer(r"([^\n]*)\n\n```(\w+)\n(.*?)```", text, re.DOTALL):
        name = re.search(r"`([\w.]+\.json)`", found[1])
        yield found[2], found[3], name and name[1]


def main():
    printed, shown, names = io.StringIO(), [], {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for given in ["data", "configs"]:
            os.symlink(ROOT / given, given)
        environment = os.environ | {"PATH": f"{TRAINER.parent}:{os.environ['PATH']}"}
        for language, content, name in blocks(GUIDE.read_text()):
            if language == "python":
                with contextlib.redirect_stdout(printed):
                    exec(compile(content, GUIDE.name, "exec"), names)
            elif language == "sh":
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", content], env=environment, capture_output=True, text=True)
                if done.returncode != 0:
                    return f"FAILED  {content}{done.stdout}{done.stderr}"
            elif language == "json":
                Path(name).write_text(content)
            elif language == "text":
                shown += content.splitlines()
        os.chdir(ROOT)
    missing = [line for line in shown if line not in printed.getvalue().splitlines()]
    if missing or not shown:
        return f"FAILED  {GUIDE.name} shows {missing}; printed was\n{printed.getvalue()}"
    print(f"ok      {GUIDE.name} prints what it shows: {len(shown)} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
