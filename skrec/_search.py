"""The items whose vectors have the largest inner products with a user's: exactly, whatever the order of additions.

A matrix product rounds the same two vectors differently at different places of a matrix, so that what is equal may come out unequal.
Here the product only picks candidates, with room for its rounding error; those are scored again one pair at a time in double precision.
Lists are thereby the same for one user and for a thousand, on every backend, and equal scores keep the order of the items.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from skrec._products import matrix_product
from skrec._ranking import best, group_maxima, kth_largest, ranks, reaching
from skrec.typing import Codes, Floats, Scores

_TILE_USERS = 256
_TILE_ITEMS = 8192
_PAIRS = 2**16


def pair_scores(user_vectors: Floats, item_vectors: Floats, users: Codes, items: Codes) -> Scores:
    """Compute inner products of pairs in double precision: a pair's score doesn't depend on its neighbours.

    Parameters
    ----------
    user_vectors : ndarray of shape (n_users, dim)
    item_vectors : ndarray of shape (n_items, dim)
    users, items : ndarray of shape (n_pairs,), int64
        Rows of the two.

    Returns
    -------
    ndarray of shape (n_pairs,), float32
    """
    result = np.empty(len(users), dtype=np.float32)
    for start in range(0, len(users), _PAIRS):
        part = slice(start, start + _PAIRS)
        left, right = user_vectors[users[part]], item_vectors[items[part]]
        result[part] = np.einsum("pd,pd->p", left, right, dtype=np.float64, casting="same_kind")
    return result


def rank_candidates(
    user_vectors: Floats, item_vectors: Floats, candidates: Codes, k: int, exclude: Any = None
) -> tuple[Codes, Scores]:
    """Score candidates again and rank them: what a retriever that found them by other means gives back.

    Parameters
    ----------
    user_vectors : ndarray of shape (n_users, dim), float32
    item_vectors : ndarray of shape (n_items, dim), float32
    candidates : ndarray of shape (n_users, n_candidates), int64
        Positions of items, each once in a row; -1 for none.
    k : int
    exclude : scipy.sparse.csr_array of shape (n_users, n_items), optional
        Stored entries are left out.

    Returns
    -------
    positions, scores
        As in `Retriever.query`.
    """
    rows, columns = np.nonzero(candidates >= 0)
    return rank_pairs(user_vectors, item_vectors, rows, candidates[rows, columns], k, exclude)


def rank_pairs(
    user_vectors: Floats, item_vectors: Floats, users: Codes, items: Codes, k: int, exclude: Any = None
) -> tuple[Codes, Scores]:
    """Rank candidates that are given as pairs, each once; else as `rank_candidates`."""
    items = items.astype(np.int64, copy=False)
    if exclude is not None and len(users):
        width = np.int64(len(item_vectors))
        left_out = np.repeat(np.arange(len(user_vectors)), np.diff(exclude.indptr)) * width + exclude.indices
        kept = ~np.isin(users * width + items, left_out)
        users, items = users[kept], items[kept]
    scores = pair_scores(user_vectors, item_vectors, users, items)
    return _lists(*best(users, items, scores, k), len(user_vectors), k)


def longest_of(item_vectors: Floats) -> float:
    """Length of the longest vector."""
    return float(np.sqrt(np.einsum("nd,nd->n", item_vectors, item_vectors, dtype=np.float64).max(initial=0.0)))


def rounding_errors(user_vectors: Floats, longest: float, bits: int = 23) -> Any:
    """Bound how far a product of a matrix multiplication is from the exact one, for each user; shape (n_users,).

    Parameters
    ----------
    user_vectors : ndarray of shape (n_users, dim)
    longest : float
        Length of the longest item vector.
    bits : int, default=23
        Mantissa bits that the multiplication keeps of each number.
    """
    lengths = np.sqrt(np.einsum("nd,nd->n", user_vectors, user_vectors, dtype=np.float64))
    additions = (user_vectors.shape[1] + 2) * 2.0**-24
    return (additions + (2.0 * 2.0 ** -(bits + 1) if bits < 23 else 0.0)) * lengths * longest


def search(
    user_vectors: Floats, item_vectors: Floats, k: int, exclude: Any = None, longest: float | None = None
) -> tuple[Codes, Scores]:
    """Search all items for each user's best.

    Parameters
    ----------
    user_vectors : ndarray of shape (n_users, dim), float32
    item_vectors : ndarray of shape (n_items, dim), float32
    k : int
    exclude : scipy.sparse.csr_array of shape (n_users, n_items), optional
        Stored entries are left out.
    longest : float, optional
        What `longest_of` says of the item vectors, where they are searched more than once.

    Returns
    -------
    positions, scores
        As in `Retriever.query`.

    Notes
    -----
    Users and items go through in tiles that stay in the processor's cache. Of each tile first the maxima of groups of items are
    taken; only groups that reach what a user's k-th best item has so far are looked at. If s is a product and s* the exact score,
    abs(s - s*) <= e = (dim + 2) 2^-24 norm(user) norm(item), and an item among the best k has s >= t - 2 e, where t is the k-th
    largest product found so far.
    """
    n_users = len(user_vectors)
    errors = rounding_errors(user_vectors, longest_of(item_vectors) if longest is None else longest)
    positions = np.empty((n_users, k), dtype=np.int64)
    scores = np.empty((n_users, k), dtype=np.float32)

    def run(starts: range) -> None:
        tile = np.empty((_TILE_USERS, min(_TILE_ITEMS, max(1, len(item_vectors)))), dtype=np.float32)
        for start in starts:
            block = slice(start, start + _TILE_USERS)
            left_out = None if exclude is None else exclude[block]
            part = _Block(user_vectors[block], item_vectors, errors[block], k, left_out)
            positions[block], scores[block] = part.search(tile)

    _in_threads(run, range(0, n_users, _TILE_USERS))
    return positions, scores


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def _in_threads(run: Callable[[range], None], starts: range) -> None:
    """Share blocks among as many threads as a matrix product may use, each with products of one thread."""
    if len(starts) <= 1:
        run(starts)
        return
    pools = _controller().select(user_api="blas")
    n_threads = min(len(starts), max((pool["num_threads"] for pool in pools.info()), default=1))
    if n_threads <= 1:
        run(starts)
        return
    with pools.limit(limits=1), ThreadPoolExecutor(n_threads) as threads:
        list(threads.map(run, [starts[first::n_threads] for first in range(n_threads)]))


class _Block:
    """The search for a few users: candidates so far, and what an item must reach to become one."""

    def __init__(self, user_vectors: Floats, item_vectors: Floats, errors: Any, k: int, exclude: Any) -> None:
        self.user_vectors, self.item_vectors, self.errors, self.k = user_vectors, item_vectors, errors, k
        self.bar = np.full(len(user_vectors), -np.inf, dtype=np.float32)
        empty = np.empty(0, dtype=np.int64)
        self.rows, self.items, self.scores = empty, empty, np.empty(0, dtype=np.float32)
        self.new: list[tuple[Codes, Codes]] = []
        self.left_out = None if exclude is None else _by_item(exclude)

    def search(self, tile: Floats) -> tuple[Codes, Scores]:
        """Go through all items."""
        n_items, width = len(self.item_vectors), tile.shape[1]
        settle_at = width
        for start in range(0, n_items, width):
            vectors = self.item_vectors[start : start + width]
            products = tile[: len(self.user_vectors), : len(vectors)]
            if len(vectors) < width:
                # A part of the tile would be strided, and a matrix product can't write to that at speed.
                products = np.empty(products.shape, dtype=np.float32)
            matrix_product(self.user_vectors, vectors.T, out=products)
            self._exclude(products, start)
            self._collect(products, start)
            if start + width >= settle_at:  # each time twice as many items are through, few of the candidates are left
                self._settle()
                settle_at *= 2
        self._settle()
        return _lists(self.rows, self.items, self.scores, len(self.user_vectors), self.k)

    def _exclude(self, products: Scores, start: int) -> None:
        if self.left_out is not None:
            rows, items = self.left_out
            first, last = np.searchsorted(items, (start, start + products.shape[1]))
            products[rows[first:last], items[first:last] - start] = -np.inf

    def _collect(self, products: Scores, start: int) -> None:
        """Take the products that may be among the best."""
        maxima = group_maxima(products, self.k)
        if not np.isfinite(self.bar).all():  # where nothing better is known yet, k products reach this
            self.bar = np.maximum(self.bar, (kth_largest(maxima, self.k) - 2.0 * self.errors).astype(np.float32))
        rows, columns = reaching(products, maxima, self.bar)
        self.new.append((rows, columns + start))

    def _settle(self) -> None:
        """Keep the best k candidates of each user."""
        if not self.new:
            return
        rows = np.concatenate([entry[0] for entry in self.new])
        items = np.concatenate([entry[1] for entry in self.new])
        self.new = []
        scores = pair_scores(self.user_vectors, self.item_vectors, rows, items)
        self.rows, self.items, self.scores = best(
            np.concatenate([self.rows, rows]),
            np.concatenate([self.items, items]),
            np.concatenate([self.scores, scores]),
            self.k,
        )
        counts = np.bincount(self.rows, minlength=len(self.bar))
        full = counts == self.k
        worst = self.scores[np.cumsum(counts)[full] - 1]
        bar = (worst - 2.0 * self.errors[full]).astype(np.float32)
        # All products of a user without length are exactly 0, and of those the first are the best: what comes later must be more.
        bar = np.where(self.errors[full] > 0.0, bar, np.nextafter(worst, np.float32(np.inf)))
        self.bar[full] = np.maximum(self.bar[full], bar)


def _by_item(exclude: Any) -> tuple[Codes, Codes]:
    """Rows and columns of a sparse matrix' entries, in order of the columns."""
    order = np.argsort(exclude.indices, kind="stable")
    rows = np.repeat(np.arange(exclude.shape[0]), np.diff(exclude.indptr))
    return rows[order], exclude.indices[order]


def _lists(rows: Codes, items: Codes, scores: Scores, n_rows: int, k: int) -> tuple[Codes, Scores]:
    """Lay sorted entries out by row; -1 and NaN where a row has fewer than k."""
    positions = np.full((n_rows, k), -1, dtype=np.int64)
    values = np.full((n_rows, k), np.nan, dtype=np.float32)
    places = ranks(rows)
    positions[rows, places] = items
    values[rows, places] = scores
    return positions, values
