"""Rankers: what answers a query, in codes."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from skrec._ranking import top_k
from skrec.data import Histories, Vocabulary
from skrec.queries.query import Query
from skrec.typing import Codes, Mask, Scores

__all__ = ["FEATURES", "POPULAR", "SOURCES", "CatalogueRanker", "Ranked", "Ranker", "join_lists", "rank_scores"]

SOURCES = np.array(["model", "fold-in", "features", "popular"])
"""Where a list comes from, as `Recommendations.source` says it."""
FEATURES, POPULAR = 2, 3

Ranked = tuple[Codes, Scores, Codes]
"""Item codes and raw scores of shape (n, at most k), best first, and lengths of shape (n,)."""

_BLOCK_BYTES = 64 * 2**20


class Ranker(ABC):
    """Ranks and scores in codes; queries are read against its vocabularies and histories.

    Attributes
    ----------
    users, items : Vocabulary
        Ids that can be asked about: those of fit, then those that came with features for this question.
    histories : Histories of all users
    """

    users: Vocabulary
    items: Vocabulary
    histories: Histories

    @property
    def block_size(self) -> int:
        """How many users are ranked at once: as many as one block of memory has room for scores of."""
        return int(np.clip(_BLOCK_BYTES // (4 * max(1, len(self.items))), 1, 1024))

    @abstractmethod
    def rank(self, query: Query, k: int) -> Ranked:
        """Rank the items that each user may get."""

    @abstractmethod
    def score_pairs(self, users: Codes, items: Codes, X: Any = None) -> Scores:
        """Score pairs of codes; -1 stands for unknown ids.

        Parameters
        ----------
        users, items : ndarrays of shape (n,)
        X : Interactions of n events, or None
            Where the pairs come from, for context.

        Returns
        -------
        ndarray of shape (n,), float32
            Raw scores.
        """

    @abstractmethod
    def rank_similar(self, items: Codes, k: int, allowed: Codes | None = None) -> Ranked:
        """Rank the items most like a block of known ones, these left out.

        Parameters
        ----------
        items : ndarray of shape (n,)
        k : int
        allowed : ndarray of shape (n_allowed,), optional
            Ascending codes of the items to choose from; by default those of fit.
        """

    def cold(self, query: Query) -> Mask:
        """Say of which users nothing is known, so that they get the popular items; shape (n,)."""
        cold: Mask = query.new & (query.histories.positives().lengths == 0)
        return cold

    def sources(self, query: Query, ranked: Ranked) -> Codes:
        """Say where the list of each user comes from; shape (n,), positions in `SOURCES`."""
        found = query.folded.astype(np.int64)  # "fold-in" stands behind "model"
        found[self.cold(query)] = POPULAR
        return found

    def catalogue(self) -> Codes:
        """Codes of the items of fit, ascending."""
        return np.arange(len(self.items), dtype=np.int64)

    def similar_sources(self, items: Codes) -> Codes:
        """Say where the items most like each known one come from; shape (n,), positions in `SOURCES`."""
        return np.zeros(len(items), dtype=np.int64)

    def with_ids(self, users: Any = None, items: Any = None) -> "Ranker":
        """Add cold ids by frames of their features, where these are read."""
        return self

    def warm_up(self) -> None:
        """Prepare all that the first questions would wait for."""
        self.users.warm_up()
        self.items.warm_up()
        self.histories.seen()

    def output(self, scores: Scores) -> Scores:
        """Map raw scores to output scores, by a monotone function."""
        return scores


class CatalogueRanker(Ranker):
    """Scores the whole catalogue for each user, then filters and ranks.

    Parameters
    ----------
    users, items : Vocabulary
    histories : Histories
    popularity : ndarray of shape (n_items,), float32
        Scores for a cold user, of whom nothing is known.
    score : callable
        ``score(query) -> ndarray of shape (n, n_items)``, an array of its own.
    similarity : callable
        ``similarity(items) -> ndarray of shape (n, n_items)``.
    reads_histories : bool
        Whether scores follow from histories alone, so that a user of fit without positive events is cold.
    """

    def __init__(
        self,
        users: Vocabulary,
        items: Vocabulary,
        histories: Histories,
        popularity: Scores,
        score: Callable[[Query], Scores],
        similarity: Callable[[Codes], Scores],
        *,
        reads_histories: bool,
    ) -> None:
        self.users, self.items, self.histories = users, items, histories
        self._popularity, self._score, self._similarity = popularity, score, similarity
        self._reads_histories = reads_histories

    def rank(self, query: Query, k: int) -> Ranked:
        """Rank by the scores of the whole catalogue."""
        return rank_scores(self._scores(query), query, k)

    def score_pairs(self, users: Codes, items: Codes, X: Any = None) -> Scores:
        """Score the catalogue for each distinct user, and pick; an unknown item has score 0."""
        result = np.zeros(len(users), dtype=np.float32)
        distinct, rows = np.unique(users, return_inverse=True)
        order = np.argsort(rows, kind="stable")
        starts = np.searchsorted(rows[order], np.arange(len(distinct) + 1))
        size = self.block_size
        for start in range(0, len(distinct), size):
            block = distinct[start : start + size]
            scores = self._scores(Query.of_codes(block, self.histories))
            positions = order[starts[start] : starts[start + len(block)]]
            known = positions[items[positions] >= 0]
            result[known] = scores[rows[known] - start, items[known]]
        return result

    def rank_similar(self, items: Codes, k: int, allowed: Codes | None = None) -> Ranked:
        """Rank by the similarities to the whole catalogue."""
        scores = np.array(self._similarity(items), dtype=np.float32)
        scores[np.arange(len(items)), items] = -np.inf
        return _best_of(scores, k, allowed)

    def cold(self, query: Query) -> Mask:
        """Users without a positive event; those that weren't in fit, or whose history is replaced, where scores need no history."""
        cold: Mask = query.histories.positives().lengths == 0
        return cold if self._reads_histories else cold & query.new

    def _scores(self, query: Query) -> Scores:
        """Score a block; cold users get the popular items."""
        cold = self.cold(query)
        if cold.all():
            return np.tile(self._popularity, (len(query), 1))
        scores = self._score(query)
        scores[cold] = self._popularity
        return scores


