import numpy as np
import pytest

from skrec import Interactions
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.preprocessing import KCore


def pairs(X):
    return list(zip(X.events["user_id"], X.events["item_id"], strict=True))


def test_it_goes_on_until_nothing_changes():
    # A chain: eve's only item z goes, then bob is left with one, then y with one, then ann.
    events = [("eve", "z"), ("bob", "z"), ("bob", "y"), ("ann", "y"), ("ann", "x"), ("cat", "x"), ("cat", "w")]
    square = [("dan", "p"), ("dan", "q"), ("fay", "p"), ("fay", "q")]
    assert pairs(KCore(users=2, items=2).fit_transform(events + square)) == square


def brute_force(events, users, items):
    while True:
        kept = [
            (u, i)
            for u, i in events
            if sum(v == u for v, _ in events) >= users and sum(j == i for _, j in events) >= items
        ]
        if kept == events:
            return kept
        events = kept


def test_it_equals_the_definition_on_random_events():
    rng = np.random.default_rng(0)
    events = [(int(u), int(i)) for u, i in zip(rng.integers(20, size=150), rng.zipf(1.6, size=150), strict=True)]
    expected = brute_force(events, 4, 3)
    assert 0 < len(expected) < len(events)
    assert pairs(KCore(users=4, items=3).fit_transform(events)) == expected


@pytest.mark.parametrize("off", [0, 1, None])
def test_either_side_can_be_switched_off(off):
    events = [("ann", "x"), ("ann", "y"), ("bob", "x")]
    assert pairs(KCore(users=2, items=off).fit_transform(events)) == [("ann", "x"), ("ann", "y")]
    assert pairs(KCore(users=off, items=2).fit_transform(events)) == [("ann", "x"), ("bob", "x")]
    assert len(KCore(users=off, items=off).fit_transform(events)) == 3


def test_a_repeated_event_counts_each_time():
    assert len(KCore(users=2, items=2).fit_transform([("ann", "x"), ("ann", "x"), ("bob", "y")])) == 2


def test_nothing_left_is_an_error_that_says_what_to_lower():
    with pytest.raises(
        InvalidDataError, match=r"KCore\(users=5, items=5\) leaves none of 2 events.*Lower users or items"
    ):
        KCore().fit([("ann", "x"), ("bob", "x")])


def test_events_and_tables_of_those_who_stay_are_untouched():
    X = Interactions([("ann", "x", 3.5, 7), ("bob", "y", 1.0, 8), ("ann", "z", 2.0, 9)])
    result = KCore(users=2, items=0).fit_transform(X)
    assert result.events.to_numpy().tolist() == [["ann", "x", 3.5, 7], ["ann", "z", 2.0, 9]]


@pytest.mark.parametrize("users", [-1, 2.5, "5"])
def test_bad_parameters_are_named(users):
    with pytest.raises(
        InvalidParameterError, match=r"The 'users' parameter of KCore must be an int in the range \[0, inf\)"
    ):
        KCore(users=users).fit([("ann", "x")])
