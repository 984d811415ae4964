"""FastAPI with scikit-learn, as most tutorials have it."""

import os

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

model = joblib.load(os.environ["MODEL"])
app = FastAPI()


class Question(BaseModel):
    """Rows by position."""

    data: list[list[float]]


@app.post("/predict")
async def predict(question: Question) -> dict[str, list[float]]:
    """The predictions, row by row."""
    return {"data": model.predict(np.asarray(question.data)).tolist()}
