"""Makes typed clients of a model from its OpenAPI document, by generators that others maintain.

Usage: generate_clients.py DOCUMENT FOLDER [python] [typescript]

DOCUMENT is a file or an address such as http://127.0.0.1:8000/openapi.json. FOLDER gets, for the model `boston`,

    python/boston-client/       a package, `boston_client`, for pip install
    typescript/boston.d.ts      the types that openapi-fetch asks with

Versions are pinned in scripts/clients-generated-requirements.txt and scripts/clients/typed/package-lock.json. A warning of a
generator is an error here: what it warns of is missing in the client.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

TYPESCRIPT = Path(__file__).resolve().parent / "clients/typed/node_modules/.bin/openapi-typescript"
PYTHON_SETTINGS = "project_name_override: {project}\npackage_name_override: {package}\n"


def read(document):
    """The document, from a file or an address."""
    if re.match(r"https?://", document):
        with urllib.request.urlopen(document, timeout=30) as answer:
            return json.load(answer)
    return json.loads(Path(document).read_text())


def is_list_of_values(document, schema):
    """Whether a schema is a row by position, or a list of such rows."""
    name = schema.get("$ref", schema.get("items", {}).get("$ref", "")) if isinstance(schema, dict) else ""
    return document["components"]["schemas"].get(name.rsplit("/", 1)[-1], {}).get("type") == "array"


def in_json(document):
    """The document with JSON alone where a body can be JSON: one generator has no words for tables and lines of NDJSON, and what
    the other makes of them lets every body pass."""
    document = json.loads(json.dumps(document))
    for operation in (operation for item in document["paths"].values() for operation in item.values()):
        for body in [operation.get("requestBody", {}), *operation["responses"].values()]:
            content = body.get("content", {})
            if "application/json" in content:
                body["content"] = {"application/json": content["application/json"]}
    return document


def for_python(document):
    """The document without bare lists of values, which the Python generator cannot tell from lists of objects. Rows by position are
    sent under `data`."""
    document = json.loads(json.dumps(document))
    for path, item in document["paths"].items():
        schema = item["post"]["requestBody"]["content"]["application/json"]["schema"] if path.endswith("/predict") else {}
        if "anyOf" in schema:
            schema["anyOf"] = [one for one in schema["anyOf"] if not is_list_of_values(document, one)]
    return document


def run(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


def make_python(document, name, folder):
    project = f"{name}-client"
    output = folder / "python" / project
    shutil.rmtree(output, ignore_errors=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    # Its own formatter is looked for on the path.
    programs = Path(sys.executable).parent
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as temporary:
        narrowed, settings = Path(temporary, "openapi.json"), Path(temporary, "settings.yaml")
        narrowed.write_text(json.dumps(for_python(document)))
        settings.write_text(PYTHON_SETTINGS.format(project=project, package=project.replace("-", "_")))
        run(
            [programs / "openapi-python-client", "generate", "--path", narrowed, "--config", settings]
            + ["--output-path", output, "--meta", "setup", "--fail-on-warning"]
        )
    shutil.rmtree(output / ".ruff_cache", ignore_errors=True)
    return output


def make_typescript(document, name, folder):
    output = folder / "typescript" / f"{name}.d.ts"
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary, "openapi.json")
        path.write_text(json.dumps(document))
        # A field with a default may be left out of a question.
        run([TYPESCRIPT, path, "--output", output, "--default-non-nullable", "false"])
    return output


MAKERS = {"python": make_python, "typescript": make_typescript}


def generate(document, folder, languages=MAKERS):
    """Makes the clients; gives what was written, by language."""
    document = in_json(read(document))
    name = document["info"]["x-model"]["name"].replace("_", "-")
    return {language: MAKERS[language](document, name, Path(folder).resolve()) for language in languages}


if __name__ == "__main__":
    if len(sys.argv) < 3 or not set(sys.argv[3:]) <= set(MAKERS):
        sys.exit(__doc__)
    try:
        made = generate(sys.argv[1], sys.argv[2], sys.argv[3:] or MAKERS)
    except (OSError, RuntimeError) as error:
        sys.exit(f"no clients of {sys.argv[1]}: {error}")
    for language, written in made.items():
        print(f"{language}: {os.path.relpath(written)}")
