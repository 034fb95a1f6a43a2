"""What must hold of preprocessing, pipelines, retrievers and classes of scikit-learn that a file brings."""

from collections.abc import Callable
from typing import Any

import numpy as np

from skrec.persistence._data_invariants import check_fields
from skrec.persistence._expectations import attribute, check_array, expect, is_finite, is_whole
from skrec.persistence._model_invariants import check_columns_of_fit, is_fitted
from skrec.plugin import check_parameters

__all__ = ["PARTS", "SKLEARN", "check_retriever"]

_COMPILED = ("sklearn.svm._classes", "sklearn.tree", "sklearn.ensemble")
"""Modules whose fitted estimators hand their arrays to compiled code that trusts them."""
_ROWS_OF_FEATURES = {"cluster_centers_", "_fit_X", "subcluster_centers_", "components_"}


def _transformer(found: Any) -> None:
    if not is_fitted(found):
        return
    check_parameters(found._parameter_constraints, found.get_params(deep=False), type(found).__name__)
    check_columns_of_fit(found)


def _row_dropper(found: Any) -> None:
    if is_fitted(found):
        expect(is_whole(attribute(vars(found), "n_dropped_", type(found).__name__)), "n_dropped_ is no number")


def _recency_weight(found: Any) -> None:
    if is_fitted(found):
        expect(is_finite(attribute(vars(found), "latest_", "RecencyWeight")), "RecencyWeight.latest_ is no number")


def _feature_encoder(found: Any) -> None:
    if is_fitted(found):
        for side in ("users", "items", "context"):
            check_fields(attribute(vars(found), f"{side}_", "FeatureEncoder"), f"FeatureEncoder.{side}_")


def check_retriever(found: Any) -> None:
    """Check that a retriever brings no index: compiled code reads these, and trusts them."""
    state = vars(found)
    if type(found).__module__ == "skrec.retrievers.exact":
        if "_items" in state:
            check_array(state["_items"], "the vectors of ExactRetriever", [np.float32], (None, None))
            expect(state.get("_compiled") == {}, "ExactRetriever has programs")
            found.fit(found._items)
        return
    learned = set(state) - set(found.get_params(deep=False)) - {"_sklearn_version"}
    expect(not learned, f"{type(found).__name__} has an index, which no file of skrec holds")


def _pipeline(found: Any) -> None:
    steps = attribute(vars(found), "steps", "Pipeline")
    right = isinstance(steps, list) and len(steps) > 0
    right = right and all(isinstance(step, (tuple, list)) and len(step) == 2 for step in steps)
    expect(
        right and all(isinstance(name, str) for name, _ in steps), "the steps of Pipeline are no names and estimators"
    )
    expect(len({name for name, _ in steps}) == len(steps), "the steps of Pipeline have a name twice")
    for _, step in steps[:-1]:
        expect(step in (None, "passthrough") or hasattr(step, "transform"), "a step of Pipeline is no transformer")
    _, last = steps[-1]
    expect(last in (None, "passthrough") or hasattr(last, "fit"), "the last step of Pipeline is no estimator")


def _sklearn(found: Any) -> None:
    """Check parameters as `fit` does, and that nothing is handed to compiled code that trusts it."""
    if not is_fitted(found):
        return
    kind = type(found)
    expect(
        not kind.__module__.startswith(_COMPILED),
        f"{kind.__name__} is fitted, and its arrays are read by code that trusts them",
    )
    if "n_features_in_" in vars(found):
        check_columns_of_fit(found)
    if hasattr(found, "_validate_params") and getattr(kind, "_parameter_constraints", None):
        found._validate_params()
    for name, value in vars(found).items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and name in _ROWS_OF_FEATURES:
            check_array(value, f"{kind.__name__}.{name}", "f", (None, *value.shape[1:]))
            width = vars(found).get("n_features_in_")
            expect(
                value.ndim == 2 and value.shape[1] == width,
                f"{kind.__name__}.{name} has another width than its columns",
            )


def _counts(found: Any) -> None:
    """Words have the columns 0 to n - 1: a row of counts is written at these."""
    words = vars(found).get("vocabulary_")
    if words is None:
        return
    columns = sorted(words.values()) if isinstance(words, dict) and all(map(is_whole, words.values())) else [-1]
    expect(columns == list(range(len(words))), f"{type(found).__name__}.vocabulary_ has columns other than 0 to n - 1")
    weights = vars(found).get("_tfidf")
    if weights is not None and "idf_" in vars(weights):
        check_array(weights.idf_, "TfidfTransformer.idf_", "f", (len(words),))


def _one_hot(found: Any) -> None:
    """A category's column is computed from these numbers, and written without a further look."""
    if "categories_" in vars(found):
        expect(isinstance(found.categories_, list), "OneHotEncoder.categories_ is no list")
        sizes = [int(size) for size in found._compute_n_features_outs()]
        expect(
            list(vars(found).get("_n_features_outs", sizes)) == sizes, "OneHotEncoder has other columns than categories"
        )


PARTS: dict[str, Callable[[Any], None]] = {
    "FeatureEncoder": _feature_encoder,
    "InteractionsTransformer": _transformer,
    "RecencyWeight": _recency_weight,
    "RowDropper": _row_dropper,
}
"""By class of `skrec.preprocessing`."""

SKLEARN: dict[str, Callable[[Any], None]] = {
    "BaseEstimator": _sklearn,
    "CountVectorizer": _counts,
    "OneHotEncoder": _one_hot,
    "Pipeline": _pipeline,
}
"""By class of scikit-learn; those of bases come first."""
