"""Recommendations: what ``recommend`` returns."""

import html
from typing import Any, final

import numpy as np
import pandas as pd

from skrec.typing import Ids, Scores


@final
class Recommendations:
    """Ranked items for each user asked about; best first, short lists are short.

    Parameters
    ----------
    users : ndarray of shape (n,)
        The ids asked about, in the order asked.
    flat_items : ndarray of shape (n_recommended,)
        The recommended ids of all users one after the other.
    flat_scores : ndarray of shape (n_recommended,)
        Their scores.
    lengths : ndarray of shape (n,)
        How many items each user got.
    k : int
        How many were asked for.

    Attributes
    ----------
    users : ndarray of shape (n,)
        Ids asked about. In an answer of ``similar_items`` these are item ids.
    items : ndarray of shape (n, k)
        Recommended item ids. Past the end of a short list stands ``None``, and the array is of dtype object; else ids
        keep their dtype.
    scores : ndarray of shape (n, k), float32
        Scores, descending in each row; NaN past the end of a short list.
    lengths : ndarray of shape (n,), int64
        Lengths of the lists, at most k.

    Examples
    --------
    >>> from skrec.models import Popularity
    >>> events = [("ann", "alien"), ("ann", "brazil"), ("bob", "alien")]
    >>> Popularity().fit(events).recommend(["bob"], k=1).to_frame()
      user_id item_id  score  rank
    0     bob  brazil    1.0     1
    """

    def __init__(self, users: Ids, flat_items: Ids, flat_scores: Scores, lengths: Any, k: int) -> None:
        self.users = users
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self._flat_items = flat_items
        self._flat_scores = np.asarray(flat_scores, dtype=np.float32)
        self._k = k
        filled = np.arange(k) < self.lengths[:, np.newaxis]
        if filled.all():
            self.items = flat_items.reshape(len(users), k)
        else:
            self.items = np.full((len(users), k), None, dtype=object)
            self.items[filled] = flat_items
        self.scores = np.full((len(users), k), np.nan, dtype=np.float32)
        self.scores[filled] = self._flat_scores

    def __len__(self) -> int:
        return len(self.users)

    def to_frame(self) -> pd.DataFrame:
        """Make one row per recommendation.

        Returns
        -------
        pandas.DataFrame
            Columns ``user_id, item_id, score, rank``; rank counts from 1. A user without any item has no row.
        """
        starts = np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        return pd.DataFrame(
            {
                "user_id": np.repeat(self.users, self.lengths),
                "item_id": self._flat_items,
                "score": self._flat_scores,
                "rank": np.arange(len(self._flat_items), dtype=np.int64) - starts + 1,
            }
        )

    def __repr__(self) -> str:
        head = f"Recommendations for {len(self.users):,} users, k={self._k}"
        return f"{head}\n{self._lines(5).to_string(index=False)}" if len(self.users) else head

    def _repr_html_(self) -> str:
        head = html.escape(f"Recommendations for {len(self.users):,} users, k={self._k}")
        return f"<p>{head}</p>{self._lines(10).to_html(index=False, escape=True)}"

    def _lines(self, limit: int) -> pd.DataFrame:
        """Summarise the first users' lists, one line each."""
        rows = []
        for user, items, length in zip(self.users[:limit], self.items, self.lengths, strict=False):
            shown = ", ".join(str(item) for item in items[: min(int(length), 8)])
            rows.append({"user": user, "items": shown + (", ..." if length > 8 else "")})
        return pd.DataFrame(rows, columns=["user", "items"])
