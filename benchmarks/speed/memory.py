"""Peak memory of a large fit, and the time of encoding ids."""

import sys
import time
from statistics import median
from typing import Any

import click
import numpy as np

from benchmarks.speed import options
from benchmarks.speed.data import random_events
from benchmarks.speed.processes import in_new_process
from benchmarks.speed.report import Column, finish, show
from benchmarks.speed.timing import seconds

COLUMNS: list[Column] = [
    ("stage", "after", ""),
    ("seconds", "took, s", ".1f"),
    ("peak_gb", "peak so far, GB", ".2f"),
]
ID_COLUMNS: list[Column] = [
    ("ids", "ids", ""),
    ("n", "rows", ",d"),
    ("pandas_ms", "pandas.factorize, ms", ",.0f"),
    ("skrec_ms", "Vocabulary.build, ms", ",.0f"),
    ("ratio", "skrec / pandas", ".2f"),
]


@click.command()
@click.option("--events", type=int, default=10_000_000, help="Events, drawn at random.")
@click.option("--users", type=int, default=200_000, help="Users.")
@click.option("--items", type=int, default=1_000_000, help="Items.")
@click.option("--dim", type=click.IntRange(1), default=64, help="Width of the embeddings.")
@click.option("--rank-users", type=click.IntRange(1), default=1000, help="Users that get lists.")
@click.option("--limit-gb", type=float, default=8.0, help="What the peak is compared with.")
@options.runs(3)
@options.seed
@options.backend
def run(
    events: int,
    users: int,
    items: int,
    dim: int,
    rank_users: int,
    limit_gb: float,
    runs: int,
    seed: int,
    backend: str | None,
) -> None:
    """Peak memory of fit and recommend on 10 million events, and the time of encoding their ids."""
    shape = {"n_events": events, "n_users": users, "n_items": items, "seed": seed}
    rows = in_new_process(stages, **shape, embedding_dim=dim, rank_users=rank_users, backend=backend)
    peak = rows[-1]["peak_gb"]
    verdict = "below" if peak < limit_gb else "NOT below"
    title = f"{events:,} events, {users:,} users, {items:,} items, width {dim}"
    show(title, COLUMNS, rows, f"The peak of {peak:.2f} GB is {verdict} {limit_gb:g} GB (1 GB = 10^9 bytes).")
    ids = [
        in_new_process(encode, kind=kind, n=events, n_distinct=items, runs=runs, seed=seed) for kind in ("int", "str")
    ]
    show("Encoding the item column", ID_COLUMNS, ids, f"Medians of {runs} runs; the two take turns.")
    finish("memory", rows, encoding=ids, limit_gb=limit_gb)


def stages(
    n_events: int, n_users: int, n_items: int, seed: int, embedding_dim: int, rank_users: int, backend: str | None
) -> list[dict[str, Any]]:
    """Fit and recommend, with the peak after each stage; runs in a process of its own."""
    rows: list[dict[str, Any]] = []
    last = time.perf_counter()

    def note(stage: str) -> None:
        nonlocal last
        now = time.perf_counter()
        rows.append({"stage": stage, "seconds": now - last, "peak_gb": peak_gb()})
        last = now

    import pandas as pd

    from skrec import Interactions
    from skrec.models import MatrixFactorization

    note("imports")
    users, items = random_events(n_events, n_users, n_items, seed)
    frame = pd.DataFrame({"user_id": users, "item_id": items})
    del users, items
    note("events as a DataFrame")
    X = Interactions(frame)
    note("Interactions")
    model = MatrixFactorization(
        loss="bpr",
        n_negatives=1,
        embedding_dim=embedding_dim,
        batch_size=8192,
        epochs=1,
        random_state=seed,
        backend=backend,
    ).fit(X)
    note("fit, 1 epoch")
    model.recommend(np.arange(min(rank_users, n_users)), 10)
    note(f"recommend, {rank_users:,} users")
    return rows


def encode(kind: str, n: int, n_distinct: int, runs: int, seed: int) -> dict[str, Any]:
    """Time both ways to turn a column of ids into codes; runs in a process of its own."""
    import pandas as pd

    from skrec.data import Vocabulary

    codes = np.random.default_rng(seed).integers(n_distinct, size=n)
    column = pd.Series(codes * 7 + 1_000_000)
    if kind == "str":
        names = pd.Series([f"item-{number}" for number in range(n_distinct)])
        column = names.take(codes).reset_index(drop=True)
    with_pandas, with_skrec = [], []
    for _ in range(1 + runs):
        with_pandas += seconds(lambda: pd.factorize(column), 1)
        with_skrec += seconds(lambda: Vocabulary.build(column, "item"), 1)
    # The first of each warmed up.
    pandas_ms, skrec_ms = (median(times[1:]) * 1e3 for times in (with_pandas, with_skrec))
    return {"ids": kind, "n": n, "pandas_ms": pandas_ms, "skrec_ms": skrec_ms, "ratio": skrec_ms / pandas_ms}


def peak_gb() -> float:
    """Largest resident memory of this process so far, in 10^9 bytes."""
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e9
