"""A column of any library as a pandas Series, and errors that say which of its cells is meant."""

import math
import reprlib
from decimal import Decimal
from numbers import Real
from typing import Any, TypeAlias

import narwhals.stable.v1 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from skrec.data import Cells, is_frame, is_missing, place, plain_array, to_pandas
from skrec.exceptions import InvalidDataError

Column: TypeAlias = "pd.Series[Any]"
Doubles: TypeAlias = npt.NDArray[np.float64]

__all__ = ["Cells", "Column", "Doubles", "is_missing", "place", "read_column", "read_columns", "read_numbers", "shown"]

_NESTED = (list, tuple, set, frozenset, np.ndarray, bytes, bytearray)


def read_column(column: Any) -> Column:
    """Turn what a user may call a column into a Series.

    Parameters
    ----------
    column : array-like of shape (n_rows,)
        A Series of pandas, Polars or PyArrow, a frame of one column, a list, or an array whose first axis is rows.

    Returns
    -------
    pandas.Series of shape (n_rows,)
        With its index and name, where it had some.

    Raises
    ------
    InvalidDataError
        If it is none of these.
    """
    if isinstance(column, pd.Series):
        return _plain(column)
    if isinstance(column, pd.Index):
        return column.to_series(index=pd.RangeIndex(len(column)))
    if is_frame(column):
        return _only_column(column if isinstance(column, pd.DataFrame) else to_pandas(column, "column"))
    if nw.dependencies.is_into_series(column):
        return _only_column(to_pandas(nw.from_native(column, series_only=True).to_frame().to_native(), "column"))
    if isinstance(column, (list, tuple)):
        return _from_cells(list(column)) if any(isinstance(cell, _NESTED) for cell in column) else _from_list(column)
    if hasattr(column, "__array__"):
        return _from_array(plain_array(column if isinstance(column, np.ndarray) else np.asarray(column), "A column"))
    raise InvalidDataError(
        f"A column must be a Series, a list or an array with a cell for each row. Got {type(column).__name__} instead."
    )


def _only_column(frame: pd.DataFrame) -> Column:
    if frame.shape[1] != 1:
        raise InvalidDataError(
            f"An encoder takes one column. Got a frame with columns {[str(name) for name in frame.columns]}; pick one."
        )
    return _plain(frame.iloc[:, 0])


def read_columns(columns: Any) -> Cells:
    """Turn what a user may call a column, or several, into a Series, or a frame where there are several."""
    if not is_frame(columns):
        return read_column(columns)
    frame = columns if isinstance(columns, pd.DataFrame) else to_pandas(columns, "columns")
    if frame.shape[1] == 1:
        return _only_column(frame)
    return pd.DataFrame({str(name): _plain(frame[name]) for name in frame.columns}, index=frame.index)


def _plain(column: Column) -> Column:
    """Give a column of pandas' Arrow types the type that it has without Arrow, whose missing cells encoders know.

    Numbers stay what they are: `read_numbers` reads them, and they would lose digits.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.SparseDtype):
        return pd.Series(np.asarray(column), index=column.index, name=column.name)
    if not isinstance(dtype, pd.ArrowDtype) or dtype.kind in "biuf":
        return column
    array: Any = column.array
    cells = array.to_numpy(dtype=object, na_value=None)
    plain = pd.Series(cells, index=column.index, name=column.name, dtype=object)
    return plain.infer_objects() if dtype.kind in "mM" else plain


def _from_list(cells: Any) -> Column:
    # Strings and numbers in one list stay what they are: NumPy would turn all into strings.
    return _of_objects(list(cells), infer=True)


def _of_objects(cells: Any, infer: bool = False) -> Column:
    try:
        return pd.Series(cells, dtype=object).infer_objects() if infer else pd.Series(cells)
    except UnicodeEncodeError:  # half of a pair of surrogates, which PyArrow's strings can't hold
        return pd.Series(cells, dtype=object)


def _from_array(array: npt.NDArray[Any]) -> Column:
    if array.ndim == 0:
        raise InvalidDataError("A column must have a cell for each row. Got a single value instead; put it in a list.")
    return _of_objects(array) if array.ndim == 1 else _from_cells(array)


def _from_cells(cells: Any) -> Column:
    """Put cells that may be arrays into a Series; pandas would make a table of arrays that are all of one shape."""
    values = np.empty(len(cells), dtype=object)
    for position, cell in enumerate(cells):
        values[position] = cell
    return _of_objects(values)


def shown(value: Any) -> str:
    """Show a cell in a message, cut to a readable length."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return reprlib.repr(value.item() if isinstance(value, np.generic) else value)


def read_numbers(column: Column) -> Doubles:
    """Read numbers.

    Parameters
    ----------
    column : pandas.Series of shape (n_rows,)
        Of numbers, booleans, strings that hold a number, or a mix.

    Returns
    -------
    ndarray of shape (n_rows,), float64
        NaN where a cell is missing, or an empty string.

    Raises
    ------
    InvalidDataError
        If a cell is infinite or no number, naming its row and column.
    """
    dtype = column.dtype
    if dtype.kind in "mM":
        raise InvalidDataError(f"{_named(column)} holds dates or times. Use the encoder 'datetime'.")
    if dtype.kind in "biuf":
        if isinstance(dtype, np.dtype):
            numbers = column.to_numpy().astype(np.float64)
        else:
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        missing = is_missing(column)
        cells = enumerate(column.to_numpy(dtype=object))
        numbers = np.array([math.nan if missing[n] else _number(column, n, cell) for n, cell in cells], dtype=float)
    infinite = np.flatnonzero(np.isinf(numbers))
    if len(infinite):
        raise InvalidDataError(
            f"{place(column, int(infinite[0]))} is infinite, and a finite number or a missing one is expected. "
            "Replace it, for example by NaN."
        )
    return numbers


def _named(column: Column) -> str:
    return "The column" if column.name is None else f"Column {str(column.name)!r}"


def _number(column: Column, position: int, cell: Any) -> float:
    if isinstance(cell, str) and not cell.strip():
        return math.nan
    try:
        if isinstance(cell, (str, Real, Decimal, np.bool_)) and not isinstance(cell, np.timedelta64):
            return float(cell)
    except OverflowError:
        return math.inf
    except ValueError:
        pass
    raise InvalidDataError(
        f"{place(column, position)} is {shown(cell)}, and a number is expected. Mend it, or use the encoder 'category'."
    )
