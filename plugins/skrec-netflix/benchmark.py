"""Lines a second and peak memory: python benchmark.py [--lines 1000000]. Makes files in Kaggle's format, and loads them."""

# ruff: noqa: T201 - a script that prints a table

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from skrec_netflix.prize import NetflixPrize

N_FILMS, MAX_CUSTOMER = 17_770, 2_649_429
FIRST_DAY, LAST_DAY = np.datetime64("1999-11-11"), np.datetime64("2005-12-31")


def generate(folder: Path, n_lines: int) -> None:
    """Write ratings of all films into Kaggle's four files, and their titles; few films have most of the ratings."""
    rng = np.random.default_rng(0)
    weights = rng.pareto(1.0, size=N_FILMS) + 0.01
    counts = np.maximum(1, np.floor(n_lines * weights / weights.sum())).astype(int)
    counts[np.argmax(counts)] += n_lines - counts.sum()
    days = np.arange(FIRST_DAY, LAST_DAY + 1).astype(str)
    for part, films in enumerate(np.array_split(np.arange(N_FILMS), 4), start=1):
        with (folder / f"combined_data_{part}.txt").open("w", encoding="ascii") as sink:
            for film in films:
                customers = rng.integers(1, MAX_CUSTOMER + 1, size=counts[film])
                ratings, dates = rng.integers(1, 6, size=counts[film]), days[rng.integers(len(days), size=counts[film])]
                rows = zip(customers.tolist(), ratings.tolist(), dates.tolist(), strict=True)
                sink.write(f"{film + 1}:\n" + "".join(f"{who},{stars},{when}\n" for who, stars, when in rows))
    titles = "".join(f"{film},{1950 + film % 56},Title, No. {film}\n" for film in range(1, N_FILMS + 1))
    (folder / "movie_titles.csv").write_text(titles, encoding="latin-1")


def peak_memory() -> float:
    """Give the most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def measure(folder: Path) -> tuple[int, float, float, float]:
    """Load the files: events, seconds of the processor, and peak memory before and after in MiB."""
    NetflixPrize.n_ratings = None  # the published number would be missed
    before, start = peak_memory(), time.process_time()
    X = NetflixPrize().load(folder)
    return len(X), time.process_time() - start, before, peak_memory()


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a process of its own, whose memory holds nothing else.

    This one must stay small all the while: on Linux, a process's peak begins with the memory of the one that starts it.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def main() -> None:
    """Print one row."""
    parser = argparse.ArgumentParser(description="Lines a second and peak memory.")
    parser.add_argument("--lines", type=int, default=1_000_000)
    n_lines = parser.parse_args().lines
    if n_lines < 100_000:
        parser.error("--lines must be at least 100,000: there are 17,770 films")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apart(generate, folder, n_lines)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
        n_events, seconds, before, after = apart(measure, folder)
    print(
        "| ratings | files (MiB) | CPU seconds | ratings a second | memory before (MiB) | peak (MiB) |\n|---|---|---|---|---|---|"
    )
    print(f"| {n_events:,} | {size:,.0f} | {seconds:.1f} | {n_events / seconds:,.0f} | {before:,.0f} | {after:,.0f} |")


if __name__ == "__main__":
    main()
