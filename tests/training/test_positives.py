import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data import EncodedEvents
from skrec.training import positives
from skrec.training.positives import PositivePairs


def make_events(users, items, positive=None, n_users=15, n_items=20):
    n = len(users)
    return EncodedEvents(
        np.asarray(users, dtype=np.int64),
        np.asarray(items, dtype=np.int64),
        None,
        np.ones(n, dtype=np.float32),
        np.ones(n, dtype=bool) if positive is None else np.asarray(positive, dtype=bool),
        np.zeros(n, dtype=np.int64),
        n_users,
        n_items,
    )


def matrix(events):
    """True where a pair is positive."""
    result = np.zeros((events.n_users, events.n_items), dtype=bool)
    result[events.users[events.positive], events.items[events.positive]] = True
    return result


EVERYBODY, EVERYTHING = np.arange(15)[:, np.newaxis], np.arange(20)
TRIPLES = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 19), st.booleans()), max_size=200)


@settings(deadline=None)
@given(triples=TRIPLES, n_held_out=st.integers(0, 60), entries=st.sampled_from([2**27, 299, 64, 2, 1]))
def test_what_is_positive_is_known_by_one_bitmap_and_by_a_hashed_one(triples, n_held_out, entries):
    events = make_events(*([triple[part] for triple in triples] for part in range(3)))
    held_out = events.take(np.arange(len(events)) < n_held_out)
    train = events.take(np.arange(len(events)) >= n_held_out)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(positives, "_BITMAP_ENTRIES", entries)
        known = PositivePairs(events, held_out, train)
    # Exactly the pairs trained on: a pair held out is unknown, unless it was trained on too.
    np.testing.assert_array_equal(known.contains(EVERYBODY, EVERYTHING), matrix(train))


@pytest.mark.parametrize("entries", [2**27, 1])
def test_a_repeated_pair_that_is_held_out_once_stays_known(monkeypatch, entries):
    monkeypatch.setattr(positives, "_BITMAP_ENTRIES", entries)
    events = make_events([0, 0, 1, 2], [5, 5, 6, 7])
    known = PositivePairs(events, events.take([1, 2]), events.take([0, 3]))
    assert known.contains([0, 1, 2], [5, 6, 7]).tolist() == [True, False, True]


def test_a_large_catalogue_takes_memory_by_its_events_and_not_by_its_pairs():
    rng = np.random.default_rng(0)
    n_users, n_items = 3_000_000, 2_000_000  # 6 * 10^12 pairs
    users, items = rng.integers(0, n_users, 5000), rng.integers(0, n_items, 5000)
    events = make_events(users, items, n_users=n_users, n_items=n_items)
    known = PositivePairs(events, events.take([]), events)
    assert len(known._bitmap) <= 2**17
    assert known.contains(users, items).all()
    others = rng.integers(0, n_users, 20_000), rng.integers(0, n_items, 20_000)
    pairs = set(zip(users.tolist(), items.tolist(), strict=True))
    expected = [pair in pairs for pair in zip(*(part.tolist() for part in others), strict=True)]
    np.testing.assert_array_equal(known.contains(*others), expected)
    # Next to a pair: an item further, or a user.
    assert not known.contains(users, (items + 1) % n_items).any()
    assert not known.contains((users + 1) % n_users, items).any()


@pytest.mark.parametrize("entries", [2**27, 1])
def test_shapes_broadcast_and_codes_may_be_short_integers(monkeypatch, entries):
    monkeypatch.setattr(positives, "_BITMAP_ENTRIES", entries)
    events = make_events([3, 4], [1, 2])
    known = PositivePairs(events, events.take([]), events)
    found = known.contains(np.array([[3], [4]], dtype=np.int32), np.array([1, 2, 3], dtype=np.int32))
    assert found.dtype == bool
    assert found.tolist() == [[True, False, False], [False, True, False]]
    assert known.contains(np.zeros((2, 0), dtype=np.int32), np.zeros(0, dtype=np.int32)).shape == (2, 0)


@pytest.mark.parametrize("entries", [2**27, 1])
def test_without_any_positive_event_nothing_is_known(monkeypatch, entries):
    monkeypatch.setattr(positives, "_BITMAP_ENTRIES", entries)
    events = make_events([0, 1], [0, 1], positive=[False, False])
    assert not PositivePairs(events, events.take([]), events).contains(EVERYBODY, EVERYTHING).any()
