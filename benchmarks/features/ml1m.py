"""MovieLens 1M's pairs, and what is known of its films: title, year, genres, plot, crew, poster."""

import gzip
import os
import re
import zipfile
from pathlib import Path

import click
import numpy as np
import pandas as pd

_YEAR = re.compile(r"^(.*) \((\d{4})\)$")
N_ITEMS, N_COLD, SEED = 3706, 741, 0


def home() -> Path:
    """Folder of the raw files."""
    folder = os.environ.get("SKREC_DATA_HOME", "")
    path = Path(folder, "ml-1m")
    if not folder or not path.is_dir():
        raise click.ClickException("Set SKREC_DATA_HOME to a folder with ml-1m in it.")
    return path


def pairs() -> pd.DataFrame:
    """All (user, item) pairs, ids as strings."""
    frame = pd.read_parquet(home() / "ratings_pairs.parquet")
    return frame.rename(columns={"userID": "user_id", "movieID": "item_id"})[["user_id", "item_id"]]


def films() -> pd.DataFrame:
    """One row a film: item_id, title, year, genres, plot, crew, poster (JPEG bytes or None)."""
    rows = []
    with gzip.open(home() / "movies.dat.gz", "rt", encoding="latin-1") as file:
        for line in file:
            item, title, genres = line.rstrip("\n").split("::")
            match = _YEAR.match(title)
            rows.append((item, match[1] if match else title, int(match[2]) if match else np.nan, genres))
    frame = pd.DataFrame(rows, columns=["item_id", "title", "year", "genres"])
    more = {}
    with gzip.open(home() / "movies_extrainfos.dat.gz", "rt", encoding="latin-1") as file:
        for line in file:
            parts = line.rstrip("\n").split("::")
            if len(parts) >= 10:
                more[parts[0]] = (
                    parts[9],
                    "|".join(name.strip() for part in (parts[6], parts[8]) for name in part.split(",") if name.strip()),
                )
    frame["plot"] = [more.get(item, ("", ""))[0] for item in frame["item_id"]]
    frame["crew"] = [more.get(item, ("", ""))[1] for item in frame["item_id"]]
    with zipfile.ZipFile(home() / "posters_96px.zip") as archive:
        names = set(archive.namelist())
        frame["poster"] = [archive.read(f"{item}.jpg") if f"{item}.jpg" in names else None for item in frame["item_id"]]
    return frame


def cold_items(events: pd.DataFrame) -> np.ndarray:
    """A fifth of the items, drawn with seed 0 from the ids sorted as numbers."""
    ids = np.array(sorted(events["item_id"].unique(), key=int), dtype=object)
    return ids[np.random.default_rng(SEED).choice(len(ids), N_COLD, replace=False)]
