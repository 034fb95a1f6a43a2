"""A bag of categories a row."""

from collections import Counter
from numbers import Integral
from typing import Any, ClassVar, final

import numpy as np
import pandas as pd

from skrec._params import Interval
from skrec.encoders._base import AT_LEAST_ONE, ColumnEncoder, table_rows
from skrec.encoders._column import Column, is_missing, place, shown
from skrec.encoders._vocabulary import frequent
from skrec.exceptions import InvalidDataError, InvalidParameterError

NONE, OTHER, FIRST = 0, 1, 2


@final
class TagsEncoder(ColumnEncoder):
    """Several categories a row: genres, keywords, actors.

    A cell is a string such as ``"Horror|Comedy"``, or a list, tuple, set or array of strings or numbers. White space around a tag is
    dropped, and so are empty tags and repeated ones: ``"|Horror||Comedy |"`` has two. A cell without tags, or a missing one, becomes zeros,
    and zeros in the network.

    `transform` gives each row's codes, in the order of the cell (of a set: of the alphabet), padded with 0: 1 for all tags that weren't met
    in `fit`, or too rarely, together; from 2 on for the others, the most frequent first.

    The network gives the mean of the tags' vectors, plus a shared one, which is all that unknown tags have.

    Parameters
    ----------
    separator : str, optional, default="|"
        What separates tags in a string. None takes a string for one tag.
    min_count : int, default=1
        Tags of fewer rows have no vector of their own. Must be >= 1.
    max_categories : int, optional
        Keep the most frequent tags only.
    max_tags : int, default=32
        Tags of one row that count; further ones are left out. Must be >= 1.

    Attributes
    ----------
    categories_ : list of str
        Tags with a code of their own; the first has code 2.
    length_ : int
        Codes of a row: as many as the longest row of `fit` has, and at most `max_tags`.

    See Also
    --------
    CategoryEncoder : One category a row.

    Examples
    --------
    >>> from skrec.encoders import TagsEncoder
    >>> TagsEncoder().fit(["Horror|Comedy", "Comedy"]).transform(["Comedy", "|Horror| ", "Western|Comedy", None])
    array([[2, 0],
           [3, 0],
           [1, 2],
           [0, 0]], dtype=int32)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "separator": [str, None],
        "min_count": AT_LEAST_ONE,
        "max_categories": [Interval(Integral, 1, None, closed="left"), None],
        "max_tags": AT_LEAST_ONE,
    }

    def __init__(
        self,
        separator: str | None = "|",
        min_count: int = 1,
        max_categories: int | None = None,
        max_tags: int = 32,
    ) -> None:
        self.separator = separator
        self.min_count = min_count
        self.max_categories = max_categories
        self.max_tags = max_tags

    def _fit(self, column: Column, y: Any) -> None:
        if self.separator == "":
            raise InvalidParameterError(
                "The 'separator' parameter of TagsEncoder must be a string that isn't empty, or None. Got '' instead."
            )
        rows = self._rows(column)
        counts = Counter(tag for tags in rows for tag in tags)
        self.categories_ = frequent(counts, self.min_count, self.max_categories)
        self.length_ = min(int(self.max_tags), max(1, *(len(tags) for tags in rows)))

    def _transform(self, column: Column) -> Any:
        known = {tag: code for code, tag in enumerate(self.categories_, start=FIRST)}
        codes = np.full((len(column), self.length_), NONE, dtype=np.int32)
        for position, tags in enumerate(self._rows(column)):
            # Unknown tags count once, however many they are: what they have in common is that they are unknown.
            found = list(dict.fromkeys(known.get(tag, OTHER) for tag in tags))[: self.length_]
            codes[position, : len(found)] = found
        return codes

    def _build(self, dim: int) -> Any:
        from skrec.networks.tags import TagsNetwork

        return TagsNetwork(table_rows(FIRST + len(self.categories_)), dim)

    def _rows(self, column: Column) -> list[list[str]]:
        """Split each cell into its distinct tags."""
        missing = is_missing(column)
        return [
            [] if missing[position] else self._tags(column, position, cell)
            for position, cell in enumerate(column.to_numpy(dtype=object))
        ]

    def _tags(self, column: Column, position: int, cell: Any) -> list[str]:
        if isinstance(cell, str):
            parts: list[Any] = [cell] if self.separator is None else cell.split(self.separator)
        elif isinstance(cell, (set, frozenset)):
            parts = sorted(cell, key=str)
        elif isinstance(cell, (list, tuple)) or (isinstance(cell, np.ndarray) and cell.ndim == 1):
            parts = list(cell)
        else:
            raise InvalidDataError(
                f"{place(column, position)} is {shown(cell)}, and tags are a list, or a string with {self.separator!r} "
                "between them. For one number or date in a cell, use another encoder."
            )
        return list(dict.fromkeys(tag for part in parts if (tag := self._tag(column, position, part))))

    def _tag(self, column: Column, position: int, part: Any) -> str:
        """Show one tag as a string; empty for one that is missing."""
        if isinstance(part, str):
            return part.strip()
        if pd.api.types.is_scalar(part) and pd.isna(part):
            return ""
        if isinstance(part, (bool, Integral, float, np.generic)):
            part = part.item() if isinstance(part, np.generic) else part
            return str(int(part)) if isinstance(part, float) and part.is_integer() else str(part).strip()
        raise InvalidDataError(
            f"{place(column, position)} has the tag {shown(part)}, and a tag is a string or a number."
        )
