"""The scripts in deploy/: dry, with stand-ins for the tools that they run, and without what they need."""

import re
import shutil
import subprocess
import sys

from deployed.manifests import DEPLOY, check

ARTIFACT = "boston-v3-20261121T081500Z.canopy"
SCRIPTS = {
    "push-image.sh": [ARTIFACT],
    "azure-web-app.sh": ["ghcr.io/example/canopy-boston:3", "boston"],
    "aws/ec2.sh": ["canopy-boston:3"],
    "heroku.sh": ["canopy-boston:3", "boston"],
    "virtual-machine/install.sh": ["me@vm.example", "server", ARTIFACT],
    "training/slurm-submit.sh": ["configs/taxi.json", "shards", "models", "4"],
}
# What a script cannot do without.
NEEDS = {
    "push-image.sh": ("REGISTRY", "REGISTRY_USER", "REGISTRY_TOKEN"),
    # A token for the registry needs a user, and the other way round.
    "azure-web-app.sh": ("AZURE_GROUP", "AZURE_LOCATION", "REGISTRY_USER", "REGISTRY_TOKEN"),
    "aws/ec2.sh": ("AWS_REGION", "AWS_ACCOUNT", "AWS_INSTANCE_PROFILE", "AWS_SUBNET", "AWS_SECURITY_GROUP"),
    "heroku.sh": ("HEROKU_API_KEY",),
}
SETTINGS = {
    "REGISTRY": "ghcr.io/example",
    "REGISTRY_USER": "me",
    "AZURE_GROUP": "predictions",
    "AZURE_LOCATION": "westeurope",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCOUNT": "123456789012",
    "AWS_INSTANCE_PROFILE": "pull",
    "AWS_SUBNET": "subnet-1",
    "AWS_SECURITY_GROUP": "sg-1",
}
SECRETS = {"REGISTRY_TOKEN": "s3cret-token", "HEROKU_API_KEY": "s3cret-key"}
# What the scripts run that is not of this machine. Each stand-in notes how it was called.
TOOLS = {"docker": "", "az": "", "aws": "ANSWER", "heroku": "", "ssh": "/tmp/remote", "scp": "", "sbatch": "4711;cluster", "curl": ""}
BASICS = ["bash", "env", "dirname", "basename", "sed", "mktemp", "rm", "cp", "mkdir", "realpath", "cat", "python3", "printf"]
STAND_IN = """#!/bin/bash
[[ $0 != */aws || $2 != describe-repositories ]] || exit 254
printf '%s' "$(basename "$0")" >>"$NOTES"
printf ' %q' "$@" >>"$NOTES"
printf '\\n' >>"$NOTES"
for word in "$@"; do [[ $word != --password-stdin ]] || { printf 'password ' >>"$NOTES"; cat >>"$NOTES"; printf '\\n' >>"$NOTES"; }; done
printf '%s\\n' "@ANSWER@"
"""


def scripts(work):
    """Dry, each script prints what it runs with tools at hand; without a tool or a secret it says which and runs nothing."""
    found = {str(path.relative_to(DEPLOY)) for path in DEPLOY.rglob("*.sh")} - {"steps.sh", "aws/user-data.sh"}
    check(found == set(SCRIPTS), "scripts/deployment.py", f"tests {sorted(SCRIPTS)}, there are {sorted(found)}")
    bare, tools = work / "bare", work / "tools"
    for folder in (bare, tools):
        folder.mkdir()
        for name in BASICS:
            (folder / name).symlink_to(sys.executable if name == "python3" else shutil.which(name))
    for name, answer in TOOLS.items():
        (tools / name).write_text(STAND_IN.replace("@ANSWER@", answer))
        (tools / name).chmod(0o755)
    for name in (ARTIFACT, "server"):
        (work / name).write_text("")
    notes = work / "notes"
    base = {"PATH": str(tools), "NOTES": str(notes), "HOME": str(work)}

    def run(name, *more, **environment):
        command = ["bash", str(DEPLOY / name), *more, *SCRIPTS[name]]
        notes.write_text("")
        return subprocess.run(command, cwd=work, env={**base, **environment}, capture_output=True, text=True)

    for name in SCRIPTS:
        place = f"deploy/{name}"
        complete = {**SETTINGS, **SECRETS}
        dry = run(name, "--dry-run", PATH=str(bare))
        check(dry.returncode == 0, place, f"--dry-run without anything at hand ends with {dry.returncode}: {dry.stderr}")
        dry = run(name, "--dry-run", **complete)
        check(dry.returncode == 0 and not notes.read_text(), place, f"--dry-run runs {notes.read_text()!r}")
        real = run(name, **complete)
        ran = notes.read_text()
        check(real.returncode == 0, place, f"ends with {real.returncode}: {real.stderr}")
        check(len(ran.splitlines()) >= 2, place, f"runs {ran!r} only")
        for secret in SECRETS.values():
            told = dry.stdout + dry.stderr + real.stdout + real.stderr + re.sub(r"^password .*$", "", ran, flags=re.M)
            check(secret not in told, place, "a secret is printed or given on a command line")
        # Tool and verb of each command, in order; what differs is what was only open before.
        verbs = lambda text: [line.split()[:3] for line in text.splitlines() if line.split()[:1] and line.split()[0] in TOOLS]
        printed = re.sub(r"^printf .* \| ", "", dry.stdout + dry.stderr, flags=re.M).replace("<FOLDER>", "/tmp/remote").replace("<JOB>", "4711")
        check(sorted(verbs(printed)) == sorted(verbs(ran.replace("$'", "'"))), place, f"dry it prints {verbs(printed)}, and runs {verbs(ran)}")
        missing = run(name, PATH=str(bare), **complete)
        check(
            missing.returncode == 2 and re.search(r": needs \w+, which is not installed", missing.stderr), place, f"without tools: {missing.stderr!r}"
        )
        for variable in NEEDS.get(name, ()):
            rest = {key: value for key, value in complete.items() if key != variable}
            refused = run(name, **rest)
            check(
                refused.returncode == 2 and f"needs the environment variable {variable}: " in refused.stderr,
                place,
                f"without {variable}: {refused.stderr!r}",
            )
            check(not notes.read_text(), place, f"without {variable} it runs {notes.read_text()!r}")
        usage = subprocess.run(["bash", str(DEPLOY / name)], cwd=work, env=base, capture_output=True, text=True)
        check(usage.returncode == 2 and usage.stderr.startswith("Usage: "), place, f"without arguments: {usage.stderr!r}")
        asked = subprocess.run(["bash", str(DEPLOY / name), "--help"], cwd=work, env=base, capture_output=True, text=True)
        check(asked.returncode == 0 and "--dry-run" in asked.stdout, place, "--help does not tell of --dry-run")
