import numpy as np
import pytest

from skrec import Interactions
from skrec.exceptions import InvalidDataError
from skrec.model_selection import LeaveLastOut


def split(events, n=1):
    [(train, test)] = LeaveLastOut(n).split(events)
    return train.tolist(), test.tolist()


def test_the_last_event_by_time_is_tested():
    events = [
        ("ann", "x", 1.0, 30),
        ("bob", "x", 1.0, 5),
        ("ann", "y", 1.0, 10),
        ("bob", "y", 1.0, 9),
        ("ann", "z", 1.0, 20),
    ]
    assert split(events) == ([1, 2, 4], [0, 3])


def test_equal_times_go_by_row():
    events = [("ann", "x", 1.0, 7), ("ann", "y", 1.0, 7), ("ann", "z", 1.0, 7)]
    assert split(events) == ([0, 1], [2])
    assert split(events, n=2) == ([0], [1, 2])


def test_without_timestamps_the_row_decides():
    assert split([("ann", "x"), ("bob", "x"), ("ann", "y"), ("bob", "y")]) == ([0, 1], [2, 3])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_users_with_n_events_or_fewer_stay_in_the_training_set(n):
    events = [(user, item) for user in range(1, 6) for item in range(user)]
    users = np.array([user for user, _ in events])
    train, test = split(events, n)
    assert set(users[test]) == {user for user in range(1, 6) if user > n}
    assert set(users[train]) == set(range(1, 6))
    assert (np.bincount(users[test])[n + 1 :] == n).all()


def test_no_tested_event_is_earlier_than_one_of_its_user_in_training():
    rng = np.random.default_rng(1)
    times = rng.integers(20, size=300)
    users = rng.integers(15, size=300)
    events = list(zip(users.tolist(), rng.integers(30, size=300).tolist(), [1.0] * 300, times.tolist(), strict=True))
    train, test = split(events, n=3)
    keys = times * 1000 + np.arange(300)
    for user in range(15):
        assert keys[train][users[train] == user].max() < keys[test][users[test] == user].min()


def test_no_user_with_enough_events_is_an_error():
    with pytest.raises(
        InvalidDataError, match=r"LeaveLastOut\(n=2\) needs a user with more than 2 events.*longest history has 2"
    ):
        split(Interactions([("ann", "x"), ("ann", "y"), ("bob", "x")]), n=2)
