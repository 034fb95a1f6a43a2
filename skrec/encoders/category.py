"""One category a row."""

from collections import Counter
from numbers import Integral
from typing import Any, ClassVar, final

import numpy as np
import pandas as pd

from skrec._params import Interval
from skrec.encoders._base import AT_LEAST_ONE, ColumnEncoder, table_rows
from skrec.encoders._column import Column, is_missing, place, shown
from skrec.encoders._vocabulary import frequent
from skrec.exceptions import InvalidDataError

OTHER, MISSING, FIRST = 0, 1, 2


@final
class CategoryEncoder(ColumnEncoder):
    """One string or number a row, each category with a vector of its own.

    `transform` gives codes: 0 for a category that wasn't met in `fit`, or too rarely; 1 for a missing cell; from 2 on for the others,
    the most frequent first. Where `fit` met no missing cell, a missing one gets 0, since nothing would train a row for it.

    The network adds a shared vector, a prior, to each category's own, and an unknown category has the prior alone. So what stands for
    unknown categories is trained by all rows, also where no category is rare.

    Numbers and strings are told apart by what they show: 7, 7.0 and "7" are one category, so that a column of integers may come back as
    floats because a cell of it is missing.

    Parameters
    ----------
    min_count : int, default=1
        Categories of fewer rows have no vector of their own. Must be >= 1.
    max_categories : int, optional
        Keep the most frequent ones only.

    Attributes
    ----------
    categories_ : list of str
        Those with a code of their own; the first has code 2.
    has_missing_ : bool
        Whether `fit` met a missing cell.

    See Also
    --------
    TagsEncoder : Several categories a row.

    Examples
    --------
    >>> from skrec.encoders import CategoryEncoder
    >>> CategoryEncoder().fit(["red", "blue", "red", None]).transform(["red", "blue", "green", None])
    array([2, 3, 0, 1], dtype=int32)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "min_count": AT_LEAST_ONE,
        "max_categories": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(self, min_count: int = 1, max_categories: int | None = None) -> None:
        self.min_count = min_count
        self.max_categories = max_categories

    def _fit(self, column: Column, y: Any) -> None:
        codes, keys = _factorize(column)
        counts = Counter[str]()
        for key, count in zip(keys, np.bincount(codes[codes >= 0], minlength=len(keys)), strict=True):
            counts[key] += int(count)
        self.categories_ = frequent(counts, self.min_count, self.max_categories)
        self.has_missing_ = bool((codes < 0).any())

    def _transform(self, column: Column) -> Any:
        codes, keys = _factorize(column)
        known = {key: code for code, key in enumerate(self.categories_, start=FIRST)}
        table = [known.get(key, OTHER) for key in keys]
        # The last entry is what -1, the code of a missing cell, picks.
        return np.array([*table, MISSING if self.has_missing_ else OTHER], dtype=np.int32)[codes]

    def _build(self, dim: int) -> Any:
        from skrec.networks.category import CategoryNetwork

        return CategoryNetwork(table_rows(FIRST + len(self.categories_)), dim)


def _factorize(column: Column) -> tuple[Any, list[str]]:
    """Give each row's position in a list of keys, -1 where it is missing, and the keys."""
    if column.dtype != object:
        codes, values = pd.factorize(column)
        return codes, [_key(value) for value in np.asarray(values, dtype=object)]
    missing = is_missing(column)
    met: dict[str, int] = {}
    codes = np.full(len(column), -1, dtype=np.int64)
    for position, cell in enumerate(column):
        if missing[position]:
            continue
        if isinstance(cell, (list, tuple, set, frozenset, dict, np.ndarray, bytes, bytearray)):
            raise InvalidDataError(
                f"{place(column, position)} is {shown(cell)}, and a category is one string or number. "
                "For several in a cell, use the encoder 'tags'."
            )
        codes[position] = met.setdefault(_key(cell), len(met))
    return codes, list(met)


def _key(value: Any) -> str:
    """Show a value so that equal numbers look alike."""
    if isinstance(value, np.generic):
        value = value.item()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
