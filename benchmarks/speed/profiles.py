"""Where the time of an epoch and of ``recommend`` goes, next to what the machine could do."""

from typing import Any

import click
import numpy as np

from benchmarks.speed import options
from benchmarks.speed.data import random_events
from benchmarks.speed.limits import machine_limits, search_needs, step_needs
from benchmarks.speed.processes import in_new_process
from benchmarks.speed.report import Column, finish, show
from benchmarks.speed.sampling import Sampler
from benchmarks.speed.timing import seconds, seconds_per_epoch

PARAMETERS: dict[str, Any] = {
    "loss": "bpr",
    "n_negatives": 1,
    "embedding_dim": 64,
    "batch_size": 8192,
    "random_state": 0,
}

# Where skrec's parts stand. A file that has moved shows in the table of functions, and its time under "rest".
GROUPS = {
    "/skrec/backends/": "the device's steps",
    "/skrec/training/loop.py:_Run._epoch": "the device's steps",
    "/skrec/training/prefetch.py": "waiting for batches",
    "/skrec/training/batches.py": "drawing batches and negatives",
    "/skrec/training/positives.py": "what is no negative",
    "/skrec/serving/scorer.py": "vectors of users and items",
    "/skrec/retrievers/": "top-k search",
    "/skrec/_search.py": "top-k search",
    "/skrec/_ranking.py": "top-k search",
    "/skrec/data/": "reading events, ids and histories",
}

SHARES: list[Column] = [("what", "what", ""), ("part", "part", ""), ("s", "s", ".2f"), ("share", "share", ".1%")]
LIMITS: list[Column] = [
    ("what", "what", ""),
    ("ms", "measured, ms", ",.2f"),
    ("mb", "needs, MB", ",.1f"),
    ("memory_ms", "at the memory's limit, ms", ",.2f"),
    ("mflop", "needs, MFLOP", ",.1f"),
    ("arithmetic_ms", "at gemm's speed, ms", ",.2f"),
    ("share", "limits / measured", ".0%"),
]


@click.command()
@click.option("--events", type=int, default=1_000_000, help="Events, drawn at random.")
@click.option("--users", type=int, default=200_000, help="Users.")
@click.option("--items", type=int, default=100_000, help="Items.")
@click.option("--rank-users", type=int, default=2000, help="Users that get lists.")
@click.option("--epochs", type=click.IntRange(1), default=5, help="Epochs of the profiled fit.")
@click.option("--top", type=click.IntRange(1), default=12, help="Functions shown.")
@options.runs(3)
@options.seed
@options.backend
def run(
    events: int,
    users: int,
    items: int,
    rank_users: int,
    epochs: int,
    top: int,
    runs: int,
    seed: int,
    backend: str | None,
) -> None:
    """Profile training and recommend by sampling, next to memory bandwidth and arithmetic."""
    shape = {"n_events": events, "n_users": users, "n_items": items, "rank_users": rank_users, "seed": seed}
    found = in_new_process(measure, **shape, epochs=epochs, runs=runs, backend=backend)
    headings = {
        "groups": "Shares of wall time, main thread",
        "beside": "Other threads meanwhile",
        "functions": f"The main thread's {top} functions that take most",
    }
    for kind, heading in headings.items():
        rows = [row for what in ("fit", "recommend") for row in found[kind][what][:top]]
        show(f"{heading}, {epochs} epochs and one recommend ({found['backend']})", SHARES, rows)
    speed = found["machine"]
    note = (
        f"Of this machine, in the same run: copy {speed['copy_gb_s']:.1f} GB/s, random rows {speed['gather_gb_s']:.1f} GB/s, "
        f"gemm {speed['gemm_gflop_s']:.0f} GFLOP/s (NumPy, float32)."
    )
    show(f"Limits, {items:,} items", LIMITS, found["limits"], note)
    finish("profile", found["limits"], **{key: value for key, value in found.items() if key != "limits"})


def measure(
    n_events: int,
    n_users: int,
    n_items: int,
    rank_users: int,
    seed: int,
    epochs: int,
    runs: int,
    backend: str | None,
) -> dict[str, Any]:
    """Profile a compiled fit and a warm `recommend`; runs in a process of its own."""
    import pandas as pd

    from skrec import Interactions
    from skrec.models import MatrixFactorization

    users, items = random_events(n_events, n_users, n_items, seed)
    X = Interactions(pd.DataFrame({"user_id": users, "item_id": items}))
    model = MatrixFactorization(**PARAMETERS, backend=backend)
    epoch_s = seconds_per_epoch(model, X, epochs, runs)["epoch_s"]
    asked = np.arange(min(rank_users, n_users))
    model.recommend(asked, 10)
    recommend_s = float(np.median(seconds(lambda: model.recommend(asked, 10), runs)))
    model.set_params(epochs=epochs)
    groups, beside, functions = {}, {}, {}
    for what, call in (("fit", lambda: model.fit(X)), ("recommend", lambda: model.recommend(asked, 10))):
        with Sampler("/skrec/", GROUPS) as sampler:
            call()
        groups[what] = _shares(what, sampler.grouped, sampler.total)
        beside[what] = _shares(what, sampler.beside, sampler.total)
        functions[what] = _shares(what, sampler.functions, sampler.total)
    batch_size, dim = PARAMETERS["batch_size"], PARAMETERS["embedding_dim"]
    speed = machine_limits(3 * (dim + 1), max(runs, 5), seed)
    step_ms = epoch_s * 1e3 / -(-n_events // batch_size)
    limits = [
        _limit(
            "one training step", step_ms, step_needs(users, items, n_items, batch_size, dim, seed), "gather_gb_s", speed
        ),
        _limit(
            f"recommend, {len(asked):,} users",
            recommend_s * 1e3,
            search_needs(len(asked), n_items, dim),
            "copy_gb_s",
            speed,
        ),
    ]
    found = {"groups": groups, "beside": beside, "functions": functions, "limits": limits}
    return found | {"machine": speed, "backend": model.backend_}


def _shares(what: str, counted: Any, total: float) -> list[dict[str, Any]]:
    return [
        {"what": what, "part": part, "s": s, "share": s / max(total, 1e-9)} for part, s in counted.most_common() if s
    ]


def _limit(what: str, ms: float, needs: dict[str, float], bandwidth: str, speed: dict[str, float]) -> dict[str, Any]:
    """Set what was measured against what moving the bytes and doing the arithmetic would take, one after the other."""
    memory_ms, arithmetic_ms = needs["mb"] / speed[bandwidth], needs["mflop"] / speed["gemm_gflop_s"]
    row = {"what": what, "ms": ms, **needs, "memory_ms": memory_ms, "arithmetic_ms": arithmetic_ms}
    return row | {"share": (memory_ms + arithmetic_ms) / ms}
