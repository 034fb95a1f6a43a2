"""ColdUserSplit and ColdItemSplit: the tested users, or items, are cold."""

from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any, ClassVar, final

import numpy as np
import pandas as pd

from skrec._params import Interval
from skrec._random import generator
from skrec.data import ITEM, USER, Interactions
from skrec.exceptions import InvalidDataError
from skrec.model_selection._splitter import Split, Splitter
from skrec.typing import RandomState


class _ColdSplit(Splitter):
    """Random splits of the ids of one side."""

    _column: ClassVar[str]
    _what: ClassVar[str]
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_splits": [Interval(Integral, 1, None, closed="left")],
        "test_size": [Interval(Integral, 1, None, closed="left"), Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(self, n_splits: int = 5, *, test_size: float | int = 0.2, random_state: RandomState = None) -> None:
        self.n_splits = n_splits
        self.test_size = test_size
        self.random_state = random_state

    def _split(self, X: Interactions) -> Iterator[Split]:
        codes, distinct = pd.factorize(X.events[self._column])
        n = len(distinct)
        size = max(1.0, float(self.test_size) * (1 if isinstance(self.test_size, Integral) else n))
        if _nearest(size) >= n:
            raise InvalidDataError(
                f"{self!r} would test {_nearest(size)} of {n} {self._what}, and leave none to train on. "
                f"Lower test_size, or pass events of more {self._what}."
            )
        rng = generator(self.random_state)
        # Parts of one shuffle don't overlap; once it is used up comes the next one.
        parts = int(n / size + 1e-9)
        for split in range(self.n_splits):
            part = split % parts
            if part == 0:
                shuffled = rng.permutation(n)
            tested = np.isin(codes, shuffled[_nearest(part * size) : _nearest((part + 1) * size)])
            yield np.flatnonzero(~tested), np.flatnonzero(tested)


def _nearest(number: float) -> int:
    """Round halves up: Python's rounding to even would give parts of uneven sizes."""
    return int(np.floor(number + 0.5))


@final
class ColdUserSplit(_ColdSplit):
    """Random splits in which the tested users are cold: none of their events is trained on.

    The users of different splits don't overlap as long as ``n_splits * test_size`` is at most the number of users (or
    1, where `test_size` is a share). So 5 splits of a fifth are a partition: every user is tested once.

    A cold user without features gets the popular items, so this measures models that read users' features:
    ranking scorers and ``score`` hand them the rows of the events' table of users.

    Parameters
    ----------
    n_splits : int, default=5
        Number of splits, at least 1.
    test_size : float or int, default=0.2
        Share of the users to test, in (0, 1), or their number. Rounded to whole users, at least one.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the choice. With an int every call of `split` gives the same.

    See Also
    --------
    ColdItemSplit : The same for items.
    UserKFold : Every user is in the training set.

    Examples
    --------
    >>> from skrec.model_selection import ColdUserSplit
    >>> events = [("ann", "alien"), ("bob", "brazil"), ("ann", "brazil"), ("eve", "alien")]
    >>> splits = ColdUserSplit(n_splits=3, test_size=1, random_state=0).split(events)
    >>> sorted(test.tolist() for _, test in splits)
    [[0, 2], [1], [3]]
    """

    _column = USER
    _what = "users"


@final
class ColdItemSplit(_ColdSplit):
    """Random splits in which the tested items are cold: none of their events is trained on.

    The items of different splits don't overlap as long as ``n_splits * test_size`` is at most the number of items (or
    1, where `test_size` is a share). So 5 splits of a fifth are a partition: every item is tested once.

    An item outside the catalogue of fit is in no list, and counts as a miss, so this measures models that read item
    features, asked with an allow-list that holds the cold items:
    ``make_ranking_scorer("recall@20", items=X.items)`` makes all items candidates that the table has a row for.

    Parameters
    ----------
    n_splits : int, default=5
        Number of splits, at least 1.
    test_size : float or int, default=0.2
        Share of the items to test, in (0, 1), or their number. Rounded to whole items, at least one.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the choice. With an int every call of `split` gives the same.

    See Also
    --------
    ColdUserSplit : The same for users.

    Examples
    --------
    >>> from skrec.model_selection import ColdItemSplit
    >>> events = [("ann", "alien"), ("bob", "brazil"), ("ann", "brazil"), ("eve", "alien")]
    >>> splits = ColdItemSplit(n_splits=2, test_size=0.5, random_state=0).split(events)
    >>> sorted(test.tolist() for _, test in splits)
    [[0, 3], [1, 2]]
    """

    _column = ITEM
    _what = "items"
