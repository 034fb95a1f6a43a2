"""Matrices of users by items, as implicit and LightFM take them, become events."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrec.data._columns import EMPTY
from skrec.data._frames import first_rows, is_frame, to_pandas
from skrec.data._ids import as_ids, to_array
from skrec.data._names import ITEM, RATING, USER, WEIGHT
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.typing import Ids


def events_of_matrix(matrix: Any, user_ids: Any, item_ids: Any, values: str) -> pd.DataFrame:
    """Make one event of each entry of a matrix; see `Interactions.from_matrix`."""
    if not isinstance(values, str) or values not in {WEIGHT, RATING}:
        raise InvalidParameterError(
            f"values must be 'weight' or 'rating', what the entries are. Got {values!r} instead."
        )
    if is_frame(matrix):
        if isinstance(matrix, pd.DataFrame):  # a pivot table
            user_ids, item_ids = (
                (matrix.index if user_ids is None else user_ids),
                (matrix.columns if item_ids is None else item_ids),
            )
        matrix = to_pandas(matrix, "matrix")
    rows, columns, entries, shape = _entries(matrix)
    users, items = _ids(user_ids, shape[0], "user_ids"), _ids(item_ids, shape[1], "item_ids")
    _check_shape(shape, users, items)
    if len(entries) == 0:
        raise InvalidDataError(f"The matrix of shape {shape} has no entries but zeros. {EMPTY}")
    frame = pd.DataFrame({USER: users[rows], ITEM: items[columns]})
    return frame if (entries == 1).all() else frame.assign(**_column(entries, rows, columns, values))


def _entries(matrix: Any) -> tuple[Any, Any, Any, tuple[int, int]]:
    """Find what isn't 0: rows, columns, values; by row, then by column. Cells of a dense matrix that are NaN or masked are empty."""
    if not sparse.issparse(matrix):
        matrix = _dense(matrix)
    if matrix.ndim != 2 or matrix.dtype.kind not in "iufb":
        raise InvalidDataError(
            f"matrix must hold numbers, with a row for each user and a column for each item. Got shape {matrix.shape} and dtype "
            f"{matrix.dtype} instead."
        )
    found = sparse.csr_array(matrix, copy=True)
    found.sum_duplicates()
    found.eliminate_zeros()
    entries = found.tocoo()
    values = entries.data.astype(np.float64)
    bad = ~np.isfinite(values)
    if bad.any():
        cells = [(int(entries.row[place]), int(entries.col[place])) for place in first_rows(bad)]
        raise InvalidDataError(
            f"matrix contains NaN or infinity in the cells {cells} (row, column). Leave these entries out."
        )
    return entries.row.astype(np.int64), entries.col.astype(np.int64), values, found.shape


def _dense(matrix: Any) -> Any:
    """Make an array, in which missing cells are 0."""
    try:
        array = np.ma.filled(matrix, 0) if isinstance(matrix, np.ma.MaskedArray) else np.asarray(matrix)
        if array.dtype.kind in "Of":  # SciPy knows no halves
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InvalidDataError(
            "matrix must be a sparse matrix of SciPy, a two-dimensional array or a frame of numbers. "
            f"Got {type(matrix).__name__} instead; events with a row each go to Interactions(events)."
        ) from None
    return np.where(np.isnan(array), 0, array) if array.dtype.kind == "f" else array


def _check_shape(shape: tuple[int, int], user_ids: Ids, item_ids: Ids) -> None:
    """Check the lengths of the ids, and say where the matrix lies on its side."""
    given = len(user_ids), len(item_ids)
    if given != shape:
        turned = " Pass matrix.T: rows are users, and columns items." if given == shape[::-1] else ""
        raise InvalidDataError(
            f"matrix has {shape[0]} rows (users) and {shape[1]} columns (items), and there are {given[0]} user_ids and {given[1]} "
            f"item_ids. Pass one id a row and one a column.{turned}"
        )


def _ids(ids: Any, n: int, name: str) -> Ids:
    """Check ids of rows or columns; by default their numbers."""
    if ids is None:
        return np.arange(n)
    column = as_ids(ids, name)
    repeated = column.duplicated()
    if repeated.any():
        raise InvalidDataError(
            f"{name} holds {column[repeated].to_list()[0]!r} more than once (positions {first_rows(repeated)} repeat earlier ones). "
            "Pass distinct ids."
        )
    return to_array(column)


def _column(entries: Any, rows: Any, columns: Any, values: str) -> dict[str, Any]:
    """Give the entries the column that they are: weights, ratings, or labels of +1 and -1."""
    if np.isin(entries, (-1.0, 1.0)).all():
        return {RATING: (entries > 0).astype(np.float64)}
    negative = entries < 0
    if values == WEIGHT and negative.any():
        cells = [(int(rows[place]), int(columns[place])) for place in first_rows(negative)]
        raise InvalidDataError(
            f"matrix has negative entries, for example in the cells {cells} (row, column), and weights must be > 0. Pass values='rating' "
            "if they are ratings; labels are -1 and 1 throughout."
        )
    return {values: entries}
