import pickle
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse
from sklearn.base import clone
from sklearn.callback import ScoringMonitor

from skrec import _search, make_ranking_scorer
from skrec.exceptions import InvalidParameterError, UnknownNameError
from skrec.models import GMF, MatrixFactorization, _keras, _retrieval
from skrec.models._query import Query
from skrec.models._retrieval import VectorRanking, find_retriever, fitted_retriever, rank_popular, scatter
from skrec.plugin import Retriever, hookimpl
from skrec.retrievers import ExactRetriever
from skrec.testing import checkerboard

N = 12
BOARD = checkerboard(N)
QUICK = {"epochs": 20, "learning_rate": 0.05, "random_state": 0}
NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 1.0 + 2.0**-23])


def make_query(n, allowed=None, candidates=None, excluded=None):
    """A query of n users, of which ranking reads nothing but what each may get."""
    ids = np.arange(n)
    return Query(ids, ids, None, None, allowed, candidates, excluded, None)


def matrix(data, n_users, n_items):
    """Draw no matrix, or one of some pairs."""
    drawn = data.draw(st.none() | arrays.arrays(bool, (n_users, n_items)))
    return None if drawn is None else sparse.csr_array(drawn)


def brute(scores, k, query):
    """Rank all that a user may get by falling score and rising code."""
    codes = np.full((len(scores), k), -1)
    values = np.full((len(scores), k), np.nan, dtype=np.float32)
    lengths = np.zeros(len(scores), dtype=np.int64)
    for user, row in enumerate(scores):
        kept = set(range(len(row)))
        if query.allowed is not None:
            kept &= set(query.allowed.tolist())
        if query.candidates is not None:
            kept &= set(query.candidates[[user]].indices.tolist())
        if query.excluded is not None:
            kept -= set(query.excluded[[user]].indices.tolist())
        best = sorted(kept, key=lambda item: (-row[item], item))[:k]
        codes[user, : len(best)], values[user, : len(best)], lengths[user] = best, row[best], len(best)
    return codes, values, lengths


def assert_equal(found, expected):
    assert [part.dtype for part in found] == [np.int64, np.float32, np.int64]
    for part, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(part, other)


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_whatever_users_may_get_is_ranked_as_brute_force_ranks_it(data):
    n_users, n_items, dim = (data.draw(st.integers(low, high)) for low, high in ((0, 5), (1, 12), (1, 3)))
    users = data.draw(arrays.arrays(np.float32, (n_users, dim), elements=NUMBERS))
    items = data.draw(arrays.arrays(np.float32, (n_items, dim), elements=NUMBERS))
    allowed = data.draw(st.none() | st.sets(st.integers(0, n_items - 1)))
    allowed = None if allowed is None else np.array(sorted(allowed), dtype=np.int64)
    candidates = matrix(data, n_users, n_items) if allowed is None else None
    query, k = make_query(n_users, allowed, candidates, matrix(data, n_users, n_items)), data.draw(st.integers(1, 15))
    scores = (users.astype(float) @ items.astype(float).T).astype(np.float32)
    expected = brute(scores, k, query)
    for retriever in (None, ExactRetriever().fit(items)):
        assert_equal(VectorRanking(items, retriever).rank(users, query, k), expected)
    popularity = items[:, 0].copy()
    everybody = np.tile(popularity, (n_users, 1))
    assert_equal(rank_popular(popularity, query, k), brute(everybody, k, query))


class First(Retriever):
    """An index that finds the first items only, and notes what it is asked."""

    exact = False

    def __init__(self, n=3):
        self.n = n

    def fit(self, item_vectors):
        self.vectors_, self.asked_ = item_vectors, []
        return self

    def query(self, user_vectors, k, exclude=None):
        self.asked_.append((len(user_vectors), k, None if exclude is None else exclude.shape))
        return ExactRetriever().fit(self.vectors_[: self.n]).query(user_vectors, k)


def test_an_index_is_asked_for_lists_of_the_whole_catalogue_only():
    users, items = np.ones((2, 1), dtype=np.float32), np.arange(6, dtype=np.float32)[:, np.newaxis]
    first = First().fit(items)
    ranking = VectorRanking(items, first)
    excluded = sparse.csr_array(np.eye(2, 6, dtype=bool))
    assert ranking.rank(users, make_query(2, excluded=excluded), 2)[0].tolist() == [[2, 1], [2, 1]]
    assert first.asked_ == [(2, 2, (2, 6))]
    # An index knows nothing of allow-lists and candidates: these few are all looked at.
    assert ranking.rank(users, make_query(2, allowed=np.array([1, 5])), 2)[0].tolist() == [[5, 1], [5, 1]]
    candidates = sparse.csr_array(np.array([[0, 0, 0, 1, 0, 1], [1, 0, 0, 0, 0, 0]], dtype=bool))
    assert ranking.rank(users, make_query(2, candidates=candidates), 2)[0].tolist() == [[5, 3], [0, -1]]
    assert len(first.asked_) == 1


