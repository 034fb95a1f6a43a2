"""The vectors that retrievers are checked with, what brute force finds among them, and the form of an answer."""

from typing import Any

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import clone

from skrec.testing._expect import brief, expect, expect_equal
from skrec.typing import Codes, Floats, Scores


def random_vectors(n: int, seed: int, dim: int = 6) -> Floats:
    return np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)


def whole_vectors(n: int, seed: int, dim: int = 4) -> Floats:
    """Vectors of small whole numbers: many products are equal, and none is rounded."""
    return np.random.default_rng(seed).integers(-2, 3, size=(n, dim)).astype(np.float32)


def clustered_vectors(n: int, seed: int) -> Floats:
    """Vectors around twenty centres, as trained ones are."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((20, 12))
    return np.asarray(centres[rng.integers(20, size=n)] + 0.3 * rng.standard_normal((n, 12)), dtype=np.float32)


def mask(rows: list[Any], n_items: int) -> Any:
    """Make `exclude` of the items of each user."""
    indptr = np.cumsum([0, *map(len, rows)])
    indices = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows])
    return csr_array((np.ones(len(indices), dtype=bool), indices, indptr), shape=(len(rows), n_items))


def brute_force(users: Floats, items: Floats, k: int, exclude: Any = None) -> tuple[Codes, Scores]:
    """Rank all items the plain way, in double precision."""
    products = users.astype(np.float64) @ items.astype(np.float64).T
    if exclude is not None:
        for row in range(len(users)):
            products[row, exclude.indices[exclude.indptr[row] : exclude.indptr[row + 1]]] = -np.inf
    positions = np.full((len(users), k), -1, dtype=np.int64)
    scores = np.full((len(users), k), np.nan, dtype=np.float32)
    order = np.argsort(-products, axis=1, kind="stable")[:, :k]
    best = np.take_along_axis(products, order, axis=1)
    left = best > -np.inf
    width = order.shape[1]
    positions[:, :width] = np.where(left, order, -1)
    scores[:, :width] = np.where(left, best, np.nan)
    return positions, scores


def query(retriever: Any, items: Floats, users: Floats, k: int, exclude: Any = None) -> tuple[Codes, Scores]:
    """Fit a copy and ask it; the form of the answer is checked."""
    return checked_query(clone(retriever).fit(items), items, users, k, exclude)


def checked_query(fitted: Any, items: Floats, users: Floats, k: int, exclude: Any = None) -> tuple[Codes, Scores]:
    answer = fitted.query(users, k) if exclude is None else fitted.query(users, k, exclude)
    expect(
        isinstance(answer, tuple) and len(answer) == 2,
        f"query must return (positions, scores). Got {brief(answer)} instead.",
    )
    positions, scores = map(np.asarray, answer)
    shape = (len(users), k)
    expect(
        positions.shape == scores.shape == shape,
        f"query must return positions and scores of shape {shape}. Got {positions.shape} and {scores.shape} instead.",
    )
    expect(positions.dtype == np.int64, f"Positions must be int64. Got {positions.dtype} instead.")
    expect(scores.dtype == np.float32, f"Scores must be float32. Got {scores.dtype} instead.")
    expect_equal(
        np.isnan(scores), positions == -1, "Scores must be NaN where the position is -1, and only there: isnan(scores)"
    )
    expect(
        ((positions >= -1) & (positions < len(items))).all(),
        f"Positions must be those of items, below {len(items)}, or -1. Got {brief(positions.tolist())} instead.",
    )
    return positions, scores


def expect_complete(positions: Codes, n_left: Any, k: int) -> None:
    """Expect lists to be as long as can be, filled from the left, and without an item twice."""
    lengths = (positions >= 0).sum(axis=1)
    expect_equal(
        lengths,
        np.minimum(np.broadcast_to(n_left, lengths.shape), k),
        "A list is shorter than k only where fewer items are left: the lengths of the lists",
    )
    for row, length in zip(positions, lengths, strict=True):
        expect((row[:length] >= 0).all(), f"-1 may only stand behind the items of a list. Got {row.tolist()} instead.")
        expect(len(set(row[:length])) == length, f"No item may be twice in a list. Got {row.tolist()} instead.")
