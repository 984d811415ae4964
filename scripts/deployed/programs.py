"""Every name in what deploys, against the built programs: options, variables, ports and routes."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import yaml

from deployed.manifests import DEPLOY, ROOT, check, containers, manifests
from deployed.steps import scripts

SERVER = os.environ.get("SERVER", str(ROOT / "target/debug/server"))
TRAINER = os.environ.get("TRAINER", str(ROOT / "target/debug/trainer"))


def help_of(program, *subcommand):
    text = subprocess.run([program, *subcommand, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)), set(re.findall(r"\[env: ([A-Z_]+)", text))


def programs():
    sets = manifests()
    flags, variables = help_of(SERVER)
    for place, container in containers(sets):
        arguments = container.get("args", [])
        known = flags
        if "trainer" in container["image"]:
            known, _ = help_of(TRAINER, arguments[0])
        for flag in (argument.split("=")[0] for argument in arguments if argument.startswith("--")):
            check(flag in known, place, f"{flag} is no option")
        for variable in container.get("env", []):
            check(variable["name"] in variables, place, f"{variable['name']} is no variable of the server")
    stated = set(re.findall(r"^ENV (.*?)(?=^\w)", (ROOT / "Dockerfile").read_text(), re.S | re.M)[-1:])
    names = {name for text in stated for name in re.findall(r"([A-Z_]+)=", text)}
    unit = (DEPLOY / "virtual-machine/canopy.service").read_text()
    names |= {name for line in unit.splitlines() if line.startswith("Environment=") for name in re.findall(r"([A-Z_]+)=", line)}
    for path in ("docker-compose.yaml", "docker-compose.stack.yaml"):
        names |= set(yaml.safe_load((ROOT / path).read_text())["services"]["server"]["environment"])
    user_data = (DEPLOY / "aws/user-data.sh").read_text()
    names |= set(re.findall(r"--env ([A-Z_]+)=", user_data))
    names |= set(re.findall(r"([A-Z_]+)=", " ".join(re.findall(r"config:set --app \S+ (.*)", (DEPLOY / "heroku.sh").read_text()))))
    names |= set(re.findall(r"(?<=[ (])(HOST|PORT|ADMIN_BIND|LOG_[A-Z]+)=", (DEPLOY / "azure-web-app.sh").read_text()))
    check(len(names) > 8, "scripts", f"only {names} found")
    for name in sorted(names):
        check(name in variables, "Dockerfile, compose files, units and scripts", f"{name} is no variable of the server")
    for command, text in (("train", "slurm-shards.sbatch"), ("merge", "slurm-merge.sbatch")):
        used = set(re.findall(r"(?<= )--[a-z-]+", (DEPLOY / "training" / text).read_text().split("\nexec ")[1]))
        check(used and used <= help_of(TRAINER, command)[0], f"deploy/training/{text}", f"{used} are not all options")
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        train = [TRAINER, "train", "--quiet", "--conf", "configs/boston.json", "--set", f"output.dir={work}/models"]
        subprocess.run(train, cwd=ROOT, check=True)
        for place, container in containers(sets):
            if "trainer" not in container["image"] and "overlays" not in place:
                served(place, container, sets, work)
        slurm(work)
        scripts(work)


def served(place, container, sets, work):
    """Runs the server as the container would, but for ports and the folder of the models, and asks what the cluster would ask."""
    rewritten = {"http": "0", "admin": "0"}
    environment = {**os.environ, **{one["name"]: one["value"] for one in container.get("env", [])}}
    arguments = container.get("args", [])
    settings = dict(argument.removeprefix("--").split("=", 1) for argument in arguments if "=" in argument)
    stated = int(settings.get("port", environment.get("PORT", "0")))
    bound = settings.get("admin-bind", environment.get("ADMIN_BIND", ""))
    host = settings.get("host", environment.get("HOST"))
    check(host == "0.0.0.0", place, f"it listens on {host}, where nobody comes")
    named = {port["name"]: port["containerPort"] for port in container["ports"]}
    check(stated in named.values(), place, f"it listens on {stated}, which is none of its ports")
    if "admin" in named:
        check(bound == f"0.0.0.0:{named['admin']}", place, f"the admin address is {bound}")
    replaced = {"--port": rewritten["http"], "--host": "127.0.0.1", "--admin-bind": "127.0.0.1:0", "--model-folder": str(work / "models")}
    arguments = [f"{one.split('=')[0]}={replaced[one.split('=')[0]]}" if one.split("=")[0] in replaced else one for one in arguments]
    environment |= {"PORT": "0", "HOST": "127.0.0.1", "ADMIN_BIND": "127.0.0.1:0", "MODEL_FOLDER": str(work / "models")}
    log = work / "server.log"
    with log.open("w") as told:
        server = subprocess.Popen([SERVER, *arguments], env=environment, stderr=told, stdout=told)
    try:
        for _ in range(200):
            text = log.read_text()
            found = re.findall(r"127\.0\.0\.1:([1-9]\d*)", text)
            if len(set(found)) >= 2 or server.poll() is not None:
                break
            time.sleep(0.1)
        if len(set(found)) < 2:
            check(False, place, f"the server does not start: {text[-500:]}")
            return
        admin, main = (f"http://127.0.0.1:{port}" for port in dict.fromkeys(found))
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container[probe]["httpGet"]
            check(named.get(asked["port"], asked["port"]) == stated, place, f"{probe} asks the port {asked['port']}")
            check(status(main + asked["path"]) == 200, place, f"{probe}: {asked['path']} answers {status(main + asked['path'])}")
        paths = [
            end.get("path") or "/metrics"
            for group in sets.values()
            for one in group
            if one["kind"] == "ServiceMonitor"
            for end in one["spec"]["endpoints"]
        ]
        paths += [
            one["spec"]["annotations"]["prometheus.kserve.io/path"] for group in sets.values() for one in group if one["kind"] == "ServingRuntime"
        ]
        for path in paths:
            check(status(admin + path) == 200, place, f"{path} answers {status(admin + path)}")
        page = urllib.request.urlopen(admin + "/metrics").read().decode()
        scalers = [one for group in sets.values() for one in group if one["kind"] == "HorizontalPodAutoscaler"]
        wanted = [metric["pods"]["metric"]["name"] for one in scalers for metric in one["spec"]["metrics"] if metric["type"] == "Pods"]
        adapter = yaml.safe_load((DEPLOY / "kubernetes/prometheus-adapter.yaml").read_text())["rules"]["custom"]
        for metric in wanted:
            check(f"\n{metric} " in page, place, f"there is no metric {metric}")
            check(any(rule["seriesQuery"].startswith(metric + "{") for rule in adapter), place, f"the adapter does not give {metric}")
        memory = pathlib.Path(f"/proc/{server.pid}/status")
        if memory.exists() and "WORKERS" in environment:
            [resident] = re.findall(r"VmRSS:\s+(\d+) kB", memory.read_text())
            check(int(resident) < 30_000, place, f"the server with the Boston model takes {resident} kB, promised are 30 MB")
        answer = status(main + "/v2/models/boston")
        check(answer == 200, place, f"/v2/models/boston answers {answer}")
    finally:
        server.terminate()
        server.wait(timeout=30)


def status(url):
    try:
        return urllib.request.urlopen(url).status
    except urllib.error.HTTPError as error:
        return error.code


def slurm(work):
    """The tasks of the array and the merge, run by hand, give the artifact of one run."""
    environment = {**os.environ, "TRAINER": TRAINER, "SLURM_CPUS_PER_TASK": "1", "SLURM_ARRAY_TASK_COUNT": "3", "SOURCE_DATE_EPOCH": "1700000000"}
    run = lambda *command, **more: subprocess.run(command, cwd=ROOT, env={**environment, **more}, check=True, stdout=subprocess.DEVNULL)
    for task in ("1", "2", "3"):
        run("deploy/training/slurm-shards.sbatch", "configs/iris.json", f"{work}/shards", SLURM_ARRAY_TASK_ID=task)
    run("deploy/training/slurm-merge.sbatch", "configs/iris.json", f"{work}/shards", f"{work}/merged", "3")
    run(TRAINER, "train", "--conf", "configs/iris.json", "--set", f"output.dir={work}/one")
    told = [
        subprocess.run([TRAINER, "inspect", "--json", *map(str, (work / folder).glob("*.canopy"))], capture_output=True, check=True)
        for folder in ("merged", "one")
    ]
    merged, one = (json.loads(each.stdout)["checksum"] for each in told)
    check(merged == one, "deploy/training", "the merge of the array has other bytes than one run")
