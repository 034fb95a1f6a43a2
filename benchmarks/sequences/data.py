"""The datasets, their last events held out, and the metric that is applied to everybody's lists."""

import gzip
import os
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

NAMES = ("ml-100k", "ml-1m", "beauty")
K = 10


def home() -> Path:
    """Folder of the raw files."""
    folder = os.environ.get("SKREC_DATA_HOME", "")
    if not folder or not Path(folder).is_dir():
        raise click.ClickException("Set SKREC_DATA_HOME to the folder of the datasets.")
    return Path(folder)


def read(name: str) -> pd.DataFrame:
    """Events of a dataset, sorted by (user, time, row), stable; Beauty has no times, but its order.

    "ml-1m" is MovieLens 1M's users 1 to 2,999, "beauty" the 5-core of Amazon Beauty as user sequences.
    """
    if name == "beauty":
        with gzip.open(home() / "s3rec" / "Beauty.txt.gz", "rt", encoding="utf-8") as file:
            rows = [(int(user), int(item)) for user, *items in map(str.split, file) for item in items]
        return pd.DataFrame(rows, columns=["user_id", "item_id"])
    columns = ["user_id", "item_id", "rating", "timestamp"]
    if name == "ml-100k":
        frame = pd.read_csv(home() / "ml-100k" / "u.data", sep="\t", names=columns)
    else:
        path = home() / "ml-1m" / "ratings_first487650.dat.gz"
        frame = pd.read_csv(path, sep="::", names=columns, engine="python")
        frame = frame[frame["user_id"] < 3000]
    frame = frame.drop(columns="rating").sort_values(["user_id", "timestamp"], kind="stable")
    return frame.reset_index(drop=True)


def leave_last_out(events: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train on all but each user's last event, which is the test."""
    last = ~events.duplicated("user_id", keep="last")
    return events[~last].reset_index(drop=True), events[last].reset_index(drop=True)


def ndcg_and_hits(lists: dict[Any, list[Any]], test: pd.DataFrame) -> dict[str, float]:
    """NDCG@10 and hit rate of the one relevant item, over all users of the test; who has no list, or whose item is new, gets 0."""
    gains, hits = [], []
    for user, item in zip(test["user_id"], test["item_id"], strict=True):
        ranked = list(lists.get(user, ()))[:K]
        rank = ranked.index(item) if item in ranked else None
        gains.append(0.0 if rank is None else 1.0 / np.log2(rank + 2))
        hits.append(rank is not None)
    return {"ndcg@10": float(np.mean(gains)), "hit@10": float(np.mean(hits))}
