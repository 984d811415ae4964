"""The manifests in deploy/, and what is wrong with them."""

import pathlib
import re
import shutil
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
# Kinds of others than Kubernetes; deploy/schemas has theirs.
WITH_SCHEMA = ("ServiceMonitor", "ServingRuntime", "InferenceService")
problems = []


def check(holds, place, message):
    if not holds:
        problems.append(f"{place}: {message}")


def documents(path):
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def kustomized(folder):
    """What kustomize makes of a folder, or None without a kustomize of today."""
    kubectl = shutil.which("kubectl")
    if kubectl:
        told = subprocess.run([kubectl, "version", "--client"], capture_output=True, text=True).stdout
        if re.search(r"Kustomize Version: v([5-9]|\d\d)", told):
            text = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True)
            check(text.returncode == 0, folder.relative_to(ROOT), text.stderr.strip())
            return [document for document in yaml.safe_load_all(text.stdout) if document]
    return None


def manifests():
    """Every set of manifests that is applied together, by its place."""
    base = DEPLOY / "kubernetes/base"
    listed = yaml.safe_load((base / "kustomization.yaml").read_text())["resources"]
    files = {path.name for path in base.glob("*.yaml")} - {"kustomization.yaml"}
    check(set(listed) == files, "deploy/kubernetes/base/kustomization.yaml", f"lists {sorted(listed)}, the folder holds {sorted(files)}")
    sets = {"deploy/kubernetes/base": [document for name in listed for document in documents(base / name)]}
    for overlay in sorted((DEPLOY / "kubernetes/overlays").iterdir()):
        rendered = kustomized(overlay)
        if rendered is None:
            print(f"deployment: {overlay.relative_to(ROOT)} is not rendered, there is no kubectl with kustomize 5")
        else:
            sets[str(overlay.relative_to(ROOT))] = rendered
    for folder in ("training", "batch", "kserve"):
        for path in sorted((DEPLOY / folder).glob("*.yaml")):
            sets[str(path.relative_to(ROOT))] = documents(path)
    return sets


def pods(document):
    """The pod templates in a manifest."""
    if document["kind"] == "ServingRuntime":
        return [{"metadata": {}, "spec": document["spec"]}]
    spec = document.get("spec", {})
    if document["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return [spec["template"]] if "template" in spec else []


def containers(sets):
    for place, group in sets.items():
        for document in group:
            for pod in pods(document):
                for container in pod["spec"]["containers"]:
                    yield f"{place}, {document['kind']} {document['metadata']['name']}", container
