"""The retriever keeps what skrec promises of every retriever, with each index."""

import pytest
from skrec_faiss.retriever import FaissRetriever

from skrec.testing import check_retriever


def test_the_retriever_of_the_plugins_name_passes():
    check_retriever("faiss")


@pytest.mark.parametrize(
    "parameters", [{"index": "hnsw"}, {"index": "ivf"}, {"index": "ivf", "random_state": 0}], ids=str
)
def test_indexes_that_miss_items_find_nearly_all_of_the_best(parameters):
    check_retriever(FaissRetriever(**parameters), min_recall=0.95)
