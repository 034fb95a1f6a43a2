"""MovieLens 100K, split ``ua``: ten held-out events of each user, the whole catalogue ranked.

For each user the first ten rows of ``u.data`` are held out, the rest trains. All items of the training rows are ranked, seen ones
excluded; all ten held-out items are relevant. NDCG@10 with log2. The published column is that of skrecsys 0.9.0, whose EASE is fed with
ratings as values, while the models here take each event as a positive.
"""

import time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.results import record
from skrec.datasets import load_dataset
from skrec.metrics import measure
from skrec.model_selection import UserKFold
from skrec.models import EASE, GMF, ItemKNN, MatrixFactorization, NeuMF, Popularity

METRICS = ["ndcg@10", "precision@10", "hit@10", "mrr@10"]
PUBLISHED = {"Popularity": 0.1331, "ItemKNN": 0.2550, "EASE": 0.2767, "SLIM": 0.3024, "XSimGCL": 0.2931, "BPR": 0.2800}


def models(backend: str | None) -> list[Any]:
    """Every model with its documented defaults."""
    return [
        Popularity(),
        ItemKNN(),
        EASE(),
        GMF(random_state=0, backend=backend),
        NeuMF(random_state=0, backend=backend),
        MatrixFactorization(random_state=0, backend=backend),
    ]


def run(backend: str | None) -> None:
    """Print and record the table."""
    train = load_dataset("movielens/100k", split="ua", part="train", verbose=False)
    test = load_dataset("movielens/100k", split="ua", part="test", verbose=False)
    rows = []
    for model in models(backend):
        begin = time.perf_counter()
        model.fit(train)
        fitted = time.perf_counter()
        figures = measure(model, test, METRICS)
        ranked = time.perf_counter()
        name = type(model).__name__
        rows.append({"model": name, **figures, "fit_s": fitted - begin, "rank_s": ranked - fitted})
        rows[-1]["backend"] = getattr(model, "backend_", "")
    table = Table(title="MovieLens 100K, ua, NDCG@10 over the full catalogue")
    for column in ("model", *METRICS, "published NDCG@10", "fit, s", "rank, s"):
        table.add_column(column, justify="left" if column == "model" else "right")
    for row in rows:
        published = PUBLISHED.get(row["model"])
        table.add_row(
            row["model"],
            *(f"{row[metric]:.4f}" for metric in METRICS),
            "" if published is None else f"{published:.4f}",
            f"{row['fit_s']:.1f}",
            f"{row['rank_s']:.1f}",
        )
    Console().print(table)
    record("ml100k-ua", rows)


GRID: list[tuple[type, dict[str, Any]]] = [
    (MatrixFactorization, {"embedding_dim": dim, "dropout": dropout, "learning_rate": rate})
    for dim, dropout, rate in [
        (64, 0.0, 0.005),
        (64, 0.5, 0.005),
        (128, 0.0, 0.003),
        (128, 0.3, 0.003),
        (128, 0.5, 0.003),
        (128, 0.5, 0.005),
        (128, 0.6, 0.003),
        (256, 0.6, 0.005),
    ]
]
"""What the defaults of the neural models were chosen from."""


def choose_defaults(backend: str | None) -> None:
    """Print what the defaults were chosen by: NDCG@10 on a tenth of the *training* rows; the test rows aren't read."""
    train = load_dataset("movielens/100k", split="ua", part="train", verbose=False)
    _, held_out = next(UserKFold(10, random_state=0).split(train))
    inner = train[np.setdiff1d(np.arange(len(train)), held_out)]
    rows = []
    for kind, parameters in GRID:
        model = kind(**parameters, epochs=30, random_state=0, backend=backend).fit(inner)
        rows.append({"model": kind.__name__, **parameters, "ndcg@10": model.score(train[held_out])})
    table = Table(title="NDCG@10 on a tenth of the training rows of ua")
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*(f"{value:.4f}" if isinstance(value, float) else str(value) for value in row.values()))
    Console().print(table)
    record("ml100k-ua-defaults", rows)
