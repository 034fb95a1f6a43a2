"""What half precision brings on the device at hand."""

from typing import Any

import click

from benchmarks.speed import options
from benchmarks.speed.processes import in_new_process
from benchmarks.speed.report import Column, finish, show
from benchmarks.speed.timing import seconds_per_epoch

MODELS = ("MatrixFactorization", "GMF", "NeuMF")
COLUMNS: list[Column] = [
    ("model", "model", ""),
    ("device", "device", ""),
    ("precision", "precision", ""),
    ("epoch_s", "epoch, s", ".3f"),
    ("ratio", "float32's time / this", ".2f"),
    ("loss", "final loss", ".4f"),
    ("ndcg", "NDCG@10", ".4f"),
]


@click.command()
@click.option("--models", type=options.NAMES, default=",".join(MODELS), help="Models to measure.")
@click.option("--precisions", type=options.NAMES, default="float32,mixed_bfloat16", help="Dtype policies.")
@click.option("--users", type=int, default=2000, help="Users of the made-up events.")
@click.option("--items", type=int, default=1000, help="Items.")
@click.option("--events", type=int, default=100_000, help="Events.")
@click.option("--epochs", type=click.IntRange(1), default=3, help="Epochs after the first, which are timed.")
@click.option("--device", default="auto", help="Device; by default the best there is.")
@options.runs(3)
@options.seed
@options.backend
def run(
    models: list[str],
    precisions: list[str],
    users: int,
    items: int,
    events: int,
    epochs: int,
    device: str,
    runs: int,
    seed: int,
    backend: str | None,
) -> None:
    """Seconds an epoch and final loss, float32 against half precision."""
    shape = {"n_users": users, "n_items": items, "n_events": events, "seed": seed}
    how = {"epochs": epochs, "runs": runs, "backend": backend, "device": device}
    rows = []
    for name in models:
        base = None
        for precision in precisions:
            row = in_new_process(measure, name=name, precision=precision, **shape, **how)
            base = base or row["epoch_s"]
            rows.append({"model": name, "precision": precision, **row, "ratio": base / row["epoch_s"]})
    title = f"{events:,} made-up events of {users:,} users and {items:,} items"
    show(title, COLUMNS, rows, f"Medians of {runs} runs; loss and NDCG after {1 + epochs} epochs.")
    finish("precision", rows)


def measure(
    name: str,
    precision: str,
    n_users: int,
    n_items: int,
    n_events: int,
    seed: int,
    epochs: int,
    runs: int,
    backend: str | None,
    device: str,
) -> dict[str, Any]:
    """Time one model at one precision, other parameters at their defaults; runs in a process of its own."""
    import skrec
    from skrec.model_selection import UserKFold

    X = skrec.make_interactions(n_users, n_items, n_events, features=(), random_state=seed)
    train, test = next(UserKFold(5, shuffle=True, random_state=seed).split(X))
    model = getattr(skrec, name)(random_state=seed, backend=backend, device=device, precision=precision)
    times = seconds_per_epoch(model, X[train], epochs, runs)
    facts = {"loss": model.history_["loss"][-1], "ndcg": model.score(X[test])}
    return times | facts | {"device": f"{model.backend_}, {model.device_}"}
