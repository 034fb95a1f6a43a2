"""From a question's arguments to ``Recommendations``: reads it, lets a ranker rank block by block, and translates back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skrec.data import ITEM, USER, Recommendations, as_ids, library_of, to_array
from skrec.queries.query import Query
from skrec.queries.ranker import SOURCES, Ranked, Ranker, join_lists
from skrec.queries.reader import ids_of
from skrec.typing import Codes

__all__ = ["Wording", "answer", "answer_similar"]

Progress = Callable[[int], AbstractContextManager[Callable[[int], None] | None]]
"""Shows how many of so many users have been ranked, where that takes long."""


@dataclass(frozen=True)
class Wording:
    """How an answer is given: what its columns of ids are called, and whose frame it makes.

    Attributes
    ----------
    user, item : str
    library : {"pandas", "polars"}
    """

    user: str = USER
    item: str = ITEM
    library: str = "pandas"

    @classmethod
    def of(cls, estimator: Any, *asked: Any) -> "Wording":
        """Take the names of the events of fit, and the library of the first frame that the question came with, else of those events.

        Parameters
        ----------
        estimator : estimator
            Its ``_names`` are `Names`; one that was fitted by an earlier version has none.
        *asked : object
            What the question was asked with.
        """
        names, library = getattr(estimator, "_names", None), library_of(*asked)
        if names is None:
            return cls(library=library or "pandas")
        return cls(str(names.user), str(names.item), library or ("polars" if names.library == "polars" else "pandas"))


def answer(ranker: Ranker, query: Query, k: int, progress: Progress, wording: Wording = Wording()) -> Recommendations:
    """Rank the items that each user may get.

    Parameters
    ----------
    ranker : Ranker
    query : Query
    k : int
    progress : callable
    wording : Wording

    Returns
    -------
    Recommendations
    """
    size, most = ranker.block_size, _most(ranker, k, query.allowed)
    blocks: list[Ranked] = []
    sources: list[Codes] = []
    with progress(len(query)) as report:
        query = query if report is None else replace(query, report=report)
        for start in range(0, len(query), size):
            part = query.take(slice(start, start + size))
            blocks.append(ranker.rank(part, most))
            sources.append(ranker.sources(part, blocks[-1]))
    flat, scores, lengths = join_lists(blocks)
    return Recommendations(
        query.user_ids,
        ranker.items.decode(flat),
        ranker.output(scores),
        lengths,
        k,
        source=_named(sources),
        names=(wording.user, wording.item),
        library=wording.library,
    )


def answer_similar(
    ranker: Ranker, items: Any, k: int, candidates: Any = None, exclude_items: Any = None, wording: Wording = Wording()
) -> Recommendations:
    """Rank the items most like given ones; an unknown one gets an empty list.

    Parameters
    ----------
    ranker : Ranker
    items : object
        Ids, or a frame of them.
    k : int
    candidates, exclude_items : object, optional
        Items to choose from, and items to leave out: ids, or a frame of them.
    wording : Wording

    Returns
    -------
    Recommendations
    """
    ranker = ranker.with_ids(items=candidates)
    asked = as_ids(ids_of(items), "items")
    codes, allowed = ranker.items.encode(asked), _allowed(ranker, candidates, exclude_items)
    size, most = ranker.block_size, _most(ranker, k, allowed)
    blocks: list[Ranked] = []
    sources: list[Codes] = []
    for start in range(0, len(codes), size):
        block = codes[start : start + size]
        known = np.maximum(block, 0)
        positions, scores, lengths = ranker.rank_similar(known, most, *(() if allowed is None else (allowed,)))
        blocks.append((positions, scores, np.where(block >= 0, lengths, 0)))
        sources.append(ranker.similar_sources(known))
    flat, flat_scores, lengths = join_lists(blocks)
    return Recommendations(
        to_array(asked),
        ranker.items.decode(flat),
        flat_scores,
        lengths,
        k,
        source=_named(sources),
        names=(wording.item, f"similar_{wording.item}"),
        library=wording.library,
        what="items",
    )


def _most(ranker: Ranker, k: int, allowed: Codes | None) -> int:
    """How long lists can become: nothing is made for the places of a list that nothing can fill."""
    return max(1, min(k, len(ranker.items) if allowed is None else len(allowed)))


def _allowed(ranker: Ranker, candidates: Any, exclude_items: Any) -> Codes | None:
    """Codes of the items that may be listed, ascending; None for those of fit."""
    if candidates is None and exclude_items is None:
        return None
    allowed = ranker.catalogue() if candidates is None else _codes(ranker, candidates, "candidates")
    left_out = allowed[:0] if exclude_items is None else _codes(ranker, exclude_items, "exclude_items")
    return np.setdiff1d(allowed[allowed >= 0], left_out)


def _codes(ranker: Ranker, items: Any, name: str) -> Codes:
    return ranker.items.encode(as_ids(ids_of(items, name), name))


def _named(sources: list[Codes]) -> Any:
    """Name the sources of all blocks; shape (n,)."""
    return SOURCES[np.concatenate(sources) if sources else np.empty(0, dtype=np.int64)]
