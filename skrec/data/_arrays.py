"""What NumPy's arrays may hide: masked cells, fields, and bytes in another order; and sparse matrices, which hold cells of none."""

from typing import Any

import numpy as np
from scipy import sparse

from skrec.data._frames import first_rows
from skrec.exceptions import InvalidDataError


def refuse_sparse(events: Any, what: str) -> None:
    """Say where sparse matrices enter; refuse what else NumPy would read otherwise than it was meant.

    Raises
    ------
    InvalidDataError
        If it is one of SciPy's, or an array with masked cells.
    """
    if sparse.issparse(events):
        raise InvalidDataError(
            f"{what} is a sparse matrix of shape {events.shape}, and one row an event was expected. If it has a row for each user and a "
            "column for each item, pass Interactions.from_matrix(matrix, user_ids=..., item_ids=...)."
        )
    refuse_masked(events, what)


def refuse_masked(values: Any, what: str) -> None:
    """Refuse an array with masked cells: NumPy drops the mask, and what lies under it would count.

    Raises
    ------
    InvalidDataError
        With the first rows that hold a masked cell.
    """
    if not isinstance(values, np.ma.MaskedArray):
        return
    mask = np.ma.getmaskarray(values)
    if mask.any():
        rows = mask.reshape(len(mask), -1).any(axis=1) if mask.ndim else mask.reshape(1)
        raise InvalidDataError(
            f"{what} is an array with masked cells, in rows {first_rows(rows)}. Leave these rows out, or fill the cells: .filled(...)."
        )


def plain_array(array: Any, what: str) -> Any:
    """Give an array of NumPy without mask and fields, its bytes in the order of this machine.

    Parameters
    ----------
    array : ndarray
    what : str
        Name of the argument, for messages.

    Returns
    -------
    ndarray

    Raises
    ------
    InvalidDataError
        If a cell is masked, or each is a record of fields.
    """
    refuse_masked(array, what)
    if array.dtype.names is not None:
        raise InvalidDataError(
            f"{what} is an array of records with the fields {list(array.dtype.names)}. Pass one of them, or make a frame: "
            "pandas.DataFrame(array)."
        )
    return native(np.asarray(array))


def native(array: Any) -> Any:
    """Give an array whose bytes are in the order of this machine, which pandas' look-ups need."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
