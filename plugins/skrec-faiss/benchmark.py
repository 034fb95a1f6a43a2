"""Time and recall of the indexes, compared with skrec's own retriever: python benchmark.py [--items 200000] [--users 2000] ..."""

# ruff: noqa: T201 - a script that prints a table

import argparse
import statistics
import time
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from skrec_faiss.retriever import FaissRetriever

from skrec.plugin import Retriever
from skrec.retrievers import ExactRetriever

CASES: dict[str, Retriever] = {
    "skrec's `exact`": ExactRetriever(),
    '`index="flat"`': FaissRetriever(),
    '`index="hnsw"`': FaissRetriever("hnsw"),
    '`index="hnsw", ef_search=512`': FaissRetriever("hnsw", ef_search=512),
    '`index="ivf"`': FaissRetriever("ivf"),
    '`index="ivf", n_probes=32`': FaissRetriever("ivf", n_probes=32),
}


def clustered(rng: np.random.Generator, n_clusters: int, spread: float, n_vectors: list[int], dim: int) -> list[Any]:
    """Draw vectors around the same centres, as vectors that were learned from tastes lie."""
    centres = rng.standard_normal((n_clusters, dim)).astype(np.float32)
    return [
        centres[rng.integers(n_clusters, size=n)] + spread * rng.standard_normal((n, dim)).astype(np.float32)
        for n in n_vectors
    ]


def random_mask(rng: np.random.Generator, n_users: int, n_items: int, n_excluded: int) -> Any:
    """Exclude as many random items of each user."""
    indices = np.concatenate([rng.choice(n_items, n_excluded, replace=False) for _ in range(n_users)])
    indptr = np.arange(0, n_users * n_excluded + 1, n_excluded)
    return csr_array((np.ones(len(indices), dtype=bool), indices, indptr), shape=(n_users, n_items))


def main() -> None:
    """Print one row a case."""
    parser = argparse.ArgumentParser(description="Time and recall of the indexes.")
    for name, default in {
        "items": 200_000,
        "users": 2_000,
        "dim": 64,
        "excluded": 100,
        "k": 10,
        "clusters": 1_000,
        "runs": 5,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--spread", type=float, default=0.5)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    users, items = clustered(rng, options.clusters, options.spread, [options.users, options.items], options.dim)
    exclude = random_mask(rng, options.users, options.items, options.excluded)
    best = None
    print("| retriever | build (s) | all users (ms) | one user (ms) | recall |\n|---|---|---|---|---|")
    for name, retriever in CASES.items():
        start = time.perf_counter()
        retriever.fit(items)
        build = time.perf_counter() - start
        found = retriever.query(users, options.k, exclude)[0]
        best = found if best is None else best
        recall = np.mean([np.isin(*lists).mean() for lists in zip(best, found, strict=True)])
        seconds = []
        for n_users in (options.users, 1):
            left_out = exclude[:n_users]
            runs = []
            for _ in range(options.runs):
                start = time.perf_counter()
                retriever.query(users[:n_users], options.k, left_out)
                runs.append(time.perf_counter() - start)
            seconds.append(1e3 * statistics.median(runs))
        print(f"| {name} | {build:.2f} | {seconds[0]:.0f} | {seconds[1]:.1f} | {recall:.3f} |", flush=True)


if __name__ == "__main__":
    main()
