"""Grows the Boston forest with scikit-learn, in the environment of the server that will load it.

Usage: `grow.py TABLE TREES FOLDER joblib|onnx|mlflow`.
"""

import sys
from pathlib import Path

import joblib
import numpy as np
from sklearn.ensemble import RandomForestRegressor

table, trees, folder, form = sys.argv[1:]
values = np.loadtxt(table, delimiter=",", skiprows=2)
features, target = values[:, :13], values[:, 13]
forest = RandomForestRegressor(n_estimators=int(trees), max_features=1 / 3, random_state=42).fit(features, target)
# A request is one thread's work: with two callers at once, two threads each would only wait for one another.
forest.n_jobs = 1
if form == "joblib":
    joblib.dump(forest, Path(folder, "boston.joblib"))
elif form == "onnx":
    from skl2onnx import to_onnx

    Path(folder, "boston.onnx").write_bytes(to_onnx(forest, features[:1].astype(np.float32)).SerializeToString())
else:
    import mlflow.sklearn

    mlflow.sklearn.save_model(forest, str(Path(folder, "boston")), serialization_format="cloudpickle")
