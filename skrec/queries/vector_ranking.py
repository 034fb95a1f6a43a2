"""Ranking by vectors: users and items whose scores are inner products."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from skrec._ranking import top_k
from skrec._search import rank_candidates, rank_pairs, search
from skrec.exceptions import InvalidParameterError
from skrec.plugin import Retriever, lookup
from skrec.queries.query import Query
from skrec.queries.ranker import Ranked
from skrec.typing import Codes, Floats, Scores


@dataclass(frozen=True)
class VectorRanking:
    """Ranks one block of users.

    Attributes
    ----------
    item_vectors : ndarray of shape (n_items, dim)
    retriever : Retriever or None
        Fitted to the item vectors; None searches all of them.
    """

    item_vectors: Floats
    retriever: Retriever | None = None

    def rank(self, user_vectors: Floats, query: Query, k: int) -> Ranked:
        """Rank the items that each user may get.

        Where only some items are allowed, all of these are looked at, whatever the retriever: an index knows of no allow-lists.
        """
        excluded = query.excluded
        if query.candidates is not None:
            rows = np.repeat(np.arange(len(query)), np.diff(query.candidates.indptr))
            pairs = rows, query.candidates.indices
            return _ranked(*rank_pairs(user_vectors, self.item_vectors, *pairs, k, excluded))
        if query.allowed is not None:
            allowed = query.allowed
            left_out = None if excluded is None else excluded[:, allowed]
            positions, scores = search(user_vectors, self.item_vectors[allowed], k, left_out)
            codes = np.append(allowed, -1)[positions]  # position -1 is the last one
            return _ranked(codes, scores)
        find = self.retriever.query if self.retriever is not None else self._search
        return _ranked(*find(user_vectors, k, excluded))

    def _search(self, user_vectors: Floats, k: int, exclude: Any) -> tuple[Codes, Scores]:
        return search(user_vectors, self.item_vectors, k, exclude)


def find_retriever(retriever: Any) -> Retriever:
    """Make the retriever of a name, or a copy of one that was handed in.

    Raises
    ------
    InvalidParameterError
        If it is neither.
    """
    if isinstance(retriever, str):
        retriever = lookup("retrievers", retriever)()
    if not isinstance(retriever, Retriever):
        raise InvalidParameterError(
            f"The 'retriever' parameter must be a retriever's name or an object of skrec.plugin.Retriever. Got {retriever!r} instead."
        )
    copy: Retriever = clone(retriever)
    return copy


def rank_popular(popularity: Scores, query: Query, k: int) -> Ranked:
    """Rank by one score for everybody: the items' order is found once, whoever is asked about."""
    one, column = np.ones((len(query), 1), dtype=np.float32), popularity[:, np.newaxis]
    if query.allowed is not None or query.candidates is not None:
        return VectorRanking(column).rank(one, query, k)
    longest = 0 if query.excluded is None else int(np.diff(query.excluded.indptr).max(initial=0))
    order, _ = top_k(popularity[np.newaxis], k + longest)
    return _ranked(*rank_candidates(one, column, np.tile(order, (len(query), 1)), k, query.excluded))


def _ranked(codes: Codes, scores: Scores) -> Ranked:
    return codes, scores, (codes >= 0).sum(axis=1).astype(np.int64)


def scatter(parts: list[tuple[Codes, Ranked]], n: int, k: int) -> Ranked:
    """Put the lists of parts of the users together; each part comes with its rows."""
    codes, scores = np.full((n, k), -1, dtype=np.int64), np.full((n, k), np.nan, dtype=np.float32)
    lengths = np.zeros(n, dtype=np.int64)
    for rows, (part_codes, part_scores, part_lengths) in parts:
        codes[rows], scores[rows], lengths[rows] = part_codes, part_scores, part_lengths
    return codes, scores, lengths
