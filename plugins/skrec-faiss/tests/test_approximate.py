"""The graph and the inverted lists find most of the best items, and their parameters say how many."""

import numpy as np
import pytest
from skrec_faiss._indexes import Graph, Lists
from skrec_faiss.retriever import FaissRetriever

from skrec.retrievers import ExactRetriever

K = 10
BOTH = pytest.mark.parametrize("index", ["hnsw", "ivf"])


def recall(retriever, users, items, exclude=None):
    found, _ = retriever.fit(items).query(users, K, exclude)
    expected, _ = ExactRetriever().fit(items).query(users, K, exclude)
    return np.mean([len(np.intersect1d(*rows)) / K for rows in zip(found, expected, strict=True)])


@BOTH
def test_nearly_all_of_the_best_are_found_with_the_defaults(index, clustered):
    assert recall(FaissRetriever(index), *clustered) > 0.97


@pytest.mark.parametrize(("index", "n_probes"), [("hnsw", 8), ("ivf", 16)])
def test_nearly_all_of_the_best_are_found_though_better_ones_are_excluded(index, n_probes, clustered, mask):
    users, items = clustered
    best, _ = ExactRetriever().fit(items).query(users, 100)
    assert recall(FaissRetriever(index, n_probes=n_probes), users, items, mask(best, len(items))) > 0.97


@pytest.mark.parametrize(
    ("index", "fewer", "more"),
    [
        ("hnsw", {"m": 4, "ef_construction": 20, "ef_search": 1}, {"m": 4, "ef_construction": 20, "ef_search": 300}),
        ("hnsw", {"m": 2, "ef_construction": 20, "ef_search": 1}, {"m": 16, "ef_construction": 20, "ef_search": 1}),
        ("hnsw", {"m": 4, "ef_construction": 1, "ef_search": 1}, {"m": 4, "ef_construction": 100, "ef_search": 1}),
        ("ivf", {"n_probes": 1}, {"n_probes": 10}),
        ("ivf", {"n_lists": 500, "n_probes": 3}, {"n_lists": 10, "n_probes": 3}),
    ],
)
def test_parameters_that_cost_more_find_more(index, fewer, more, clustered):
    assert recall(FaissRetriever(index, **fewer), *clustered) + 0.02 < recall(FaissRetriever(index, **more), *clustered)


def test_looking_into_all_clusters_is_exact(clustered, mask):
    users, items = clustered
    exclude = mask([range(2 * row) for row in range(len(users))], len(items))
    found = FaissRetriever("ivf", n_lists=50, n_probes=60).fit(items).query(users, K, exclude)
    expected = ExactRetriever().fit(items).query(users, K, exclude)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize(("n_items", "n_lists"), [(1, 1), (38, 1), (390, 10), (4000, 102), (200_000, 1789)])
def test_number_of_clusters_follows_the_number_of_items(n_items, n_lists, monkeypatch):
    asked = []

    class Done(Exception):
        pass

    def factory(dim, description, metric):
        asked.append(description)
        raise Done

    monkeypatch.setattr("faiss.index_factory", factory)
    with pytest.raises(Done):
        FaissRetriever("ivf").fit(np.ones((n_items, 2)))
    assert asked == [f"IVF{n_lists},Flat"]


def test_clusters_are_at_most_as_many_as_items_and_nothing_is_printed(rng, capfd):
    items = rng.standard_normal((60, 4)).astype(np.float32)
    retriever = FaissRetriever("ivf", n_lists=1000, n_probes=1).fit(items)
    assert retriever._index.n_lists == 60
    assert (retriever.query(items, 20)[0] >= 0).all()
    assert capfd.readouterr() == ("", "")


def centroids(random_state, items):
    index = FaissRetriever("ivf", n_lists=5, random_state=random_state).fit(items)._index.index
    return index.quantizer.reconstruct_n(0, 5)


def test_random_state_seeds_the_clustering(clustered):
    items = clustered[1][:200]
    first = centroids(0, items)
    np.testing.assert_array_equal(first, centroids(0, items))
    assert not np.array_equal(first, centroids(1, items))
    np.testing.assert_array_equal(centroids(None, items), centroids(None, items))
    for kind in (np.random.RandomState, np.random.default_rng):
        source = kind(0)
        drawn = centroids(source, items)
        np.testing.assert_array_equal(drawn, centroids(kind(0), items))
        assert not np.array_equal(drawn, centroids(source, items))  # a second draw


@pytest.mark.parametrize("random_state", [np.random.RandomState(0), np.random.default_rng(0)])
def test_random_state_is_drawn_from_only_where_faiss_reads_a_seed(random_state, rng):
    state = str(getattr(random_state, "get_state", lambda: random_state.bit_generator.state)())
    for index in ("flat", "hnsw"):
        FaissRetriever(index, random_state=random_state).fit(rng.standard_normal((50, 3)))
    assert str(getattr(random_state, "get_state", lambda: random_state.bit_generator.state)()) == state


@pytest.fixture
def calls(monkeypatch):
    """(number of users, number of items fetched, effort) of each search that Faiss does."""
    seen = []
    for kind in (Graph, Lists):

        def record(self, users, n_fetched, effort, find=kind.find):
            seen.append((len(users), n_fetched, effort))
            return find(self, users, n_fetched, effort)

        monkeypatch.setattr(kind, "find", record)
    return seen


def test_clusters_that_hold_too_few_items_are_joined_by_more(rng, calls):
    items, users = rng.standard_normal((2000, 8)).astype(np.float32), rng.standard_normal((30, 8)).astype(np.float32)
    retriever = FaissRetriever("ivf", n_lists=500, n_probes=1).fit(items)
    assert (retriever.query(users, 20)[0] >= 0).all()
    assert calls[0] == (30, 32, 1)
    assert [call[1:] for call in calls[1:]] == [(64, 2), (128, 4), (256, 8), (512, 16)][: len(calls) - 1]
    assert len(calls) > 2
    assert calls[-1][0] < calls[0][0]


def test_a_graph_without_ways_to_equal_items_is_left_for_brute_force(calls):
    items = np.ones((1500, 4), dtype=np.float32)
    positions, _ = FaissRetriever("hnsw", m=2, ef_construction=2).fit(items).query(items[:2], 400)
    assert (np.sort(positions, axis=1) == positions).all()
    assert (positions >= 0).all()
    assert calls


@BOTH
def test_users_are_fetched_for_with_those_who_have_as_many_excluded_items(index, rng, mask, calls):
    items, users = rng.standard_normal((2000, 8)).astype(np.float32), rng.standard_normal((30, 8)).astype(np.float32)
    retriever = FaissRetriever(index, n_lists=1)
    retriever.fit(items).query(users, 10, mask([range(300), range(1500), *[range(50)] * 28], 2000))
    assert calls == [(28, 128, 1), (1, 512, 1)]
