"""Wall time to the quality that peers end with, on MovieLens 1M."""

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np

from benchmarks.speed import options
from benchmarks.speed.curve import METHODS, curve
from benchmarks.speed.data import Split, ml1m_split
from benchmarks.speed.environments import run_peer
from benchmarks.speed.ranking import quality
from benchmarks.speed.report import Column, finish, show

PARAMETERS: dict[str, Any] = {
    "embedding_dim": 64,
    "loss": "softmax",
    "temperature": 0.2,
    "n_negatives": 256,
    "batch_size": 2048,
    "learning_rate": 0.005,
    "dropout": 0.3,
}
"""skrec's model; epochs and seed are options. Chosen on the split of seed 0."""

PEERS: dict[str, tuple[str, dict[str, Any]]] = {
    "implicit ALS": ("implicit", {"model": "als", "factors": 64}),
    "implicit BPR": ("implicit", {"model": "bpr", "factors": 64}),
    "skrecsys BPR": ("skrecsys", {}),
}
"""Each peer's environment and options; what isn't named is at its default."""

COLUMNS: list[Column] = [
    ("system", "system", ""),
    ("version", "version", ""),
    ("epochs", "epochs", "d"),
    ("fit_s", "fit, s", ".1f"),
    ("import_s", "import, s", ".1f"),
    ("ndcg", "NDCG@10", ".4f"),
    ("reached_s", "skrec reaches it after, s", ".1f"),
    ("share", "share of the peer's time", ".2f"),
]


@click.command()
@click.option("--epochs", type=options.NUMBERS, default="1,2,3,4,6,8,12,16,24", help="Epochs of skrec's points.")
@click.option("--method", type=click.Choice(list(METHODS)), default="refit", help="How skrec's points come about.")
@click.option("--peers", type=options.NAMES, default=",".join(PEERS), help="Peers to run.")
@click.option("--share", type=float, default=0.2, help="Share of each user's pairs that is held out.")
@options.runs(3)
@click.option("--seed", type=int, default=1, help="Of the split and of skrec.")
@options.backend
@options.peer_home
def run(
    epochs: list[int],
    method: str,
    peers: list[str],
    share: float,
    runs: int,
    seed: int,
    backend: str | None,
    peer_home: str | None,
) -> None:
    """Wall time of fit until skrec has each peer's final NDCG@10; MovieLens 1M."""
    split = ml1m_split(share, seed)
    rows = [measure_peer(name, split, peer_home, runs) for name in peers]
    points = skrec_points(split, epochs, method, runs, seed, backend)
    for row in rows:
        reached = next((point for point in points if point["ndcg"] >= row["ndcg"]), None)
        if reached is not None:
            row |= {"reached_s": reached["fit_s"], "share": reached["fit_s"] / row["fit_s"]}
    title = f"MovieLens 1M, a random {share:.0%} of each user's pairs held out (seed {seed}), full catalogue"
    note = f"Medians of {runs} runs. skrec: {METHODS[method]}. Empty: not reached."
    show(title, COLUMNS, rows + points, note)
    finish("time-to-quality", rows + points, parameters=PARAMETERS, test_pairs=len(split.test_users))


def measure_peer(name: str, split: Split, home: str | None, runs: int) -> dict[str, Any]:
    """Fit a peer several times; medians."""
    if name not in PEERS:
        raise click.ClickException(f"There is no peer {name!r}. Choose from {', '.join(PEERS)}.")
    peer, settings = PEERS[name]
    users = np.unique(split.test_users)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data.npz")
        split.save(data)
        for _ in range(runs):
            facts, lists = run_peer(peer, home, "fit", data, k=10, **settings)
            found.append(facts | quality(lists, users, split.test_users, split.test_items))
    row: dict[str, Any] = {name: median(facts[name] for facts in found) for name in ("fit_s", "import_s", "ndcg")}
    return row | {"system": name, "version": found[0]["version"], "runs": found}


def skrec_points(
    split: Split, epochs: list[int], method: str, runs: int, seed: int, backend: str | None
) -> list[dict[str, Any]]:
    """Measure skrec's curve several times; medians of time and quality at each point."""
    from skrec import __version__

    curves = [
        curve(split, {**PARAMETERS, "random_state": seed + position}, 10, epochs, method, backend)
        for position in range(runs)
    ]
    rows = []
    for points in zip(*curves, strict=True):
        row: dict[str, Any] = {name: median(point[name] for point in points) for name in ("fit_s", "import_s", "ndcg")}
        rows.append(
            row | {"system": "skrec", "version": __version__, "epochs": points[0]["epochs"], "runs": list(points)}
        )
    return rows
