"""Asks the Boston model by its generated client, as a user writes it; mypy checks it. `boston.ts` is the same in TypeScript.

Reads where to ask and which rows from standard input, writes the answers to standard output.
"""

import io
import json
import sys

from boston_client import Client
from boston_client.api.model import model
from boston_client.api.prediction import predict, predict_csv
from boston_client.models import (
    BostonAnswers,
    BostonFeatures,
    BostonOptions,
    BostonPrediction,
    BostonRows,
    Problem,
    TableFile,
)
from boston_client.types import File, Unset

question = json.load(sys.stdin)
rows: list[list[float]] = question["rows"]
client = Client(base_url=question["url"])
answers: dict[str, object] = {}

# One row by names. A type checker knows them all.
home = BostonFeatures(
    crim=rows[0][0],
    zn=rows[0][1],
    indus=rows[0][2],
    chas=rows[0][3],
    nox=rows[0][4],
    rm=rows[0][5],
    age=rows[0][6],
    dis=rows[0][7],
    rad=rows[0][8],
    tax=rows[0][9],
    ptratio=rows[0][10],
    b=rows[0][11],
    lstat=rows[0][12],
)
one = predict.sync(client=client, body=home)
assert isinstance(one, BostonPrediction)
answers["one row"] = one.prediction

# Several rows by names.
several = predict.sync(client=client, body=[home, home])
assert isinstance(several, list)
answers["rows by name"] = [answer.prediction for answer in several if isinstance(answer, BostonPrediction)]

# A table, with what was asked for beside the predictions.
table = predict.sync(client=client, body=BostonRows(data=rows, options=BostonOptions(interval=0.8, explain=True)))
assert isinstance(table, BostonAnswers) and not isinstance(table.interval, Unset)
assert not isinstance(table.contributions, Unset) and not isinstance(table.model, Unset)
answers["table"] = table.data
answers["interval"] = [table.interval.lower, table.interval.upper]
answers["explained"] = [table.contributions.base, table.contributions["LSTAT"]]
answers["answered by"] = [table.model.name, table.model.version]

# A file.
text = "\n".join(",".join(map(str, row)) for row in rows)
file = File(payload=io.BytesIO(text.encode()), file_name="homes.csv", mime_type="text/csv")
filed = predict_csv.sync(client=client, body=TableFile(csv_file=file), explain=False)
assert isinstance(filed, BostonAnswers)
answers["file"] = filed.data

# A question that does not fit is answered by a value, not by an exception.
refused = predict.sync(client=client, body=BostonRows(data=[[1.0, 2.0]]))
assert isinstance(refused, Problem) and not isinstance(refused.errors, Unset)
answers["refused"] = [refused.status, refused.detail, [fault.msg for fault in refused.errors]]

# The model.
told = model.sync(client=client)
assert not isinstance(told, Problem) and told is not None
answers["model"] = [told.name, told.version, told.task, [feature.identifier for feature in told.features]]

# What the model does not know, a type checker does not let pass: each of these comments is an error where it is not needed.
if question["url"] == "never":
    BostonRows(data=[["much"]])  # type: ignore[list-item]
    BostonOptions(proba=True)  # type: ignore[call-arg]
    home.rooms = 5  # type: ignore[attr-defined]

json.dump(answers, sys.stdout)
