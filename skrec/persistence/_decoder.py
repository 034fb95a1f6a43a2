"""From a tree of JSON and arrays back to objects; the inverse of `_encoder`."""

import inspect
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator

from skrec.exceptions import SavedFileError
from skrec.persistence._archive import Archive
from skrec.persistence._classes import UnregisteredError, find_class
from skrec.persistence._generators import make_generator
from skrec.persistence._invariants import BrokenInvariantError, check_object

_SPARSE = {kind.__name__: kind for kind in (sparse.csr_array, sparse.csc_array, sparse.csr_matrix, sparse.csc_matrix)}
_FLOATS = {"nan", "inf", "-inf"}
_DEEPEST = 400  # a value of depth d makes a tree about three times as deep
_FRAMES = 4
"""How many times the file's bytes its frames may hold: a frame copies its columns."""


class TreeDecoder:
    """Builds the object of an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._arrays: dict[str, Any] = {}
        self._texts: dict[tuple[str, str], Any] = {}
        self._bytes_of: dict[str, bytes] = {}
        self._framed = 0
        self._classes: dict[str, type] = {}

    def check(self, tree: Any) -> None:
        """Check that every class is known, and read every array, before anything is made.

        Raises
        ------
        SavedFileError
            If a class isn't registered here, or an array isn't what the manifest says.
        """
        # Iterators, not what they give: a manifest may be millions of empty lists.
        stack: list[Iterator[Any]] = [iter((tree,))]
        while stack:
            node = next(stack[-1], stack)
            if node is stack:
                stack.pop()
            elif isinstance(node, dict):
                if "$object" in node:
                    self._check_class(node["$object"])
                stack.append(iter(node.values()))
            elif isinstance(node, list):
                stack.append(iter(node))
            if len(stack) > _DEEPEST:
                raise self._archive.damaged("its manifest is nested too deeply")
        for name in sorted(self._archive.names()):
            self._arrays[name] = self._archive.array(name)

    def _check_class(self, name: Any) -> None:
        if not isinstance(name, str):
            raise self._archive.damaged("a class has no name")
        try:
            self._classes[name] = find_class(name)
        except UnregisteredError as error:
            raise SavedFileError(
                f"{self._archive.path} needs the class {name!r}, which isn't registered: {error}."
            ) from error

    def build(self, tree: Any) -> Any:
        """Build the object.

        Raises
        ------
        SavedFileError
            If what the file says of a class doesn't suit it.
        """
        try:
            return self._value(tree)
        except SavedFileError:
            raise
        except BrokenInvariantError as error:
            raise self._archive.damaged(str(error)) from error
        except Exception as error:  # whatever a class raises of a state that isn't its own
            raise SavedFileError(
                f"{self._archive.path} doesn't suit the installed versions ({type(error).__name__}: {error}). Save it anew with them."
            ) from error

    def _value(self, node: Any) -> Any:
        if isinstance(node, list):
            for place, entry in enumerate(
                node
            ):  # in the place of what was read: a second list would take as much again
                node[place] = self._value(entry)
            return node
        if not isinstance(node, dict):
            return node
        tags = [key for key in node if key.startswith("$")]
        if not tags:
            for key, entry in node.items():
                node[key] = self._value(entry)
            return node
        if len(tags) > 1 or tags[0] not in _DECODERS:
            raise self._archive.damaged(f"its manifest holds something unknown, {tags[0]!r}")
        return _DECODERS[tags[0]](self, node[tags[0]], node)

    def _float(self, text: Any, node: Any) -> float:
        if text not in _FLOATS:
            raise self._archive.damaged(f"{text!r} is no number")
        return float(text)

    def _dict(self, pairs: Any, node: Any) -> dict[Any, Any]:
        return {self._value(key): self._value(entry) for key, entry in pairs}

    def _tuple(self, entries: Any, node: Any) -> tuple[Any, ...]:
        return tuple(self._value(entries))

    def _set(self, entries: Any, node: Any) -> Any:
        return frozenset(self._value(entries)) if node["frozen"] else set(self._value(entries))

    def _bytes(self, name: Any, node: Any) -> bytes:
        if name not in self._bytes_of:
            self._bytes_of[name] = bytes(self._plain(name, "u").tobytes())
        return self._bytes_of[name]

    def _slice(self, bounds: Any, node: Any) -> slice:
        return slice(*self._value(bounds))

    def _dtype(self, name: Any, node: Any) -> Any:
        if not isinstance(name, str):
            raise self._archive.damaged("a dtype has no name")
        dtype = np.dtype(name)
        return dtype.type if node["type"] else dtype

    def _scalar(self, inner: Any, node: Any) -> Any:
        value = self._value(inner)
        if not isinstance(value, np.ndarray) or value.ndim:
            raise self._archive.damaged("a single number is an array")
        return value[()]

    def _array(self, name: Any, node: Any) -> Any:
        return self._arrays[name]

    def _plain(self, name: Any, kind: str) -> Any:
        """Give a row of whole numbers."""
        array = self._arrays[name]
        if array.ndim != 1 or array.dtype.kind != kind or array.dtype != ("u1" if kind == "u" else "i8"):
            raise self._archive.damaged(f"{name} holds no text")
        return array

    def _strings(self, names: Any, node: Any) -> Any:
        key = (names[0], names[1])
        if key not in self._texts:
            # Once each: other lengths would make other strings of the same text, as often as a file likes.
            if any(key[0] == text or key[1] == lengths for text, lengths in self._texts):
                raise self._archive.damaged("a text is told twice")
            self._texts[key] = self._split(self._plain(key[0], "u"), self._plain(key[1], "i"))
        return self._shaped(self._texts[key], node)

    def _split(self, text: Any, lengths: Any) -> Any:
        """Cut a text into strings, which take all of it."""
        if len(lengths) and (lengths.min() < -1 or lengths.max() > len(text)):
            raise self._archive.damaged("a string is longer than its text")
        ends = np.cumsum(np.maximum(lengths, 0))
        if (int(ends[-1]) if len(ends) else 0) != len(text):
            raise self._archive.damaged("its strings don't make up their text")
        content, found = text.tobytes(), np.empty(len(lengths), dtype=object)
        found[:] = [
            None if length < 0 else content[end - length : end].decode("utf-8", "surrogatepass")
            for length, end in zip(lengths.tolist(), ends.tolist(), strict=True)
        ]
        return found

    def _shaped(self, values: Any, node: Any) -> Any:
        """Give an array of objects its shape, which holds as many."""
        shape = node["shape"]
        if (
            not isinstance(shape, list)
            or any(type(n) is not int or n < 0 for n in shape)
            or math.prod(shape) != len(values)
        ):
            raise self._archive.damaged("an array of objects has another shape than entries")
        return values if shape == [len(values)] else values.reshape(shape)

    def _objects(self, entries: Any, node: Any) -> Any:
        found = np.empty(len(entries), dtype=object)
        for place, entry in enumerate(entries):
            found[place] = self._value(entry)
        return self._shaped(found, node)

    def _sparse(self, kind: Any, node: Any) -> Any:
        parts = tuple(self._value(node[name]) for name in ("data", "indices", "indptr"))
        # Python's lists and objects would be converted; compiled code reads numbers only.
        if not all(isinstance(part, np.ndarray) and part.dtype.kind in "biufc" for part in parts):
            raise self._archive.damaged("a sparse matrix isn't made of arrays of numbers")
        found = _SPARSE[kind](parts, shape=tuple(node["shape"]))
        found.check_format(full_check=True)  # positions beyond the shape would be read by compiled code
        return found

    def _frame(self, columns: Any, node: Any) -> pd.DataFrame:
        values = [self._column(entry) for _, entry in columns]
        if "$slice" in node["index"]:
            rows = self._value(node["index"])
            index: Any = pd.RangeIndex(rows.start, rows.stop, rows.step)
            if not values:
                self._take(8 * len(index))
        else:
            index = pd.Index(self._column(node["index"]))
        if any(len(column) != len(index) for column in values):
            raise self._archive.damaged("a column of a frame is longer, or shorter, than the others")
        frame = pd.DataFrame(dict(enumerate(values)), index=index)
        frame.columns = pd.Index([self._value(name) for name, _ in columns])
        if not frame.columns.is_unique:
            raise self._archive.damaged("a frame has two columns of one name")
        return frame

    def _column(self, node: Any) -> Any:
        if "codes" in node:
            categories = pd.Index(self._column(node["categories"]))
            codes = self._value(node["codes"])
            self._take(codes.nbytes)
            return pd.Categorical.from_codes(codes, categories, ordered=bool(node["ordered"]))
        values = self._value(node["values"])
        if not isinstance(values, np.ndarray) or values.ndim != 1:
            raise self._archive.damaged("a column of a frame is no column")
        self._take(values.nbytes)
        return values if values.dtype.kind != "O" else pd.array(values, dtype=node["dtype"])

    def _take(self, n_bytes: int) -> None:
        """Count what frames hold: a file may tell one column as often as it likes, and each is copied."""
        self._framed += n_bytes
        if self._framed > _FRAMES * self._archive.size:
            raise self._archive.damaged("its frames would unfold into many times the file")

    def _random(self, kind: Any, node: Any) -> Any:
        return make_generator(kind, self._value(node["state"]))

    def _object(self, name: Any, node: Any) -> Any:
        kind: Any = self._classes[name]
        state = self._value(node["state"])
        found = kind.__new__(kind)
        if isinstance(found, BaseEstimator):
            state = {**_defaults(kind), **state}
        if hasattr(found, "__setstate__"):
            found.__setstate__(state)
        else:
            vars(found).update(state)
        if isinstance(vars(found).get("memory") if hasattr(found, "__dict__") else None, str):
            found.memory = None
            warnings.warn(
                f"The folder in which {kind.__name__} keeps fitted steps isn't taken over from a file, since what lies there is code. Set "
                "memory again.",
                UserWarning,
                stacklevel=2,
            )
        check_object(found, state)
        return found


def _defaults(kind: Any) -> dict[str, Any]:
    """Defaults of a constructor, for parameters that came after the file was written."""
    signature = inspect.signature(kind.__init__)
    return {
        name: parameter.default
        for name, parameter in signature.parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }


_DECODERS: dict[str, Callable[[TreeDecoder, Any, Any], Any]] = {
    "$array": TreeDecoder._array,
    "$bytes": TreeDecoder._bytes,
    "$dict": TreeDecoder._dict,
    "$dtype": TreeDecoder._dtype,
    "$float": TreeDecoder._float,
    "$frame": TreeDecoder._frame,
    "$object": TreeDecoder._object,
    "$objects": TreeDecoder._objects,
    "$random": TreeDecoder._random,
    "$scalar": TreeDecoder._scalar,
    "$set": TreeDecoder._set,
    "$slice": TreeDecoder._slice,
    "$sparse": TreeDecoder._sparse,
    "$strings": TreeDecoder._strings,
    "$tuple": TreeDecoder._tuple,
}
