"""Held-out events as one fitted estimator's recommender sees them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skrec._unwrap import Unwrapped, unwrap
from skrec.data import Interactions
from skrec.exceptions import InvalidDataError
from skrec.metrics import Measured, measure_users


@dataclass(frozen=True)
class HeldOut:
    """Held-out events, passed through the transformers of the estimator to be measured.

    Attributes
    ----------
    found : Unwrapped
        The recommender and its transformers.
    X : Interactions
    y : array-like of shape (n_events,) or None
    """

    found: Unwrapped
    X: Interactions
    y: Any

    def measure(self, metrics: Sequence[str], options: Mapping[str, Any]) -> Measured:
        """Compute metrics of each user from one ranking."""
        options = dict(options)
        if "history" in options:
            options["history"] = self.found.transform_history(options["history"])
        return measure_users(self.found.recommender, self.X, metrics, self.y, **options)


def held_out(estimator: Any, X: Any, y: Any) -> HeldOut:
    """Find the recommender of an estimator, and pass held-out events through the transformers before it.

    Parameters
    ----------
    estimator : estimator
        A fitted recommender, a Pipeline that ends in one, or a fitted search over either.
    X : Interactions, or anything that the estimator's ``predict`` takes
    y : array-like of shape (n_events,) or None
    """
    found = unwrap(estimator)
    changed = found.transform(X)
    interactions = changed if isinstance(changed, Interactions) else Interactions(changed)
    if y is not None and (shape := _shape(y)) != (len(interactions),):
        raise InvalidDataError(
            f"y has shape {shape}, and there are {len(interactions)} held-out events. Pass one label per event."
        )
    return HeldOut(found, interactions, y)


def _shape(y: Any) -> tuple[int, ...]:
    try:
        return np.shape(y)
    except ValueError:
        raise InvalidDataError(
            "y must hold one label per event, and holds lists or arrays of different lengths."
        ) from None
