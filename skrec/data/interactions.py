"""Interactions: events with the tables of users and items, an sklearn ``X``."""

import html
from typing import Any, final

import numpy as np
import pandas as pd

from skrec.data._columns import ITEM, RATING, TIMESTAMP, USER, WEIGHT, Names, check_kinds, read_events, read_table
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
        context. A column ``weight`` multiplies an event's loss. Arrays, and frames with neither id column, are read by
        position: user, item, rating, timestamp, context.
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
        Name of the column of times, which may be absent under its default name; it becomes ``timestamp``.

    Attributes
    ----------
    events : pandas.DataFrame of shape (n_events, n_columns)
        Columns ``user_id, item_id[, rating][, timestamp]`` and context.
    users, items : pandas.DataFrame or None
        The tables, keyed by ``user_id`` and ``item_id``.
    shape : tuple of int
        ``(n_events, n_columns)``.

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

    __slots__ = ("_events", "_features", "_items", "_users")
    _events: pd.DataFrame
    _features: Features | None
    _users: pd.DataFrame | None
    _items: pd.DataFrame | None

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
        if isinstance(events, Interactions):
            frame, known_users, known_items = events._events, events._users, events._items
        else:
            frame, known_users, known_items = read_events(events, Names(user, item, rating, timestamp)), None, None
        self._set(
            frame,
            known_users if users is None else read_table(users, USER, user, "users"),
            known_items if items is None else read_table(items, ITEM, item, "items"),
        )
        check_kinds(self._events, self._users, USER, "users")
        check_kinds(self._events, self._items, ITEM, "items")

    def _set(
        self,
        events: pd.DataFrame,
        users: pd.DataFrame | None,
        items: pd.DataFrame | None,
        features: Features | None = None,
    ) -> None:
        object.__setattr__(self, "_events", events)
        object.__setattr__(self, "_features", features)
        object.__setattr__(self, "_users", users)
        object.__setattr__(self, "_items", items)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Interactions is immutable: can't set {name!r}. Make a new one with .replace(...).")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Interactions is immutable: can't delete {name!r}. Make a new one with .replace(...).")

    def __getstate__(self) -> tuple[Any, ...]:
        return (self._events, self._users, self._items, self._features)

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
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            if not -len(self) <= key < len(self):
                raise IndexError(f"Position {key} is out of range: there are {len(self)} events.")
            key = [int(key)]
        positions = np.asarray(key)
        if positions.dtype == bool:
            if positions.shape != (len(self),):
                raise IndexError(f"A boolean mask of shape {positions.shape} doesn't fit {len(self)} events.")
            positions = np.flatnonzero(positions)
        if positions.ndim != 1 or (len(positions) and positions.dtype.kind not in "iu"):
            raise IndexError(
                "Interactions takes positions: integers, a boolean mask or a slice. Its columns are in X.events."
            )
        return self._with_events(self._events.take(positions.astype(np.int64, copy=False)))

    def _with_events(self, events: pd.DataFrame) -> "Interactions":
        """Share both tables with other, already checked events."""
        result = object.__new__(Interactions)
        result._set(events.reset_index(drop=True), self._users, self._items, self._features)
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
        result._set(self._events, self._users, self._items, features)
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
        wrong = {name: len(values) for name, values in columns.items() if len(values) != len(self)}
        if wrong:
            raise InvalidDataError(f"Columns of other lengths than the {len(self)} events: {wrong}.")
        changed = read_events(self._events.assign(**columns), Names())
        return self._with_events(changed)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self._events.to_numpy(), dtype=dtype)

    def _facts(self) -> dict[str, str]:
        """Gather what both representations show."""
        n_users, n_items = self._events[USER].nunique(), self._events[ITEM].nunique()
        density = len(self) / max(1, n_users * n_items)
        facts = {
            "events": f"{len(self):,}",
            "users": f"{n_users:,}",
            "items": f"{n_items:,}",
            "density": f"{density:.2%}",
        }
        if TIMESTAMP in self._events and len(self):
            first, last = (_moment(self._events[TIMESTAMP].iloc[p]) for p in self._extremes())
            facts["time"] = f"{first} to {last}"
        facts["columns"] = ", ".join(self._events.columns)
        for what, table in (("user table", self._users), ("item table", self._items)):
            if table is not None:
                facts[what] = f"{len(table):,} rows: {', '.join(map(str, table.columns))}"
        return facts

    def _extremes(self) -> tuple[int, int]:
        times = self._events[TIMESTAMP].to_numpy()
        return int(times.argmin()), int(times.argmax())

    def __repr__(self) -> str:
        return "Interactions(" + "; ".join(f"{name}: {value}" for name, value in self._facts().items()) + ")"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(v)}</td></tr>" for k, v in self._facts().items())
        return f"<table><caption>Interactions</caption>{rows}</table>"


def _moment(value: Any) -> str:
    """Show a timestamp; whole numbers of the size of Unix seconds or milliseconds are shown as dates."""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    for unit, scale in (("s", 1.0), ("ms", 1e3)):
        if 1e8 * scale <= value <= 4e9 * scale:
            return f"{pd.Timestamp(int(value), unit=unit):%Y-%m-%d}"
    return f"{value:g}"
