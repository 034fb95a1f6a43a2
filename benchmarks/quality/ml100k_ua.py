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
"""NDCG@10 of skrecsys 0.9.0, by model; those that skrec doesn't have get a row without figures of its own."""


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
    for name in sorted(set(PUBLISHED) - {row["model"] for row in rows}):
        table.add_row(name, *[""] * len(METRICS), f"{PUBLISHED[name]:.4f}", "", "")
    Console(width=120).print(table)
    record("ml100k-ua", rows)


GRID: list[tuple[type, dict[str, Any]]] = [
    *(
        (ItemKNN, {"n_neighbors": n, "shrinkage": shrinkage})
        for n in (50, 100, 200)
        for shrinkage in (0.0, 20.0, 100.0)
    ),
    *((GMF, {"l2": l2}) for l2 in (0.0, 0.003, 0.01, 0.03)),
    (GMF, {"l2": 0.0, "dropout": 0.5}),
    *(
        (NeuMF, {"l2": l2, "learning_rate": rate})
        for l2, rate in ((0.0, 0.005), (0.01, 0.005), (0.01, 0.002), (0.03, 0.002))
    ),
    *(
        (MatrixFactorization, {"temperature": temperature, "dropout": dropout, "n_negatives": n})
        for temperature, dropout, n in (
            (None, 0.5, 512),
            (0.1, 0.3, 512),
            (0.2, 0.1, 512),
            (0.2, 0.3, 256),
            (0.2, 0.3, 512),
            (0.2, 0.3, 1024),
            (0.2, 0.5, 512),
            (0.3, 0.3, 512),
        )
    ),
]
"""What the defaults of the models were chosen from; what isn't named is at its default."""


def choose_defaults(backend: str | None) -> None:
    """Print what the defaults were chosen by: NDCG@10 on a tenth of the *training* rows; the test rows aren't read."""
    train = load_dataset("movielens/100k", split="ua", part="train", verbose=False)
    _, held_out = next(UserKFold(10, shuffle=True, random_state=0).split(train))
    inner = train[np.setdiff1d(np.arange(len(train)), held_out)]
    rows = []
    table = Table(title="NDCG@10 on a tenth of the training rows of ua")
    for column in ("model", "parameters", "NDCG@10"):
        table.add_column(column)
    for kind, parameters in GRID:
        # Randomness and backend are parameters of the neural models alone.
        extra = {"random_state": 0, "backend": backend} if "backend" in kind().get_params() else {}
        quality = kind(**parameters, **extra).fit(inner).score(train[held_out])
        rows.append({"model": kind.__name__, **parameters, "ndcg@10": quality})
        shown = ", ".join(f"{name}={value}" for name, value in parameters.items())
        table.add_row(kind.__name__, shown, f"{quality:.4f}")
    Console(width=100).print(table)
    record("ml100k-ua-defaults", rows)
