"""What may identify a user or an item, and how each kind of column is checked."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrec.data._arrays import native, plain_array
from skrec.data._frames import first_rows, is_frame
from skrec.exceptions import InvalidDataError, InvalidIdTypeError
from skrec.typing import Ids

_EXACT = 2.0**53
"""Up to here every integer is a float64 of its own."""

_INTEGERS = {int, np.int64}
_PLAIN = {int, np.int64, str}

_ROWS = {"users": "users", "items": "items", "exclude_items": "items", "history": "events"}
_KINDS = {"i": "int", "u": "int", "b": "int", "f": "float"}


def check_ids(
    column: "pd.Series[Any]", name: str, *, fractions: bool = False, rows: str = "events", listed: bool = False
) -> "pd.Series[Any]":
    """Check a column of ids and give it the one type it keeps from here on.

    Parameters
    ----------
    column : pandas.Series of shape (n,)
        Integers (NumPy or nullable), strings, or categories of these. Floats that are all whole become integers.
    name : str
        The column's name in messages.
    fractions : bool, default=False
        Accept fractional floats as ids. scikit-learn's checks pass random floats as arrays.
    rows : str, default="events"
        What the rows are, in messages.
    listed : bool, default=False
        Whether it is an argument of that name, and no column of a frame.

    Returns
    -------
    pandas.Series of shape (n,)
        Of an integer, string or category dtype (float only with `fractions`).

    Raises
    ------
    InvalidDataError
        If an id is null or infinite, or a float has a fraction.
    InvalidIdTypeError
        If an id is neither string nor number, or strings and numbers are mixed.
    """
    place = f"The argument {name!r}" if listed else f"Column {name!r}"
    nulls = column.isna()
    if nulls.any():
        raise InvalidDataError(
            f"{place} contains NaN or null ids in rows {first_rows(nulls)}. "
            f"Drop these {rows}, or give the unknown one an id of its own."
        )
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = pd.Series(column.cat.categories)
        checked = categories
        if len(categories):
            checked = check_ids(categories, name, fractions=fractions, rows=rows, listed=listed)
        return column.cat.rename_categories(checked.to_list()) if checked.dtype != categories.dtype else column
    if isinstance(column.dtype, pd.StringDtype):
        return column
    if isinstance(column.dtype, pd.ArrowDtype) and column.dtype.kind not in "iufbUmM":
        # Dictionaries, views of strings and decimals: what they hold decides, whatever Arrow stores it as.
        column = pd.Series(column.to_numpy(dtype=object))
    if column.dtype.kind == "U":  # strings of PyArrow under pandas' general Arrow dtype
        return pd.Series(column.astype("str"))
    if column.dtype.kind == "c":
        raise InvalidIdTypeError(f"Complex data not supported: {_small(place)} must hold integers or strings.")
    if column.dtype.kind == "O":
        column = _check_objects(column, place)
    return _check_numbers(column, place, fractions)


def _small(place: str) -> str:
    return place[0].lower() + place[1:]


def _check_objects(column: "pd.Series[Any]", place: str) -> "pd.Series[Any]":
    """Give an object column the dtype of what it holds."""
    kind = pd.api.types.infer_dtype(column, skipna=False)
    if kind == "string":
        return _to_strings(column, place)
    if kind in {"integer", "floating", "mixed-integer-float", "boolean"}:
        return _to_numbers(column, place)
    strings = column.map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)
    numeric = column.map(_is_number).to_numpy(dtype=bool)
    others = ~(strings | numeric)
    if others.any():
        row = first_rows(others)[0]
        raise InvalidIdTypeError(
            f"{place} holds a {type(column.iloc[row]).__name__} in row {row}: an id argument must be a string "
            "or a number (an integer). Convert the ids first, for example with .astype(str)."
        )
    if strings.all():
        return _to_strings(column, place)
    if numeric.all():  # such as True beside 2
        return _to_numbers(column, place)
    minority = strings if strings.sum() <= numeric.sum() else numeric
    raise InvalidIdTypeError(
        f"{place} holds ids of mixed kinds: {int(strings.sum())} strings and {int(numeric.sum())} numbers, "
        f"for example in rows {first_rows(minority)}. Convert them to one kind, for example with .astype(str)."
    )


def _is_number(value: Any) -> bool:
    # NumPy counts durations among its integers.
    return isinstance(value, (int, float, np.integer, np.floating, np.bool_)) and not isinstance(value, np.timedelta64)


def _to_numbers(column: "pd.Series[Any]", place: str) -> "pd.Series[Any]":
    try:
        numbers = pd.Series(pd.to_numeric(column))
    except OverflowError:  # beyond what a float holds
        numbers = column
    if numbers.dtype.kind == "O":
        raise InvalidIdTypeError(
            f"{place} holds integers beyond 64 bits. Convert the ids to strings, for example with .astype(str)."
        )
    return numbers


def _to_strings(column: "pd.Series[Any]", place: str) -> "pd.Series[Any]":
    try:
        return pd.Series(column.astype("str"))
    except UnicodeEncodeError:
        rows = first_rows(column.map(lambda value: not _is_unicode(value)))
        raise InvalidDataError(
            f"{place} holds text that isn't Unicode in rows {rows}: half of a pair of surrogates, as a file read with the wrong encoding "
            "leaves it. Read it anew with the right one."
        ) from None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_numbers(column: "pd.Series[Any]", place: str, fractions: bool) -> "pd.Series[Any]":
    """Check a numeric column; strings that `_check_objects` recognised pass through."""
    if isinstance(column.dtype, pd.StringDtype) or column.dtype.kind == "O":
        return column
    kind = column.dtype.kind
    if kind == "b":
        return column.astype("int64")
    if kind in "iu":
        # A nullable integer without nulls is a plain integer.
        if hasattr(column.dtype, "numpy_dtype"):
            return pd.Series(column.to_numpy(dtype=column.dtype.numpy_dtype))
        return column if getattr(column.dtype, "isnative", True) else pd.Series(native(column.to_numpy()))
    if kind != "f":
        raise InvalidIdTypeError(
            f"{place} is of dtype {column.dtype}: an id argument must be a string or a number (an integer). "
            "Convert the ids first, for example with .astype(str)."
        )
    values = column.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise InvalidDataError(f"{place} contains infinity in rows {first_rows(~np.isfinite(values))}.")
    whole, vague = values == np.floor(values), np.abs(values) > _EXACT
    if whole.all() and not vague.any():
        return pd.Series(values.astype(np.int64))
    if vague.any() and not fractions:
        raise InvalidIdTypeError(
            f"{place} holds floats beyond 2**53 in rows {first_rows(vague)}, each of which may stand for "
            "several integers. Read the ids as integers or strings."
        )
    if not fractions:
        raise InvalidDataError(
            f"{place} holds fractional numbers in rows {first_rows(~whole)}, and ids are integers or strings. "
            "Name the id columns: Interactions(events, user=..., item=...)."
        )
    return pd.Series(values)


def as_ids(values: Any, name: str) -> "pd.Series[Any]":
    """Check ids that a user passed as a list, an array, a series or one scalar.

    Returns
    -------
    pandas.Series of shape (n,)
    """
    column = values.reset_index(drop=True) if isinstance(values, pd.Series) else _as_series(values, name)
    if len(column) == 0:
        return pd.Series(np.empty(0, dtype=np.int64))
    return check_ids(column, name, fractions=True, rows=_ROWS.get(name, "ids"), listed=True)


def few_ids(values: Any, limit: int = 64) -> Ids | None:
    """Put a few ids into the array that `to_array` would make of them, without making a column first.

    Parameters
    ----------
    values : object
    limit : int, default=64
        How many are few.

    Returns
    -------
    ndarray of shape (n,), or None
        Of int64, or of strings as objects; None for what needs `as_ids` and its checks.
    """
    if type(values) in _PLAIN:
        values = [values]
    if isinstance(values, np.ndarray):
        if isinstance(values, np.ma.MaskedArray) or values.ndim != 1 or values.dtype not in (np.int64, object):
            return None
    elif type(values) not in {list, tuple}:
        return None
    if not 0 < len(values) <= limit:
        return None
    if isinstance(values, np.ndarray) and values.dtype == np.int64:
        return values.copy()
    types = set(map(type, values))
    if types == {str}:
        return np.array(values, dtype=object) if _is_unicode("".join(values)) else None
    if types <= _INTEGERS:
        try:
            return np.array(values, dtype=np.int64)
        except OverflowError:
            return None
    return None


def as_column(values: Any, name: str) -> "pd.Series[Any]":
    """Put what a column is to hold into a series, by position; one cell alone is no column."""
    if isinstance(values, pd.Series):
        return values.reset_index(drop=True)
    if (
        isinstance(values, (str, bytes, bytearray))
        or not isinstance(values, Iterable)
        or getattr(values, "ndim", 1) == 0
    ):
        raise InvalidDataError(
            f"Column {name!r} must have a cell for each event. Got a {type(values).__name__} instead."
        )
    return _as_series(values, name, "cells")


def _as_series(values: Any, name: str, what: str = "ids") -> "pd.Series[Any]":
    """Put ids of any form into a series, without changing their kind."""
    if isinstance(values, np.ndarray):
        values = plain_array(values, name)
        if values.ndim == 0:
            values = values.item()
    if isinstance(values, (str, bytes, bytearray, memoryview)) or not isinstance(values, Iterable):
        values = [values]
    if isinstance(values, pd.MultiIndex):
        raise InvalidDataError(
            f"{name} is an index of {values.nlevels} levels, and {what} have one. Pass one level, .get_level_values(0)."
        )
    if sparse.issparse(values) or is_frame(values):
        raise InvalidDataError(
            f"{name} must be {what} in one dimension. Got a {type(values).__name__} of shape {values.shape} instead."
        )
    if isinstance(values, (pd.Index, pd.Categorical, pd.api.extensions.ExtensionArray)):
        return pd.Series(values)
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise InvalidDataError(f"{name} must be one-dimensional. Got an array of shape {values.shape} instead.")
        return _of_cells(values.astype(object) if values.dtype.kind in "UT" else values)
    if hasattr(values, "to_pylist"):  # of PyArrow, whose cells are no numbers
        values = values.to_pylist()
    return _of_cells(list(values))


def _of_cells(values: Any) -> "pd.Series[Any]":
    try:
        return pd.Series(values, dtype=object if len(values) == 0 else None)
    except (UnicodeEncodeError, OverflowError):  # what it is that can't be an id is said by the checks
        return pd.Series(values, dtype=object)


def kind_of(column: "pd.Series[Any] | pd.Index[Any]") -> str:
    """Name a checked column's kind of id: ``"int"``, ``"float"`` or ``"str"``."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        dtype = dtype.categories.dtype
    return _KINDS.get(getattr(dtype, "kind", "O"), "str") if not isinstance(dtype, pd.StringDtype) else "str"


def to_array(column: "pd.Series[Any] | pd.Index[Any]") -> Ids:
    """Turn a checked column into the array of ids that users see: numbers, or strings as objects."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = pd.Series(column).astype(column.dtype.categories.dtype)
    return column.to_numpy(dtype=object) if kind_of(column) == "str" else column.to_numpy()
