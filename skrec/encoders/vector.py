"""Vectors computed elsewhere."""

from numbers import Integral
from typing import Any, ClassVar, final

import numpy as np

from skrec._params import Interval
from skrec.encoders._base import ColumnEncoder
from skrec.encoders._column import Column, Doubles, is_missing, place, shown
from skrec.exceptions import InvalidDataError
from skrec.typing import Floats


@final
class VectorEncoder(ColumnEncoder):
    """A vector a row, such as the embedding of a pretrained model.

    Cells are lists or arrays of numbers, all of one length; a two-dimensional array of rows is a column, too. `transform` gives
    float32 of that length plus one: the vector, less the mean of those in `fit` and divided by one number, so that its entries have a
    mean square of 1; then 1 where it is missing. A missing vector is zeros, the mean; where `fit` met none missing, the flag stays 0,
    too. Entries more than 10 off are taken for 10.

    Parameters
    ----------
    width : int, optional
        Length of the vectors; None takes that of the first one in `fit`.
    standardize : bool, default=True
        Whether to subtract the mean and divide. False hands the numbers on as they are.
    hidden : int, default=0
        Units of a hidden layer in the network; 0 for a linear map. Must be >= 0.

    Attributes
    ----------
    mean_ : ndarray of shape (width,), float64
        What is subtracted.
    scale_ : float
        What is divided by.
    has_missing_ : bool
        Whether `fit` met a missing vector.

    Examples
    --------
    >>> from skrec.encoders import VectorEncoder
    >>> VectorEncoder().fit([[0.0, 1.0], [4.0, 1.0]]).transform([[4.0, 1.0], None]).round(2)
    array([[1.41, 0.  , 0.  ],
           [0.  , 0.  , 0.  ]], dtype=float32)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "width": [Interval(Integral, 1, None, closed="left"), None],
        "standardize": [bool],
        "hidden": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(self, width: int | None = None, standardize: bool = True, hidden: int = 0) -> None:
        self.width = width
        self.standardize = standardize
        self.hidden = hidden

    def _fit(self, column: Column, y: Any) -> None:
        missing = is_missing(column)
        width = self._first_width(column, missing)
        rows = _rows(column, missing, width)
        # Sums in double precision, row by row in blocks: a float64 copy of a large table would be twice its size again.
        mean = rows.mean(axis=0, dtype=np.float64) if len(rows) and self.standardize else np.zeros(width)
        self.mean_, self.scale_ = mean, _scale(rows, mean) if self.standardize else 1.0
        self.has_missing_ = bool(missing.any())

    def _transform(self, column: Column) -> Any:
        missing, width = is_missing(column), len(self.mean_)
        result = np.zeros((len(column), width + 1), dtype=np.float32)
        result[~missing, :-1] = _rows(column, missing, width)
        if self.standardize:
            result[~missing, :-1] = np.clip((result[~missing, :-1] - self.mean_) / self.scale_, -10.0, 10.0)
        result[:, -1] = missing if self.has_missing_ else 0.0
        return result

    def _build(self, dim: int) -> Any:
        from skrec.networks.numeric import NumericNetwork

        return NumericNetwork(dim, int(self.hidden))

    def _first_width(self, column: Column, missing: Any) -> int:
        if self.width is not None:
            return int(self.width)
        present = np.flatnonzero(~missing)
        if not len(present):
            raise InvalidDataError(
                "All vectors are missing, and VectorEncoder can't tell how wide they are. Pass VectorEncoder(width=...)."
            )
        cell = column.iloc[int(present[0])]
        width = len(cell) if isinstance(cell, (list, tuple, np.ndarray)) and np.ndim(cell) else 1
        if not width:
            raise InvalidDataError(
                f"{place(column, int(present[0]))} is empty, and a vector of at least one number is expected."
            )
        return width


def _rows(column: Column, missing: Any, width: int) -> Floats:
    """Read the vectors that are there, shape (n_present, width)."""
    rows = np.empty((int((~missing).sum()), width), dtype=np.float32)
    for row, position in zip(rows, np.flatnonzero(~missing), strict=True):
        row[:] = _vector(column, int(position), width)
    return rows


def _vector(column: Column, position: int, width: int) -> Any:
    cell = column.iloc[position]
    try:
        if isinstance(cell, (str, bytes, dict, set)):
            raise TypeError
        if np.iscomplexobj(cell):
            raise TypeError
        vector = np.asarray(cell, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidDataError(
            f"{place(column, position)} is {shown(cell)}, and a list or an array of {width} numbers is expected."
        ) from None
    if vector.shape != (width,):
        raise InvalidDataError(
            f"{place(column, position)} has shape {vector.shape}, and a vector of {width} numbers is expected, as in the "
            "other rows. Leave the cell missing where there is no vector."
        )
    # Beyond float32, a number would turn into infinity.
    if not (np.abs(vector) < np.finfo(np.float32).max).all():
        raise InvalidDataError(
            f"{place(column, position)} holds NaN or infinity. Leave the whole cell missing where there is no vector."
        )
    return vector


def _scale(rows: Floats, mean: Doubles) -> float:
    """Root of the mean square about the mean; 1 where all vectors are equal."""
    if not len(rows):
        return 1.0
    total = sum(float(((block - mean) ** 2).sum()) for block in np.array_split(rows, -(-len(rows) // 4096)))
    scale = float(np.sqrt(total / rows.size))
    return scale if scale > 1e-7 * max(1e-30, float(np.abs(mean).max())) else 1.0
