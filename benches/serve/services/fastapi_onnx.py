"""FastAPI with ONNX Runtime: the forest of scikit-learn by skl2onnx, one thread a call, as is best for many callers."""

import os

import numpy as np
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options)
name = session.get_inputs()[0].name
app = FastAPI()


class Question(BaseModel):
    """Rows by position."""

    data: list[list[float]]


@app.post("/predict")
async def predict(question: Question) -> dict[str, list[float]]:
    """The predictions, row by row."""
    (answers,) = session.run(None, {name: np.asarray(question.data, dtype=np.float32)})
    return {"data": answers.ravel().tolist()}
