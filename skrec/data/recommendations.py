"""Recommendations: what ``recommend`` returns."""

import copy
from functools import cached_property
from typing import Any, final

import numpy as np
import numpy.typing as npt
import pandas as pd

from skrec._params import check_parameter
from skrec.data._joined import make_frame, read_joined
from skrec.data._lists_html import lists_to_html
from skrec.data._lists_text import lists_to_text
from skrec.exceptions import InvalidDataError
from skrec.typing import Ids, Scores

_TAKEN = ("score", "rank", "source")
_TITLES = ("title", "name")


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
    source : ndarray of shape (n,), optional
        Where each list comes from; "model" by default.
    names : tuple of two str, default=("user_id", "item_id")
        What the columns of ids are called in `to_frame`: of those asked about, and of those listed.
    library : {"pandas", "polars"}, default="pandas"
        Whose frame `to_frame` makes.
    what : {"users", "items"}, default="users"
        What was asked about.

    Attributes
    ----------
    users : ndarray of shape (n,)
        Ids asked about. In an answer of ``similar_items`` these are item ids.
    items : ndarray of shape (n, k)
        Recommended item ids. Past the end of a short list stands ``None``, and the array is of dtype object; else ids
        keep their dtype. Made when it is first read: where `k` is far beyond the catalogue, `listed` and `to_frame` hold the same
        without the gaps.
    scores : ndarray of shape (n, k), float32
        Scores, descending in each row; NaN past the end of a short list. Made when it is first read, too.
    lengths : ndarray of shape (n,), int64
        Lengths of the lists, at most k.
    listed : ndarray of shape (n_recommended,)
        The recommended ids of all users one after the other.
    source : ndarray of shape (n,), str
        Where each list comes from:

        * ``"model"``: what `fit` learned, for a user of fit with the history of fit; of ``similar_items``, for an item of fit;
        * ``"fold-in"``: what `fit` learned, for a history that was handed in (``history=``) and has a positive event with an item of fit;
        * ``"features"``: a user of whom no event is known, by the features handed in (``users=`` frame); or a user of whom nothing is
          known, where all that is listed are cold items: these are ranked by what the users of fit on average make of their features.
          Of ``similar_items``, for a cold item;
        * ``"popular"``: nothing is known of the user, who gets the popular items. Cold items that may be listed, too, stand behind all
          items with events.

        It says how a list was ranked also where nothing was left to list.

    Examples
    --------
    >>> from skrec.models import Popularity
    >>> events = [("ann", "alien"), ("ann", "brazil"), ("bob", "alien")]
    >>> answer = Popularity().fit(events).recommend(["bob", "eve"], k=1)
    >>> answer.to_frame(source=True)
      user_id item_id  score  rank   source
    0     bob  brazil    1.0     1    model
    1     eve   alien    2.0     1  popular
    """

    _source: Any = None  # pickles of earlier versions have none of these
    _names: tuple[str, str] = ("user_id", "item_id")
    _library = "pandas"
    _what = "users"
    _titles: Any = None

    def __init__(
        self,
        users: Ids,
        flat_items: Ids,
        flat_scores: Scores,
        lengths: Any,
        k: int,
        *,
        source: Any = None,
        names: tuple[str, str] = ("user_id", "item_id"),
        library: str = "pandas",
        what: str = "users",
    ) -> None:
        self.users = users
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self._flat_items = flat_items
        self._flat_scores = np.asarray(flat_scores, dtype=np.float32)
        self._k = k
        self._source, self._names, self._library, self._what = source, names, library, what

    def __len__(self) -> int:
        return len(self.users)

    @property
    def listed(self) -> Ids:
        """The recommended ids of all users one after the other, shape (n_recommended,)."""
        return self._flat_items

    @property
    def source(self) -> "npt.NDArray[np.str_]":
        """Where each list comes from, shape (n,): "model", "fold-in", "features" or "popular"."""
        return np.full(len(self), "model") if self._source is None else np.asarray(self._source, dtype=np.str_)

    @cached_property
    def items(self) -> Ids:
        """Recommended item ids, shape (n, k); None past the end of a short list."""
        if (self.lengths == self._k).all():
            return self._flat_items.reshape(len(self.users), self._k)
        items: Ids = self._spread(self._flat_items, None, object)
        return items

    @cached_property
    def scores(self) -> Scores:
        """Scores, shape (n, k); NaN past the end of a short list."""
        scores: Scores = self._spread(self._flat_scores, np.nan, np.float32)
        return scores

    def _spread(self, flat: Any, gap: Any, dtype: Any) -> Any:
        """Lay lists out as rows of k."""
        try:
            rows = np.full((len(self.users), self._k), gap, dtype=dtype)
        except (MemoryError, ValueError, OverflowError) as error:
            raise MemoryError(
                f"An array of {len(self.users):,} lists of k={self._k:,} doesn't fit into memory, and {len(flat):,} items are listed. "
                "Read them from to_frame() or .listed, or ask for a smaller k."
            ) from error
        rows[np.repeat(np.arange(len(self.users)), self.lengths), self._ranks()] = flat
        return rows

    def _ranks(self) -> Any:
        """Place of each listed item in its list, from 0; shape (n_recommended,)."""
        starts = np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        return np.arange(len(self._flat_items), dtype=np.int64) - starts

    def to_frame(self, source: bool = False, items: Any = None) -> pd.DataFrame:
        """Make one row per recommendation.

        Parameters
        ----------
        source : bool, default=False
            Add the column ``source``: where the user's list comes from.
        items : frame, optional
            A table of items, whose other columns are joined: one row an item, with the column of item ids as it is called in `fit`, or
            ``item_id``. An item without a row gets missing cells.

        Returns
        -------
        pandas.DataFrame or polars.DataFrame
            Columns ``user_id, item_id, score, rank[, source]`` and those of `items`; of ``similar_items`` ``item_id, similar_item_id,
            score, rank``. Ids are called as they were in the events of fit: those of ``Interactions(events, user="customer")`` are
            ``customer``. Rank counts from 1. A user without any item has no row. A frame of polars if the first frame among `users`,
            `history` and `items` of the question was one; of a question without frames, if the events of fit were one; else of pandas.

        Raises
        ------
        InvalidDataError
            If `items` is no frame, lacks the column of ids, has an id twice, or a column that would be there twice.
        InvalidParameterError
            If `source` is neither True nor False.
        """
        check_parameter("source", source, ["boolean"], "to_frame")
        asked, listed = (
            name if name not in _TAKEN else usual
            for name, usual in zip(self._names, ("user_id", "item_id"), strict=True)
        )
        columns = {
            asked: np.repeat(self.users, self.lengths),
            listed: self._flat_items,
            "score": self._flat_scores,
            "rank": self._ranks() + 1,
        }
        if source:
            columns["source"] = np.repeat(self.source, self.lengths).astype(object)
        joined = None if items is None else read_joined(items, self._item, self._flat_items, tuple(columns))
        frame: pd.DataFrame = make_frame(columns, joined, self._library)  # or one of polars, which needn't be installed
        return frame

    @property
    def _item(self) -> str:
        """What an item's id is called."""
        return self._names[0 if self._what == "items" else 1]

    def with_titles(self, items: Any, column: str | None = None) -> "Recommendations":
        """Make a copy that shows items by title, in its text and in notebooks; the numbers and ids stay what they are.

        Parameters
        ----------
        items : frame
            A table of items: one row an item, with the column of item ids as it is called in `fit`, or ``item_id``.
        column : str, optional
            The column of titles; by default ``title``, or ``name``. Where an item has no title its id is shown.

        Returns
        -------
        Recommendations

        Raises
        ------
        InvalidDataError
            If `items` is no such table, or has no such column.
        InvalidParameterError
            If `column` is no text.
        """
        check_parameter("column", column, [str, None], "with_titles")
        table = read_joined(items, self._item, self._flat_items, ()).in_pandas()
        found = [name for name in ((column,) if column else _TITLES) if name in table]
        if not found:
            raise InvalidDataError(
                f"items has no column {column or 'title'!r} to show; its columns are {[str(name) for name in table.columns]}. "
                "Name the one with the titles: with_titles(items, column=...)."
            )
        result = copy.copy(self)
        result._titles = table[found[0]].astype(object).where(table[found[0]].notna().to_numpy(), None).to_numpy()
        return result

    def __repr__(self) -> str:
        return lists_to_text(self._head(), self._what, self._shown(5, 9))

    def _repr_html_(self) -> str:
        return lists_to_html(self._head(), len(self), self._what, self._shown(10, 20))

    def _head(self) -> str:
        what = self._what[:-1] if len(self) == 1 else self._what
        return f"Recommendations for {len(self):,} {what}, k={self._k}"

    def _shown(self, n_users: int, n_items: int) -> list[tuple[str, str, list[tuple[str, float]]]]:
        """Give the first users, each with the source and the beginning of the list: title, or id, and score."""
        labels = self._flat_items if self._titles is None else self._titles
        ends = np.cumsum(self.lengths)
        shown = []
        for user, source, end, length in zip(self.users[:n_users], self.source, ends, self.lengths, strict=False):
            part = slice(end - length, end - length + min(int(length), n_items))
            entries = zip(self._flat_items[part], labels[part], self._flat_scores[part], strict=True)
            own = [(str(item if label is None else label), float(score)) for item, label, score in entries]
            shown.append((str(user), str(source), own))
        return shown
