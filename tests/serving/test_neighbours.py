import numpy as np
import pytest

from skrec import Interactions
from skrec.data import Histories, Vocabulary, encode_events
from skrec.serving.neighbours import average, neighbour_weights


@pytest.fixture
def known():
    """Three users: {a, b}, {a}, {c}."""
    return histories([("u", "a"), ("u", "b"), ("v", "a"), ("w", "c")])


def histories(pairs):
    X = Interactions(pairs)
    users, _ = Vocabulary.build(X.events["user_id"], "user")
    return Histories.group(encode_events(X, None, None, users, Vocabulary(["a", "b", "c", "d"], "item")))


def test_weights_are_cosines_divided_by_their_sum(known):
    weights = neighbour_weights(histories([("x", "a")]), known, 5).toarray()
    # The history is as near to {a} as can be, and shares one of two items with {a, b}.
    cosines = np.array([1 / np.sqrt(2), 1.0, 0.0])
    np.testing.assert_allclose(weights[0], cosines / cosines.sum(), rtol=1e-6)


def test_only_the_nearest_count(known):
    np.testing.assert_allclose(neighbour_weights(histories([("x", "a")]), known, 1).toarray(), [[0, 1, 0]])


def test_a_history_that_shares_nothing_has_no_neighbours(known):
    weights = neighbour_weights(histories([("x", "d"), ("y", "c")]), known, 5)
    np.testing.assert_array_equal(np.diff(weights.indptr), [0, 1])


def test_rows_are_averaged_and_others_get_what_is_said(known):
    weights = neighbour_weights(histories([("x", "d"), ("y", "c")]), known, 5)
    rows = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=np.float32)
    found = average(rows, weights, otherwise=np.array([9.0, 9.0], dtype=np.float32))
    np.testing.assert_array_equal(found, [[9.0, 9.0], [5.0, 6.0]])
    assert found.dtype == np.float32


def test_one_history_gets_the_same_alone_and_among_others(known):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3, 7)).astype(np.float32)
    both = average(rows, neighbour_weights(histories([("x", "a"), ("y", "b")]), known, 3), 0.0)
    alone = average(rows, neighbour_weights(histories([("y", "b")]), known, 3), 0.0)
    np.testing.assert_array_equal(both[1], alone[0])