def rank_scores(scores: Scores, query: Query, k: int) -> Ranked:
    """Rank by scores of the whole catalogue, shape (n, n_items), which are overwritten where an item is left out."""
    if query.candidates is not None:
        scores[~query.candidates.toarray()] = -np.inf
    if query.excluded is not None:
        rows = np.repeat(np.arange(len(query)), np.diff(query.excluded.indptr))
        scores[rows, query.excluded.indices] = -np.inf
    return _best_of(scores, k, query.allowed)


def _best_of(scores: Scores, k: int, allowed: Codes | None) -> Ranked:
    """Rank the columns of scores, or those that are allowed."""
    if allowed is not None:
        scores = scores[:, allowed]
    positions, lengths = top_k(scores, k)
    chosen = np.take_along_axis(scores, positions, axis=1)
    return positions if allowed is None else allowed[positions], chosen, lengths


def join_lists(blocks: list[Ranked]) -> tuple[Codes, Scores, Codes]:
    """Put the lists of blocks one after the other: codes and scores of all that is listed, and each list's length."""
    codes: list[Codes] = [np.empty(0, dtype=np.int64)]
    scores: list[Scores] = [np.empty(0, dtype=np.float32)]
    lengths: list[Codes] = [np.empty(0, dtype=np.int64)]
    for block_codes, block_scores, block_lengths in blocks:
        listed = np.arange(block_codes.shape[1]) < block_lengths[:, np.newaxis]
        codes.append(block_codes[listed])
        scores.append(block_scores[listed])
        lengths.append(block_lengths)
    return np.concatenate(codes), np.concatenate(scores), np.concatenate(lengths)
