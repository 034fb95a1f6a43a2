import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from skrec._ranking import best, group_maxima, kth_largest, ranks, reaching, top_k

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
@pytest.mark.parametrize("n_values", [5, 100_000])
def test_long_rows_with_many_ties(k, n_values):
    scores = np.random.default_rng(k).integers(0, n_values, size=(3, 1000)).astype(np.float32)
    positions, lengths = top_k(scores, k)
    expected = np.lexsort((np.tile(np.arange(1000), (3, 1)), -scores), axis=1)[:, :k]
    np.testing.assert_array_equal(positions, expected)
    assert lengths.tolist() == [min(k, 1000)] * 3


@pytest.mark.parametrize("n_columns", [*range(1, 140), *range(285, 330)])
def test_rows_of_any_length_with_the_best_at_any_place(n_columns):
    scores = np.zeros((n_columns, n_columns), dtype=np.float32)
    scores[:, ::3] = -np.inf
    np.fill_diagonal(scores, 1.0)
    for k in (1, 2):
        positions, lengths = top_k(scores, k)
        assert positions[:, 0].tolist() == list(range(n_columns))
        assert (lengths == np.minimum(np.sum(scores > -np.inf, axis=1), k)).all()


def test_many_equal_scores_of_some_rows_are_no_burden_and_in_order():
    rng = np.random.default_rng(0)
    scores = np.where(rng.random((4, 5000)) < 0.01, rng.normal(size=(4, 5000)), 0.0).astype(np.float32)
    scores[1, ::2], scores[2], scores[3, 5:] = -np.inf, rng.normal(size=5000), -np.inf
    positions, lengths = top_k(scores, 40)
    expected = np.lexsort((np.tile(np.arange(5000), (4, 1)), -scores), axis=1)[:, :40]
    assert lengths.tolist() == [40, 40, 40, 5]
    for row, (found, wanted) in enumerate(zip(positions, expected, strict=True)):
        np.testing.assert_array_equal(found[: lengths[row]], wanted[: lengths[row]])


@given(SCORES, st.integers(1, 15))
def test_groups_bound_the_best_and_lead_to_all_that_reach_a_bar(scores, k):
    maxima = group_maxima(scores, k)
    bar = kth_largest(maxima, k)
    assert ((scores >= bar[:, np.newaxis]).sum(axis=1) >= min(k, scores.shape[1])).all()
    rows, columns = reaching(scores, maxima, bar)
    wanted = set(zip(*np.nonzero((scores >= bar[:, np.newaxis]) & (scores > -np.inf)), strict=True))
    assert set(zip(rows, columns, strict=True)) == wanted
    assert len(rows) == len(wanted)


@pytest.mark.parametrize("n_columns", [0, 1, 7, 8, 9, 255, 300, 301, 1023])
@pytest.mark.parametrize("k", [1, 3, 400])
def test_no_column_is_in_two_groups_or_in_none(n_columns, k):
    scores = np.tile(np.arange(n_columns, dtype=np.float32), (2, 1))
    rows, columns = reaching(scores, group_maxima(scores, k), np.zeros(2, dtype=np.float32))
    for row in range(2):
        assert sorted(columns[rows == row].tolist()) == list(range(n_columns))


def test_entries_are_numbered_and_cut_by_row():
    assert ranks(np.array([0, 0, 2, 2, 2, 5])).tolist() == [0, 1, 0, 1, 2, 0]
    assert ranks(np.array([], dtype=np.int64)).tolist() == []
    rows, items = np.array([3, 0, 3, 3, 0]), np.array([9, 4, 1, 2, 7])
    found = best(rows, items, np.array([1.0, 0.5, 1.0, 2.0, 0.5], dtype=np.float32), 2)
    assert [part.tolist() for part in found] == [[0, 0, 3, 3], [4, 7, 2, 1], [0.5, 0.5, 2.0, 1.0]]


def test_all_equal_scores_are_in_order_of_position():
    assert top_k(np.zeros((2, 50)), 3)[0].tolist() == [[0, 1, 2]] * 2
