"""Features of users, items and events: which encoder reads which column, and the tables it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from skrec.data._cells import Cells, blame_missing, is_missing, named
from skrec.data._encoded import check_encoded
from skrec.data.vocabulary import Vocabulary
from skrec.exceptions import InvalidDataError, SkrecError
from skrec.typing import IdsLike

_ROWS_AT_ONCE = 4096

Fields = Sequence[tuple[str, Any, str | list[str]]]
"""Name, fitted encoder and column of each feature; where an encoder reads several columns, a list of them."""


@final
class FeatureTable:
    """A table of users or items, with the fitted encoders of its columns; rows are encoded when they are taken.

    Parameters
    ----------
    fields : sequence of (str, encoder, str or list of str)
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

    def take(self, ids: IdsLike, n_more: int = 0, like: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Encode the rows of ids.

        Parameters
        ----------
        ids : array-like of shape (n,)
            An id without a row gets what the encoder gives for a missing cell.
        n_more : int, default=0
            How many such rows to add behind them.
        like : dict of str to ndarray, optional
            Encoded rows of each feature, whose shape and dtype these are to have, too.

        Returns
        -------
        dict of str to ndarray of shape (n + n_more, ...)

        Raises
        ------
        InvalidDataError
            If an encoder can't read a cell, or gives anything but finite numbers for it.
        """
        rows = np.concatenate([self.positions(ids), np.full(n_more, -1, dtype=np.int64)])
        return _encode_all(self.fields, self.frame, rows, like)


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


def columns_of(fields: Fields) -> list[str]:
    """List the columns that encoders read, each once."""
    return list(dict.fromkeys(name for _, _, column in fields for name in listed(column)))


def listed(column: Any) -> list[Any]:
    """Give the columns of one feature as a list."""
    return column if isinstance(column, list) else [column]


def encode_columns(
    fields: Fields, frame: pd.DataFrame, what: str, like: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Encode columns of a frame.

    Parameters
    ----------
    fields : sequence of (str, encoder, str)
    frame : pandas.DataFrame of n rows
    what : str
        What the frame is, for messages.
    like : dict of str to ndarray, optional
        Encoded rows of each feature, whose shape and dtype these are to have, too.

    Returns
    -------
    dict of str to ndarray of shape (n, ...)

    Raises
    ------
    InvalidDataError
        If a column is missing; or if an encoder can't read a cell, or gives anything but finite numbers for it.
    """
    check_columns(fields, frame, what)
    return _encode_all(fields, frame, np.arange(len(frame)), like)


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
    return _encode_all(fields, frame, np.full(n, -1, dtype=np.int64), None)


def check_columns(fields: Fields, frame: pd.DataFrame, what: str) -> None:
    """Check that a frame has the columns that encoders read.

    Raises
    ------
    InvalidDataError
        If it lacks some.
    """
    missing = [column for column in columns_of(fields) if column not in frame.columns]
    if missing:
        raise InvalidDataError(
            f"{what} lacks the columns {missing}, which encoders read; its columns are {list(map(str, frame.columns))}. Add them, "
            "with None where nothing is known."
        )


def _encode_all(fields: Fields, frame: pd.DataFrame, rows: Any, like: Mapping[str, Any] | None) -> dict[str, Any]:
    known = like or {}
    return {name: _encode(encoder, frame[column], rows, known.get(name)) for name, encoder, column in fields}


def _encode(encoder: Any, column: Cells, rows: Any, like: Any) -> Any:
    """Encode rows of a column, some at a time, so that nothing but the result is as large as the result; -1 stands for a missing cell."""
    present, result = rows >= 0, None
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        there = present[start : start + _ROWS_AT_ONCE]
        if there.any():
            found = _transform(encoder, column, rows[start : start + _ROWS_AT_ONCE][there], like)
            if result is None:
                result = np.zeros((len(rows), *found.shape[1:]), dtype=found.dtype)
                like = result
            result[start : start + len(there)][there] = found
    if result is not None and present.all():
        return result
    neutral = _neutral(encoder, column, like)
    if result is None:
        return np.repeat(neutral, len(rows), axis=0)
    result[~present] = neutral[0]
    return result


def _transform(encoder: Any, column: Cells, rows: Any, like: Any) -> Any:
    try:
        found = encoder.transform(column.iloc[rows])
    except InvalidDataError:
        encoder.transform(column)  # raises anew, and counts the rows as the table does
        raise
    except SkrecError:
        raise
    except Exception as error:  # encoders of plugins may raise whatever they like for a cell that they can't read
        blame_missing(type(encoder).__name__, column, rows, error)
        raise
    return check_encoded(found, encoder, column, rows, like)


def _neutral(encoder: Any, column: Cells, example: Any) -> Any:
    """What an encoder gives for a missing cell; zeros like an example, if it refuses one, or gives NaN. Shape (1, ...)."""
    missing = _missing_row(column)
    try:
        return check_encoded(encoder.transform(missing), encoder, missing, [0], example)
    except Exception as error:  # encoders of plugins may raise whatever they like for a cell that they can't read
        if example is None:
            rows = np.flatnonzero(~is_missing(column))[:1]
            if not len(rows):
                raise InvalidDataError(
                    f"{type(encoder).__name__} refuses missing cells ({error}), and {named(column)} has no others."
                ) from error
            example = _transform(encoder, column, rows, None)
        return np.zeros((1, *example.shape[1:]), dtype=example.dtype)


def _missing_row(column: Cells) -> Cells:
    """A row whose cells are missing, of the column's kind."""
    if isinstance(column, pd.DataFrame):
        return column.iloc[:0].reindex([0])  # each of its own dtype: transformers of several columns may ask for it
    return pd.Series([None], dtype=object, name=column.name)
