"""Interactions: events with the tables of users and items, an sklearn ``X``."""

from numbers import Integral
from typing import Any, final

import numpy as np
import pandas as pd

from skrec._params import check_parameter
from skrec.data._arrays import refuse_masked
from skrec.data._columns import read_events
from skrec.data._frames import column_names, is_frame, library_of
from skrec.data._ids import as_column
from skrec.data._interactions_html import facts_of, to_html
from skrec.data._matrices import events_of_matrix
from skrec.data._names import ITEM, RATING, TIMESTAMP, USER, WEIGHT, Names
from skrec.data._tables import check_kinds, read_table
from skrec.data.features import Features
from skrec.exceptions import InvalidDataError


@final
class Interactions:
    """Events, with the features of their users and items.

    An sklearn ``X``: ``len(X)`` events, ``X.shape``, and ``X[positions]`` takes events by position while both tables
    ride along by reference. So ``train_test_split``, ``KFold``, ``cross_validate`` and ``GridSearchCV`` work on it.
    Immutable.

    Parameters
    ----------
    events : Interactions, pandas.DataFrame, polars.DataFrame, pyarrow.Table, ndarray or list of tuples
        One row an event. A frame's columns are found by name; every column that is neither id, rating nor timestamp is
        context. A column ``weight`` multiplies an event's loss. Arrays, and frames whose names carry no meaning (whole numbers,
        or ``col_0, col_1``), are read by position: user, item, rating, timestamp, context. A matrix with a row for each user goes to
        `from_matrix`.
    users : frame, optional
        One row a user: the user column and features. May hold users without events, and lack users who have some.
    items : frame, optional
        The same for items.
    user : str, default="user_id"
        Name of the user column in the frames; it becomes ``user_id``.
    item : str, default="item_id"
        Name of the item column in the frames; it becomes ``item_id``.
    rating : str, default="rating"
        Name of the rating column, which may be absent under its default name; it becomes ``rating``.
    timestamp : str, default="timestamp"
        Name of the column of times, which may be absent under its default name; it becomes ``timestamp``. Numbers, datetimes,
        dates or texts of ISO 8601.

    Attributes
    ----------
    events : pandas.DataFrame of shape (n_events, n_columns)
        Columns ``user_id, item_id[, rating][, timestamp]`` and context.
    users, items : pandas.DataFrame or None
        The tables, keyed by ``user_id`` and ``item_id``.
    shape : tuple of int
        ``(n_events, n_columns)``.
    names : Names
        What the columns were called, and whose frame they came in; an estimator fitted on these events understands later frames by
        these names.

    Raises
    ------
    InvalidDataError
        For missing id columns, null ids, ids of mixed kinds, empty events, ratings or timestamps that are NaN, and ids
        that a table holds twice: with the column and the first offending rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import Interactions
    >>> frame = pd.DataFrame({"who": ["ann", "bob"], "film": [7, 9], "rating": [4.0, 2.5]})
    >>> X = Interactions(frame, user="who", item="film")
    >>> X.shape, X[[1]].events["item_id"].to_list()
    ((2, 3), [9])
    """

    __slots__ = ("_events", "_features", "_items", "_names", "_users")
    _events: pd.DataFrame
    _features: Features | None
    _users: pd.DataFrame | None
    _items: pd.DataFrame | None
    _names: Names

    def __init__(
        self,
        events: Any,
        users: Any = None,
        items: Any = None,
        *,
        user: str = USER,
        item: str = ITEM,
        rating: str = "rating",
        timestamp: str = TIMESTAMP,
    ) -> None:
        for word, name in (("user", user), ("item", item), ("rating", rating), ("timestamp", timestamp)):
            check_parameter(word, name, [str, Integral], "Interactions")
        given = Names(user, item, rating, timestamp)
        if isinstance(events, Interactions):
            frame, known_users, known_items, names = events._events, events._users, events._items, events._names
        else:
            frame, known_users, known_items = read_events(events, given), None, None
            names = given.as_given(column_names(events) if is_frame(events) else (), library_of(events))
        if users is not None:
            known_users = read_table(users, USER, _key(users, user, names.user, USER), "users")
        if items is not None:
            known_items = read_table(items, ITEM, _key(items, item, names.item, ITEM), "items")
        check_kinds(frame, known_users, USER, names.user, "users")
        check_kinds(frame, known_items, ITEM, names.item, "items")
        self._set(frame, known_users, known_items, None, names)

    @classmethod
    def from_matrix(
        cls, matrix: Any, user_ids: Any = None, item_ids: Any = None, *, values: str = "weight"
    ) -> "Interactions":
        """Make events of a matrix with a row for each user and a column for each item, as implicit and LightFM take it.

        Each entry that isn't 0 is an event. Where all are 1 it has no further column. Where all are -1 or 1, as in LightFM, these become
        the labels 0 and 1 in the column ``rating``: what a user disliked is seen, and never a positive.

        Parameters
        ----------
        matrix : scipy.sparse matrix or array, ndarray, or frame, of shape (n_users, n_items)
            Cells of a dense one that are NaN or masked are empty. A pandas frame brings the ids along: in its index those of users, in
            its columns those of items.
        user_ids, item_ids : array-like of shape (n_users,) and (n_items,), optional
            Distinct ids of rows and columns; by default their numbers, from 0. A row or a column without entries has no events.
        values : {"weight", "rating"}, default="weight"
            What other entries are. Weights count how much an event is worth, as the counts and confidences of implicit do: 2 is the same
            event twice. Ratings are labels: a ranking model takes each event for a positive, whatever they say.

        Returns
        -------
        Interactions
            Events by row, then by column, without timestamps: the order means nothing.

        Raises
        ------
        InvalidDataError
            If the matrix holds no numbers, nothing but zeros, infinity, or weights below 0; or if ids are repeated or too few.
        InvalidParameterError
            If `values` is something else.

        Examples
        --------
        >>> from scipy.sparse import csr_array
        >>> from skrec import Interactions
        >>> plays = csr_array([[3, 0, 1], [0, 2, 0]])
        >>> Interactions.from_matrix(plays, user_ids=["ann", "bob"]).events
          user_id  item_id  weight
        0     ann        0     3.0
        1     ann        2     1.0
        2     bob        1     2.0
        """
        return cls(events_of_matrix(matrix, user_ids, item_ids, values))

    def _set(
        self,
        events: pd.DataFrame,
        users: pd.DataFrame | None,
        items: pd.DataFrame | None,
        features: Features | None = None,
        names: Names | None = None,
    ) -> None:
        names = Names() if names is None else names  # files and pickles of earlier versions have none
        if not isinstance(names, Names):
            raise InvalidDataError(f"The names of Interactions must be Names. Got {type(names).__name__} instead.")
        object.__setattr__(self, "_events", events)
        object.__setattr__(self, "_features", features)
        object.__setattr__(self, "_items", items)
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_users", users)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Interactions is immutable: can't set {name!r}. Make a new one with .replace(...).")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Interactions is immutable: can't delete {name!r}. Make a new one with .replace(...).")

    def __getstate__(self) -> tuple[Any, ...]:
        return (self._events, self._users, self._items, self._features, self._names)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._set(*state)

    def __copy__(self) -> "Interactions":
        return self

    @property
    def events(self) -> pd.DataFrame:
        """Events, shape (n_events, n_columns); a copy-on-write copy."""
        return self._events.copy(deep=False)

    @property
    def users(self) -> pd.DataFrame | None:
        """The table of users, or None."""
        return None if self._users is None else self._users.copy(deep=False)

    @property
    def items(self) -> pd.DataFrame | None:
        """The table of items, or None."""
        return None if self._items is None else self._items.copy(deep=False)

    @property
    def names(self) -> Names:
        """What the columns were called on entry, and whose frame they came in."""
        return self._names

    @property
    def shape(self) -> tuple[int, int]:
        """``(n_events, n_columns)``."""
        return (len(self._events), self._events.shape[1])

    @property
    def context_columns(self) -> list[str]:
        """Names of the columns that are neither ids, rating, timestamp nor weight."""
        return [name for name in self._events.columns if name not in {USER, ITEM, RATING, TIMESTAMP, WEIGHT}]

    def __len__(self) -> int:
        return len(self._events)

    def __getitem__(self, key: Any) -> "Interactions":
        """Take events by position: an int array, a boolean mask, a slice, or any of these as ``X[positions, ...]``."""
        if isinstance(key, tuple):
            if len(key) != 2 or key[1] is not Ellipsis:
                raise IndexError("Interactions takes X[positions] or X[positions, ...]; columns are in X.events.")
            key = key[0]
        if isinstance(key, slice):
            return self._with_events(self._events.iloc[key])
        if isinstance(key, (int, np.integer)) and not isinstance(key, (bool, np.timedelta64)):
            if not -len(self) <= key < len(self):
                raise IndexError(f"Position {key} is out of range: there are {len(self)} events.")
            key = [int(key)]
        refuse_masked(key, "The selection")
        try:
            positions = np.asarray(key)
        except ValueError:
            raise IndexError("Interactions takes positions in one dimension. Got lists of different lengths.") from None
        if positions.dtype == bool:
            if positions.shape != (len(self),):
                raise IndexError(f"A boolean mask of shape {positions.shape} doesn't fit {len(self)} events.")
            positions = np.flatnonzero(positions)
        if positions.ndim != 1 or (len(positions) and positions.dtype.kind not in "iu"):
            raise IndexError(
                "Interactions takes positions: integers, a boolean mask or a slice. Its columns are in X.events."
            )
        self._check_range(positions)
        return self._with_events(self._events.take(positions.astype(np.int64, copy=False)))

    def _check_range(self, positions: Any) -> None:
        outside = positions[(positions >= len(self)) | (positions < -len(self))] if len(positions) else positions
        if len(outside):
            raise IndexError(f"Position {outside[0]} is out of range: there are {len(self)} events.")

    def _with_events(self, events: pd.DataFrame) -> "Interactions":
        """Share both tables with other, already checked events."""
        result = object.__new__(Interactions)
        result._set(events.reset_index(drop=True), self._users, self._items, self._features, self._names)
        return result

    @property
    def features(self) -> Features | None:
        """The fitted encoders of the tables and of context, where `FeatureEncoder` put some there."""
        return self._features

    def with_features(self, features: Features | None) -> "Interactions":
        """Make a copy with encoders.

        Parameters
        ----------
        features : Features or None

        Returns
        -------
        Interactions
        """
        result = object.__new__(Interactions)
        result._set(self._events, self._users, self._items, features, self._names)
        return result

    def replace(self, **columns: Any) -> "Interactions":
        """Make a copy in which event columns have other values.

        Parameters
        ----------
        **columns : array-like of shape (n_events,)
            Values of each column, new or existing; they are checked as in the constructor.

        Returns
        -------
        Interactions
        """
        given = {name: as_column(values, name) for name, values in columns.items()}
        wrong = {name: len(values) for name, values in given.items() if len(values) != len(self)}
        if wrong:
            raise InvalidDataError(f"Columns of other lengths than the {len(self)} events: {wrong}.")
        changed = read_events(self._events.assign(**given), Names())  # standard names, whatever the user called them
        return self._with_events(changed)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self._events.to_numpy(), dtype=dtype)

    def __repr__(self) -> str:
        facts = facts_of(self._events, self._users, self._items)
        return "Interactions(" + "; ".join(f"{name}: {value}" for name, value in facts.items()) + ")"

    def _repr_html_(self) -> str:
        return to_html(self._events, facts_of(self._events, self._users, self._items))


def later_events(X: Any, names: Names, *, scored: bool = False) -> Interactions:
    """Make Interactions of what comes after fit: a frame may call its columns as that of fit did, or by their usual names.

    Parameters
    ----------
    X : Interactions, or anything that ``Interactions(X)`` takes
    names : Names
        Those of the events of fit.
    scored : bool, default=False
        Whether events are only to be scored: ratings, weights and times that can't be used then stay as they are.

    Returns
    -------
    Interactions
    """
    if isinstance(X, Interactions):
        return X
    columns = column_names(X) if is_frame(X) else ()
    found = names.found_in(columns)
    result = object.__new__(Interactions)
    result._set(read_events(X, found, scored=scored), None, None, None, found.as_given(columns, library_of(X)))
    return result


def _key(table: Any, asked: str, known: str, usual_name: str) -> str:
    """Find the id column of a table: under the name asked for, or that of the events, or the usual one."""
    there = column_names(table) if is_frame(table) else []
    return known if asked == usual_name and usual_name not in there and known in there else asked
