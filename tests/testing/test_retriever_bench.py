import numpy as np
import pytest

from skrec.retrievers import ExactRetriever
from skrec.testing._retriever_bench import (
    brute_force,
    checked_query,
    clustered_vectors,
    expect_complete,
    mask,
    query,
    random_vectors,
    whole_vectors,
)


def test_vectors_are_the_same_every_time_and_of_their_kind():
    for make in (random_vectors, whole_vectors, clustered_vectors):
        assert make(7, 0).dtype == np.float32
        np.testing.assert_array_equal(make(7, 0), make(7, 0))
        assert not np.array_equal(make(7, 0), make(7, 1))
    assert set(np.unique(whole_vectors(100, 0))) == {-2, -1, 0, 1, 2}


def test_brute_force_ranks_by_product_then_by_position_and_leaves_out():
    items = np.array([[1.0], [2.0], [1.0], [3.0]], dtype=np.float32)
    users = np.array([[1.0], [-1.0]], dtype=np.float32)
    positions, scores = brute_force(users, items, 5, mask([[1], [0, 1, 2, 3]], 4))
    assert positions.tolist() == [[3, 0, 2, -1, -1], [-1] * 5]
    np.testing.assert_array_equal(scores, [[3.0, 1.0, 1.0, np.nan, np.nan], [np.nan] * 5])


class Answers:
    """Gives what it is told."""

    def __init__(self, *answer):
        self.answer = answer

    def query(self, user_vectors, k, exclude=None):
        return self.answer


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (([[0]],), r"query must return \(positions, scores\)"),
        ((np.array([[0, 1]]), np.float32([[1.0]])), r"positions and scores of shape \(1, 2\)"),
        ((np.int32([[0, 1]]), np.float32([[1.0, 0.5]])), "Positions must be int64. Got int32"),
        ((np.array([[0, 1]]), np.array([[1.0, 0.5]])), "Scores must be float32. Got float64"),
        ((np.array([[0, -1]]), np.float32([[1.0, 0.5]])), "Scores must be NaN where the position is -1"),
        ((np.array([[0, 3]]), np.float32([[1.0, 0.5]])), "Positions must be those of items, below 3, or -1"),
    ],
)
def test_the_form_of_an_answer_is_checked(answer, message):
    with pytest.raises(AssertionError, match=message):
        checked_query(Answers(*answer), random_vectors(3, 0), random_vectors(1, 0), 2)


def test_lists_must_be_complete():
    expect_complete(np.array([[2, 1, -1], [0, -1, -1]]), np.array([2, 1]), 3)
    for positions, message in (
        ([[2, -1, -1]], "A list is shorter than k only where fewer items are left"),
        ([[-1, 2, 1]], "-1 may only stand behind the items of a list"),
        ([[2, 2, -1]], "No item may be twice in a list"),
    ):
        with pytest.raises(AssertionError, match=message):
            expect_complete(np.array(positions), 2, 3)


def test_a_query_fits_a_copy():
    retriever = ExactRetriever()
    positions, _ = query(retriever, random_vectors(9, 0), random_vectors(2, 1), 4)
    assert positions.shape == (2, 4)
    assert not hasattr(retriever, "_items")