def test_a_retriever_is_found_by_its_name(manager):
    class Plugin:
        @hookimpl
        def skrec_retrievers(self):
            return {"first": First}

    manager.register(Plugin(), "toy")
    assert type(find_retriever("exact")) is ExactRetriever
    assert find_retriever("first").n == 3


def test_one_that_is_handed_in_is_copied_and_stays_unfitted():
    handed_in = First(5)
    found = find_retriever(handed_in)
    assert found is not handed_in
    assert found.n == 5
    found.fit(np.ones((2, 2)))
    assert not hasattr(handed_in, "vectors_")


@pytest.mark.parametrize("wrong", [None, 3, First, object()])
def test_anything_else_is_refused(wrong):
    with pytest.raises(
        InvalidParameterError,
        match="'retriever' parameter must be a retriever's name or an object of skrec.plugin.Retriever. Got .* instead.",
    ):
        find_retriever(wrong)


def test_an_unknown_name_is_refused_with_what_there_is():
    with pytest.raises(UnknownNameError, match="Unknown retriever 'exakt'. Did you mean 'exact'"):
        find_retriever("exakt")


class TwoDevices:
    """Stands for a backend."""

    keras_name = "jax"

    def default_device(self):
        return "gpu:0"

    def devices(self):
        return ["gpu:0", "cpu"]


@pytest.mark.parametrize(
    ("retriever", "device", "expected"),
    [
        ("exact", "cpu", (None, None)),
        ("exact", "auto", ("jax", "gpu:0")),
        ("exact", "gpu", ("jax", "gpu:0")),
        (ExactRetriever(backend="jax", device="cpu"), "auto", ("jax", "cpu")),
    ],
)
def test_on_an_accelerator_the_exact_retriever_lets_the_backend_search(monkeypatch, retriever, device, expected):
    monkeypatch.setattr(_retrieval, "find_backend", lambda name: TwoDevices())
    # Where it was trained is no matter: a model trained on a GPU is served where there is none.
    model = SimpleNamespace(retriever=retriever, backend=None, device=device, backend_="torch", device_="gpu:7")
    fitted = fitted_retriever(model, np.ones((3, 2), dtype=np.float32))
    assert (fitted.backend, fitted.device) == expected
    assert fitted._items.shape == (3, 2)


def test_other_retrievers_and_models_without_one_are_left_as_they_are(monkeypatch):
    monkeypatch.setattr(_retrieval, "find_backend", lambda name: TwoDevices())
    model = SimpleNamespace(retriever=First(2), backend=None, device="auto")
    assert fitted_retriever(model, np.ones((3, 2))).get_params() == {"n": 2}
    del model.retriever
    assert type(fitted_retriever(model, np.ones((3, 2)))) is ExactRetriever


def test_parts_of_the_users_are_put_together_by_their_rows():
    first = np.array([[5, 4]]), np.array([[2.0, 1.0]], np.float32), np.array([2])
    second = np.array([[7, -1], [8, 9]]), np.array([[0.5, np.nan], [3.0, 2.0]], np.float32), np.array([1, 2])
    codes, scores, lengths = scatter([(np.array([1]), first), (np.array([2, 0]), second)], 4, 2)
    assert codes.tolist() == [[8, 9], [5, 4], [7, -1], [-1, -1]]
    np.testing.assert_array_equal(scores, [[3.0, 2.0], [2.0, 1.0], [0.5, np.nan], [np.nan, np.nan]])
    assert lengths.tolist() == [2, 2, 1, 0]


@pytest.fixture(
    scope="module", params=[GMF(4, **QUICK), MatrixFactorization(4, dropout=0.0, **QUICK)], ids=["gmf", "mf"]
)
def model(request):
    return clone(request.param).fit(BOARD)


def test_the_exact_retriever_is_no_part_of_a_fitted_model(model):
    assert not hasattr(model, "retriever_")
    model.recommend(k=1)
    assert not hasattr(model, "retriever_")
    same = clone(model).set_params(retriever=ExactRetriever()).fit(BOARD)
    assert not hasattr(same, "retriever_")
    np.testing.assert_array_equal(same.recommend().scores, model.recommend().scores)


