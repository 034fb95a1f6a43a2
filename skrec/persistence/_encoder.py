"""From objects to a tree of JSON, and arrays.

Strings, whole numbers, true, false, null and finite floats stand for themselves, as do lists, and dicts with string keys. Everything else
is a dict with one key that starts with ``$``, which says what it is.
"""

import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrec.exceptions import NotSavableError
from skrec.persistence._classes import UnregisteredError, name_of
from skrec.persistence._generators import BIT_GENERATORS

_DEEPEST = 100


class TreeEncoder:
    """Encodes one object; arrays that occur twice are stored once.

    Attributes
    ----------
    arrays : dict of str to ndarray
        Members of the file, by name.
    distributions : set of str
        Whose classes occur.
    """

    def __init__(self) -> None:
        self.arrays: dict[str, Any] = {}
        self.distributions: set[str] = set()
        self._stored: dict[
            int, tuple[Any, Any]
        ] = {}  # id: (the object, kept alive so that its id stays its own; its name)

    def encode(self, value: Any, where: str, depth: int = 0) -> Any:
        """Encode a value.

        Parameters
        ----------
        value : object
        where : str
            Where it stands, for messages: ``"Pipeline.steps[1]"``.
        depth : int, default=0
            How deep that is.

        Returns
        -------
        object
            Of what JSON knows.

        Raises
        ------
        NotSavableError
            If a file without code has no place for it.
        """
        if depth > _DEEPEST:
            raise NotSavableError(f"{where[:80]}... can't be saved: it is nested too deeply, or holds itself.")
        if value is None or isinstance(value, (bool, str, int)):
            return value
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {"$float": str(float(value))}
        if isinstance(value, type) and issubclass(value, np.generic):
            return self._dtype(value, where, depth)
        for kind, encode in _ENCODERS:
            if isinstance(value, kind):
                return encode(self, value, where, depth + 1)
        return self._object(value, where, depth + 1)

    def array(self, value: Any) -> str:
        """Store a plain array, and give the name of its member."""
        if id(value) not in self._stored:
            name = f"arrays/{len(self.arrays)}.npy"
            self.arrays[name] = value
            self._stored[id(value)] = (value, name)
        return str(self._stored[id(value)][1])

    def _dict(self, value: Mapping[Any, Any], where: str, depth: int) -> Any:
        if type(value) is not dict:
            return self._object(value, where, depth)
        plain = all(isinstance(key, str) and not key.startswith("$") for key in value)
        if plain:
            return {key: self.encode(entry, f"{where}.{key}", depth) for key, entry in value.items()}
        pairs = [
            [self.encode(key, where, depth), self.encode(entry, f"{where}[{key!r}]", depth)]
            for key, entry in value.items()
        ]
        return {"$dict": pairs}

    def _list(self, value: list[Any], where: str, depth: int) -> Any:
        return [self.encode(entry, f"{where}[{index}]", depth) for index, entry in enumerate(value)]

    def _tuple(self, value: tuple[Any, ...], where: str, depth: int) -> Any:
        return {"$tuple": self._list(list(value), where, depth)}

    def _set(self, value: Any, where: str, depth: int) -> Any:
        entries = sorted(value, key=lambda entry: (type(entry).__name__, entry))
        return {"$set": self._list(entries, where, depth), "frozen": isinstance(value, frozenset)}

    def _bytes(self, value: bytes, where: str, depth: int) -> Any:
        return {"$bytes": self.array(np.frombuffer(value, dtype=np.uint8))}

    def _slice(self, value: slice, where: str, depth: int) -> Any:
        return {"$slice": self._list([value.start, value.stop, value.step], where, depth)}

    def _dtype(self, value: Any, where: str, depth: int) -> Any:
        return {"$dtype": np.dtype(value).str, "type": isinstance(value, type)}

    def _scalar(self, value: np.generic, where: str, depth: int) -> Any:
        return {"$scalar": self._ndarray(np.asarray(value), where, depth)}

    def _ndarray(self, value: Any, where: str, depth: int) -> Any:
        if type(value) is not np.ndarray:
            raise NotSavableError(f"{where} can't be saved: {type(value).__name__} is a special kind of array.")
        if value.dtype.kind not in "OV" and not value.dtype.hasobject:
            return {"$array": self.array(value)}
        if value.dtype.kind != "O":
            raise NotSavableError(f"{where} can't be saved: it is an array of {value.dtype}.")
        if all(entry is None or isinstance(entry, str) for entry in value.flat):
            return {"$strings": self._strings(value), "shape": list(value.shape)}
        return {"$objects": self._list(list(value.flat), where, depth), "shape": list(value.shape)}

    def _strings(self, value: Any) -> Any:
        """Store strings as one array of UTF-8 and one of lengths; None has length -1."""
        if id(value) not in self._stored:
            # Lone surrogates are no text that UTF-8 knows, and still somebody's id.
            parts = [None if entry is None else entry.encode("utf-8", "surrogatepass") for entry in value.flat]
            lengths = np.array([-1 if part is None else len(part) for part in parts], dtype=np.int64)
            text = np.frombuffer(b"".join(part for part in parts if part is not None), dtype=np.uint8)
            self._stored[id(value)] = (value, [self.array(text), self.array(lengths)])
        return self._stored[id(value)][1]

    def _sparse(self, value: Any, where: str, depth: int) -> Any:
        if value.format not in {"csr", "csc"}:
            raise NotSavableError(f"{where} can't be saved: convert the sparse matrix to csr, it is {value.format}.")
        parts = {name: self._ndarray(getattr(value, name), where, depth) for name in ("data", "indices", "indptr")}
        return {"$sparse": type(value).__name__, "shape": list(value.shape), **parts}

    def _frame(self, value: pd.DataFrame, where: str, depth: int) -> Any:
        columns = [
            [self.encode(name, where, depth), self._column(value.iloc[:, place], f"{where}[{name!r}]", depth)]
            for place, name in enumerate(value.columns)
        ]
        index = value.index
        if isinstance(index, pd.RangeIndex):
            rows = self.encode(slice(index.start, index.stop, index.step), where, depth)
        else:
            rows = self._column(index.to_series(), f"{where}.index", depth)
        return {"$frame": columns, "index": rows}

    def _column(self, column: Any, where: str, depth: int) -> Any:
        if isinstance(column.dtype, pd.CategoricalDtype):
            categories = self._column(column.cat.categories.to_series(), where, depth)
            codes = self._ndarray(column.cat.codes.to_numpy(), where, depth)
            return {"codes": codes, "categories": categories, "ordered": bool(column.cat.ordered)}
        if isinstance(column.dtype, np.dtype):
            return {"values": self._ndarray(column.to_numpy(), where, depth), "dtype": str(column.dtype)}
        if isinstance(column.dtype, pd.StringDtype):
            text = column.astype(object).where(column.notna(), None).to_numpy()
            return {"values": self._ndarray(text, where, depth), "dtype": str(column.dtype)}
        raise NotSavableError(f"{where} can't be saved: convert the column, its dtype is {column.dtype}.")

    def _generator(self, value: Any, where: str, depth: int) -> Any:
        state = value.bit_generator.state if isinstance(value, np.random.Generator) else value.get_state(legacy=False)
        if state.get("bit_generator") not in BIT_GENERATORS:
            raise NotSavableError(f"{where} can't be saved: it has an unknown bit generator.")
        return {"$random": type(value).__name__, "state": self.encode(state, where, depth)}

    def _object(self, value: Any, where: str, depth: int) -> Any:
        try:
            name, distribution = name_of(type(value))
        except UnregisteredError as error:
            raise NotSavableError(f"{where} can't be saved: {_complaint(value, error)}.") from None
        self.distributions.add(distribution)
        state = value.__skrec_state__() if hasattr(value, "__skrec_state__") else value.__getstate__()
        if isinstance(state, dict) and state.pop("_skl_callbacks", None):
            warnings.warn(
                f"The callbacks of {where} aren't saved: they are code. Set them again after loading.",
                UserWarning,
                stacklevel=2,
            )
        return {"$object": name, "state": self.encode(state, where, depth)}


def _complaint(value: Any, error: UnregisteredError) -> str:
    """Say why an object has no place in a file."""
    if not callable(value) or hasattr(value, "get_params"):
        return str(error)
    code = f"it is code ({getattr(value, '__qualname__', type(value).__name__)}), and a file of skrec.save holds none"
    return f"{code}; set it to None first, or use pickle for what you trust"


_ENCODERS: tuple[tuple[Any, Any], ...] = (
    (np.generic, TreeEncoder._scalar),
    (dict, TreeEncoder._dict),
    (list, TreeEncoder._list),
    (tuple, TreeEncoder._tuple),
    ((set, frozenset), TreeEncoder._set),
    (bytes, TreeEncoder._bytes),
    (slice, TreeEncoder._slice),
    (np.ndarray, TreeEncoder._ndarray),
    (np.dtype, TreeEncoder._dtype),
    ((sparse.sparray, sparse.spmatrix), TreeEncoder._sparse),
    (pd.DataFrame, TreeEncoder._frame),
    ((np.random.Generator, np.random.RandomState), TreeEncoder._generator),
)
