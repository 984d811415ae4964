"""Derives the schemas in deploy/schemas from packages that carry the types of the kinds; its README has more.

Usage, in an environment with cloudcoil.models.prometheus_operator==0.80.1.0, kubernetes, and kserve==0.21.0 (without what it needs, --no-deps):
    python scripts/derive_schemas.py
"""

import importlib
import json
import pathlib
import re
import sys
import sysconfig
import types

from cloudcoil.models.prometheus_operator.v1 import ServiceMonitor

site = pathlib.Path(sysconfig.get_path("purelib"))
# Only the models: the package itself asks for all of a server.
pkg = types.ModuleType("kserve")
pkg.__path__ = [str(site / "kserve")]
sys.modules["kserve"] = pkg
mpk = types.ModuleType("kserve.models")
mpk.__path__ = [str(site / "kserve/models")]
sys.modules["kserve.models"] = mpk
classes = {}
for f in sorted((site / "kserve/models").glob("v1*.py")):
    try:
        m = importlib.import_module("kserve.models." + f.stem)
    except Exception as e:
        print("skip", f.stem, e, file=sys.stderr)
        continue
    for n, v in vars(m).items():
        if hasattr(v, "openapi_types"):
            classes[n] = v
defs = {}
prims = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "float": {"type": "number"},
    "object": {},
    "datetime": {"type": "string"},
}


def schema(t):
    if t in prims:
        return dict(prims[t])
    m = re.fullmatch(r"list\[(.*)\]", t)
    if m:
        return {"type": "array", "items": schema(m[1])}
    m = re.fullmatch(r"dict\(\s*str\s*,\s*(.*)\)", t) or re.fullmatch(r"dict\[str, (.*)\]", t)
    if m:
        return {"type": "object", "additionalProperties": schema(m[1])}
    if t not in classes:
        return {}
    if t not in defs:
        defs[t] = {}
        c = classes[t]
        props = {c.attribute_map[k]: schema(v) for k, v in c.openapi_types.items()}
        required = []
        for k in c.openapi_types:
            src = pathlib.Path(sys.modules[c.__module__].__file__).read_text()
            if re.search(rf"raise ValueError\(\s*\"Invalid value for `{k}`, must not be `None`", src):
                required.append(c.attribute_map[k])
        d = {"type": "object", "properties": props, "additionalProperties": False}
        if required:
            d["required"] = required
        defs[t] = d
    return {"$ref": "#/$defs/" + t}


def build(kind, cls, version):
    defs.clear()
    root = schema(cls)
    body = defs.pop(cls)
    body["properties"]["kind"] = {"const": kind}
    body["properties"]["apiVersion"] = {"const": version}
    body["properties"].pop("status", None)
    body["required"] = ["apiVersion", "kind", "metadata", "spec"]
    used = {}

    def walk(x):
        if isinstance(x, dict):
            for k, v in x.items():
                if k == "$ref":
                    n = v.split("/")[-1]
                    if n not in used:
                        used[n] = defs[n]
                        walk(defs[n])
                else:
                    walk(v)
        elif isinstance(x, list):
            for v in x:
                walk(v)

    walk(body)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Derived from the models of KServe's Python SDK 0.21.0 (Apache-2.0). Types of Kubernetes itself are open here: the containers are checked as those of a pod.",
        **body,
        "$defs": dict(sorted(used.items())),
    }


out = pathlib.Path(__file__).resolve().parent.parent / "deploy/schemas"
for kind, cls, v in [
    ("ServingRuntime", "V1alpha1ServingRuntime", "serving.kserve.io/v1alpha1"),
    ("InferenceService", "V1beta1InferenceService", "serving.kserve.io/v1beta1"),
]:
    s = build(kind, cls, v)
    (out / f"{kind}.json").write_text(json.dumps(s, indent=1) + "\n")
s = ServiceMonitor.model_json_schema(by_alias=True)


def clean(x):
    if isinstance(x, dict):
        if "anyOf" in x:
            alts = [a for a in x["anyOf"] if a != {"type": "null"}]
            if len(alts) == 1:
                x = {**{k: v for k, v in x.items() if k != "anyOf"}, **alts[0]}
        y = {}
        for k, v in x.items():
            if k in ("title", "description", "default") and not isinstance(v, dict):
                continue
            y[k] = {n: clean(p) for n, p in v.items()} if k in ("properties", "$defs") else clean(v)
        if y.get("type") == "object" and "properties" in y:
            y.setdefault("additionalProperties", False)
        return y
    if isinstance(x, list):
        return [clean(v) for v in x]
    return x


s = clean(s)
s["properties"]["kind"] = {"const": "ServiceMonitor"}
s["properties"]["apiVersion"] = {"const": "monitoring.coreos.com/v1"}
s["required"] = ["apiVersion", "kind", "metadata", "spec"]
s = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$comment": "Derived from cloudcoil.models.prometheus_operator 0.80.1.0 (Apache-2.0), which is generated from the definitions of the Prometheus operator 0.80.1 (Apache-2.0).",
    **s,
}
(out / "ServiceMonitor.json").write_text(json.dumps(s, indent=1) + "\n")
