"""Cold items by sound, picture or text alone, on data in which each of them predicts taste."""

from typing import Any

import click

from benchmarks.features.lists import recall_and_ndcg
from benchmarks.results import record
from benchmarks.speed.report import Column, show
from skrec import make_interactions, make_pipeline
from skrec.encoders import AudioEncoder, ImageEncoder, TextEncoder
from skrec.model_selection import ColdItemSplit
from skrec.models import TwoTower
from skrec.preprocessing import FeatureEncoder

K, EPOCHS = 20, 8
N_USERS, N_ITEMS, N_EVENTS = 1_000, 4_000, 80_000
ENCODERS: dict[str, Any] = {
    "audio, CNN": ("clip", AudioEncoder("cnn"), "clip"),
    "audio, LSTM": ("clip", AudioEncoder("lstm"), "clip"),
    "image, CNN": ("poster", ImageEncoder(), "poster"),
    "text, CNN": ("plot", TextEncoder("cnn"), "plot"),
    "text, LSTM": ("plot", TextEncoder("lstm"), "plot"),
}
COLUMNS: list[Column] = [
    ("what", "feature", ""),
    ("recall", f"recall@{K}", ".4f"),
    ("random", "random", ".4f"),
    ("times", "times random", ".1f"),
    ("ndcg", f"NDCG@{K}", ".4f"),
]


@click.command()
def run() -> None:
    """A fifth of made-up items is cold, and ranked among themselves by one feature."""
    X = make_interactions(N_USERS, N_ITEMS, N_EVENTS, features=("text", "image", "audio"), random_state=0)
    train, test = next(iter(ColdItemSplit(test_size=0.2, random_state=0).split(X)))
    relevant = X[test].events.groupby("user_id", sort=False)["item_id"].agg(set).to_dict()
    cold = X.items[X.items["item_id"].isin(X[test].events["item_id"].unique())]  # type: ignore[index]
    rows = []
    for what, field in ENCODERS.items():
        pipeline = make_pipeline(FeatureEncoder(items=[field]), TwoTower(epochs=EPOCHS, random_state=0)).fit(X[train])
        recall, ndcg = recall_and_ndcg(pipeline.recommend(list(relevant), K, items=cold), relevant, K)
        random = min(1.0, K / len(cold))
        rows.append({"what": what, "recall": recall, "ndcg": ndcg, "random": random, "times": recall / random})
    show(f"{N_EVENTS:,} made-up events of {N_USERS:,} users, {len(cold)} cold items", COLUMNS, rows)
    click.echo(f"Recorded in {record('features-planted', rows)}.")
