"""Columns and arrays of numbers and times: ratings, weights, labels, timestamps."""

from datetime import date, timedelta
from numbers import Number
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils.validation import column_or_1d

from skrec.data._arrays import plain_array
from skrec.data._frames import first_rows, is_frame, to_pandas
from skrec.exceptions import InvalidDataError
from skrec.typing import Floats

_OFFSET = r":[0-9.,]+ ?(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)$"


def check_numbers(column: "pd.Series[Any]", name: str) -> "pd.Series[Any]":
    """Check a column of finite numbers.

    Raises
    ------
    InvalidDataError
        If the column isn't numeric, or holds NaN or infinity: with the first offending rows.
    """
    if column.dtype.kind not in "iufb":
        column = _to_numbers(column, name)
    bad = column.isna().to_numpy(dtype=bool)
    if not bad.any() and column.dtype.kind == "f":
        bad = ~np.isfinite(column.to_numpy(dtype=float))
    if bad.any():
        raise InvalidDataError(
            f"Column {name!r} contains NaN or infinity in rows {first_rows(bad)}. Drop these events or fill it."
        )
    numpy_dtype = getattr(column.dtype, "numpy_dtype", None)
    return pd.Series(column.to_numpy(dtype=numpy_dtype)) if numpy_dtype is not None else column


def check_float32(values: Any, what: str) -> Floats:
    """Check that float32, in which models compute, can hold numbers.

    Parameters
    ----------
    values : array-like of shape (n,)
    what : str
        Begins the message: ``"Column 'weight'"``.

    Returns
    -------
    ndarray of shape (n,), float32

    Raises
    ------
    InvalidDataError
        If one is NaN, infinite, or beyond 3.4e38: with the first offending rows.
    """
    with np.errstate(over="ignore"):
        numbers = np.asarray(values).astype(np.float32)
    bad = ~np.isfinite(numbers)
    if bad.any():
        raise InvalidDataError(
            f"{what} holds numbers that float32 can't hold, which ends at 3.4e38, in rows {first_rows(bad)}. Scale all of them down."
        )
    return numbers


def check_labels(y: Any, n_events: int) -> Floats:
    """Check `y`: one finite number per event.

    Parameters
    ----------
    y : array-like of shape (n_events,)
    n_events : int

    Returns
    -------
    ndarray of shape (n_events,), float32

    Raises
    ------
    InvalidDataError
        If `y` has another length, holds NaN or infinity, or no numbers.
    """
    if sparse.issparse(y):
        raise InvalidDataError("y is sparse, and must be an array of one label per event. Pass y.toarray().ravel().")
    labels = column_or_1d(_of_labels(y), warn=True)
    if len(labels) != n_events:
        raise InvalidDataError(f"y has {len(labels)} entries, and X has {n_events} events. Pass one label per event.")
    try:
        numbers = _to_floats(np.asarray(labels), "y")
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InvalidDataError):
            raise
        raise InvalidDataError(
            "y must hold numbers that float32 can hold: a rating or a label of each event."
        ) from None
    if not np.isfinite(numbers).all():
        raise InvalidDataError(
            f"Input y contains NaN or infinity in rows {first_rows(~np.isfinite(numbers))}. Drop these events."
        )
    return check_float32(numbers, "y")


def check_weights(sample_weight: Any, n_events: int) -> Any:
    """Check `sample_weight`: one finite number >= 0 per event, not all of them 0.

    Parameters
    ----------
    sample_weight : array-like of shape (n_events,) or number
    n_events : int

    Returns
    -------
    ndarray of shape (n_events,), float64

    Raises
    ------
    InvalidDataError
        If it has another shape, or holds anything else.
    """
    if isinstance(sample_weight, Number):
        sample_weight = np.full(n_events, sample_weight)
    if sparse.issparse(sample_weight):
        raise InvalidDataError(
            "sample_weight is sparse, and must be an array of one weight per event. Pass .toarray().ravel()."
        )
    found = _as_floats(sample_weight)
    if found.ndim != 1:
        raise InvalidDataError(
            f"sample_weight must have one weight per event, shape ({n_events},). Got shape {found.shape} instead."
        )
    if len(found) != n_events:
        raise InvalidDataError(
            f"sample_weight has {len(found)} entries, and X has {n_events} events. Pass one weight per event; behind a step of a "
            "Pipeline that drops events put the weights into the events, as a column 'weight', and leave sample_weight out."
        )
    bad = ~np.isfinite(found)
    if bad.any():
        raise InvalidDataError(
            f"sample_weight contains NaN or infinity in rows {first_rows(bad)}. Drop these events or fill it."
        )
    if (found < 0).any():
        raise InvalidDataError(
            f"Negative values in data passed to `sample_weight`, in rows {first_rows(found < 0)}. Weights must be >= 0."
        )
    if not found.any():
        raise InvalidDataError(
            "Sample weights must contain at least one non-zero number: there would be nothing to learn from."
        )
    return found


