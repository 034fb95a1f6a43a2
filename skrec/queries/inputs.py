"""What estimators take as ``X``, ``y`` and weights, and how they stay as they were where it can't be used."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from skrec._sklearn import BaseEstimator
from skrec.data import (
    ITEM,
    RATING,
    ROLES,
    TIMESTAMP,
    USER,
    WEIGHT,
    Interactions,
    Names,
    by_usual_names,
    check_float32,
    column_names,
    is_frame,
    later_events,
    refuse_sparse,
)
from skrec.exceptions import InvalidDataError

_OPTIONAL = {RATING, TIMESTAMP, WEIGHT}

_CALLBACK_STATE = {"_callback_fit_ctx", "_skl_callbacks_to_teardown"}
"""What scikit-learn hangs onto an estimator while its callbacks run."""


def read_interactions(estimator: BaseEstimator, X: Any, *, reset: bool, scored: bool = False) -> Interactions:
    """Turn `X` into Interactions, and remember its columns (in fit) or check them against those of fit.

    Parameters
    ----------
    estimator : estimator
        Keeps ``n_features_in_``, ``feature_names_in_``, and in ``_names`` what the user calls the columns.
    X : Interactions, or anything that ``Interactions(X)`` takes
    reset : bool
        True in fit.
    scored : bool, default=False
        Whether the events are only to be scored: their ratings, weights and times then don't matter.

    Returns
    -------
    Interactions
    """
    refuse_sparse(X, "X")
    known = Names() if reset else getattr(estimator, "_names", Names())
    named = isinstance(X, Interactions) or (is_frame(X) and _is_named(X, known))
    if not (named or is_frame(X)) and not reset and USER in getattr(estimator, "feature_names_in_", ()):
        named = (
            True  # fit knew columns by name: an array of pairs is read by position, and needs no rating or timestamp
        )
    if not (named or is_frame(X)) and (hasattr(X, "shape") or hasattr(X, "__array__")):
        # NaN is left to Interactions, whose message names the column and the rows.
        X = validate_data(
            estimator, X, dtype=None, ensure_all_finite=False, ensure_min_features=2 if reset else 1, reset=reset
        )
        interactions = later_events(X, known, scored=scored)
    else:
        # In fit a frame goes by the usual names, which `known` then has.
        interactions = later_events(X, known, scored=scored)
        if named:
            _check_columns(estimator, interactions, reset=reset)
        else:
            # A list of rows, in which an int stays an int beside a float, or a frame whose names carry no meaning.
            shown = X if is_frame(X) else interactions.events.to_numpy(dtype=object)
            validate_data(estimator, shown, skip_check_array=True, reset=reset)
    if reset:
        vars(estimator).update(_names=interactions.names)
    return interactions


def read_frames(
    names: Names, users: Any, items: Any, exclude_items: Any, history: Any, context: Any
) -> tuple[Any, Any, Any, Any, Any]:
    """Rename the columns of frames that `recommend` is asked with, where they are called as in fit.

    Raises
    ------
    InvalidDataError
        If a frame lacks its ids, or they can't be used.
    """
    for what, given in (("history", history), ("context", context)):
        refuse_sparse(given, what)
    if is_frame(history) and getattr(history, "__len__", int)() and _has_own_names(history, names):
        history = later_events(history, names)
    return (
        by_usual_names(users, names, "users", needs=(USER,)),
        by_usual_names(items, names, "items", needs=(ITEM,), may_have=(USER,)),
        by_usual_names(exclude_items, names, "exclude_items", needs=(ITEM,), may_have=(USER,)),
        history,
        by_usual_names(context, names, "context", may_have=ROLES),
    )


def read_item_frames(names: Names, **asked: Any) -> tuple[Any, ...]:
    """Rename the item column of frames that `similar_items` is asked with; in the order given, by the arguments' names."""
    return tuple(by_usual_names(frame, names, what, needs=(ITEM,)) for what, frame in asked.items())


def _has_own_names(history: Any, names: Names) -> bool:
    """Say whether a history calls any of its columns by a name of the user's own; others are left to what reads them."""
    there = set(column_names(history)) if names != Names(library=names.library) else set()
    return any(names.of(role) in there and role not in there for role in ROLES if names.of(role) != role)


def _is_named(X: Any, names: Names) -> bool:
    """Say whether a frame has one of the id columns, so that it is read by name."""
    return bool({USER, ITEM, names.user, names.item} & set(column_names(X)))


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
    missing, extra = expected - set(found) - _OPTIONAL, set(found) - expected - _OPTIONAL
    if missing or extra:
        call = getattr(estimator, "_names", Names()).of
        raise InvalidDataError(
            f"X has other columns than in fit: missing {sorted(map(call, missing))}, unexpected {sorted(map(call, extra))}. "
            f"Pass the columns of fit: {[call(str(name)) for name in known]}."
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
