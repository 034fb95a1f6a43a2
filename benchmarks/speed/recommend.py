"""Top-k lists for many users: skrec's retrievers against peers, and against the size of the catalogue."""

import importlib.util
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np

from benchmarks.speed import options
from benchmarks.speed.data import ml1m_pairs, spread_events
from benchmarks.speed.environments import run_peer
from benchmarks.speed.processes import in_new_process
from benchmarks.speed.report import Column, finish, ratio, show
from benchmarks.speed.timing import seconds

# What the lists are worth doesn't matter here: one epoch, whatever trains fastest.
PARAMETERS: dict[str, Any] = {"loss": "bpr", "n_negatives": 1, "embedding_dim": 64, "batch_size": 8192, "epochs": 1}

COLUMNS: list[Column] = [
    ("data", "data", ""),
    ("users", "users", ",d"),
    ("items", "items", ",d"),
    ("system", "system", ""),
    ("version", "version", ""),
    ("ms", "ms", ",.0f"),
    ("users_per_s", "users per second", ",.0f"),
    ("ratio", "implicit's time / this", ".2f"),
]


@click.command()
@click.option("--parts", type=options.NAMES, default="ml-1m,large,curve", help="Which of the three to run.")
@click.option(
    "--systems", type=options.NAMES, default="exact,faiss,implicit,skrecsys", help="skrec's retrievers, and peers."
)
@click.option("--k", type=click.IntRange(1), default=10, help="Length of the lists.")
@click.option("--large", type=options.NUMBERS, default="2000,200000", help="Users and items of the large catalogue.")
@click.option("--seen", type=click.IntRange(1), default=100, help="Items that each of its users has seen.")
@click.option("--curve-sizes", type=options.NUMBERS, default="10000,100000,1000000", help="Catalogues of the curve.")
@click.option("--curve-users", type=click.IntRange(1), default=2000, help="Users of the curve.")
@options.runs(5)
@options.seed
@options.backend
@options.peer_home
def run(
    parts: list[str],
    systems: list[str],
    k: int,
    large: list[int],
    seen: int,
    curve_sizes: list[int],
    curve_users: int,
    runs: int,
    seed: int,
    backend: str | None,
    peer_home: str | None,
) -> None:
    """Time `recommend` for many users: MovieLens 1M, a large catalogue, and a curve over catalogues."""
    measured = [system for system in systems if system not in {"exact", "faiss"} or _has(system)]
    curve_systems = [system for system in measured if system != "skrecsys"]
    rows: list[dict[str, Any]] = []
    how = {"k": k, "runs": runs, "backend": backend, "home": peer_home}
    if "ml-1m" in parts:
        users, items = ml1m_pairs()
        rows += compare("ml-1m", measured, users, items, len(np.unique(users)), **how)
    if "large" in parts:
        users, items = spread_events(large[0], large[1], seen, seed)
        rows += compare("large", measured, users, items, large[0], **how)
    for n_items in curve_sizes if "curve" in parts else ():
        users, items = spread_events(curve_users, n_items, seen, seed)
        rows += compare("curve", curve_systems, users, items, curve_users, **how)
    show(f"recommend(k={k}), seen items excluded, width 64", COLUMNS, rows, f"Medians of {runs} runs after a warm-up.")
    finish("recommend", rows, parameters=PARAMETERS)


def compare(
    data: str,
    systems: list[str],
    users: Any,
    items: Any,
    n_users: int,
    *,
    k: int,
    runs: int,
    backend: str | None,
    home: str | None,
) -> list[dict[str, Any]]:
    """Time all systems on the same events, each in its own process; lists for users 0 to ``n_users - 1``."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.npz")
        np.savez(path, users=users, items=items, rank_users=np.arange(n_users))
        for system in systems:
            if system in {"exact", "faiss"}:
                facts = in_new_process(measure, data=str(path), retriever=system, k=k, runs=runs, backend=backend)
                facts["system"] = f"skrec, {system}"
            else:
                facts, _ = run_peer(
                    system, home, "recommend", path, factors=PARAMETERS["embedding_dim"], k=k, runs=runs
                )
                facts["system"] = system
            facts |= {
                "data": data,
                "users": n_users,
                "items": int(items.max()) + 1,
                "ms": median(facts["seconds"]) * 1e3,
            }
            rows.append(facts | {"users_per_s": n_users / median(facts["seconds"])})
    base = next((row["ms"] for row in rows if row["system"] == "implicit"), None)
    for row in rows:
        row["ratio"] = ratio(base, row["ms"])
    return rows


def measure(data: str, retriever: str, k: int, runs: int, backend: str | None) -> dict[str, Any]:
    """Time skrec; runs in a process of its own."""
    import pandas as pd

    from skrec.models import MatrixFactorization

    with np.load(data) as arrays:
        users, items, rank_users = (arrays[name] for name in ("users", "items", "rank_users"))
    model = MatrixFactorization(**PARAMETERS, random_state=0, backend=backend)
    if "retriever" in model.get_params():
        model.set_params(retriever=retriever)
    model.fit(pd.DataFrame({"user_id": users, "item_id": items}))
    begin = time.perf_counter()
    answer = model.recommend(rank_users, k)
    first_s = time.perf_counter() - begin
    times = seconds(lambda: model.recommend(rank_users, k), runs)
    _refuse_seen(answer.to_frame(), users, items)
    return {"seconds": times, "first_s": first_s, "version": version("skrec-keras"), "backend": model.backend_}


def _refuse_seen(answer: Any, users: Any, items: Any) -> None:
    """Make sure that what was timed is the right thing: no list may hold a seen item."""
    width = int(items.max()) + 1
    given = answer["user_id"].to_numpy() * width + answer["item_id"].to_numpy()
    if np.isin(given, users * width + items).any():
        raise RuntimeError("recommend listed seen items.")


def _has(retriever: str) -> bool:
    """Say whether skrec can be measured with a retriever, and if not, why."""
    from skrec.models import MatrixFactorization

    if retriever == "exact":
        return True
    there = "retriever" in MatrixFactorization().get_params() and importlib.util.find_spec("skrec_faiss") is not None
    if not there:
        click.echo(f"Skipping retriever {retriever}: install it with pip install ./plugins/skrec-faiss.")
    return there
