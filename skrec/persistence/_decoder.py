"""From a tree of JSON and arrays back to objects; the inverse of `_encoder`."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator

from skrec.exceptions import SavedFileError
from skrec.persistence._archive import Archive
from skrec.persistence._classes import UnregisteredError, find_class
from skrec.persistence._encoder import BIT_GENERATORS

_SPARSE = {kind.__name__: kind for kind in (sparse.csr_array, sparse.csc_array, sparse.csr_matrix, sparse.csc_matrix)}
_FLOATS = {"nan", "inf", "-inf"}
_DEEPEST = 400  # a value of depth d makes a tree about three times as deep


class TreeDecoder:
    """Builds the object of an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._arrays: dict[str, Any] = {}
        self._texts: dict[tuple[str, str], Any] = {}
        self._classes: dict[str, type] = {}

    def check(self, tree: Any) -> None:
        """Check that every class is known, and read every array, before anything is made.

        Raises
        ------
        SavedFileError
            If a class isn't registered here, or an array isn't what the manifest says.
        """
        stack = [(tree, 0)]
        while stack:
            node, depth = stack.pop()
            if depth > _DEEPEST:
                raise self._archive.damaged("its manifest is nested too deeply")
            if isinstance(node, dict):
                if "$object" in node:
                    self._check_class(node["$object"])
                stack += [(entry, depth + 1) for entry in node.values()]
            elif isinstance(node, list):
                stack += [(entry, depth + 1) for entry in node]
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
        except Exception as error:  # whatever a class raises of a state that isn't its own
            raise SavedFileError(
                f"{self._archive.path} doesn't suit the installed versions ({type(error).__name__}: {error}). Save it anew with them."
            ) from error

    def _value(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._value(entry) for entry in node]
        if not isinstance(node, dict):
            return node
        tags = [key for key in node if key.startswith("$")]
        if not tags:
            return {key: self._value(entry) for key, entry in node.items()}
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
        return bytes(self._arrays[name].tobytes())

    def _slice(self, bounds: Any, node: Any) -> slice:
        return slice(*self._value(bounds))

    def _dtype(self, name: Any, node: Any) -> Any:
        dtype = np.dtype(name)
        return dtype.type if node["type"] else dtype

    def _scalar(self, inner: Any, node: Any) -> Any:
        return self._value(inner)[()]

    def _array(self, name: Any, node: Any) -> Any:
        return self._arrays[name]

    def _strings(self, names: Any, node: Any) -> Any:
        key = (names[0], names[1])
        if key not in self._texts:
            text, lengths = self._arrays[key[0]].tobytes(), self._arrays[key[1]]
            ends = np.cumsum(np.maximum(lengths, 0))
            found = np.empty(len(lengths), dtype=object)
            for place, (length, end) in enumerate(zip(lengths.tolist(), ends.tolist(), strict=True)):
                found[place] = None if length < 0 else text[end - length : end].decode("utf-8", "surrogatepass")
            self._texts[key] = found.reshape(node["shape"])
        return self._texts[key]

    def _objects(self, entries: Any, node: Any) -> Any:
        found = np.empty(len(entries), dtype=object)
        for place, entry in enumerate(entries):
            found[place] = self._value(entry)
        return found.reshape(node["shape"])

    def _sparse(self, kind: Any, node: Any) -> Any:
        parts = tuple(self._value(node[name]) for name in ("data", "indices", "indptr"))
        found = _SPARSE[kind](parts, shape=tuple(node["shape"]))
        found.check_format(full_check=True)  # positions beyond the shape would be read by compiled code
        return found

    def _frame(self, columns: Any, node: Any) -> pd.DataFrame:
        values = [self._column(entry) for _, entry in columns]
        if "$slice" in node["index"]:
            rows = self._value(node["index"])
            index: Any = pd.RangeIndex(rows.start, rows.stop, rows.step)
        else:
            index = pd.Index(self._column(node["index"]))
        frame = pd.DataFrame(dict(enumerate(values)), index=index)
        frame.columns = pd.Index([self._value(name) for name, _ in columns])
        return frame

    def _column(self, node: Any) -> Any:
        if "codes" in node:
            categories = pd.Index(self._column(node["categories"]))
            return pd.Categorical.from_codes(self._value(node["codes"]), categories, ordered=node["ordered"])
        values = self._value(node["values"])
        return values if values.dtype.kind != "O" else pd.array(values, dtype=node["dtype"])

    def _random(self, kind: Any, node: Any) -> Any:
        state = self._value(node["state"])
        if state["bit_generator"] not in BIT_GENERATORS or kind not in {"Generator", "RandomState"}:
            raise self._archive.damaged("its manifest holds an unknown random generator")
        if kind == "RandomState":
            found = np.random.RandomState()
            found.set_state(state)
            return found
        bits = getattr(np.random, state["bit_generator"])()
        bits.state = state
        return np.random.Generator(bits)

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
