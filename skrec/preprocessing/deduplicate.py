"""Deduplicate: leave one event of each user and item."""

from typing import Any, ClassVar, final

import numpy as np
import pandas as pd

from skrec._params import StrOptions
from skrec.data import ITEM, USER, Interactions, time_order, times_of
from skrec.preprocessing._base import RowDropper
from skrec.typing import Codes


@final
class Deduplicate(RowDropper):
    """Leave one event of each (user, item) pair, while fitting.

    Of the events of a pair the first or last by timestamp stays, whole: with its own rating, weight and context. Equal
    timestamps, and events without any, go by row. Events that stay keep their order. `transform` drops nothing.

    Parameters
    ----------
    keep : {"last", "first"}, default="last"
        Which event of a pair stays.

    Attributes
    ----------
    n_dropped_ : int
        Number of events of fit that were left out.
    n_features_in_ : int
        Number of columns of `X` in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of these columns, where `X` had names.

    Raises
    ------
    InvalidDataError
        In `fit_transform`, if a separate `y` is given.
    InvalidParameterError
        In `fit`, if a parameter breaks the constraint written above.

    See Also
    --------
    KCore : Leaves out users and items with too few events.

    Examples
    --------
    >>> from skrec.preprocessing import Deduplicate
    >>> events = [("ann", "alien", 2.0), ("ann", "brazil", 3.0), ("ann", "alien", 5.0)]
    >>> Deduplicate().fit_transform(events).events["rating"].to_list()
    [3.0, 5.0]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"keep": [StrOptions({"last", "first"})]}

    def __init__(self, keep: str = "last") -> None:
        self.keep = keep

    def _kept(self, X: Interactions) -> Codes:
        events = X.events
        users, _ = pd.factorize(events[USER])
        items, distinct = pd.factorize(events[ITEM])
        pairs = users.astype(np.int64) * len(distinct) + items
        order = time_order(pairs, times_of(X.events, X.names.timestamp))
        changes = np.diff(pairs[order]) != 0
        chosen = np.concatenate([changes, [True]] if self.keep == "last" else [[True], changes])
        return np.sort(order[chosen])
