"""Asks the iris model by its generated client: a classification. See boston.py."""

import json
import sys

from iris_client import Client
from iris_client.api.prediction import predict, services_predict
from iris_client.models import (
    IrisAnswers,
    IrisFeatures,
    IrisLabelledAnswers,
    IrisOptions,
    IrisPrediction,
    IrisQuestion,
    IrisRows,
)
from iris_client.types import Unset

question = json.load(sys.stdin)
rows: list[list[float]] = question["rows"]
client = Client(base_url=question["url"])
answers: dict[str, object] = {}

length, width, petal_length, petal_width = rows[0]
one = predict.sync(
    client=client,
    body=IrisQuestion(
        sepal_length=length,
        sepal_width=width,
        petal_length=petal_length,
        petal_width=petal_width,
        options=IrisOptions(proba=True),
    ),
)
assert isinstance(one, IrisPrediction) and not isinstance(one.probabilities, Unset)
answers["one row"] = [int(one.prediction), one.probabilities.to_dict()]

table = predict.sync(client=client, body=IrisRows(data=rows, options=IrisOptions(proba=True)))
assert isinstance(table, IrisAnswers) and not isinstance(table.probabilities, Unset)
answers["table"] = [int(answer) for answer in table.data]
answers["probabilities"] = table.probabilities.to_dict()

flowers = [IrisFeatures(*row) for row in rows]
labelled = services_predict.sync(client=client, body=flowers)
assert isinstance(labelled, IrisLabelledAnswers)
answers["labelled"] = [answer.to_dict() for answer in labelled.predictions]

json.dump(answers, sys.stdout)