def test_another_retriever_is_fitted_to_the_item_vectors_and_asked(model):
    other = clone(model).set_params(retriever=First(4)).fit(BOARD)
    assert other.retriever.__dict__ == {"n": 4}
    assert other.retriever_.vectors_.shape[0] == N
    found = other.recommend(k=3, exclude_seen=False)
    assert set(found.items.ravel().tolist()) <= set(other.items_[:4].tolist())
    assert other.retriever_.asked_ == [(N, 3, None)]
    # Scores and order are those of predict; allow-lists and cold users don't depend on the index.
    frame = found.to_frame()
    np.testing.assert_array_equal(other.predict(frame[["user_id", "item_id"]]), frame["score"])
    for arguments in ({"users": [999]}, {"items": [1, 7, 11]}):
        np.testing.assert_array_equal(other.recommend(**arguments).items, model.recommend(**arguments).items)
    assert len(other.retriever_.asked_) == 1


def test_a_new_history_goes_through_the_index_too(model):
    other = clone(model).set_params(retriever=First(4)).fit(BOARD)
    found = other.recommend(history=[(99, 0), (99, 2)], k=2, exclude_seen=False)
    assert set(found.items.ravel().tolist()) <= set(other.items_[:4].tolist())


def test_a_pickle_keeps_the_index_and_a_new_fit_makes_a_new_one(model):
    other = clone(model).set_params(retriever=First(4)).fit(BOARD)
    again = pickle.loads(pickle.dumps(other))
    np.testing.assert_array_equal(again.recommend(k=2).items, other.recommend(k=2).items)
    before = other.retriever_
    assert other.fit(BOARD).retriever_ is not before
    grown = pickle.loads(pickle.dumps(other)).partial_fit([(0, 77)])
    assert grown.retriever_.vectors_.shape[0] == N + 1
    assert not hasattr(other.set_params(retriever="exact").fit(BOARD), "retriever_")


def test_a_callback_that_scores_while_training_asks_no_index_of_the_fit_before(model, monkeypatch):
    asked = []
    original = First.query
    monkeypatch.setattr(First, "query", lambda self, *arguments: asked.append(self) or original(self, *arguments))
    fits = clone(model).set_params(retriever=First(N), epochs=3)
    fits.set_callbacks(ScoringMonitor(scoring=make_ranking_scorer(["ndcg@5"], exclude_seen=False)))
    before = fits.fit(BOARD).retriever_
    asked.clear()
    fits.fit(BOARD)
    assert len(asked) == 3  # once an epoch, with the weights as they were then
    assert before not in asked
    assert fits.retriever_ not in asked


def test_a_factor_models_lists_are_those_of_its_predictions_at_any_size(monkeypatch):
    rng = np.random.default_rng(0)
    events = pd.DataFrame(
        {"user_id": rng.integers(0, 150, 3000), "item_id": rng.integers(0, 400, 3000)}
    ).drop_duplicates()
    model = MatrixFactorization(6, epochs=2, batch_size=256, random_state=0).fit(events)
    users, items = rng.permutation(model.users_), model.items_
    monkeypatch.setattr(_keras, "_SEARCHED_USERS", 37)  # several blocks, each of several tiles
    monkeypatch.setattr(_search, "_TILE_USERS", 10)
    monkeypatch.setattr(_search, "_TILE_ITEMS", 64)
    found = model.recommend(users, k=25)
    pairs = pd.DataFrame({"user_id": np.repeat(users, len(items)), "item_id": np.tile(items, len(users))})
    scores = model.predict(pairs).reshape(len(users), len(items))
    rows = pd.Series(np.arange(len(users)), index=users)[events["user_id"]]
    scores[rows, model.item_vocabulary_.encode(events["item_id"])] = -np.inf
    order = np.lexsort((np.tile(np.arange(len(items)), (len(users), 1)), -scores), axis=1)[:, :25]
    np.testing.assert_array_equal(found.items, items[order])
    np.testing.assert_array_equal(found.scores, np.take_along_axis(scores, order, axis=1))


@pytest.mark.parametrize(
    ("retriever", "message"),
    [(3, "The 'retriever' parameter of GMF must be"), ("exakt", "Unknown retriever 'exakt'. Did you mean 'exact'")],
)
def test_a_wrong_retriever_is_refused_before_anything_is_trained(retriever, message):
    model = GMF(4, epochs=10**9, retriever=retriever)
    with pytest.raises(ValueError, match=message):
        model.fit(BOARD)
    assert not model.__sklearn_is_fitted__()
