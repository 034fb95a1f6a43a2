"""A server answers queries with what was learned: it ranks, scores, compares, and lets cold ids in."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from skrec import Interactions
from skrec.losses import find_loss
from skrec.plugin import Retriever
from skrec.queries import Query, rank_scores
from skrec.queries import ranker as ranker_module
from skrec.retrievers import ExactRetriever
from skrec.serving import HistoryUsers, NeighbourUsers, Scorer, Server, TableUsers, server

N = 12
COUNTS = np.array([5.0, 9.0, 1.0, 0.0, 7.0, 3.0, 2.0, 8.0, 6.0, 4.0, 10.0, 11.0])


class First(Retriever):
    """An index that finds the first items only, and counts how often it is fitted and asked."""

    exact = False

    def __init__(self, n=4):
        self.n = n

    def fit(self, item_vectors):
        self.vectors_, self.asked_ = item_vectors, 0
        return self

    def query(self, user_vectors, k, exclude=None):
        self.asked_ += 1
        return ExactRetriever().fit(self.vectors_[: self.n]).query(user_vectors, k)


@pytest.fixture(params=["gmf", "neumf", "tower", "fields", "sasrec", "by_ids"])
def served(request):
    """A server of each kind of users, where some items are more popular than others."""
    return serve(request.getfixturevalue(request.param))


def serve(found, retriever="exact", **setup):
    """Make a server around a scorer; one that reads histories comes with how it reads."""
    scorer, *reading = found if isinstance(found, tuple) else (found,)
    described = scorer.setup
    if isinstance(described, SimpleNamespace):  # of a network that takes ids, which are scored in NumPy
        from skrec.backends import find_backend

        described.backend, described.device = find_backend(), "cpu"
        return Server(NeighbourUsers(Scorer(replace(scorer.learned, item_counts=COUNTS), described), 3), retriever)
    scorer = Scorer(replace(scorer.learned, item_counts=COUNTS), replace(described, **setup))
    return Server(HistoryUsers(scorer, *reading) if reading else TableUsers(scorer), retriever)


@pytest.fixture
def mixed(ask, past):
    """Known users, one of them with another history; a stranger with a history, and one without."""
    return ask([3, 8, -1, 5, -1], past([[], [1, 5], [2, 4, 6], [], []]), rows=(1, 2))


def listed(ranked):
    codes, scores, lengths = ranked
    return [row[:n].tolist() for row, n in zip(codes, lengths, strict=True)], [
        row[:n] for row, n in zip(scores, lengths, strict=True)
    ]


RESTRICTED = {
    "nothing": {},
    "allowed": {"allowed": np.array([1, 4, 5, 9])},
    "candidates": {"candidates": sparse.csr_array(np.arange(60).reshape(5, N) % 7 < 3)},
    "excluded": {"excluded": sparse.csr_array(np.arange(60).reshape(5, N) % 5 < 2)},
}


@pytest.mark.parametrize("restricted", RESTRICTED)
def test_lists_are_the_best_of_what_is_scored_and_of_the_popular_ones_for_the_cold(served, mixed, restricted):
    query = replace(mixed, **RESTRICTED[restricted])
    scores = served.score(query)
    scores[4] = served.learned.shares if not served.output(np.zeros(1))[0] else np.log(COUNTS.clip(1e-5))
    expected, _ = listed(rank_scores(scores, query, 4))
    found, values = listed(served.rank(query, 4))
    assert found == expected
    for place in range(4):
        np.testing.assert_allclose(values[place], scores[place][found[place]], rtol=1e-4, atol=1e-5)


def test_where_everybody_is_cold_nothing_is_computed(served, ask, monkeypatch):
    for method in ("scores", "vectors"):
        monkeypatch.setattr(type(served._source), method, None)
    codes, scores, lengths = served.rank(ask([-1, -1]), 3)
    assert codes.tolist() == [[11, 10, 1]] * 2
    np.testing.assert_allclose(served.output(scores)[0], COUNTS[[11, 10, 1]] / N, rtol=1e-5)
    assert lengths.tolist() == [3, 3]


def test_nobody_is_ranked(served, ask):
    codes, scores, lengths = served.rank(ask([]), 3)
    assert (len(codes), len(scores), len(lengths)) == (0, 0, 0)


def test_pairs_are_scored_as_the_catalogue_is_and_those_of_strangers_by_popularity(served, ask):
    scores = served.score(ask([3, 5]))
    found = served.score_pairs(np.array([5, 3, -1, -1]), np.array([2, 11, 10, -1]))
    np.testing.assert_allclose(found[:2], [scores[1, 2], scores[0, 11]], rtol=1e-4, atol=1e-5)
    output = served.output(found)
    np.testing.assert_allclose(output[2], 10.0 / N, rtol=1e-5)
    assert 0 <= output[3] < 1e-4


def test_context_of_pairs_is_that_of_their_events(fields, board):
    served = serve(fields)
    X = Interactions(pd.DataFrame({"user_id": [3, 3], "item_id": [2, 2], "device": ["tv", None]}))
    users, items = np.array([3, 3]), np.array([2, 2])
    found = served.score_pairs(users, items, X)
    assert abs(found[0] - found[1]) > 1e-3
    nothing = served.score_pairs(users, items)
    np.testing.assert_allclose(nothing, found[1], rtol=1e-5)
    encoded = served.learned.context(X.events, 2, "X")
    np.testing.assert_array_equal(served.score_encoded(users, items, encoded), found)


def test_under_a_loss_of_ratings_an_unknown_id_is_no_reason_to_score_by_popularity(networks, build):
    scorer = build(networks.FactorNetwork(0.0, True, None), {"user": 5, "item": 5}, loss="mse", rating_mean=2.5)
    served = serve(scorer)
    tables = scorer.learned.weights.tables
    found = served.output(served.score_pairs(np.array([-1, 5, -1]), np.array([3, -1, -1])))
    np.testing.assert_allclose(found, 2.5 + np.array([tables["item"][3, -1], tables["user"][5, -1], 0.0]), rtol=1e-5)


def test_the_best_of_the_catalogue_leave_out_what_is_excluded_and_end_in_minus_1(served, ask):
    excluded = sparse.csr_array(np.array([[True] * 10 + [False] * 2, [False] * 11 + [True]]))
    query = ask([3, 5], excluded=excluded)
    best = served.best(query, 3)
    scores = served.score(query)
    scores[excluded.toarray()] = -np.inf
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :3]
    np.testing.assert_array_equal(best, [[*expected[0, :2], -1], expected[1]])
    assert served.best(ask([3], excluded=sparse.csr_array((1, N), dtype=bool)), 20).shape == (1, 20)


@pytest.mark.parametrize("kind", ["gmf", "tower", "sasrec"])
def test_similar_items_are_those_of_the_largest_cosines_and_never_the_item_itself(request, kind):
    served = serve(request.getfixturevalue(kind))
    vectors = served.embeddings().astype(float)
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = directions[[4, 0]] @ directions.T
    cosines[[0, 1], [4, 0]] = -np.inf
    codes, scores, lengths = served.rank_similar(np.array([4, 0]), 3)
    np.testing.assert_array_equal(codes, np.argsort(-cosines, axis=1, kind="stable")[:, :3])
    np.testing.assert_allclose(scores, np.take_along_axis(cosines, codes, axis=1), rtol=1e-4)
    assert lengths.tolist() == [3, 3]
    assert served.rank_similar(np.array([4]), 99)[2].tolist() == [N - 1]


def test_items_that_were_added_are_compared_with_those_of_fit_alone(tower, board):
    items = board.items.head(2).assign(item_id=[70, 71])
    served = serve(tower).with_ids(items=items)
    codes, _, lengths = served.rank_similar(np.array([N, N + 1, 3]), N)
    assert lengths.tolist() == [N, N, N - 1]
    assert set(codes[:2].ravel()) == set(range(N))
    np.testing.assert_array_equal(codes[2], serve(tower).rank_similar(np.array([3]), N)[0][0])


def test_embeddings_are_without_biases_and_vectors_are_what_is_searched(tower):
    served = serve(tower)
    assert served.embeddings().shape == (N, 4)
    np.testing.assert_array_equal(served.embeddings(), tower.table("item")[:, :-1])
    np.testing.assert_allclose(served.item_vectors(), tower.vectors()[1][:-1], rtol=1e-6)


@pytest.mark.parametrize(("loss", "given", "expected"), [("bce", 0.0, 0.5), ("bpr", 1.5, 1.5), ("mse", 1.0, 3.5)])
def test_scores_come_out_as_the_loss_says(gmf, loss, given, expected):
    scorer = Scorer(replace(gmf.learned, rating_mean=2.5), gmf.setup)
    served = serve(scorer, loss=find_loss(loss, ratings=True, owner="Model"))
    np.testing.assert_allclose(served.output(np.array([given], dtype=np.float32)), [expected])


class TestBlocks:
    def test_where_items_are_searched_many_users_are_ranked_at_once(self, gmf, monkeypatch):
        served = serve(gmf)
        assert served.block_size == 8192
        monkeypatch.setattr(server, "_SEARCHED_USERS", 37)
        assert served.block_size == 37

    def test_elsewhere_as_many_as_a_block_of_scores_has_room_for(self, neumf, monkeypatch):
        monkeypatch.setattr(ranker_module, "_BLOCK_BYTES", 4 * N * 5)
        assert serve(neumf).block_size == 5


class TestIds:
    def test_frames_of_cold_ids_make_another_server_and_leave_this_one(self, tower, board):
        served = serve(tower)
        users, items = board.users.head(2).assign(user_id=[70, 71]), board.items.head(1).assign(item_id=[70])
        grown = served.with_ids(users, items)
        assert (len(grown.users), len(grown.items), grown.histories.n_users) == (N + 2, N + 1, N + 2)
        assert (len(served.users), len(served.items), served.histories.n_users) == (N, N, N)
        assert type(grown._source) is TableUsers

    def test_without_anything_to_add_it_is_the_same_server(self, tower, gmf, board):
        served = serve(tower)
        assert served.with_ids() is served
        assert served.with_ids([1, 70], ["a"]) is served
        assert served.with_ids(board.users, board.items) is served
        assert served.with_ids_of(board) is served
        plain = serve(gmf)
        assert plain.with_ids(board.users.assign(user_id=70), board.items.assign(item_id=70)) is plain

    def test_cold_ids_of_events_are_added_by_the_tables_of_these(self, tower, board):
        served = serve(tower)
        X = Interactions(
            [(70, 3), (3, 70)], board.users.head(1).assign(user_id=70), board.items.head(1).assign(item_id=70)
        )
        grown = served.with_ids_of(X)
        assert grown.users.ids[N:].tolist() == grown.items.ids[N:].tolist() == [70]
        known = served.score_pairs(np.array([3]), np.array([-1]))
        assert grown.score_pairs(np.array([3]), np.array([N])) != known

    def test_known_users_get_the_same_among_those_that_were_added(self, tower, ask, board):
        served = serve(tower)
        grown = served.with_ids(board.users.head(2).assign(user_id=[70, 71]))
        query = Query.of_codes(np.array([3, N]), grown.histories)
        codes, scores, _ = grown.rank(query, 3)
        expected = served.rank(ask([3]), 3)
        np.testing.assert_array_equal(codes[:1], expected[0])
        np.testing.assert_allclose(scores[:1], expected[1], rtol=1e-5)

    def test_an_index_knows_the_items_of_fit_only_and_serves_users_that_were_added(self, tower, ask, board):
        served = Server(serve(tower)._source, First(), First().fit(tower.vectors()[1][:-1]))
        users, items = board.users.head(1).assign(user_id=70), board.items.head(3).assign(item_id=[70, 71, 72])
        more_users, more_items = served.with_ids(users), served.with_ids(items=items)
        assert more_users._searcher() is served._searcher()
        assert set(more_users.rank(ask([3]), 9)[0][0, :4]) == {0, 1, 2, 3}
        query = Query.of_codes(np.array([3]), more_items.histories)
        assert sorted(more_items.rank(query, 99)[0][0, : N + 3]) == list(range(N + 3))


class TwoDevices:
    """Stands for a backend that has an accelerator."""

    keras_name = "jax"

    def default_device(self):
        return "gpu:0"

    def devices(self):
        return ["gpu:0", "cpu"]


class TestRetrievers:
    def test_one_is_fitted_to_the_item_vectors_when_it_is_first_needed(self, gmf, ask):
        handed_in = First()
        served = serve(gmf, handed_in)
        served.score(ask([3]))
        assert served._fitted is None
        codes, _, _ = served.rank(ask([3, 5]), 9)
        assert set(codes[:, :4].ravel()) == {0, 1, 2, 3}
        fitted = served._fitted
        served.rank(ask([3]), 9)
        assert (served._fitted is fitted, fitted.asked_) == (True, 2)
        assert vars(handed_in) == {"n": 4}
        np.testing.assert_array_equal(fitted.vectors_, served.item_vectors())

    def test_one_that_is_fitted_already_is_asked(self, gmf, ask):
        fitted = First(2).fit(gmf.vectors()[1][:-1])
        Server(TableUsers(gmf), First(9), fitted).rank(ask([3]), 2)
        assert fitted.asked_ == 1

    @pytest.mark.parametrize(
        ("retriever", "device", "expected"),
        [
            ("exact", "cpu", (None, None)),
            ("exact", "gpu:0", ("jax", "gpu:0")),
            (ExactRetriever(backend="jax", device="cpu"), "gpu:0", ("jax", "cpu")),
        ],
    )
    def test_on_an_accelerator_the_exact_one_lets_the_backend_search(self, gmf, retriever, device, expected):
        gmf.vectors()
        served = serve(gmf, retriever, backend=TwoDevices(), backend_name="jax", device=device)
        served._scorer._vectors = gmf.vectors()  # there is no such device to compute them on
        found = served._searcher()
        assert (found.backend, found.device) == expected
        assert found._items.shape == (N, 5)

    def test_others_are_left_as_they_are(self, gmf):
        served = serve(gmf, First(2), backend=TwoDevices(), device="auto")
        served._scorer._vectors = gmf.vectors()
        assert served._searcher().get_params() == {"n": 2}
