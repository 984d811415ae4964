"""What JSON Schema has no words for, told to Schemathesis; schemathesis.toml names this file.

A body of lines is text in any form: a bad line is answered in its place. A body that is a table fits its schema whatever
it holds, so the documented one is sent where the request shall be good. And explanations have a limit of rows, while
predictions have another.
"""

import schemathesis

MOST_EXPLAINED = 1000


@schemathesis.serializer("text/csv", "application/x-ndjson")
def text(_context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def is_good(case):
    return case.meta is None or case.meta.generation.mode.is_positive


@schemathesis.hook
def before_call(_context, case, _kwargs):
    if case.operation.path != "/predict" or not is_good(case):
        return
    if case.media_type == "text/csv":
        content = case.operation.definition.raw["requestBody"]["content"]
        case.body = content["text/csv"]["example"]
        return
    options = case.body.get("options", {}) if isinstance(case.body, dict) else {}
    rows = case.body.get("data") if isinstance(case.body, dict) else case.body
    if isinstance(rows, list) and len(rows) > MOST_EXPLAINED:
        case.query.pop("explain", None)
        if isinstance(options, dict):
            options.pop("explain", None)
