"""LeaveLastOut: each user's latest events are the test set."""

from collections.abc import Iterator
from numbers import Integral
from typing import Any, ClassVar, final

import numpy as np
import pandas as pd

from skrec._params import Interval
from skrec.data import USER, Interactions, time_order, times_of
from skrec.exceptions import InvalidDataError
from skrec.model_selection._splitter import Split, Splitter


@final
class LeaveLastOut(Splitter):
    """One split: the last `n` events of each user are tested, all others trained on.

    Last is by timestamp; equal ones, and events without any, go by row. A user with `n` events or fewer has them all in
    the training set, so that every tested user is trained on. Note that training sets hold events that are later
    than some of the test set, of other users; `TemporalSplit` has none.

    Parameters
    ----------
    n : int, default=1
        Number of events of each user in the test set, at least 1.

    See Also
    --------
    TemporalSplit : Trains on the past alone.

    Examples
    --------
    >>> from skrec.model_selection import LeaveLastOut
    >>> events = [("ann", "alien"), ("bob", "brazil"), ("ann", "brazil"), ("bob", "alien"), ("eve", "alien")]
    >>> [(train.tolist(), test.tolist()) for train, test in LeaveLastOut().split(events)]
    [([0, 1, 4], [2, 3])]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"n": [Interval(Integral, 1, None, closed="left")]}
    n_splits = 1

    def __init__(self, n: int = 1) -> None:
        self.n = n

    def _split(self, X: Interactions) -> Iterator[Split]:
        users, _ = pd.factorize(X.events[USER])
        lengths = np.bincount(users)
        if lengths.max() <= self.n:
            raise InvalidDataError(
                f"{self!r} needs a user with more than {self.n} events, and the longest history has {lengths.max()}. "
                "Lower n, or pass more events."
            )
        order = time_order(users, times_of(X.events, X.names.timestamp))
        ends = np.cumsum(lengths)
        # How many events of the same user come after each one of the sorted events.
        later = np.repeat(ends, lengths) - 1 - np.arange(len(order))
        tested = np.zeros(len(order), dtype=bool)
        tested[order] = (later < self.n) & np.repeat(lengths > self.n, lengths)
        yield np.flatnonzero(~tested), np.flatnonzero(tested)
