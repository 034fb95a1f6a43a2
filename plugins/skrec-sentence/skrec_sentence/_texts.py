"""A column of any library as a list of texts, and errors that say which of its cells is meant."""

import reprlib
from typing import Any

import numpy as np
import pandas as pd

from skrec.data import is_frame, to_pandas
from skrec.exceptions import InvalidDataError

MAX_CHARACTERS = 100_000
"""How much of a cell is read: models cut texts to some hundred tokens, but would split all of a book into tokens first."""


def read_texts(column: Any) -> list[str]:
    """Read the texts of a column.

    Parameters
    ----------
    column : array-like of shape (n_rows,)
        A Series of pandas, Polars or PyArrow, a frame of one column, a list, or an array.

    Returns
    -------
    list of str
        Without white space at their ends, cut to `MAX_CHARACTERS`; empty where a cell is missing.

    Raises
    ------
    InvalidDataError
        If a cell is no string, naming its row and column; or if this is no column.
    """
    series = _series(column)
    missing = series.isna().to_numpy(dtype=bool)
    return [_text(series, position, cell, missing[position]) for position, cell in enumerate(series)]


def _series(column: Any) -> "pd.Series[Any]":
    if isinstance(column, pd.Series):
        return column
    if is_frame(column):
        frame = to_pandas(column, "column")
        if frame.shape[1] != 1:
            raise InvalidDataError(
                f"SentenceEncoder takes one column. Got a frame with columns {[str(name) for name in frame.columns]}; pick one."
            )
        return frame.iloc[:, 0]
    cells = np.asarray(column, dtype=object)
    if cells.ndim != 1:
        raise InvalidDataError(
            f"SentenceEncoder takes a column of texts, of shape (n_rows,). Got shape {cells.shape} instead."
        )
    return pd.Series(cells, dtype=object)


def _text(series: "pd.Series[Any]", position: int, cell: Any, missing: bool) -> str:
    if missing:
        return ""
    if not isinstance(cell, str):
        raise InvalidDataError(
            f"{_place(series, position)} is {reprlib.repr(cell)}, and a text is a string. Turn it into one, for example with "
            "column.astype(str)."
        )
    # Tokenizers refuse lone surrogates, which files of wrong encodings leave behind.
    return cell[:MAX_CHARACTERS].strip().encode("utf-8", "replace").decode("utf-8")


def _place(series: "pd.Series[Any]", position: int) -> str:
    """Name a cell, as the start of a sentence."""
    label = series.index[position]
    label = label.item() if isinstance(label, np.generic) else label
    row = f"Row {position}" if type(label) is int and label == position else f"Row {position} (index {label!r})"
    return f"{row} of {'the column' if series.name is None else f'column {str(series.name)!r}'}"
