import numpy as np
import pytest

from skrec.metrics import coverage
from skrec.plugin import RankedLists


def lists(hits, n_relevant, items=None, item_counts=(1, 1, 1, 1, 1, 1)):
    hits = np.array(hits, dtype=bool)
    items = np.tile(np.arange(hits.shape[1]), (len(hits), 1)) if items is None else np.array(items)
    return RankedLists(hits, np.array(n_relevant), items, hits.shape[1], np.array(item_counts, dtype=float))


def test_it_is_the_share_of_the_catalogue_in_any_list():
    both = lists(np.zeros((2, 3)), [1, 1], items=[[0, 1, -1], [1, 4, -1]])
    assert coverage(both) == pytest.approx([0.5, 0.5])  # 0, 1 and 4 of six


def test_nothing_recommended_covers_nothing():
    assert coverage(lists(np.zeros((1, 2)), [1], items=[[-1, -1]])).tolist() == [0.0]


def test_everything_recommended_covers_everything():
    assert coverage(lists(np.zeros((1, 6)), [1])) == pytest.approx([1.0])
