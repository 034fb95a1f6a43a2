"""From a question's arguments to ``Recommendations``: reads it, lets a ranker rank block by block, and translates back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np

from skrec.data import Recommendations, as_ids, to_array
from skrec.queries.query import Query
from skrec.queries.ranker import Ranker, join_lists
from skrec.queries.reader import ids_of

__all__ = ["answer", "answer_similar"]

Progress = Callable[[int], AbstractContextManager[Callable[[int], None] | None]]
"""Shows how many of so many users have been ranked, where that takes long."""


def answer(ranker: Ranker, query: Query, k: int, progress: Progress) -> Recommendations:
    """Rank the items that each user may get.

    Parameters
    ----------
    ranker : Ranker
    query : Query
    k : int
    progress : callable

    Returns
    -------
    Recommendations
    """
    size = ranker.block_size
    with progress(len(query)) as report:
        query = query if report is None else replace(query, report=report)
        blocks = [ranker.rank(query.take(slice(s, s + size)), k) for s in range(0, len(query), size)]
    flat, scores, lengths = join_lists(blocks)
    return Recommendations(query.user_ids, ranker.items.decode(flat), ranker.output(scores), lengths, k)


def answer_similar(ranker: Ranker, items: Any, k: int) -> Recommendations:
    """Rank the items most like given ones; an unknown one gets an empty list."""
    asked = as_ids(ids_of(items), "items")
    codes = ranker.items.encode(asked)
    size = ranker.block_size
    blocks = []
    for start in range(0, len(codes), size):
        block = codes[start : start + size]
        positions, scores, lengths = ranker.rank_similar(np.maximum(block, 0), k)
        blocks.append((positions, scores, np.where(block >= 0, lengths, 0)))
    flat, flat_scores, lengths = join_lists(blocks)
    return Recommendations(to_array(asked), ranker.items.decode(flat), flat_scores, lengths, k)
