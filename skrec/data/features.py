"""Features of users, items and events: which encoder reads which column, and the tables it reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from skrec.data.vocabulary import Vocabulary
from skrec.exceptions import InvalidDataError
from skrec.typing import IdsLike

_ROWS_AT_ONCE = 4096

Fields = Sequence[tuple[str, Any, str]]
"""Name, fitted encoder and column of each feature."""


@final
class FeatureTable:
    """A table of users or items, with the fitted encoders of its columns; rows are encoded when they are taken.

    Parameters
    ----------
    fields : sequence of (str, encoder, str)
        Name, fitted encoder and column of each feature.
    frame : pandas.DataFrame
        One row an id.
    key : str
        The column of ids.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.data import FeatureTable
    >>> from skrec.encoders import NumberEncoder
    >>> films = pd.DataFrame({"item_id": ["alien", "brazil"], "year": [1979, 1985]})
    >>> table = FeatureTable([("year", NumberEncoder().fit(films["year"]), "year")], films, "item_id")
    >>> table.take(["brazil", "unheard"])["year"]
    array([[1., 0.],
           [0., 0.]], dtype=float32)
    """

    def __init__(self, fields: Fields, frame: pd.DataFrame, key: str) -> None:
        check_columns(fields, frame, f"The table keyed by {key!r}")
        self.fields, self.frame, self.key = list(fields), frame, key
        self._ids = Vocabulary(frame[key], key.removesuffix("_id")) if len(frame) else None

    def positions(self, ids: IdsLike) -> Any:
        """Rows of ids; -1 for an id without one. Shape (n,)."""
        return np.full(len(ids), -1, dtype=np.int64) if self._ids is None else self._ids.encode(ids)

    def take(self, ids: IdsLike, n_more: int = 0) -> dict[str, Any]:
        """Encode the rows of ids.

        Parameters
        ----------
        ids : array-like of shape (n,)
            An id without a row gets what the encoder gives for a missing cell.
        n_more : int, default=0
            How many such rows to add behind them.

        Returns
        -------
        dict of str to ndarray of shape (n + n_more, ...)
        """
        rows = np.concatenate([self.positions(ids), np.full(n_more, -1, dtype=np.int64)])
        return {name: _encode(encoder, self.frame[column], rows) for name, encoder, column in self.fields}


@dataclass(frozen=True)
class Features:
    """Features of users, items and events, encoded.

    Attributes
    ----------
    users, items : FeatureTable or None
    context : sequence of (str, encoder, str)
        Name, fitted encoder and column of each feature of events.
    """

    users: FeatureTable | None = None
    items: FeatureTable | None = None
    context: Fields = ()


def encode_columns(fields: Fields, frame: pd.DataFrame, what: str) -> dict[str, Any]:
    """Encode columns of a frame.

    Parameters
    ----------
    fields : sequence of (str, encoder, str)
    frame : pandas.DataFrame of n rows
    what : str
        What the frame is, for messages.

    Returns
    -------
    dict of str to ndarray of shape (n, ...)

    Raises
    ------
    InvalidDataError
        If a column is missing.
    """
    check_columns(fields, frame, what)
    rows = np.arange(len(frame))
    return {name: _encode(encoder, frame[column], rows) for name, encoder, column in fields}


def missing_rows(fields: Fields, n: int, frame: pd.DataFrame) -> dict[str, Any]:
    """Make rows that stand for missing cells.

    Parameters
    ----------
    fields : sequence of (str, encoder, str)
    n : int
    frame : pandas.DataFrame
        With the columns, and a row at least: where an encoder refuses a missing cell, zeros like what it gives for another one stand
        for it.

    Returns
    -------
    dict of str to ndarray of shape (n, ...)
    """
    rows = np.full(n, -1, dtype=np.int64)
    return {name: _encode(encoder, frame[column], rows) for name, encoder, column in fields}


def check_columns(fields: Fields, frame: pd.DataFrame, what: str) -> None:
    """Check that a frame has the columns that encoders read.

    Raises
    ------
    InvalidDataError
        If it lacks some.
    """
    missing = [column for _, _, column in fields if column not in frame.columns]
    if missing:
        raise InvalidDataError(
            f"{what} lacks the columns {missing}, which encoders read; its columns are {list(map(str, frame.columns))}. Add them, "
            "with None where nothing is known."
        )


def _encode(encoder: Any, column: "pd.Series[Any]", rows: Any) -> Any:
    """Encode rows of a column, some at a time, so that nothing but the result is as large as the result; -1 stands for a missing cell."""
    present, result = rows >= 0, None
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        there = present[start : start + _ROWS_AT_ONCE]
        if there.any():
            found = _transform(encoder, column, rows[start : start + _ROWS_AT_ONCE][there])
            if result is None:
                result = np.zeros((len(rows), *found.shape[1:]), dtype=found.dtype)
            result[start : start + len(there)][there] = found
    if result is not None and present.all():
        return result
    neutral = _neutral(encoder, column, None if result is None else result[present][:1])
    if result is None:
        return np.repeat(neutral, len(rows), axis=0)
    result[~present] = neutral[0]
    return result


def _transform(encoder: Any, column: "pd.Series[Any]", rows: Any) -> Any:
    try:
        return np.asarray(encoder.transform(column.iloc[rows]))
    except InvalidDataError:
        encoder.transform(column)  # raises anew, and counts the rows as the table does
        raise


def _neutral(encoder: Any, column: "pd.Series[Any]", example: Any) -> Any:
    """What an encoder gives for a missing cell; zeros like an example, if it refuses one. Shape (1, ...)."""
    try:
        return np.asarray(encoder.transform(pd.Series([None], dtype=object, name=column.name)))
    except Exception as error:  # encoders of plugins may raise whatever they like for a cell that they can't read
        if example is None:
            cells = column[column.notna().to_numpy()].iloc[:1]
            if not len(cells):
                raise InvalidDataError(
                    f"{type(encoder).__name__} refuses missing cells ({error}), and column {column.name!r} has no others."
                ) from error
            example = encoder.transform(cells)
        return np.zeros_like(np.asarray(example))
