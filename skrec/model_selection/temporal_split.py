"""TemporalSplit: train on the past, test on what came next."""

from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any, ClassVar, final

import numpy as np

from skrec._params import Interval
from skrec.data import TIMESTAMP, Interactions, times_of
from skrec.exceptions import InvalidDataError
from skrec.model_selection._splitter import Split, Splitter


@final
class TemporalSplit(Splitter):
    """Expanding windows over time: each test set is trained on all events before it, and on none after.

    The events in order of time are cut so that every test set has the same number of events, the last one ends with the
    last event, and the training set of each split is all that is earlier: it grows from split to split by the test set
    before. Events with the same timestamp stay together, in the later part, so that sizes can differ a little.

    A test set may hold users and items that the training set doesn't; they are cold.

    Parameters
    ----------
    n_splits : int, default=5
        Number of splits, at least 1.
    test_size : float or int, optional
        Share of all events in each test set, in (0, 1), or their number. By default ``1 / (n_splits + 1)``, so that the
        first training set is as large as a test set.

    See Also
    --------
    LeaveLastOut : Tests the latest events of each user.

    Examples
    --------
    >>> from skrec.model_selection import TemporalSplit
    >>> events = [("ann", 7, 5.0, 2010), ("bob", 7, 4.0, 2014), ("ann", 9, 3.0, 2012)]
    >>> [(train.tolist(), test.tolist()) for train, test in TemporalSplit(n_splits=2).split(events)]
    [([0], [2]), ([0, 2], [1])]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_splits": [Interval(Integral, 1, None, closed="left")],
        "test_size": [Interval(Integral, 1, None, closed="left"), Interval(Real, 0, 1, closed="neither"), None],
    }

    def __init__(self, n_splits: int = 5, *, test_size: float | int | None = None) -> None:
        self.n_splits = n_splits
        self.test_size = test_size

    def _split(self, X: Interactions) -> Iterator[Split]:
        columns = list(X.events.columns)
        if TIMESTAMP not in columns:
            raise InvalidDataError(
                f"TemporalSplit needs a column 'timestamp', and the events' columns are {columns}. Name it: "
                'Interactions(events, timestamp="..."), or take UserKFold.'
            )
        times = times_of(X.events, X.names.timestamp)
        starts = self._starts(times)
        for split, start in enumerate(starts):
            tested = times >= start
            if split + 1 < len(starts):
                tested &= times < starts[split + 1]
            yield np.flatnonzero(times < start), np.flatnonzero(tested)

    def _starts(self, times: Any) -> Any:
        """Times at which the test sets begin, shape (n_splits,), strictly rising and later than the first event."""
        n = len(times)
        size = self._test_size(n)
        if size < 1 or n - self.n_splits * size < 1:
            raise InvalidDataError(
                f"{self!r} needs {self.n_splits} test sets of at least one event each and one more to train on, "
                f"and there are {n} events. Lower n_splits or test_size."
            )
        cuts = np.floor(n - size * np.arange(self.n_splits, 0, -1) + 0.5).astype(np.int64)
        starts = np.sort(times)[cuts]
        if starts[0] == times.min() or (np.diff(starts) == 0).any():
            raise InvalidDataError(
                f"{self!r} can't cut {len(np.unique(times))} distinct timestamps: so many events share one that "
                "a training set or a test set would be empty. Lower n_splits."
            )
        return starts

    def _test_size(self, n: int) -> float:
        """Number of events in a test set; with a fraction, so that rounding doesn't add up over the splits."""
        if self.test_size is None:
            return n / (self.n_splits + 1)
        return float(self.test_size) if isinstance(self.test_size, Integral) else float(self.test_size) * n
