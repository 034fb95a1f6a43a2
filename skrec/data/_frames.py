"""Frames of pandas, Polars and PyArrow become one pandas frame with a plain positional index."""

from typing import Any

import narwhals.stable.v1 as nw
import numpy as np
import pandas as pd

from skrec.exceptions import InvalidDataError


def is_frame(data: Any) -> bool:
    """Say whether ``data`` is an eager or lazy frame of any supported library."""
    return bool(nw.dependencies.is_into_dataframe(data)) or bool(nw.dependencies.is_polars_lazyframe(data))


def to_pandas(frame: Any, what: str) -> pd.DataFrame:
    """Copy a frame's columns into pandas; integers without nulls stay integers, strings stay strings.

    Parameters
    ----------
    frame : pandas.DataFrame, polars.DataFrame or pyarrow.Table
        The frame; its index, if any, is dropped: rows are known by position.
    what : str
        Name of the argument, for error messages.

    Returns
    -------
    pandas.DataFrame
        A new frame with a ``RangeIndex``. A pandas column is shared, not copied, under pandas' copy-on-write.
    """
    if nw.dependencies.is_polars_lazyframe(frame):
        raise InvalidDataError(f"{what} is a lazy frame, and its rows are needed. Call .collect() on it first.")
    columns = column_names(frame)
    if isinstance(frame, pd.DataFrame) and frame.columns.nlevels > 1:
        raise InvalidDataError(
            f"{what} has columns of {frame.columns.nlevels} levels, such as {columns[:1]}, and names of one are needed. Join them first: "
            "frame.columns = ['_'.join(map(str, name)) for name in frame.columns]."
        )
    names = pd.Index([str(name) for name in columns], dtype=object)
    if names.has_duplicates:
        repeated = columns[int(names.duplicated().argmax())]
        raise InvalidDataError(f"{what} has more than one column called {repeated!r}. Rename or drop one.")
    return frame.reset_index(drop=True) if isinstance(frame, pd.DataFrame) else _from_narwhals(frame)


def column_names(frame: Any) -> list[Any]:
    """List the names of a frame's columns, whatever they are, repeated ones too."""
    if nw.dependencies.is_polars_lazyframe(frame):
        return list(frame.collect_schema().names())
    return list(frame.column_names if hasattr(frame, "column_names") else frame.columns)


def library_of(data: Any) -> str:
    """Say whose frame it is: ``"polars"``, ``"pyarrow"``, or ``"pandas"`` for all else."""
    if nw.dependencies.is_polars_dataframe(data):
        return "polars"
    return "pyarrow" if nw.dependencies.is_pyarrow_table(data) else "pandas"


def _from_narwhals(frame: Any) -> pd.DataFrame:
    """Copy a frame that isn't pandas, column by column, without PyArrow where it isn't there."""
    eager = nw.from_native(frame, eager_only=True)
    return pd.DataFrame({name: _column(eager[name]) for name in eager.columns})


def _column(series: Any) -> pd.Series:
    """Copy one narwhals series."""
    dtype = series.dtype
    if isinstance(dtype, (nw.Categorical, nw.Enum)):
        return pd.Series(pd.Categorical(series.to_list()))
    if isinstance(dtype, (nw.Int128, nw.UInt128)):
        return pd.Series(series.to_list())  # NumPy has no such integers; pandas takes 64 bits where they are enough
    if dtype.is_integer() and series.null_count():
        # A float would lose ids beyond 2**53.
        return pd.Series(series.to_list(), dtype="UInt64" if dtype.is_unsigned_integer() else "Int64")
    if isinstance(dtype, nw.Datetime) and dtype.time_zone is not None:
        return pd.Series(np.array(series.to_numpy())).dt.tz_localize("UTC").dt.tz_convert(dtype.time_zone)
    if dtype.is_numeric() or isinstance(dtype, (nw.Boolean, nw.Datetime)):
        return pd.Series(np.array(series.to_numpy()))
    if isinstance(dtype, nw.Date):
        return pd.to_datetime(pd.Series(series.to_list()))
    return pd.Series(series.to_list())


def first_rows(mask: Any, limit: int = 5) -> list[int]:
    """List the positions of the first true entries of ``mask``, for error messages."""
    return [int(row) for row in np.flatnonzero(np.asarray(mask, dtype=bool))[:limit]]
