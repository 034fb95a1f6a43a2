"""Lines a second and peak memory: python benchmark.py [--lines 1000000]. Makes files as they are published, and loads them."""

# ruff: noqa: T201 - a script that prints a table

import argparse
import gzip
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from skrec_amazon.reviews import Amazon2014

CHUNK = 100_000
FILES = ("reviews_Books_5.json", "reviews_Books_5.json.gz", "ratings_Books.csv")
WORDS = [
    "the",
    "a",
    "great",
    "sound",
    "string",
    "pick",
    "quality",
    "price",
    "guitar",
    "well",
    "bought",
    "and",
    "it",
    "not",
]
WORDS_IN_TEXT = 90
"""So that a line is as long as one of the real 5-core files, about 700 bytes."""


def draw(n_lines: int, rng: np.random.Generator) -> Iterator[tuple[str, str, float, int]]:
    """Draw users, items, ratings and times.

    As in the 5-core files, a user has seven reviews, an item eleven, and the reviews of an item follow one another.
    """
    names = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    users = ["A" + "".join(row) for row in names[rng.integers(36, size=(max(1, n_lines // 7), 13))]]
    items = ["B00" + "".join(row) for row in names[rng.integers(36, size=(max(1, n_lines // 11), 7))]]
    for start in range(0, n_lines, CHUNK):
        size = min(CHUNK, n_lines - start)
        drawn = (rng.integers(len(users), size=size), np.arange(start, start + size) * len(items) // n_lines)
        ratings = rng.integers(1, 6, size=size).astype(float).tolist()
        times = (86_400 * rng.integers(10_000, 16_300, size=size)).tolist()
        for user, item, rating, moment in zip(*(part.tolist() for part in drawn), ratings, times, strict=True):
            yield users[user], items[item], rating, moment


def generate(path: Path, n_lines: int) -> None:
    """Write a file of reviews or of ratings."""
    rng = np.random.default_rng(0)
    texts = [json.dumps(" ".join(rng.choice(WORDS, size=WORDS_IN_TEXT))) for _ in range(1000)]
    with gzip.open(path, "wt", compresslevel=1) if path.suffix == ".gz" else path.open("w") as sink:
        for number, (user, item, rating, moment) in enumerate(draw(n_lines, rng)):
            if path.suffix == ".csv":
                sink.write(f"{user},{item},{rating},{moment}\n")
                continue
            sink.write(
                f'{{"reviewerID": "{user}", "asin": "{item}", "reviewerName": "J. Smith", "helpful": [0, 0], '
                f'"reviewText": {texts[number % 1000]}, "overall": {rating}, "summary": "Works well", '
                f'"unixReviewTime": {moment}, "reviewTime": "02 28, 2014"}}\n'
            )


def peak_memory() -> float:
    """Give the most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def measure(data_home: Path) -> tuple[int, float, float, float]:
    """Load the file: events, seconds of the processor, and peak memory before and after in MiB."""
    before, start = peak_memory(), time.process_time()
    X = Amazon2014().load(data_home)
    return len(X), time.process_time() - start, before, peak_memory()


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a process of its own, whose memory holds nothing else.

    This one must stay small all the while: on Linux, a process's peak begins with the memory of the one that starts it.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def main() -> None:
    """Print a row for each file."""
    parser = argparse.ArgumentParser(description="Lines a second and peak memory.")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--files", nargs="+", choices=FILES, default=FILES)
    options = parser.parse_args()
    print("| file | lines | size (MiB) | CPU seconds | lines a second | memory before (MiB) | peak (MiB) |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name in options.files:
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home, "amazon-2014")
            folder.mkdir()
            apart(generate, folder / name, options.lines)
            size = (folder / name).stat().st_size / 2**20
            n_events, seconds, before, after = apart(measure, Path(home))
        row = (f"`{name}`", f"{n_events:,}", f"{size:,.0f}", f"{seconds:.1f}", f"{n_events / seconds:,.0f}")
        print(f"| {' | '.join(row)} | {before:,.0f} | {after:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
