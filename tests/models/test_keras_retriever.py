"""Neural models and the retrievers that search their items."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.callback import ScoringMonitor

from skrec import _search, make_ranking_scorer
from skrec.models import GMF, MatrixFactorization
from skrec.plugin import Retriever
from skrec.retrievers import ExactRetriever
from skrec.serving import Server, server
from skrec.testing import checkerboard

N = 12
BOARD = checkerboard(N)


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


@pytest.fixture(scope="module", params=["gmf", "mf"])
def model(request, house):
    return house(request.param)


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
    users, items, asked = rng.permutation(model.users_), model.items_, []
    original = Server.rank
    monkeypatch.setattr(Server, "rank", lambda self, query, k: asked.append(len(query)) or original(self, query, k))
    monkeypatch.setattr(server, "_SEARCHED_USERS", 37)  # several blocks, each of several tiles
    monkeypatch.setattr(_search, "_TILE_USERS", 10)
    monkeypatch.setattr(_search, "_TILE_ITEMS", 64)
    found = model.recommend(users, k=25)
    assert asked == [37, 37, 37, 37, 2]
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
