"""Ids as small numbers: ten million events have a few hundred thousand different ids."""

from collections.abc import Iterable
from typing import Any, final

import numpy as np
import numpy.typing as npt
import pandas as pd


@final
class IdCodes(dict[Any, int]):
    """Codes of ids, in the order in which the ids came: ``codes["A1"]`` is a new code for a new id.

    Raises
    ------
    TypeError
        For an id that isn't a text, or is empty.
    """

    def __missing__(self, name: Any) -> int:
        if not isinstance(name, str) or not name:
            raise TypeError(f"an id must be a text that isn't empty, and one is {name!r}")
        code = self[name] = len(self)
        return code

    def codes(self, names: Iterable[str]) -> npt.NDArray[np.int32]:
        """Give the codes of many ids."""
        return np.array([self[name] for name in names], dtype=np.int32)

    def column(self, codes: npt.NDArray[np.int32]) -> "pd.Series[Any]":
        """Make a column of categories.

        Parameters
        ----------
        codes : ndarray of shape (n,)

        Returns
        -------
        pandas.Series of shape (n,), category
        """
        names = pd.Index(list(self), dtype="str")
        return pd.Series(pd.Categorical.from_codes(codes, categories=names, validate=False), copy=False)
