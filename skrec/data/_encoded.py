"""What encoders give is checked: numbers, one row for each cell, all of one shape, none of them NaN."""

from typing import Any

import numpy as np
import numpy.typing as npt

from skrec.data._cells import Cells, is_missing, named, place, place_of_missing
from skrec.exceptions import InvalidDataError

_LEAST, _MOST = np.iinfo(np.int32).min, np.iinfo(np.int32).max
_KEPT = frozenset(map(np.dtype, (np.int32, np.float32, np.uint8)))


def check_encoded(found: Any, encoder: Any, column: Cells, positions: Any, like: Any = None) -> npt.NDArray[Any]:
    """Check what an encoder gave for rows of a column.

    Parameters
    ----------
    found : object
        What its `transform` gave.
    encoder : Encoder
    column : pandas.Series or pandas.DataFrame
        The whole column, or several.
    positions : array-like of shape (n,)
        Rows of it that were encoded.
    like : ndarray of shape (m, ...), optional
        What it gave for others.

    Returns
    -------
    ndarray of shape (n, ...)
        int32, float32 or uint8, or the dtype of `like`: other numbers are converted.

    Raises
    ------
    InvalidDataError
        If it is anything but finite numbers, a row for each, of the shape and kind of `like`: the message names encoder and column, and the
        row where there is one to name.
    """
    name, rows = type(encoder).__name__, np.asarray(found)
    if rows.ndim == 0 or len(rows) != len(positions):
        what = f"an array of shape {rows.shape}" if rows.ndim else f"an object of type {type(found).__name__}"
        raise InvalidDataError(
            f"{name} gave {what} for {len(positions)} rows of {named(column)}, and an encoder gives an array with one row for each."
        )
    rows = _as_numbers(rows, name, column, positions)
    if rows.dtype.kind == "f":
        wrong = np.flatnonzero(~np.isfinite(rows.reshape(len(rows), -1)).all(axis=1))
        if len(wrong):
            _refuse_row(int(positions[wrong[0]]), name, column)
    # Last, since integers become floats where NaN stands for a missing one.
    return rows if like is None else _as_before(rows, name, column, like)


def _as_numbers(rows: npt.NDArray[Any], name: str, column: Cells, positions: Any) -> npt.NDArray[Any]:
    """Convert numbers to the dtypes that networks take."""
    if rows.dtype in _KEPT:
        return rows
    if rows.dtype.kind in "fb":
        with np.errstate(over="ignore"):
            return rows.astype(np.float32)
    if rows.dtype.kind in "iu":
        wrong = np.flatnonzero(((rows < _LEAST) | (rows > _MOST)).reshape(len(rows), -1).any(axis=1))
        if len(wrong):
            raise InvalidDataError(
                f"{place(column, int(positions[wrong[0]]))} became an integer beyond 32 bits in {name}. An encoder gives int32 codes, "
                "float32 numbers or uint8 pixels; divide what is larger."
            )
        return rows.astype(np.int32)
    raise InvalidDataError(
        f"{name} gave an array of dtype {rows.dtype} for {named(column)}, and an encoder gives int32 codes, float32 numbers or uint8 "
        "pixels."
    )


def _as_before(rows: npt.NDArray[Any], name: str, column: Cells, like: Any) -> npt.NDArray[Any]:
    """Check shape and kind against what the encoder gave before."""
    if rows.shape[1:] != like.shape[1:]:
        raise InvalidDataError(
            f"{name} gave rows of shape {rows.shape[1:]} for {named(column)}, and of shape {like.shape[1:]} before. An encoder's rows have "
            "one shape, whatever the cells."
        )
    if not np.can_cast(rows.dtype, like.dtype, "same_kind"):
        raise InvalidDataError(
            f"{name} gave {rows.dtype} for {named(column)}, and {like.dtype} before. An encoder's rows have one dtype, whatever the cells."
        )
    return rows.astype(like.dtype, copy=False)


def _refuse_row(position: int, name: str, column: Cells) -> None:
    if is_missing(column.iloc[[position]])[0]:
        raise InvalidDataError(
            f"{place_of_missing(column, position)} is missing, and {name} made NaN or infinity of it. Fill missing cells first, for "
            "example with column.fillna(...), or let the encoder give finite numbers for them."
        )
    raise InvalidDataError(
        f"{place(column, position)} became NaN or infinity in {name}. Mend the cell, or let the encoder give finite numbers for it."
    )
