"""KCore: k-core filtering of users and items."""

from numbers import Integral
from typing import Any, ClassVar, final

import numpy as np
import pandas as pd

from skrec._params import Interval
from skrec.data import ITEM, USER, Interactions
from skrec.exceptions import InvalidDataError
from skrec.preprocessing._base import RowDropper
from skrec.typing import Codes


@final
class KCore(RowDropper):
    """K-core filtering: leave out users and items with too few events, while fitting.

    An item that goes takes events from its users, who may then have too few; so both rules are applied in turn until
    nothing changes. What stays is the largest set of events in which every user and item has enough: it doesn't depend
    on the order.

    Events are counted, not distinct items: a repeated event counts each time. Put `Deduplicate` first to count distinct
    ones. `transform` drops nothing, so that every event handed to ``predict`` gets its score.

    Parameters
    ----------
    users : int or None, default=5
        Least number of events of a user. 0, 1 and None keep every user.
    items : int or None, default=5
        Least number of events of an item. 0, 1 and None keep every item.

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
        In `fit_transform`, if no event is left, or a separate `y` is given.
    InvalidParameterError
        In `fit`, if a parameter breaks the constraint written above.

    See Also
    --------
    Deduplicate : Leaves one event of each user and item.

    Examples
    --------
    >>> from skrec.preprocessing import KCore
    >>> events = [("ann", "alien"), ("ann", "brazil"), ("bob", "alien"), ("bob", "brazil"), ("eve", "alien")]
    >>> KCore(users=2, items=2).fit_transform(events).events["user_id"].to_list()
    ['ann', 'ann', 'bob', 'bob']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "users": [Interval(Integral, 0, None, closed="left"), None],
        "items": [Interval(Integral, 0, None, closed="left"), None],
    }

    def __init__(self, users: int | None = 5, items: int | None = 5) -> None:
        self.users = users
        self.items = items

    def _kept(self, X: Interactions) -> Codes:
        events = X.events
        sides = [
            (pd.factorize(events[column])[0], least)
            for column, least in ((USER, self.users or 0), (ITEM, self.items or 0))
            if least > 1
        ]
        kept = np.arange(len(X), dtype=np.int64)
        before = -1
        while before != len(kept):
            before = len(kept)
            for codes, least in sides:
                counts = np.bincount(codes[kept])
                kept = kept[counts[codes[kept]] >= least] if len(kept) else kept
        if len(kept) == 0:
            raise InvalidDataError(
                f"KCore(users={self.users}, items={self.items}) leaves none of {len(X):,} events: there is no set of "
                "events in which every user and item has that many. Lower users or items."
            )
        return kept
