"""Binarize: ratings become likes and dislikes."""

from numbers import Real
from typing import Any, ClassVar, final

import numpy as np

from skrec._params import Interval
from skrec.data import RATING, Interactions
from skrec.exceptions import InvalidDataError
from skrec.preprocessing._base import InteractionsTransformer


@final
class Binarize(InteractionsTransformer):
    """Turn ratings into 1, liked, and 0, disliked.

    All events stay. Where labels are only 0 and 1, models take zeros as negatives: never positives, but seen, so
    that a disliked item isn't recommended; and metrics don't take them as relevant. In a Pipeline this holds for
    held-out events too.

    Events without a column ``rating`` pass through `transform` unchanged: neither ``predict`` nor
    ``recommend(history=...)`` needs ratings, and every event of such a history counts as liked.

    Parameters
    ----------
    threshold : float, default=4.0
        Least rating that is liked, in the units of the ratings.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of `X` in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of these columns, where `X` had names.

    Raises
    ------
    InvalidDataError
        In `fit`, if there is no column ``rating``; in `fit_transform`, if a separate `y` is given.
    InvalidParameterError
        In `fit`, if a parameter breaks the constraint written above.

    Examples
    --------
    >>> from skrec.preprocessing import Binarize
    >>> events = [("ann", "alien", 5.0), ("ann", "brazil", 2.5), ("bob", "alien", 4.0)]
    >>> Binarize(threshold=4.0).fit_transform(events).events["rating"].to_list()
    [1, 0, 1]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "threshold": [Interval(Real, None, None, closed="neither")]
    }
    _changes = "changes ratings"

    def __init__(self, threshold: float = 4.0) -> None:
        self.threshold = threshold

    def _fit(self, X: Interactions) -> Interactions:
        columns = list(X.events.columns)
        if RATING not in columns:
            raise InvalidDataError(
                f"Binarize needs a column 'rating', and the events' columns are {columns}. Name it: "
                'Interactions(events, rating="..."); or leave Binarize out: without ratings every event is a positive.'
            )
        return self._transform(X)

    def _transform(self, X: Interactions) -> Interactions:
        events = X.events
        if RATING not in events:
            return X
        liked = events[RATING].to_numpy(dtype=np.float64) >= float(self.threshold)
        return X.replace(rating=liked.astype(np.int8))
