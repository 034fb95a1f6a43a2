"""Events to measure with: made up, or read from SKREC_DATA_HOME."""

import gzip
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

Codes = Any
"""Array of int64."""


@dataclass(frozen=True)
class Split:
    """Training and test pairs as codes; items of the training pairs have the first codes.

    Test items that training doesn't have come after these: no model can list them, so they are misses.
    """

    users: Codes
    items: Codes
    test_users: Codes
    test_items: Codes

    def save(self, path: Path) -> None:
        """Write it for another process, with the users to rank for."""
        np.savez(path, users=self.users, items=self.items, rank_users=np.unique(self.test_users))


def data_file(*parts: str) -> Path:
    """Find a file below SKREC_DATA_HOME."""
    home = os.environ.get("SKREC_DATA_HOME")
    if not home:
        raise click.ClickException("Set SKREC_DATA_HOME to the folder that holds the unpacked datasets.")
    path = Path(home, *parts)
    if not path.exists():
        raise click.ClickException(f"{path} isn't there: this benchmark reads it.")
    return path


def random_events(n_events: int, n_users: int, n_items: int, seed: int) -> tuple[Codes, Codes]:
    """Draw events uniformly; each user and item has one where there are enough events.

    Returns
    -------
    users, items : ndarrays of shape (n_events,), int64
    """
    rng = np.random.default_rng(seed)
    sides = []
    for n in (n_users, n_items):
        every = np.arange(min(n, n_events), dtype=np.int64)
        sides.append(rng.permutation(np.concatenate([every, rng.integers(n, size=n_events - len(every))])))
    return sides[0], sides[1]


def spread_events(n_users: int, n_items: int, seen: int, seed: int) -> tuple[Codes, Codes]:
    """Give each user `seen` distinct items so that every item has an event; with more users, if need be.

    Returns
    -------
    users, items : ndarrays of shape (n_events,), int64
        The first ``n_users * seen`` are those of the users asked for.
    """
    if n_items % seen:
        raise click.ClickException(f"{n_items} items can't be dealt out in lists of {seen}: choose a multiple.")
    rng = np.random.default_rng(seed)
    total = max(n_users, n_items // seen)
    rounds = -(-total * seen // n_items)
    items = np.concatenate([rng.permutation(n_items) for _ in range(rounds)])[: total * seen]
    return np.repeat(np.arange(total, dtype=np.int64), seen), items.astype(np.int64)


def ml1m_pairs() -> tuple[Codes, Codes]:
    """Read all pairs of MovieLens 1M as codes."""
    frame = pd.read_parquet(data_file("ml-1m", "ratings_pairs.parquet"))
    return _codes(frame["userID"]), _codes(frame["movieID"])


def ml100k_pairs() -> tuple[Codes, Codes]:
    """Read all pairs of MovieLens 100K as codes."""
    frame = pd.read_csv(data_file("ml-100k", "u.data"), sep="\t", header=None, usecols=[0, 1])
    return _codes(frame[0]), _codes(frame[1])


def ml1m_split(share: float, seed: int) -> Split:
    """Hold out a share of each user's pairs of MovieLens 1M at random."""
    users, items = ml1m_pairs()
    order = np.lexsort((np.random.default_rng(seed).permutation(len(users)), users))
    counts = np.bincount(users)
    # Position of each event among those of its user, in the random order.
    ranks = np.arange(len(users)) - np.repeat(np.cumsum(counts) - counts, counts)
    held_out = np.zeros(len(users), dtype=bool)
    held_out[order] = ranks < np.round(share * counts)[users[order]]
    return _split(users[~held_out], items[~held_out], users[held_out], items[held_out])


def gowalla_split() -> Split:
    """Read the split of Gowalla that LightGCN is evaluated on."""
    train, test = (_lists(data_file("lightgcn-gowalla", f"{part}.txt.gz")) for part in ("train", "test"))
    return _split(*train, *test)


def _lists(path: Path) -> tuple[Codes, Codes]:
    """Read lines ``user item item ...``."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = [np.array(line.split(), dtype=np.int64) for line in file]
    return np.concatenate([np.full(len(line) - 1, line[0]) for line in lines]), np.concatenate(
        [line[1:] for line in lines]
    )


def _split(users: Codes, items: Codes, test_users: Codes, test_items: Codes) -> Split:
    known_users, known_items = _codes(np.concatenate([users, test_users])), _codes(np.concatenate([items, test_items]))
    n = len(users)
    return Split(known_users[:n], known_items[:n], known_users[n:], known_items[n:])


def _codes(values: Any) -> Codes:
    """Number values in first-seen order."""
    return pd.factorize(values)[0].astype(np.int64)
