import numpy as np
import pytest

from skrec.metrics import ndcg
from skrec.plugin import RankedLists


def lists(hits, n_relevant, items=None, item_counts=(1, 1, 1, 1, 1, 1)):
    hits = np.array(hits, dtype=bool)
    items = np.tile(np.arange(hits.shape[1]), (len(hits), 1)) if items is None else np.array(items)
    return RankedLists(hits, np.array(n_relevant), items, hits.shape[1], np.array(item_counts, dtype=float))


@pytest.mark.parametrize(
    ("hits", "n_relevant", "expected"),
    [
        ([1, 1, 1], 3, 1.0),
        ([1, 1, 1], 9, 1.0),  # the ideal list has no room for more
        ([1, 0, 0], 1, 1.0),
        ([0, 1, 0], 1, 1 / np.log2(3)),
        ([0, 0, 1], 1, 0.5),
        ([1, 0, 1], 2, 1.5 / (1 + 1 / np.log2(3))),
        ([0, 0, 0], 2, 0.0),
    ],
)
def test_hand_worked_cases(hits, n_relevant, expected):
    assert ndcg(lists([hits], [n_relevant])) == pytest.approx([expected])


def naive(hits, n_relevant, k):
    dcg = sum(1 / np.log2(rank + 1) for rank, hit in enumerate(hits, start=1) if hit)
    ideal = sum(1 / np.log2(rank + 1) for rank in range(1, min(k, n_relevant) + 1))
    return dcg / ideal


@pytest.mark.parametrize("k", [1, 3, 10])
def test_it_equals_a_loop(k):
    rng = np.random.default_rng(k)
    hits = rng.random((50, k)) < 0.4
    n_relevant = hits.sum(axis=1) + rng.integers(1, 8, size=50)
    expected = [naive(row, n, k) for row, n in zip(hits, n_relevant, strict=True)]
    np.testing.assert_allclose(ndcg(lists(hits, n_relevant)), expected)


def test_a_short_list_is_measured_against_the_full_length():
    short = lists([[1, 0, 0]], [3], items=[[4, -1, -1]])
    assert ndcg(short) == pytest.approx([1 / (1 + 1 / np.log2(3) + 0.5)])
