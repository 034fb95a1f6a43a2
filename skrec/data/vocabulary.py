"""Vocabulary: external ids and their positions."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, final

import numpy as np
import pandas as pd

from skrec.data._ids import as_ids, kind_of, to_array
from skrec.exceptions import InvalidDataError, InvalidIdTypeError, UnknownIdWarning
from skrec.typing import Codes, Ids, IdsLike


@final
class Vocabulary:
    """The ids of one side, users or items, in first-seen order: id ``ids[c]`` has code ``c``.

    The only place where external ids are translated. Immutable.

    Parameters
    ----------
    ids : array-like of shape (n,)
        Distinct ids, integers or strings, in the order of their codes.
    what : str, default="id"
        What the ids identify ("user" or "item"), for messages.

    Examples
    --------
    >>> from skrec.data import Vocabulary
    >>> films = Vocabulary(["alien", "brazil"], what="item")
    >>> films.encode(["brazil", "casablanca"])
    array([ 1, -1])
    """

    def __init__(self, ids: IdsLike, what: str = "id") -> None:
        self.what = what
        column = as_ids(ids, what)
        self._kind = kind_of(column)
        self._ids: Ids = to_array(column)
        self._ids.flags.writeable = False
        self._index: pd.Index[Any] | None = None

    @classmethod
    def build(cls, column: "pd.Series[Any]", what: str) -> "tuple[Vocabulary, Codes]":
        """Make the vocabulary of a checked column, and that column's codes.

        Returns
        -------
        vocabulary : Vocabulary
        codes : ndarray of shape (n_rows,)
        """
        codes, uniques = pd.factorize(column)
        return cls(uniques, what), codes.astype(np.int64, copy=False)

    @property
    def ids(self) -> Ids:
        """Ids in the order of their codes, shape (n,); read-only."""
        return self._ids

    @property
    def kind(self) -> str:
        """``"int"``, ``"str"`` or ``"float"``."""
        return self._kind

    def __len__(self) -> int:
        return len(self._ids)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} {self.what} ids of kind {self._kind})"

    def __getstate__(self) -> dict[str, Any]:
        return {"what": self.what, "_kind": self._kind, "_ids": self._ids, "_index": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._ids.flags.writeable = False

    def encode(self, ids: IdsLike) -> Codes:
        """Translate ids into codes.

        Parameters
        ----------
        ids : array-like of shape (n,)

        Returns
        -------
        ndarray of shape (n,), int64
            -1 where an id isn't in the vocabulary.

        Warns
        -----
        UnknownIdWarning
            If the ids are of another kind than the vocabulary's, so that none can be known.
        """
        column = as_ids(ids, self.what)
        if len(column) == 0 or len(self) == 0:
            return np.full(len(column), -1, dtype=np.int64)
        if kind_of(column) != self._kind and "str" in {kind_of(column), self._kind}:
            warnings.warn(
                f"All {self.what} ids are unknown: they are of kind {kind_of(column)}, and those of fit of kind "
                f"{self._kind}. Convert them, for example with .astype(str).",
                UnknownIdWarning,
                stacklevel=3,
            )
            return np.full(len(column), -1, dtype=np.int64)
        if isinstance(column.dtype, pd.CategoricalDtype):
            categories = self.encode(column.cat.categories)
            return categories[column.cat.codes.to_numpy()]
        if kind_of(column) == "float" and self._kind == "int":
            return self._encode_floats(column.to_numpy())
        return self._lookup().get_indexer(pd.Index(column)).astype(np.int64, copy=False)

    def encode_few(self, ids: Ids) -> Codes | None:
        """Translate what `few_ids` gave, as `encode` does; None where ids are of another kind than the vocabulary's."""
        if len(self._ids) == 0 or self._kind != ("str" if ids.dtype == object else "int"):
            return None
        find: Callable[[Any], Any] = self._lookup().get_loc
        codes = np.full(len(ids), -1, dtype=np.int64)
        for place, value in enumerate(ids.tolist()):
            with suppress(KeyError):
                codes[place] = find(value)
        return codes

    def _encode_floats(self, values: "np.typing.NDArray[np.float64]") -> Codes:
        """Look whole floats up as integers: as floats, ids beyond 2**53 would fall together."""
        codes = np.full(len(values), -1, dtype=np.int64)
        whole = (values == np.floor(values)) & (np.abs(values) < 2.0**63)
        codes[whole] = self._lookup().get_indexer(pd.Index(values[whole].astype(np.int64)))
        return codes

    def decode(self, codes: Codes) -> Ids:
        """Translate codes, each in [0, n), back into ids of the same shape."""
        return self._ids[codes]

    def extend(self, ids: IdsLike) -> "Vocabulary":
        """Make a vocabulary that holds these ids too; known ones keep their codes, new ones follow in first-seen order.

        Raises
        ------
        InvalidIdTypeError
            If strings are added to numbers or the other way round.
        """
        column = as_ids(ids, self.what)
        if len(column) == 0:
            return self
        if len(self) == 0:
            return Vocabulary(column.drop_duplicates(), self.what)
        if kind_of(column) != self._kind and "str" in {kind_of(column), self._kind}:
            raise InvalidIdTypeError(
                f"The new {self.what} ids are of kind {kind_of(column)}, and those of fit of kind {self._kind}. "
                "Convert them to the same kind, for example with .astype(str)."
            )
        new = pd.unique(column[self.encode(column) < 0])
        if len(new) == 0:
            return self
        return Vocabulary(_join(self._ids, to_array(pd.Index(new))), self.what)

    def warm_up(self) -> None:
        """Make the hash index now, and not in the first question."""
        if len(self._ids):
            self._lookup().get_indexer(self._lookup()[:1])

    def _lookup(self) -> "pd.Index[Any]":
        """Make the hash index on first use; not kept in pickles."""
        if self._index is None:
            index = pd.Index(self._ids)
            if not index.is_unique:
                raise InvalidDataError(
                    f"The {self.what} ids of a vocabulary must be distinct; {index[index.duplicated()][0]!r} repeats."
                )
            self._index = index
        return self._index


def _join(old: Ids, new: Ids) -> Ids:
    """Put ids one after the other; NumPy would make floats of signed and unsigned 64-bit integers together."""
    kinds = {old.dtype.kind, new.dtype.kind}
    if kinds != {"i", "u"} or np.result_type(old, new).kind != "f":
        return np.concatenate([old, new])
    both = np.concatenate([old.astype(object), new.astype(object)])
    if both.min() < 0 and both.max() > np.iinfo(np.int64).max:
        raise InvalidIdTypeError(
            "The ids together don't fit into 64 bits. Convert them to strings, for example with .astype(str)."
        )
    return both.astype(np.uint64 if both.min() >= 0 else np.int64)
