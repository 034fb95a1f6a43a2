"""What estimators take as ``X``, ``y`` and weights, and how they stay as they were where it can't be used."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from skrec._sklearn import BaseEstimator
from skrec.data import ITEM, RATING, TIMESTAMP, USER, WEIGHT, Interactions, check_float32, is_frame
from skrec.exceptions import InvalidDataError

_OPTIONAL = {RATING, TIMESTAMP, WEIGHT}

_CALLBACK_STATE = {"_callback_fit_ctx", "_skl_callbacks_to_teardown"}
"""What scikit-learn hangs onto an estimator while its callbacks run."""


def read_interactions(estimator: BaseEstimator, X: Any, *, reset: bool) -> Interactions:
    """Turn `X` into Interactions, and remember its columns (in fit) or check them against those of fit.

    Parameters
    ----------
    estimator : estimator
        Keeps ``n_features_in_`` and ``feature_names_in_``.
    X : Interactions, or anything that ``Interactions(X)`` takes
    reset : bool
        True in fit.

    Returns
    -------
    Interactions
    """
    if isinstance(X, Interactions) or _is_named(X):
        interactions = X if isinstance(X, Interactions) else Interactions(X)
        _check_columns(estimator, interactions, reset=reset)
        return interactions
    if not reset and not is_frame(X) and USER in getattr(estimator, "feature_names_in_", ()):
        # Fit knew columns by name: an array of pairs is read by position, and needs no rating or timestamp.
        interactions = Interactions(X)
        _check_columns(estimator, interactions, reset=False)
        return interactions
    if is_frame(X):
        validate_data(estimator, X, skip_check_array=True, reset=reset)
        return Interactions(X)
    if not (hasattr(X, "shape") or hasattr(X, "__array__")):
        # A list of rows, in which an int stays an int beside a float; or something that can't be read at all.
        interactions = Interactions(X)
        validate_data(estimator, interactions.events.to_numpy(dtype=object), skip_check_array=True, reset=reset)
        return interactions
    # NaN is left to Interactions, whose message names the column and the rows.
    checked = validate_data(
        estimator, X, dtype=None, ensure_all_finite=False, ensure_min_features=2 if reset else 1, reset=reset
    )
    return Interactions(checked)


def _is_named(X: Any) -> bool:
    """Say whether `X` is a frame with one of the id columns, so that it is read by name."""
    if not is_frame(X):
        return False
    names = list(getattr(X, "columns", [])) if not hasattr(X, "column_names") else list(X.column_names)
    return USER in names or ITEM in names


def _check_columns(estimator: BaseEstimator, X: Interactions, *, reset: bool) -> None:
    """Compare named columns; what fit learns from, but scoring doesn't need, may be absent."""
    found = list(X.events.columns)
    if reset:
        names = np.array(found, dtype=object)
        estimator.__dict__.update(n_features_in_=len(found), feature_names_in_=names)
        return
    known = getattr(estimator, "feature_names_in_", None)
    if known is None:
        return
    expected = set(map(str, known)) if USER in known else {USER, ITEM}
    missing = sorted(expected - set(found) - _OPTIONAL)
    extra = sorted(set(found) - expected - _OPTIONAL)
    if missing or extra:
        raise InvalidDataError(
            f"X has other columns than in fit: missing {missing}, unexpected {extra}. "
            f"Pass the columns of fit: {list(map(str, known))}."
        )


def labels_for_callbacks(X: Any, y: Any, events: Interactions) -> Any:
    """Give what callbacks that score are handed as `y`: the ratings where there is none, else 1, since each event is a positive."""
    if y is not None or not hasattr(X, "__len__"):
        return y
    return events.events[RATING].to_numpy() if RATING in events.events else np.ones(len(X))


def drop_weightless(X: Interactions, ratings: Any, weights: Any) -> tuple[Interactions, Any, Any]:
    """Leave out events whose weight is zero, also once it is rounded to float32: they count for nothing, not even as seen.

    Raises
    ------
    InvalidDataError
        If float32 can't hold a weight, or the product of the two, or if no event has one above zero.
    """
    events = X.events
    total = np.ones(len(X), dtype=np.float32)
    if weights is not None:
        total = check_float32(weights, "sample_weight")
    if WEIGHT in events:
        with np.errstate(over="ignore"):
            total = total * check_float32(events[WEIGHT], "Column 'weight'")
        check_float32(total, "The product of sample_weight and column 'weight'")
    kept = total > 0
    if kept.all():
        return X, ratings, weights
    if not kept.any():
        raise InvalidDataError(
            "All weights are zero, so that there is nothing to learn from. Give some event a weight > 0."
        )
    return X[kept], None if ratings is None else ratings[kept], None if weights is None else np.asarray(weights)[kept]


@contextmanager
def unchanged_on_error(estimator: BaseEstimator) -> Iterator[None]:
    """Put the estimator's attributes back as they were if anything is raised, an interrupt included."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        # What scikit-learn needs to take its callbacks down must outlive the fit that failed.
        before |= {name: value for name, value in vars(estimator).items() if name in _CALLBACK_STATE}
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
