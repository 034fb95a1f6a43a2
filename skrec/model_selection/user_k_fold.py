"""UserKFold: the events of each user are spread over the folds."""

from collections.abc import Iterator
from numbers import Integral
from typing import Any, ClassVar, final

import numpy as np
import pandas as pd

from skrec._params import Interval
from skrec._random import generator
from skrec.data import USER, Interactions, time_order, times_of
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.model_selection._splitter import Split, Splitter
from skrec.typing import RandomState


@final
class UserKFold(Splitter):
    """K folds over the events within each user: every event is tested once.

    Events are dealt out to the folds in turn, user by user, so that folds differ by at most one event, and a user with
    at least `n_splits` events has some in every fold. A user with a single event is cold where it is tested. Time is no
    barrier: models are trained on events later than those tested.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    shuffle : bool, default=False
        Deal out a user's events in random order instead of oldest first.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the order; only with `shuffle`.

    See Also
    --------
    LeaveLastOut : Tests the latest events only.
    ColdUserSplit : Tests cold users: none of their events is trained on.

    Examples
    --------
    >>> from skrec.model_selection import UserKFold
    >>> events = [("ann", "alien"), ("ann", "brazil"), ("ann", "clue"), ("bob", "brazil")]
    >>> [test.tolist() for _, test in UserKFold(n_splits=2).split(events)]
    [[0, 2], [1, 3]]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_splits": [Interval(Integral, 2, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(self, n_splits: int = 5, *, shuffle: bool = False, random_state: RandomState = None) -> None:
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    def _check(self) -> None:
        super()._check()
        if self.random_state is not None and not self.shuffle:
            raise InvalidParameterError(
                f"{self!r} has a random_state, which has no effect without shuffle. Pass shuffle=True, or leave it out."
            )

    def _split(self, X: Interactions) -> Iterator[Split]:
        if self.n_splits > len(X):
            raise InvalidDataError(f"{self!r} needs at least {self.n_splits} events, and there are {len(X)}.")
        users, distinct = pd.factorize(X.events[USER])
        ranks = times_of(X.events, X.names.timestamp)
        if self.shuffle:
            rng = generator(self.random_state)
            users, ranks = rng.permutation(len(distinct))[users], rng.permutation(len(X))
        folds = np.empty(len(X), dtype=np.int64)
        folds[time_order(users, ranks)] = np.arange(len(X)) % self.n_splits
        for fold in range(self.n_splits):
            yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
