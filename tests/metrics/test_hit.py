import numpy as np

from skrec.metrics import hit
from skrec.plugin import RankedLists


def lists(hits, n_relevant, items=None, item_counts=(1, 1, 1, 1, 1, 1)):
    hits = np.array(hits, dtype=bool)
    items = np.tile(np.arange(hits.shape[1]), (len(hits), 1)) if items is None else np.array(items)
    return RankedLists(hits, np.array(n_relevant), items, hits.shape[1], np.array(item_counts, dtype=float))


def test_one_hit_is_enough():
    result = hit(lists([[0, 0, 1], [1, 1, 1], [0, 0, 0]], [1, 3, 2]))
    assert result.tolist() == [1.0, 1.0, 0.0]
    assert result.dtype == np.float64
