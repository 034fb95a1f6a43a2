import numpy as np

from skrec.metrics import precision
from skrec.plugin import RankedLists


def lists(hits, n_relevant, items=None, item_counts=(1, 1, 1, 1, 1, 1)):
    hits = np.array(hits, dtype=bool)
    items = np.tile(np.arange(hits.shape[1]), (len(hits), 1)) if items is None else np.array(items)
    return RankedLists(hits, np.array(n_relevant), items, hits.shape[1], np.array(item_counts, dtype=float))


def test_it_divides_by_the_cut_off():
    result = precision(lists([[1, 0, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]], [2, 9, 1]))
    assert result.tolist() == [0.5, 1.0, 0.0]


def test_also_where_the_list_is_shorter():
    assert precision(lists([[1, 0, 0, 0]], [1], items=[[2, -1, -1, -1]])).tolist() == [0.25]
