"""How long one user waits: questions one at a time, to a model that has been warmed up, on one core."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.speed import options
from benchmarks.speed.data import spread_events
from benchmarks.speed.environments import run_peer
from benchmarks.speed.processes import in_new_process
from benchmarks.speed.report import Column, finish, ratio, show

MODELS = "EASE,ItemKNN,Popularity,MatrixFactorization,GMF,NeuMF,TwoTower,SASRec,GRU4Rec,BERT4Rec,HSTU"
LENGTHS = (1, 5, 20, 50)
"""Events of the new users' histories."""

SEEN = 25
"""Items that each user of fit has seen."""

NEURAL: dict[str, Any] = {"embedding_dim": 64, "epochs": 1}
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

COLUMNS: list[Column] = [
    ("system", "system", ""),
    ("backend", "backend", ""),
    ("load_s", "load, s", ".2f"),
    ("warm_up_s", "warm up, s", ".2f"),
    ("known_ms", "known, p50 ms", ".2f"),
    ("known_p95_ms", "p95", ".2f"),
    ("session_ms", "list of ids, p50 ms", ".2f"),
    ("session_p95_ms", "p95", ".2f"),
    ("history_ms", "frame of events, p50 ms", ".2f"),
    ("history_p95_ms", "p95", ".2f"),
    ("slowest_ms", "slowest, ms", ".1f"),
    ("many_ms", "64 users, ms", ".2f"),
    ("many_ratio", "times one", ".1f"),
]


@click.command()
@click.option("--models", type=options.NAMES, default=MODELS, help="Models of skrec.models.")
@click.option("--backends", type=options.NAMES, default="jax,numpy", help="Backends that serve; JAX trains.")
@click.option("--peers", type=options.NAMES, default="implicit,skrecsys", help="Other libraries.")
@click.option("--items", "n_items", type=click.IntRange(100), default=10_000, help="Items of the catalogue.")
@click.option("--users", "n_users", type=click.IntRange(64), default=2000, help="Users of fit.")
@click.option("--k", type=click.IntRange(1), default=10, help="Length of the lists.")
@click.option("--cores", type=click.IntRange(1), default=1, help="Processor cores that a system may use.")
@options.runs(200)
@options.seed
@options.peer_home
def run(
    models: list[str],
    backends: list[str],
    peers: list[str],
    n_items: int,
    n_users: int,
    k: int,
    cores: int,
    runs: int,
    seed: int,
    peer_home: str | None,
) -> None:
    """Wait of one user, known or new by a history of 1 to 50 events, and of 64 in one call."""
    if hasattr(os, "sched_setaffinity"):  # handed on to the processes that measure
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        users, items = spread_events(n_users, n_items, SEEN, seed)
        data = Path(folder, "data.npz")
        np.savez(data, users=users, items=items, rank_users=np.arange(64))
        for model in models:
            path = str(Path(folder, f"{model}.skrec"))
            neural = in_new_process(train, model=model, data=str(data), path=path, seed=seed)
            for backend in backends if neural else [None]:
                chosen = {} if backend is None else {"SKREC_BACKEND": backend}
                row = in_new_process(measure, {**ONE_CORE, **chosen}, path=path, k=k, runs=runs, seed=seed)
                rows.append({"system": model, "backend": backend or "", **row})
        for peer in peers:
            facts, _ = run_peer(peer, peer_home, "latency", data, factors=NEURAL["embedding_dim"], k=k, runs=runs)
            rows += [{"system": f"{peer} {name}", **summary(found)} for name, found in facts["times"].items()]
    title = f"recommend(k={k}), {n_items:,} items, {cores} core{'s' if cores > 1 else ''}"
    lengths = ", ".join(map(str, LENGTHS))
    show(title, COLUMNS, rows, f"{runs} questions each after warm_up(); histories of {lengths} events in turn.")
    finish("latency", rows)


def train(model: str, data: str, path: str, seed: int) -> bool:
    """Fit and save; says whether the model has a network. Runs in a process of its own."""
    import pandas as pd

    import skrec

    with np.load(data) as arrays:
        events = pd.DataFrame({"user_id": arrays["users"], "item_id": arrays["items"]})
    kind = getattr(skrec.models, model)
    neural = "backend" in kind().get_params()
    estimator = kind(**NEURAL, random_state=seed) if neural else kind()
    skrec.save(estimator.fit(events), path)
    return neural


def measure(path: str, k: int, runs: int, seed: int) -> dict[str, Any]:
    """Load, warm up and ask; runs in a process of its own."""
    import pandas as pd

    import skrec

    begin = time.perf_counter()
    model = skrec.load(path)
    load_s = time.perf_counter() - begin
    begin = time.perf_counter()
    model.warm_up()
    warm_up_s = time.perf_counter() - begin
    rng = np.random.default_rng(seed)
    known = model.users_[rng.integers(len(model.users_), size=runs)].tolist()
    sessions = [rng.choice(model.items_, LENGTHS[run % len(LENGTHS)]).tolist() for run in range(runs)]
    frames = [pd.DataFrame({"user_id": [-1] * len(session), "item_id": session}) for session in sessions]
    many = model.users_[:64]
    times = {
        "known": timed(lambda user: model.recommend([user], k), known),
        "session": timed(lambda session: model.recommend(history=session, k=k), sessions),
        "history": timed(lambda frame: model.recommend(history=frame, k=k), frames),
        "many": timed(lambda _: model.recommend(many, k), range(runs // 4)),
    }
    return {"load_s": load_s, "warm_up_s": warm_up_s, **summary(times)}


def timed(ask: Any, questions: Any) -> list[float]:
    """Time each question, in seconds."""
    times = []
    for question in questions:
        begin = time.perf_counter()
        ask(question)
        times.append(time.perf_counter() - begin)
    return times


def summary(times: dict[str, list[float]]) -> dict[str, float | None]:
    """Sum up the times of each kind of question."""
    found: dict[str, float | None] = {"slowest_ms": 1e3 * max(max(values) for values in times.values())}
    for name, values in times.items():
        found[f"{name}_ms"], found[f"{name}_p95_ms"] = (1e3 * float(q) for q in np.percentile(values, (50, 95)))
    found["many_ratio"] = ratio(found.get("many_ms"), found["known_ms"])
    return found
