"""Predicting ratings: five-fold RMSE on MovieLens 100K."""

import time

import click
import numpy as np
from sklearn.model_selection import KFold

from benchmarks.results import record
from benchmarks.speed.report import Column, show
from skrec import load_dataset
from skrec.models import MatrixFactorization

PUBLISHED = {"SVD of Surprise, its README": 0.934}
# Chosen on a part of one training fold.
PARAMETERS = {"loss": "mse", "embedding_dim": 64, "epochs": 30, "learning_rate": 0.003, "l2": 0.12, "dropout": 0.0}
COLUMNS: list[Column] = [
    ("model", "model", ""),
    ("rmse", "RMSE", ".4f"),
    ("spread", "spread of the folds", ".4f"),
    ("fit_s", "fit, s", ".1f"),
]


@click.command()
@click.option("--seed", type=int, default=0, help="Of the folds and of skrec.")
def run(seed: int) -> None:
    """RMSE of ``MatrixFactorization(loss="mse")``, events split at random into five folds."""
    X = load_dataset("movielens/100k", verbose=False)
    errors, begin = [], time.perf_counter()
    for train, test in KFold(5, shuffle=True, random_state=seed).split(X):
        model = MatrixFactorization(**PARAMETERS, random_state=seed).fit(X[train])
        errors.append(float(np.sqrt(np.mean((model.predict(X[test]) - X[test].events["rating"]) ** 2))))
    rows = [
        {
            "model": "MatrixFactorization",
            "rmse": float(np.mean(errors)),
            "spread": float(np.ptp(errors)),
            "fit_s": (time.perf_counter() - begin) / 5,
        },
        *({"model": name, "rmse": value} for name, value in PUBLISHED.items()),
    ]
    show("MovieLens 100K, five folds", COLUMNS, rows)
    click.echo(f"Recorded in {record('features-ratings', rows, parameters=PARAMETERS, seed=seed)}.")
