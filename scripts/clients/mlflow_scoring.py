"""MLflow's scoring server with mlflow's ScoringServerClient, and the forms of a body that it does not write itself."""

import urllib.request

import numpy
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

from clients.checks import check, finish, models, post, refused


def status_and_text(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.status, answer.read().decode()


def rowwise(columns, rows):
    """What the native API gives as one object of lists, as an object for each row."""
    of_row = lambda value, row: value[row] if isinstance(value, list) else value
    return [{name: of_row(value, row) for name, value in columns.items()} for row in range(rows)]


for model in models():
    client = ScoringServerClient(model.host, model.port)
    of = f"mlflow, {model.name}:"
    frame, answers = model.frame(), model.answers
    shuffled = frame[list(reversed(model.columns))].assign(nobody="knows this")

    def invoke(data, params=None):
        return client.invoke(data, params=params)["predictions"]

    def invocations(body, content_type="application/json"):
        return post(f"{model.url}/invocations", body, content_type)["predictions"]

    check(f"{of} ping", client.ping, None)
    check(f"{of} wait_server_ready", lambda: client.wait_server_ready(timeout=5), None)
    check(f"{of} health", lambda: status_and_text(f"{model.url}/health"), (200, "\n"))
    check(f"{of} version", lambda: client.get_version().count("."), 2)
    check(f"{of} a frame", lambda: invoke(frame), answers)
    check(f"{of} a frame in another order, with a column more", lambda: invoke(shuffled), answers)
    check(f"{of} a list of lists", lambda: invoke(model.rows), answers)
    check(f"{of} a list of dictionaries", lambda: invoke(model.records()), answers)
    check(f"{of} as a dataframe", lambda: list(client.invoke(frame).get_predictions()[0]), answers)
    if all(isinstance(value, (int, float)) for row in model.rows for value in row):
        # An array has one type: what was an integer arrives as 3.0.
        check(f"{of} an array", lambda: invoke(numpy.array(model.rows, dtype=float)), answers)

    for orient in ["split", "records"]:
        body = f'{{"dataframe_{orient}": {shuffled.to_json(orient=orient)}}}'
        check(f"{of} dataframe_{orient} as pandas writes it", lambda: invocations(body), answers)
    check(f"{of} instances", lambda: invocations({"instances": model.rows}), answers)
    check(f"{of} inputs by column", lambda: invocations({"inputs": model.by_column()}), answers)
    check(f"{of} csv", lambda: invocations(shuffled.to_csv(index=False), "text/csv"), answers)

    names = (["proba"] if model.task == "classification" else []) + ["explain"]
    for name in names:
        field = {"proba": "probabilities", "explain": "contributions"}[name]
        got = lambda: [row[field] for row in invoke(frame.head(3), {name: True})]
        native = lambda: rowwise(model.native(model.rows[:3], **{name: True})[field], 3)
        check(f"{of} params {name}", got, native)
    if model.has_intervals:
        got = lambda: [row["interval"] for row in invoke(frame.head(3), {"interval": 0.9})]
        native = lambda: rowwise(model.native(model.rows[:3], interval=0.9)["interval"], 3)
        check(f"{of} params interval", got, native)

    missing = model.columns[0]
    code, error = 400, "INVALID_PARAMETER_VALUE"
    check(
        f"{of} a missing column is refused",
        lambda: refused(f"{model.url}/invocations", {"inputs": model.by_column() | {missing: []}})[0],
        code,
    )
    without = {"dataframe_split": frame.drop(columns=missing).head(1).to_dict(orient="split")}
    told = f"dataframe_split.columns: column missing (expected a column {missing}, got none)"
    check(
        f"{of} a missing column is named",
        lambda: refused(f"{model.url}/invocations", without),
        (code, {"error_code": error, "message": told}),
    )
    check(
        f"{of} another content type is refused",
        lambda: refused(f"{model.url}/invocations", "x", "application/xml"),
        (415, {"error_code": "BAD_REQUEST", "message": "Expected a body of type application/json or text/csv, in UTF-8"}),
    )

finish()
