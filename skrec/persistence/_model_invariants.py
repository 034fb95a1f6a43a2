"""What must hold of fitted recommenders that a file brings."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from skrec.data import Histories, Vocabulary
from skrec.persistence._data_invariants import check_fields
from skrec.persistence._encoder_invariants import check_encoded
from skrec.persistence._expectations import (
    attribute,
    check_array,
    expect,
    is_finite,
    is_flag,
    is_whole,
)

_OF_FIT = {"histories_", "network_weights_", "user_vocabulary_", "item_vocabulary_", "n_features_in_"}

__all__ = ["MODELS", "check_columns_of_fit", "is_fitted"]

_LARGEST = 1e15
"""Of a weight: what is trained stays far below, and products of what is larger leave float32."""
_MODERATE = {"low": -_LARGEST, "below": _LARGEST}
_TIMES = {"nothing", "numbers", "datetimes"}


def is_fitted(found: Any) -> bool:
    """Say whether an estimator has learned anything."""
    return any(name.endswith("_") and not name.startswith("_") for name in vars(found))


def _has_learned(found: Any) -> bool:
    """Say whether a recommender has something by which it takes itself for fitted."""
    return not _OF_FIT.isdisjoint(vars(found))


def check_columns_of_fit(found: Any) -> None:
    """Check what an estimator knows of the columns of fit."""
    state, owner = vars(found), type(found).__name__
    expect(is_whole(attribute(state, "n_features_in_", owner), 1), f"{owner} has a senseless n_features_in_")
    names = state.get("feature_names_in_")
    if names is not None:
        right = type(names) is np.ndarray and names.ndim == 1 and names.dtype == object
        right = right and len(names) == state["n_features_in_"] and set(map(type, names.tolist())) <= {str}
        expect(right, f"{owner} has senseless feature_names_in_")


def _recommender(found: Any) -> None:
    """Vocabularies, histories and counts are of one size."""
    if not _has_learned(found):
        return
    state, owner = vars(found), type(found).__name__
    users, items = (attribute(state, f"{side}_vocabulary_", owner) for side in ("user", "item"))
    histories = attribute(state, "histories_", owner)
    kinds = isinstance(users, Vocabulary) and isinstance(items, Vocabulary) and isinstance(histories, Histories)
    expect(kinds, f"{owner} has no vocabularies, or no histories")
    for name, ids in (("users_", users.ids), ("items_", items.ids)):
        expect(_same(attribute(state, name, owner), ids), f"{name} of {owner} are other ids than its vocabulary's")
    sizes = histories.n_users, histories.n_items
    expect(
        sizes == (len(users), len(items)) and len(users) and len(items),
        f"the histories of {owner} are of other ids than it knows",
    )
    check_array(attribute(state, "item_counts_", owner), "item_counts_", [np.float64], (len(items),), low=0, below=1e38)
    expect(attribute(state, "_times", owner) in _TIMES, f"{owner} has times of an unknown kind")
    check_columns_of_fit(found)
    # As `fit` does; raises for what it refuses.
    found._check_parameters()


def _same(found: Any, ids: Any) -> bool:
    return found is ids or (type(found) is np.ndarray and found.dtype == ids.dtype and np.array_equal(found, ids))


def _ease(found: Any) -> None:
    if _has_learned(found):
        n_items = len(found.items_)
        weights = attribute(vars(found), "item_weights_", "EASE")
        check_array(weights, "EASE.item_weights_", [np.float32, np.float64], (n_items, n_items), **_MODERATE)


def _item_knn(found: Any) -> None:
    if _has_learned(found):
        for name in ("similarity_", "_scoring"):
            matrix = attribute(vars(found), name, "ItemKNN")
            alike = isinstance(matrix, sparse.csr_array) and matrix.shape == (len(found.items_),) * 2
            expect(alike, f"ItemKNN.{name} is no csr_array of items by items")
            check_array(matrix.data, f"ItemKNN.{name}", [np.float32], (None,), **_MODERATE)


def _keras(found: Any) -> None:
    """Tables have a row for each id, in the width that the parameters say; all weights are numbers."""
    if not _has_learned(found):
        return
    state, owner = vars(found), type(found).__name__
    _check_weights(state, found._widths(), {"user": len(found.users_), "item": len(found.items_)}, owner)
    pool = attribute(state, "_fold_negatives", owner)
    check_array(pool, f"{owner}._fold_negatives", [np.int64], (None,), low=0, below=len(found.items_))
    expect((pool[1:] > pool[:-1]).all(), f"{owner}._fold_negatives don't rise")
    expect(is_finite(attribute(state, "rating_mean_", owner)), f"{owner}.rating_mean_ is no number")
    expect(is_flag(attribute(state, "_labelled", owner)), f"{owner} doesn't say whether events were labelled")
    expect(isinstance(attribute(state, "history_", owner), dict), f"{owner}.history_ is no dict")
    expect(is_whole(attribute(state, "n_iter_", owner)), f"{owner}.n_iter_ is no number")
    expect(
        all(isinstance(attribute(state, name, owner), str) for name in ("backend_", "device_")),
        f"{owner} has no backend_",
    )
    expect(not state.get("callbacks"), f"{owner} has callbacks, which are code")
    expect("retriever_" not in state, f"{owner} has an index, which no file of skrec holds")
    if type(found)._reads:
        _check_features(attribute(state, "features_", owner), found, type(found)._reads)
    if "build" in state:
        _check_build(state["build"], found)


def _hstu(found: Any) -> None:
    if _has_learned(found):
        unit = attribute(vars(found), "time_unit_", "HSTU")
        expect(unit is None or (is_finite(unit) and unit > 0), "HSTU.time_unit_ is no number above 0")


def _check_weights(state: Any, widths: dict[str, int], rows: dict[str, int], owner: str) -> None:
    tables = attribute(state, "tables_", owner)
    expect(isinstance(tables, dict) and set(tables) == set(widths), f"{owner} has other tables than it needs")
    for side, width in widths.items():
        check_array(tables[side], f"the table of {side}s", [np.float32], (rows[side], width), **_MODERATE)
    for name, kinds in (("network_weights_", "f"), ("_network_state", "iufb")):
        weights = attribute(state, name, owner)
        expect(isinstance(weights, list), f"{owner}.{name} is no list")
        for weight in weights:
            shape = weight.shape if isinstance(weight, np.ndarray) else ()
            check_array(weight, f"a weight of {owner}", kinds, shape, **_MODERATE)


def _check_build(build: Any, found: Any) -> None:
    """Check what stands for a function that builds a network."""
    from skrec.models import SavedNetwork

    expect(isinstance(build, SavedNetwork), "KerasModel has no network")
    sizes = build.n_users, build.n_items
    expect(sizes == (len(found.users_), len(found.items_)), "the network of KerasModel is for other ids than it knows")


def _check_features(features: Any, found: Any, reads: tuple[str, ...]) -> None:
    """Check that there are rows for each id, of the form that the encoders give."""
    from skrec.models import ModelFeatures

    expect(isinstance(features, ModelFeatures), f"{type(found).__name__} has no features_")
    fields, arrays, no_context = features.fields, features.arrays, features.no_context
    sides = isinstance(fields, dict) and set(fields) == {"user", "item", "context"}
    expect(sides and isinstance(arrays, dict) and set(arrays) == {"user", "item"}, "ModelFeatures lack a side")
    for side, ids in (("user", found.users_), ("item", found.items_), ("context", ())):
        known = no_context if side == "context" else arrays[side]
        check_fields(fields[side], f"the features of {side}")
        expect(side in reads or not fields[side], f"{type(found).__name__} reads no features of {side}")
        names = [name for name, _, _ in fields[side]]
        expect(
            isinstance(known, dict) and list(known) == names, f"the features of {side} are others than its encoders'"
        )
        for name, encoder, _ in fields[side]:
            check_encoded(encoder, known[name], len(ids) + 1, f"the feature {name!r} of {side}")


MODELS: dict[str, Callable[[Any], None]] = {
    "BaseRecommender": _recommender,
    "EASE": _ease,
    "HSTU": _hstu,
    "ItemKNN": _item_knn,
    "KerasRecommender": _keras,
}
"""By class of `skrec.models`; those of bases come first."""
