import numpy as np
from skrec.models._sequence_split import split_latest

from skrec.data import EncodedEvents


def make_events(lengths, positive=None):
    users = np.repeat(np.arange(len(lengths)), lengths)
    n = len(users)
    order = np.random.default_rng(0).permutation(n)
    positive = np.ones(n, dtype=bool) if positive is None else positive
    columns = (users, np.arange(n), None, np.ones(n, dtype=np.float32), positive, np.arange(n))
    return EncodedEvents(*columns, len(lengths), n).take(order)


def test_the_latest_events_of_each_user_are_held_out():
    events = make_events([10, 20, 5])
    train, held_out = split_latest(events, 0.2, np.random.default_rng(0))
    assert len(train) + len(held_out) == 35
    np.testing.assert_array_equal(np.bincount(held_out.users), [2, 4, 1])
    for user in range(3):
        assert train.times[train.users == user].max() < held_out.times[held_out.users == user].min()


def test_a_share_of_an_event_is_drawn():
    events = make_events([5] * 400)
    _, held_out = split_latest(events, 0.1, np.random.default_rng(0))
    assert 150 < len(held_out) < 250


def test_two_positive_events_stay_and_negative_ones_are_never_held_out():
    positive = np.array([True] * 2 + [True, True, True, False])
    train, held_out = split_latest(make_events([2, 4], positive), 0.9, np.random.default_rng(0))
    assert (np.bincount(train.users[train.positive]) == 2).all()
    assert held_out.positive.all()
    assert (~train.positive).sum() == 1


def test_without_a_share_nothing_is_held_out():
    events = make_events([4, 4])
    train, held_out = split_latest(events, 0.0, np.random.default_rng(0))
    assert train is events
    assert len(held_out) == 0
