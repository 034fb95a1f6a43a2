import numpy as np
import pytest

from skrec.metrics import average_precision
from skrec.plugin import RankedLists


def lists(hits, n_relevant, items=None, item_counts=(1, 1, 1, 1, 1, 1)):
    hits = np.array(hits, dtype=bool)
    items = np.tile(np.arange(hits.shape[1]), (len(hits), 1)) if items is None else np.array(items)
    return RankedLists(hits, np.array(n_relevant), items, hits.shape[1], np.array(item_counts, dtype=float))


@pytest.mark.parametrize(
    ("hits", "n_relevant", "expected"),
    [
        ([1, 0, 1], 2, (1 + 2 / 3) / 2),
        ([1, 0, 1], 5, (1 + 2 / 3) / 3),  # at most k can be found
        ([1, 1, 1], 9, 1.0),
        ([1, 0, 0], 1, 1.0),
        ([0, 0, 1], 1, 1 / 3),
        ([0, 0, 0], 1, 0.0),
    ],
)
def test_hand_worked_cases(hits, n_relevant, expected):
    assert average_precision(lists([hits], [n_relevant])) == pytest.approx([expected])


def naive(hits, n_relevant):
    found, total = 0, 0.0
    for rank, is_hit in enumerate(hits, start=1):
        if is_hit:
            found += 1
            total += found / rank
    return total / min(len(hits), n_relevant)


def test_it_equals_a_loop():
    rng = np.random.default_rng(0)
    hits = rng.random((50, 7)) < 0.4
    n_relevant = hits.sum(axis=1) + rng.integers(1, 5, size=50)
    expected = [naive(row, n) for row, n in zip(hits, n_relevant, strict=True)]
    np.testing.assert_allclose(average_precision(lists(hits, n_relevant)), expected)
