"""Cost of a training event against the size of the catalogue: skrec on each backend, and plain Keras."""

from typing import Any

import click
import numpy as np

from benchmarks.speed import options, plain_keras
from benchmarks.speed.data import random_events
from benchmarks.speed.processes import in_new_process
from benchmarks.speed.report import Column, finish, ratio, show
from benchmarks.speed.timing import seconds, seconds_per_epoch

# The rest is as the constructor has it; the plain network has one negative an event, as BPR has here.
PARAMETERS: dict[str, Any] = {
    "loss": "bpr",
    "embedding_dim": 64,
    "batch_size": 8192,
    "random_state": 0,
}

COLUMNS: list[Column] = [
    ("backend", "backend", ""),
    ("items", "items", ",d"),
    ("ns_per_event", "ns per event", ",.0f"),
    ("step_ms", "ms per step", ".1f"),
    ("ratio", "times the first", ".2f"),
    ("once_s", "once a fit, s", ".1f"),
    ("plain_ns_per_event", "plain Keras, ns", ",.0f"),
    ("times_faster", "times faster", ".1f"),
]
CACHE_COLUMNS: list[Column] = [
    ("rows", "rows", ""),
    ("items", "table rows", ",d"),
    ("touched", "rows touched", ",d"),
    ("ms", "ms", ".2f"),
    ("ns_per_row", "ns per row", ".0f"),
    ("ratio", "times the first", ".2f"),
]


@click.command()
@options.backends
@click.option("--sizes", type=options.NUMBERS, default="10000,100000,1000000", help="Items of the catalogues.")
@click.option(
    "--plain-sizes", type=options.NUMBERS, default="10000,1000000", help="Those at which plain Keras runs too."
)
@click.option("--plain-steps", type=click.IntRange(1), default=20, help="Steps of plain Keras that are timed.")
@click.option("--events", type=int, default=1_000_000, help="Events, drawn at random.")
@click.option("--users", type=int, default=200_000, help="Users.")
@click.option("--epochs", type=click.IntRange(1), default=3, help="Epochs after the first, which are timed.")
@options.runs(3)
@options.seed
def run(
    backends: list[str],
    sizes: list[int],
    plain_sizes: list[int],
    plain_steps: int,
    events: int,
    users: int,
    epochs: int,
    runs: int,
    seed: int,
) -> None:
    """Time per event at several catalogue sizes, on each backend."""
    rows = []
    for backend in options.installed(backends):
        first = None
        for n_items in sizes:
            variables = {"SKREC_BACKEND": backend, "KERAS_BACKEND": backend}
            shape = {"n_users": users, "n_items": n_items, "seed": seed, "runs": runs}
            row = in_new_process(measure, variables, backend=backend, n_events=events, epochs=epochs, **shape)
            first = first or row["ns_per_event"]
            row |= {"backend": backend, "items": n_items, "ratio": row["ns_per_event"] / first}
            if n_items in plain_sizes:
                plain = in_new_process(measure_plain, variables, steps=plain_steps, **shape)
                row |= {"plain_ns_per_event": plain["ns_per_event"], "plain_all_ns": plain["all_ns"]}
                row["times_faster"] = ratio(plain["ns_per_event"], row["ns_per_event"])
            rows.append(row)
    title = f"{events:,} events of {users:,} users, batches of {PARAMETERS['batch_size']:,}, width {PARAMETERS['embedding_dim']}"
    show(title, COLUMNS, rows, f"Medians of {runs} runs; epochs after the first, plain Keras over {plain_steps} steps.")
    misses = cache_misses(sizes, users, PARAMETERS["batch_size"], PARAMETERS["embedding_dim"], max(runs, 10), seed)
    show(
        "What cache misses alone cost: NumPy gathers and scatters rows of a table",
        CACHE_COLUMNS,
        misses,
        "A row is as wide as an embedding with its bias and two moments. 'In a batch': what one step touches, each row once.",
    )
    finish("scaling", rows, cache_misses=misses, parameters=PARAMETERS)


def measure(
    backend: str, n_events: int, n_users: int, n_items: int, epochs: int, runs: int, seed: int
) -> dict[str, Any]:
    """Time skrec; runs in a process of its own."""
    import pandas as pd

    from skrec import Interactions
    from skrec.models import MatrixFactorization

    users, items = random_events(n_events, n_users, n_items, seed)
    X = Interactions(pd.DataFrame({"user_id": users, "item_id": items}))
    model = MatrixFactorization(**PARAMETERS, backend=backend)
    times = seconds_per_epoch(model, X, epochs, runs)
    steps = -(-n_events // model.batch_size)
    times |= {"ns_per_event": times["epoch_s"] / n_events * 1e9, "step_ms": times["epoch_s"] / steps * 1e3}
    return times | {"device": model.device_}


def measure_plain(n_users: int, n_items: int, steps: int, runs: int, seed: int) -> dict[str, Any]:
    """Time plain Keras on the same network; runs in a process of its own."""
    from skrec.models import MatrixFactorization

    same = MatrixFactorization(**PARAMETERS).get_params()
    shared = {name: same[name] for name in ("embedding_dim", "dropout", "learning_rate", "batch_size")}
    return plain_keras.time_per_event(n_users, n_items, **shared, steps=steps, runs=runs, seed=seed)


def cache_misses(
    sizes: list[int], n_users: int, batch_size: int, embedding_dim: int, runs: int, seed: int
) -> list[dict[str, Any]]:
    """Time NumPy's gather and scatter of a step's rows out of tables of several sizes."""
    rows: list[dict[str, Any]] = []
    width = 3 * (embedding_dim + 1)
    rng = np.random.default_rng(seed)
    for kind in ("random", "in a batch"):
        for n_items in sizes:
            drawn = (
                [(n_items, rng.integers(n_items, size=3 * batch_size))]
                if kind == "random"
                else [
                    (n, np.unique(rng.integers(n, size=m)))
                    for n, m in ((n_users, batch_size), (n_items, 2 * batch_size))
                ]
            )
            tables = [_table(n, ids, width) for n, ids in drawn]
            _move(tables)
            typical = float(np.median(seconds(lambda tables=tables: _move(tables), runs)))
            touched = sum(len(ids) for _, ids in drawn)
            first = next((row["ns_per_row"] for row in rows if row["rows"] == kind), typical / touched * 1e9)
            row = {
                "rows": kind,
                "items": n_items,
                "touched": touched,
                "ms": typical * 1e3,
                "ns_per_row": typical / touched * 1e9,
            }
            rows.append(row | {"ratio": row["ns_per_row"] / first})
    return rows


def _table(n_rows: int, ids: Any, width: int) -> tuple[Any, Any, Any]:
    """Make a table, all its pages touched, with the ids and room for their rows."""
    return np.ones((n_rows, width), dtype=np.float32), ids, np.empty((len(ids), width), dtype=np.float32)


def _move(tables: list[tuple[Any, Any, Any]]) -> None:
    """Gather, and scatter back."""
    for table, ids, rows in tables:
        # Any mode but the default writes straight into the array given.
        np.take(table, ids, axis=0, out=rows, mode="clip")
        table[ids] = rows
