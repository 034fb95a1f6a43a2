import numpy as np
import pytest

from skrec.serving import reader
from skrec.serving.reader import read_histories


def nothing(n):
    """Take a report."""


@pytest.fixture(params=["sasrec", "bert"])
def read(request):
    """Read histories: forwards up to twelve events, or both ways up to eleven and a place to guess."""
    scorer, reading = request.getfixturevalue(request.param)
    return lambda histories, report=nothing: read_histories(scorer, reading, histories, report)


def test_widths_follow_from_a_historys_own_length():
    assert [reader.width_of(length, 50) for length in (1, 8, 9, 13, 33, 49, 500)] == [8, 8, 16, 16, 50, 50, 50]
    assert reader.width_of(3, 4) == 4


def test_a_user_gets_the_same_vector_alone_and_among_many(read, past):
    rng = np.random.default_rng(0)
    many = past([rng.integers(0, 12, length).tolist() for length in rng.integers(1, 12, size=70)])
    together = read(many)
    assert len(together) == 70
    for user in (0, 7, 64, 69):
        # Few histories and many go through programs of two shapes, which may be rounded in other ways.
        alone = read(many.take(np.array([user])))[0]
        np.testing.assert_allclose(alone, together[user], rtol=1e-5, atol=1e-6)
        among_few = read(many.take(np.array([3, user])))[1]
        np.testing.assert_array_equal(among_few, alone)


def test_the_latest_events_count(read, past, request):
    n_read = 12 if "sasrec" in request.node.name else 11
    items = (np.arange(40) % 7).tolist()
    long, short, shorter = read(past([items, items[-n_read:], items[-n_read + 1 :]]))
    np.testing.assert_array_equal(long, short)
    assert np.abs(long - shorter).max() > 1e-5


def test_the_order_of_events_counts(read, past):
    forwards, backwards = read(past([[3, 4, 5], [5, 4, 3]]))
    assert np.abs(forwards - backwards).max() > 1e-3


def test_an_empty_history_is_zeros_and_disliked_events_are_not_read(read, past):
    empty, mixed, liked, disliked = read(past([[], [2, 9, 3], [2, 3], [5]], positive=[1, 0, 1, 1, 1, 0]))
    assert not empty.any()
    assert not disliked.any()
    assert liked.any()
    np.testing.assert_array_equal(mixed, liked)


def test_each_block_of_users_is_reported(read, past):
    told = []
    read(past([[1, 2]] * 70 + [[]] * 3 + [list(range(12))] * 2), told.append)
    assert told == [64, 6, 2]
    told.clear()
    read(past([[]]), told.append)
    assert told == []


def test_times_are_counted_in_their_unit_since_the_first_event_that_is_read():
    class Past:
        times = np.array([5, 2**60, 2**60 + 30, 2**60 + 90])

    found = reader.Reading(12, time_unit=30.0).times(Past, np.array([1, 2, 3]), np.array([1, 1, 1]))
    np.testing.assert_array_equal(found, [0.0, 1.0, 3.0])
    assert found.dtype == np.float32
