"""From candidates that an index found to the lists of users."""

from typing import Any

import numpy as np

from skrec.plugin import rank_candidates
from skrec.retrievers import ExactRetriever
from skrec.typing import Codes, Floats, Mask, Scores
from skrec_faiss._checks import lengths

_MARGIN = 8


class Task:
    """Users, their lists, and what makes a list complete."""

    def __init__(self, users: Floats, k: int, exclude: Any, items: Floats, longest: float) -> None:
        self.users, self.items, self.k, self.exclude = users, items, k, exclude
        n_users, (n_items, dim) = len(users), items.shape
        counts = np.zeros(n_users, dtype=np.int64) if exclude is None else np.diff(exclude.indptr).astype(np.int64)
        self.eligible = np.minimum(k, n_items - counts)
        self.wanted = np.clip(k + counts + _MARGIN, 1, max(1, n_items))
        # Twice the most by which a product in single precision differs from the exact one, in whatever order it is summed; and by
        # which what is too small for the format is off.
        bounds = lengths(users, "User") * longest
        self.slack = 2.0 * ((dim + 2) * 2.0**-24 * bounds + dim * 2.0**-149)
        self.blank = bounds == 0
        self.positions = np.full((n_users, k), -1, dtype=np.int64)
        self.scores = np.full((n_users, k), np.nan, dtype=np.float32)

    def take(self, rows: Codes, products: Scores, positions: Codes, exact: bool) -> Mask:
        """Make lists of candidates; True where a list is complete."""
        n_fetched = positions.shape[1]
        blank = self.blank[rows]
        positions[blank], products[blank] = np.arange(n_fetched), 0.0  # all items score 0: the first are the best
        kept = (positions >= 0) & ~self._excluded(rows, positions)
        products[positions < 0] = -np.inf
        candidates = np.where(kept & self._promising(rows, products, kept), positions, -1)
        found = rank_candidates(self.users[rows], self.items, candidates, self.k)
        self.positions[rows], self.scores[rows] = found
        if not exact:
            return np.asarray((found[0] >= 0).sum(axis=1) == self.eligible[rows])
        if n_fetched == len(self.items):
            return np.ones(len(rows), dtype=np.bool_)
        # NaN, where a list is short, proves nothing.
        proven = products[:, -1] + self.slack[rows] < found[1][:, -1].astype(np.float64)
        return np.asarray(proven | blank)

    def brute_force(self, rows: Codes) -> None:
        """Make lists by comparing with all items."""
        if len(rows):
            exclude = None if self.exclude is None else self.exclude[rows]
            found = ExactRetriever().fit(self.items).query(self.users[rows], self.k, exclude)
            self.positions[rows], self.scores[rows] = found

    def _excluded(self, rows: Codes, positions: Codes) -> Any:
        if self.exclude is None:
            return np.False_
        entries = self.exclude[np.repeat(rows, positions.shape[1]), positions.ravel()]
        return np.asarray(entries).reshape(positions.shape) > 0

    def _promising(self, rows: Codes, products: Scores, kept: Mask) -> Any:
        """Tell which products may belong to one of the best k; the others needn't be scored again."""
        if products.shape[1] <= self.k:
            return np.True_
        ranked = np.partition(np.where(kept, products, -np.inf), -self.k, axis=1)
        return products >= (ranked[:, -self.k] - self.slack[rows])[:, np.newaxis]
