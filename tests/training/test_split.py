import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data import EncodedEvents
from skrec.training.split import split_events, split_latest


def pairs_of(users, items):
    """Events of six users and eight items."""
    n = len(users)
    columns = (np.asarray(users), np.asarray(items), None, np.ones(n, np.float32), np.ones(n, dtype=bool), np.zeros(n))
    return EncodedEvents(*columns, 6, 8)


@settings(deadline=None, max_examples=60)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), min_size=1, max_size=80),
    fraction=st.floats(0.0, 0.99),
    seed=st.integers(0, 9),
)
def test_nobodys_and_nothings_last_event_is_held_out(pairs, fraction, seed):
    events = pairs_of([user for user, _ in pairs], [item for _, item in pairs])
    train, held_out = split_events(events, fraction, np.random.default_rng(seed))
    assert len(train) + len(held_out) == len(events)
    assert set(train.users.tolist()) == set(events.users.tolist())
    assert set(train.items.tolist()) == set(events.items.tolist())
    both = sorted(zip([*train.users, *held_out.users], [*train.items, *held_out.items], strict=True))
    assert both == sorted(pairs)


def test_about_the_fraction_is_held_out_by_the_generator_alone():
    rng = np.random.default_rng(0)
    events = pairs_of(rng.integers(0, 6, 2000), rng.integers(0, 8, 2000))
    splits = [split_events(events, 0.2, np.random.default_rng(seed))[1] for seed in (1, 1, 2)]
    assert len(splits[0]) == pytest.approx(400, abs=60)
    np.testing.assert_array_equal(splits[0].items, splits[1].items)
    assert len(splits[0]) != len(splits[2]) or not np.array_equal(splits[0].items, splits[2].items)


def test_without_a_fraction_nothing_is_held_out_and_nothing_is_drawn():
    events, rng = pairs_of([0, 1], [0, 1]), np.random.default_rng(3)
    train, held_out = split_events(events, 0.0, rng)
    assert train is events
    assert len(held_out) == 0
    assert rng.random() == np.random.default_rng(3).random()


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
