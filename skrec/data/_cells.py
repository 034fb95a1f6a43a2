"""Cells of columns: which are missing, and how messages name them."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from skrec.exceptions import InvalidDataError

Cells: TypeAlias = "pd.Series[Any] | pd.DataFrame"
"""What an encoder reads: a column, or several."""


def is_missing(column: Cells) -> npt.NDArray[np.bool_]:
    """Say in which rows a cell is None, NaN, NaT or NA, shape (n_rows,)."""
    missing = np.asarray(column.isna(), dtype=bool)
    return missing if missing.ndim == 1 else np.asarray(missing.any(axis=1))


def named(column: Cells) -> str:
    """Name a column, or several, in a sentence: ``column 'poster'``."""
    if isinstance(column, pd.DataFrame):
        return f"columns {list(map(str, column.columns))}"
    return "the column" if column.name is None else f"column {str(column.name)!r}"


def place(column: Cells, position: int) -> str:
    """Name a cell, as the start of a sentence: ``Row 3 (index 'tt17') of column 'poster'``."""
    label = column.index[position]
    label = label.item() if isinstance(label, np.generic) else label
    row = f"Row {position}" if type(label) is int and label == position else f"Row {position} (index {label!r})"
    return f"{row} of {named(column)}"


def place_of_missing(column: Cells, position: int) -> str:
    """Name the cell of a row that is missing; of several columns, the first that misses one."""
    if isinstance(column, pd.DataFrame):
        column = column.iloc[:, int(np.argmax(column.iloc[position].isna().to_numpy()))]
    return place(column, position)


def blame_missing(name: str, column: Cells, positions: Any, error: Exception) -> None:
    """Raise a sentence that names the first missing cell, if there is one, in place of an error that an encoder raised.

    Parameters
    ----------
    name : str
        Of the encoder.
    column : pandas.Series or pandas.DataFrame
    positions : array-like of int
        Rows that were encoded.
    error : Exception
        What the encoder raised.

    Raises
    ------
    InvalidDataError
        If one of these rows misses a cell.
    """
    missing = np.flatnonzero(is_missing(column)[np.asarray(positions)])
    if len(missing):
        where = place_of_missing(column, int(positions[missing[0]]))
        raise InvalidDataError(
            f"{where} is missing, and {name} raised {type(error).__name__}: {error}. Fill missing cells first, for example with "
            "column.fillna(...)."
        ) from error
