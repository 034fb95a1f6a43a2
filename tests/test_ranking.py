import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from skrec._ranking import top_k

SCORES = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12),
    # Few different values, so that there are many ties; minus infinity for what must not be chosen.
    elements=st.sampled_from([-np.inf, -1.5, -0.0, 0.0, 1.0, 2.0, np.inf]),
)


@given(SCORES, st.integers(1, 15))
def test_it_equals_sorting_by_falling_score_and_rising_position(scores, k):
    before = scores.copy()
    positions, lengths = top_k(scores, k)
    np.testing.assert_array_equal(scores, before)
    assert positions.shape == (len(scores), min(k, scores.shape[1]))
    assert positions.dtype == lengths.dtype == np.int64
    for row, chosen, length in zip(scores, positions, lengths, strict=True):
        expected = sorted((i for i in range(len(row)) if row[i] > -np.inf), key=lambda i: (-row[i], i))[:k]
        assert chosen[:length].tolist() == expected


@pytest.mark.parametrize("k", [1, 7, 100, 999, 1000, 1001])
def test_long_rows_with_many_ties(k):
    scores = np.random.default_rng(k).integers(0, 5, size=(3, 1000)).astype(np.float32)
    positions, lengths = top_k(scores, k)
    expected = np.lexsort((np.tile(np.arange(1000), (3, 1)), -scores), axis=1)[:, :k]
    np.testing.assert_array_equal(positions, expected)
    assert lengths.tolist() == [min(k, 1000)] * 3


def test_all_equal_scores_are_in_order_of_position():
    assert top_k(np.zeros((2, 50)), 3)[0].tolist() == [[0, 1, 2]] * 2
