"""What the machine can do, and what a training step and a top-k search need at least."""

from statistics import median
from typing import Any

import numpy as np

from benchmarks.speed.timing import seconds

_FLOAT = 4
"""Bytes of a float32."""


def machine_limits(width: int, runs: int, seed: int) -> dict[str, float]:
    """Measure what NumPy reaches on this machine.

    Parameters
    ----------
    width : int
        Of the rows that are gathered at random.
    runs, seed : int

    Returns
    -------
    dict
        ``copy_gb_s`` and ``gather_gb_s``, 10^9 bytes read and written a second; ``gemm_gflop_s``.
    """
    rng = np.random.default_rng(seed)
    source, target = np.ones(2**26, dtype=np.float32), np.empty(2**26, dtype=np.float32)
    copy_s = _median(lambda: np.copyto(target, source), runs)
    table = source[: source.size // width * width].reshape(-1, width)
    ids = rng.integers(len(table), size=2**17)
    rows = np.empty((len(ids), width), dtype=np.float32)
    # Any mode but the default writes straight into the array given.
    gather_s = _median(lambda: np.take(table, ids, axis=0, out=rows, mode="clip"), runs)
    square = rng.standard_normal((1536, 1536), dtype=np.float32)
    gemm_s = _median(lambda: square @ square, runs)
    return {
        "copy_gb_s": 2 * source.nbytes / copy_s / 1e9,
        "gather_gb_s": 2 * len(ids) * width * _FLOAT / gather_s / 1e9,
        "gemm_gflop_s": 2 * len(square) ** 3 / gemm_s / 1e9,
    }


def step_needs(
    users: Any, items: Any, n_items: int, batch_size: int, embedding_dim: int, seed: int
) -> dict[str, float]:
    """Count what a step of BPR with one negative and Adam needs.

    Each distinct row of the batch and its two moments are read and written once. A product of two vectors takes 2 operations an entry,
    its gradients twice that; Adam takes 12 an entry of a row.

    Returns
    -------
    dict
        ``rows``, ``mb`` (10^6 bytes) and ``mflop`` (10^6 operations).
    """
    rng = np.random.default_rng(seed)
    batch = rng.choice(len(users), size=min(batch_size, len(users)), replace=False)
    both = np.concatenate([items[batch], rng.integers(n_items, size=len(batch))])
    rows, width = len(np.unique(users[batch])) + len(np.unique(both)), embedding_dim + 1
    flop = 3 * 2 * 2 * len(batch) * embedding_dim + 12 * rows * width
    return {"rows": rows, "mb": rows * width * 3 * 2 * _FLOAT / 1e6, "mflop": flop / 1e6}


def search_needs(n_users: int, n_items: int, embedding_dim: int) -> dict[str, float]:
    """Count what exact top-k lists need: the product, and each score written and read once.

    Returns
    -------
    dict
        ``mb`` (10^6 bytes) and ``mflop`` (10^6 operations).
    """
    scores = n_users * n_items
    return {"mb": 2 * scores * _FLOAT / 1e6, "mflop": 2 * scores * (embedding_dim + 1) / 1e6}


def _median(function: Any, runs: int) -> float:
    function()
    return median(seconds(function, runs))