def _as_floats(sample_weight: Any) -> Any:
    """Make an array of float64 of numbers in any form; times have a number in NumPy, and mean none here."""
    try:
        raw = sample_weight if isinstance(sample_weight, np.ma.MaskedArray) else np.asarray(sample_weight)
        return _to_floats(raw, "sample_weight")
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InvalidDataError):
            raise
        kind = getattr(sample_weight, "dtype", type(sample_weight).__name__)
        raise InvalidDataError(f"sample_weight must hold numbers, one weight per event. Got {kind} instead.") from None


def _of_labels(y: Any) -> Any:
    """Give labels as an array, or as what scikit-learn knows to read."""
    if is_frame(y):
        frame = to_pandas(y, "y")
        if frame.shape[1] != 1:
            raise InvalidDataError(
                f"y is a frame of {frame.shape[1]} columns, and one label per event was expected. Pick a column."
            )
        return frame.iloc[:, 0]
    if isinstance(y, np.ndarray):
        return plain_array(y, "y")
    if hasattr(y, "__array__"):
        return y
    try:
        return np.asarray(y)
    except (ValueError, OverflowError):
        raise InvalidDataError(
            "y must hold one number per event, and holds lists or arrays of different lengths."
        ) from None


def _to_floats(raw: Any, what: str) -> Any:
    """Make a new array of float64 of numbers; times and bytes, of which NumPy makes numbers, mean none."""
    raw = plain_array(raw, what)
    if raw.dtype.kind in "mMcSV" or (
        raw.dtype.kind == "O" and any(isinstance(cell, _NO_NUMBERS) for cell in raw.ravel())
    ):
        raise TypeError
    return np.array(raw, dtype=np.float64)


_NO_NUMBERS = (
    np.datetime64,
    np.timedelta64,
    date,
    timedelta,
    bytes,
    bytearray,
    np.ndarray,
    complex,
    np.complexfloating,
)
_TIMES = {"datetime", "datetime64", "date", "timedelta", "timedelta64", "time", "period"}


def _to_numbers(column: "pd.Series[Any]", name: str) -> "pd.Series[Any]":
    """Read numbers that are stored as objects, texts or categories; dates and durations aren't numbers."""
    stored = (pd.StringDtype, pd.CategoricalDtype, pd.ArrowDtype)
    if column.dtype == object or (isinstance(column.dtype, stored) and column.dtype.kind in "OU"):
        try:
            # pandas drops imaginary parts, and reads numbers out of bytes.
            odd = column.dtype == object and any(isinstance(cell, _NO_NUMBERS) for cell in column)
            numbers = column if odd else pd.Series(pd.to_numeric(column))
        except OverflowError:
            raise InvalidDataError(
                f"Column {name!r} holds integers beyond the largest float, 1.8e308. Scale them down."
            ) from None
        except (ValueError, TypeError):
            numbers = column
        if numbers.dtype.kind in "iufb":
            return numbers
    raise InvalidDataError(
        f"Column {name!r} must hold numbers, and is of dtype {column.dtype}. Name the columns, or convert it."
    )


def check_times(column: "pd.Series[Any]", name: str) -> "pd.Series[Any]":
    """Check that timestamps are numbers, datetimes, dates or texts of ISO 8601 without gaps.

    Returns
    -------
    pandas.Series
        Of numbers or datetimes; texts with offsets from UTC become datetimes in UTC.

    Raises
    ------
    InvalidDataError
        If they are anything else: with the column as the user calls it, and the first offending rows.
    """
    if column.dtype.kind != "M":
        parsed = _parse_times(column, name)
        if parsed is None:
            return check_numbers(column, name)
        column = parsed
    nulls = column.isna()
    if nulls.any():
        raise InvalidDataError(
            f"Column {name!r} contains NaT in rows {first_rows(nulls)}. Drop these events or fill it."
        )
    return pd.Series(pd.to_datetime(column)) if isinstance(column.dtype, pd.ArrowDtype) else column


def _parse_times(column: "pd.Series[Any]", name: str) -> "pd.Series[Any] | None":
    """Read dates, and texts that are dates; None for a column of numbers, which texts may hold, too."""
    if column.dtype.kind in "iufb":
        return None
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.dtype.categories.dtype)
    cells = column.dropna()
    kind = pd.api.types.infer_dtype(cells.to_numpy(dtype=object)) if len(cells) else "empty"
    if kind not in {"date", "datetime", "string"}:
        if kind in _TIMES:
            _refuse(column, name)
        return None
    aware = False
    if kind == "string":
        texts = cells.astype("str")
        if pd.to_numeric(texts, errors="coerce").notna().any():
            return None
        aware = bool(texts.str.contains(_OFFSET, regex=True).all())
    whole = column.astype(object).where(column.notna(), None)
    try:
        return pd.Series(pd.to_datetime(whole, format="ISO8601" if kind == "string" else None, utc=aware))
    except (ValueError, TypeError, OverflowError):  # such as zones that differ
        _refuse(column, name)


def _refuse(column: "pd.Series[Any]", name: str) -> NoReturn:
    """Say what timestamps must be."""
    raise InvalidDataError(
        f"Column {name!r} must hold numbers, datetimes or texts such as '2024-01-31' or '2024-01-31T18:30:00' (ISO 8601, all with an "
        f"offset from UTC or none), and is of dtype {column.dtype}. Make datetimes of it first: pandas.to_datetime(events[{name!r}])."
    )
