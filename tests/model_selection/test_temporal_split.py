import numpy as np
import pandas as pd
import pytest

from skrec.exceptions import InvalidDataError
from skrec.model_selection import TemporalSplit


def frame(times):
    n = len(times)
    return pd.DataFrame({"user_id": np.arange(n) % 3, "item_id": np.arange(n), "timestamp": times})


def splits(splitter, times):
    return [(train.tolist(), test.tolist()) for train, test in splitter.split(frame(times))]


def test_windows_expand_over_time_whatever_the_order_of_rows():
    assert splits(TemporalSplit(n_splits=2), [50, 10, 60, 20, 40, 30]) == [([1, 3], [4, 5]), ([1, 3, 4, 5], [0, 2])]


def test_datetimes_work():
    times = pd.date_range("2020-01-01", periods=6, tz="UTC")[::-1]
    assert splits(TemporalSplit(n_splits=1), times) == [([3, 4, 5], [0, 1, 2])]


@pytest.mark.parametrize(
    ("test_size", "expected"), [(2, [2, 2, 2]), (0.1, [1, 1, 1]), (None, [2, 3, 2]), (0.3, [3, 3, 3])]
)
def test_test_sets_have_the_size_asked_for_and_end_with_the_last_event(test_size, expected):
    found = splits(TemporalSplit(n_splits=3, test_size=test_size), np.arange(10))
    assert [len(test) for _, test in found] == expected
    assert found[-1][1][-1] == 9
    for train, test in found:
        assert train == list(range(test[0]))


def test_training_is_strictly_earlier_and_equal_times_stay_together():
    times = np.random.default_rng(0).integers(30, size=200)
    for train, test in TemporalSplit(n_splits=4).split(frame(times)):
        assert times[train].max() < times[test].min()
        assert len(train) == (times < times[test].min()).sum()


def test_events_without_timestamps_are_refused():
    with pytest.raises(InvalidDataError, match=r"TemporalSplit needs a column 'timestamp'.*or take UserKFold"):
        next(TemporalSplit().split([("ann", "x"), ("bob", "y")]))


def test_too_few_events_are_refused():
    with pytest.raises(InvalidDataError, match=r"needs 5 test sets of at least one event each.*there are 5 events"):
        next(TemporalSplit(n_splits=5).split(frame(np.arange(5))))
    with pytest.raises(InvalidDataError, match=r"Lower n_splits or test_size"):
        next(TemporalSplit(n_splits=2, test_size=0.5).split(frame(np.arange(10))))


def test_too_few_distinct_times_are_refused():
    with pytest.raises(InvalidDataError, match=r"can't cut 2 distinct timestamps"):
        next(TemporalSplit(n_splits=3).split(frame([0, 0, 0, 0, 1, 1, 1, 1])))
