import numpy as np
import pytest

from skrec.metrics import mrr
from skrec.plugin import RankedLists


def lists(hits, n_relevant, items=None, item_counts=(1, 1, 1, 1, 1, 1)):
    hits = np.array(hits, dtype=bool)
    items = np.tile(np.arange(hits.shape[1]), (len(hits), 1)) if items is None else np.array(items)
    return RankedLists(hits, np.array(n_relevant), items, hits.shape[1], np.array(item_counts, dtype=float))


def test_only_the_first_hit_counts():
    result = mrr(lists([[1, 0, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0]], [2, 2, 2, 2]))
    assert result == pytest.approx([1, 1 / 2, 1 / 3, 0])
