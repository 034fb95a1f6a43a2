import numpy as np
import pytest

from skrec.metrics import novelty
from skrec.plugin import RankedLists


def lists(hits, n_relevant, items=None, item_counts=(1, 1, 1, 1, 1, 1)):
    hits = np.array(hits, dtype=bool)
    items = np.tile(np.arange(hits.shape[1]), (len(hits), 1)) if items is None else np.array(items)
    return RankedLists(hits, np.array(n_relevant), items, hits.shape[1], np.array(item_counts, dtype=float))


COUNTS = (8, 4, 2, 1, 1, 0)  # of 16 events: 1, 2, 3, 4, 4 bits, and as if it had one event


def test_it_is_the_mean_information_of_the_list():
    result = novelty(lists(np.zeros((3, 2)), [1, 1, 1], items=[[0, 1], [2, 3], [5, 0]], item_counts=COUNTS))
    assert result == pytest.approx([1.5, 3.5, 2.5])


def test_short_and_empty_lists():
    result = novelty(lists(np.zeros((2, 2)), [1, 1], items=[[2, -1], [-1, -1]], item_counts=COUNTS))
    assert result == pytest.approx([3.0, 0.0])


def test_without_any_event_nothing_is_new():
    assert novelty(lists(np.zeros((1, 2)), [1], items=[[0, 1]], item_counts=[0] * 6)).tolist() == [0.0]


def test_it_is_never_negative():
    one = lists(np.zeros((1, 1)), [1], items=[[0]], item_counts=[0.25, 0, 0, 0, 0, 0])
    assert novelty(one).tolist() == [0.0]
