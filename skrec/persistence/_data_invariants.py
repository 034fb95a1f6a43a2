"""What must hold of ids, histories, events and features that a file brings."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from skrec.data import Features, FeatureTable, Histories, Interactions, Names, Vocabulary, listed
from skrec.persistence._encoder_invariants import check_fitted_encoder
from skrec.persistence._expectations import attribute, check_array, expect, is_flag, is_whole

__all__ = ["DATA", "check_fields"]

_KINDS = {"int": "iu", "float": "f"}


def _vocabulary(found: Vocabulary) -> None:
    """Ids are distinct, and of the kind that is said; nothing is taken for an index that a file brings."""
    state = vars(found)
    ids, kind = attribute(state, "_ids", "Vocabulary"), attribute(state, "_kind", "Vocabulary")
    expect(isinstance(attribute(state, "what", "Vocabulary"), str), "Vocabulary doesn't say what its ids identify")
    expect(state.setdefault("_index", None) is None, "Vocabulary has an index of its own")
    if kind == "str":
        texts = ids.tolist() if type(ids) is np.ndarray and ids.dtype == object and ids.ndim == 1 else [None]
        expect(set(map(type, texts)) <= {str}, "the ids of Vocabulary are no strings")
        expect(len(set(texts)) == len(texts), "an id of Vocabulary repeats")
    else:
        expect(kind in _KINDS, f"Vocabulary has ids of an unknown kind, {kind!r}")
        check_array(ids, "the ids of Vocabulary", _KINDS[kind], (None,))
        found.warm_up()  # raises for ids that repeat; the index is kept, and the first question has it


def _histories(found: Histories) -> None:
    """Pointers start at 0, never fall and end at the number of events; each array has an entry for each event."""
    state = vars(found)
    names = ("indptr", "items", "weights", "positive", "ratings", "times", "n_items", "graded")
    values = [attribute(state, name, "Histories") for name in names]
    indptr, items, weights, positive, ratings, times, n_items, graded = values
    expect(set(state) == set(names), "Histories have something unknown")
    expect(is_whole(n_items), "Histories don't say how many items there are")
    expect(is_flag(graded), "Histories don't say whether labels were grades")
    check_array(indptr, "Histories.indptr", [np.int64], (None,))
    rising = len(indptr) and indptr[0] == 0 and (indptr[1:] >= indptr[:-1]).all()
    expect(rising, "Histories.indptr doesn't rise from 0")
    n = int(indptr[-1])
    check_array(items, "Histories.items", [np.int64], (n,), low=0, below=int(n_items))
    check_array(weights, "Histories.weights", [np.float32], (n,), low=0)
    check_array(positive, "Histories.positive", "b", (n,))
    check_array(times, "Histories.times", "iuf", (n,))
    if ratings is not None:
        check_array(ratings, "Histories.ratings", [np.float32], (n,))


def _interactions(found: Interactions) -> None:
    """Events and tables are what the constructor takes, as they are."""
    parts = found._events, found._users, found._items
    expect(all(part is None or isinstance(part, pd.DataFrame) for part in parts), "Interactions aren't made of frames")
    made = Interactions(*parts)  # raises for what it refuses
    for part, again in zip(parts, (made._events, made._users, made._items), strict=True):
        if part is not None and again is not None:
            same = list(part.columns) == list(again.columns) and list(part.dtypes) == list(again.dtypes)
            expect(same and isinstance(part.index, pd.RangeIndex), "Interactions are unlike those of skrec")
    expect(found._features is None or isinstance(found._features, Features), "Interactions have senseless features")
    expect(isinstance(found.names, Names), "Interactions have senseless names of columns")


def _features(found: Features) -> None:
    state = vars(found)
    expect(set(state) <= {"users", "items", "context"}, "Features have something unknown")
    tables = found.users, found.items
    expect(all(table is None or isinstance(table, FeatureTable) for table in tables), "Features have a senseless table")
    check_fields(found.context, "Features.context")


def _names(found: Names) -> None:
    """Each name is a text, and none the usual one of another role."""
    values = vars(found)
    expect(set(values) == {"user", "item", "rating", "timestamp", "library"}, "Names have something unknown")
    expect(all(isinstance(value, str) for value in values.values()), "Names aren't texts")
    expect(found.library in {"pandas", "polars", "pyarrow"}, f"Names come from an unknown library, {found.library!r}")
    expect(found.as_given(found.roles(), found.library) == found, "Names have two meanings")


def _feature_table(found: FeatureTable) -> None:
    state = vars(found)
    names = ("fields", "frame", "key", "_ids")
    fields, frame, key, ids = (attribute(state, name, "FeatureTable") for name in names)
    expect(set(state) == set(names), "FeatureTable has something unknown")
    check_fields(fields, "FeatureTable.fields")
    expect(isinstance(frame, pd.DataFrame) and isinstance(key, str), "FeatureTable has no frame, or no key")
    again = FeatureTable(fields, frame, key)  # raises for a column that is missing
    same = (
        ids is None if again._ids is None else isinstance(ids, Vocabulary) and np.array_equal(ids.ids, again._ids.ids)
    )
    expect(same, "FeatureTable has other ids than its frame")


def check_fields(fields: Any, what: str) -> None:
    """Check a list of names, fitted encoders and columns."""
    expect(isinstance(fields, (list, tuple)), f"{what} is no list")
    for entry in fields:
        triple = isinstance(entry, (list, tuple)) and len(entry) == 3 and isinstance(entry[0], str)
        expect(
            triple and all(isinstance(column, (str, int)) for column in listed(entry[2])),
            f"{what} isn't made of names, encoders and columns",
        )
        expect(entry[0] not in {"", "id"}, f"{what} has a feature named {entry[0]!r}")
        check_fitted_encoder(entry[1])
    expect(len({entry[0] for entry in fields}) == len(fields), f"{what} has a name twice")


DATA: dict[str, Callable[[Any], None]] = {
    "Features": _features,
    "FeatureTable": _feature_table,
    "Histories": _histories,
    "Interactions": _interactions,
    "Names": _names,
    "Vocabulary": _vocabulary,
}
"""By class of `skrec.data`."""
