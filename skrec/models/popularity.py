"""Popularity: the most popular items for every user."""

from dataclasses import KW_ONLY

import numpy as np

from skrec._params import Seed
from skrec.data import EncodedEvents
from skrec.models._base import BaseRecommender
from skrec.queries import Query
from skrec.typing import Scores


class Popularity(BaseRecommender):
    """Recommends the items with the most events that a user hasn't seen.

    The baseline that every model has to beat, and what cold users get from all of them. `partial_fit` is exact.

    Parameters
    ----------
    random_state : int, RandomState, Generator or None, default=None
        Ignored; present for API consistency.

    Attributes
    ----------
    item_counts_ : ndarray of shape (n_items,)
        Summed weights of each item's positive events: the scores.
    users_, items_ : ndarray
        Ids of fit, in first-seen order.
    n_features_in_ : int
        Number of columns of `X` in fit.

    See Also
    --------
    ItemKNN : Looks at the user's history.

    Examples
    --------
    >>> from skrec.models import Popularity
    >>> events = [("ann", "alien"), ("ann", "brazil"), ("bob", "alien"), ("eve", "casablanca")]
    >>> Popularity().fit(events).recommend(["eve"], k=2).items
    array([['alien', 'brazil']], dtype=object)
    """

    _: KW_ONLY
    random_state: Seed = None

    def _fit(self, events: EncodedEvents) -> None:
        """Nothing to do: the counts are kept for every model."""

    def _score(self, query: Query) -> Scores:
        return np.tile(self.item_counts_.astype(np.float32), (len(query), 1))

    def _popularity(self) -> Scores:
        """Cold users get the very scores that all others get."""
        return self.item_counts_.astype(np.float32)
