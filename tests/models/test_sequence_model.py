import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec import Interactions, make_pipeline
from skrec.exceptions import InvalidParameterError
from skrec.models import HSTU, BERT4Rec, Caser, GRU4Rec, SASRec
from skrec.persistence import load, save
from skrec.preprocessing import FeatureEncoder
from skrec.queries import Query
from skrec.retrievers import ExactRetriever
from skrec.serving import history_users
from skrec.training.positives import PositivePairs

QUICK = {"learning_rate": 0.02, "dropout": 0.0, "random_state": 0}
SMALL = {**QUICK, "n_blocks": 1, "batch_size": 64}  # a structure, and shapes, that the house model has


@pytest.fixture(scope="module")
def model(sasrec):
    """A fitted model; tests change copies of it."""
    return sasrec


def same(first, second):
    np.testing.assert_array_equal(first.items, second.items)
    np.testing.assert_allclose(first.scores, second.scores, rtol=1e-5)


def test_stored_and_handed_in_histories_give_the_same_lists_to_users_known_and_new(model, walks):
    stored = model.recommend([3, 11], k=4, exclude_seen=False)
    events = walks[walks["user_id"].isin([3, 11])]
    same(model.recommend([3, 11], k=4, exclude_seen=False, history=events), stored)
    new = events.assign(user_id=events["user_id"] + 500)
    same(model.recommend([503, 511], k=4, exclude_seen=False, history=new), stored)


def test_the_latest_max_length_events_are_read(model, walks, plan_of):
    events = [(700, item) for item in (0, 3, 1, 5, 2, 4, 0, 3)]
    last = [(701, item) for _, item in events[-6:]]
    fewer = [(702, item) for _, item in events[-5:]]
    scores = model.recommend(history=events + last + fewer, k=6, exclude_seen=False)
    np.testing.assert_array_equal(scores.scores[0], scores.scores[1])
    assert np.abs(scores.scores[0] - scores.scores[2]).max() > 1e-4
    assert plan_of(clone(model).fit, walks)[0].batching.reading.max_length == 6


def test_predictions_are_the_scores_of_lists(model):
    frame = model.recommend(k=6, exclude_seen=False).to_frame()
    np.testing.assert_allclose(model.predict(frame[["user_id", "item_id"]]), frame["score"], rtol=1e-4, atol=1e-5)
    query = Query.of_codes(np.arange(5), model.histories_)
    scores = model._score(query)
    listed = model.recommend(model.users_[:5], k=6, exclude_seen=False)
    for row, items, expected in zip(scores, listed.items, listed.scores, strict=True):
        np.testing.assert_allclose(row[model.item_vocabulary_.encode(items)], expected, rtol=1e-4, atol=1e-5)


def test_users_without_a_positive_event_get_the_popular_items(walks):
    events = walks.assign(rating=np.where(walks["user_id"] == 5, 0.0, 1.0))
    model = SASRec(8, 6, epochs=1, **SMALL).fit(events)
    popular = model.items_[np.argsort(-model.item_counts_, kind="stable")]
    answer = model.recommend([5, 999], k=6, exclude_seen=False)
    np.testing.assert_array_equal(answer.items, [popular, popular])
    np.testing.assert_allclose(
        model.predict(pd.DataFrame({"user_id": [5], "item_id": [popular[0]]})), answer.scores[:1, 0]
    )


def test_items_are_alike_that_have_alike_vectors(model):
    assert model.item_vectors().shape == (6, 8)
    answer = model.similar_items([2], k=3)
    vectors = model.item_vectors() / np.linalg.norm(model.item_vectors(), axis=1, keepdims=True)
    codes = model.item_vocabulary_.encode(pd.Series([2, answer.items[0, 0]]))
    np.testing.assert_allclose(vectors[codes[0]] @ vectors[codes[1]], answer.scores[0, 0], rtol=1e-4)


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    "parameters",
    [
        {"loss": "bpr", "n_negatives": 3},
        {"loss": "bce"},
        slow({"negatives": "popularity", "n_negatives": 8}),
        slow({"temperature": 0.2}),
    ],
    ids=str,
)
def test_the_next_item_is_learned_under_every_loss(walks, steps, parameters):
    history, following = steps
    model = SASRec(8, 6, epochs=40, **parameters, **SMALL).fit(walks)
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)
    if model.loss == "bce":
        scores = model.recommend(k=2, exclude_seen=False).scores
        assert ((scores >= 0) & (scores <= 1)).all()


@pytest.mark.parametrize(
    ("kind", "max_length"), [slow(GRU4Rec, 1), slow(Caser, 1), slow(BERT4Rec, 2), (SASRec, 1), slow(HSTU, 1)]
)
def test_the_next_item_is_learned_from_the_last_one_alone(walks, steps, kind, max_length):
    history, following = steps
    model = kind(8, max_length, epochs=60, batch_size=64, **QUICK)
    if "n_blocks" in model.get_params():
        model.set_params(n_blocks=1)
    np.testing.assert_array_equal(model.fit(walks).recommend(history=history, k=1).items[:, 0], following)


def test_l2_makes_embeddings_shorter(walks, model):
    penalised = clone(model).set_params(l2=0.1).fit(walks)
    assert np.linalg.norm(penalised.tables_["item"]) < 0.8 * np.linalg.norm(model.tables_["item"])


@pytest.mark.parametrize(("loss", "n"), [("softmax", 2048), ("bpr", 1), ("bce", 4)])
def test_so_many_negatives_there_are_where_it_is_not_said(walks, plan_of, loss, n):
    assert plan_of(SASRec(8, 6, loss=loss).fit, walks)[0].batching.n_negatives == n
    assert plan_of(SASRec(8, 6, loss=loss, n_negatives=7).fit, walks)[0].batching.n_negatives == 7


@pytest.mark.parametrize(("loss", "weights"), [("softmax", {1.0}), ("bpr", {1.0}), ("bce", {1.0, 0.8})])
def test_calibration_is_for_bce_alone(walks, plan_of, loss, weights):
    """A positive's weight is 1, and under a full calibration the share of the other items that is drawn."""
    found = set()
    for calibration in (0.0, 1.0):
        model = SASRec(8, 6, loss=loss, n_negatives=4, calibration=calibration, random_state=0)
        plan, lesson = plan_of(model.fit, walks)
        nothing = lesson.events.take(slice(0, 0))
        pairs = PositivePairs(lesson.everything, nothing, lesson.events)
        source = plan.batching.source(lesson.events, None, pairs, np.random.default_rng(0))
        found |= {weight for batches, n in source.epoch() for weight in np.unique(batches["weight"][:n].round(4))}
    assert found - {0.0} == set(np.float32(sorted(weights)))


def test_validation_holds_the_latest_events_out_and_does_not_read_them(walks, monkeypatch):
    read, original = [], history_users.read_histories

    def spy(scorer, reading, histories, report):
        read.append(histories)
        return original(scorer, reading, histories, report)

    monkeypatch.setattr(history_users, "read_histories", spy)
    model = SASRec(8, 6, epochs=4, validation_fraction=0.3, early_stopping=2, **SMALL).fit(walks)
    assert len(model.history_["val_ndcg@10"]) == model.n_iter_ == len(read)
    last = walks.groupby("user_id")["timestamp"].max().to_numpy()
    for histories in read:
        assert len(histories.items) < 0.85 * len(walks)
        times = [histories.times[stop - 1] for stop in histories.indptr[1:]]
        assert np.mean(times == last) < 0.2
    assert len(model.histories_.items) == len(walks)


def test_partial_fit_predicts_new_events_from_all_that_came_before(walks, plan_of):
    first = walks[walks["timestamp"] < 3]
    later = walks[(walks["timestamp"] >= 3) & (walks["user_id"] < 20)]
    model = SASRec(8, 6, epochs=3, **SMALL).fit(first)
    plan, lesson = plan_of(model.partial_fit, later)
    assert (len(lesson.earlier), len(lesson.events)) == (len(first), len(later))
    pairs = PositivePairs(lesson.everything, lesson.events.take(slice(0, 0)), lesson.events)
    source = plan.batching.source(lesson.events, lesson.earlier, pairs, np.random.default_rng(0))
    targets = sum(int((batches["weight"][:n] > 0).sum()) for batches, n in source.epoch())
    assert targets == len(later)  # each of them, with the events before it to read
    before = model.tables_["item"].copy()
    model.partial_fit(later)
    assert np.abs(model.tables_["item"] - before).max() > 1e-3
    assert len(model.histories_.items) == len(first) + len(later)


def test_partial_fit_admits_new_items(model):
    model = copy.deepcopy(model).set_params(epochs=1)
    model.partial_fit(pd.DataFrame({"user_id": [0, 0], "item_id": [60, 61], "timestamp": [90, 91]}))
    assert {60, 61} <= set(model.recommend([1], k=8, exclude_seen=False).items[0].tolist())


def test_equal_seeds_give_equal_models(walks, model):
    again = clone(model).fit(walks)
    np.testing.assert_array_equal(again.tables_["item"], model.tables_["item"])
    other = clone(model).set_params(random_state=1).fit(walks)
    assert np.abs(other.tables_["item"] - model.tables_["item"]).max() > 1e-3


def test_a_warm_start_goes_on_from_what_was_learned(walks, model):
    warm = clone(model).set_params(warm_start=True, epochs=10).fit(walks)
    first = warm.history_["loss"][0]
    assert warm.fit(walks).history_["loss"][0] < first - 0.3


@pytest.mark.slow
def test_half_precision_learns_too(walks, steps):
    history, following = steps
    model = SASRec(8, 6, epochs=40, precision="mixed_bfloat16", **SMALL).fit(walks)
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)
    assert model.tables_["item"].dtype == np.float32


def test_features_serve_items_without_events(steps):
    """The circle again; items say where they stand, and new ones stand where known ones do."""
    pairs = [(user, (user + step) % 6 + 10 * ((user + step) % 3)) for user in range(60) for step in range(6)]
    events = pd.DataFrame(pairs, columns=["user_id", "item_id"])
    items = pd.DataFrame({"item_id": sorted(events["item_id"].unique())})
    items["spot"] = [f"spot {item % 10}" for item in items["item_id"]]
    pipeline = make_pipeline(
        FeatureEncoder(items=[("spot", "category", "spot")]), SASRec(8, 6, epochs=40, id_dropout=0.5, **SMALL)
    ).fit(Interactions(events, items=items))
    new = pd.DataFrame({"item_id": [900 + spot for spot in range(6)], "spot": [f"spot {spot}" for spot in range(6)]})
    history = pd.DataFrame({"user_id": [77, 77], "item_id": [12, 3]})
    answer = pipeline.recommend(history=history, items=new, k=1)
    assert answer.items[0, 0] == 904


def test_a_saved_model_recommends_what_it_did(model, tmp_path):
    save(model, tmp_path / "model.skrec")
    same(load(tmp_path / "model.skrec").recommend(k=3), model.recommend(k=3))


def test_a_retriever_searches_the_items(walks, model):
    other = clone(model).set_params(retriever=ExactRetriever()).fit(walks)
    same(other.recommend(k=3), model.recommend(k=3))


def test_heads_must_share_the_width_evenly(walks):
    with pytest.raises(
        InvalidParameterError,
        match="The heads of SASRec share its embedding_dim=8 evenly, and n_heads=3 doesn't divide it",
    ):
        SASRec(8, n_heads=3).fit(walks)


@pytest.mark.parametrize(
    "parameters",
    [{"calibration": 1.5}, {"temperature": 0.0}, {"loss": "mse"}, {"max_length": 0}, {"id_dropout": 1.0}],
    ids=str,
)
def test_parameters_out_of_range_are_refused(walks, parameters):
    with pytest.raises(InvalidParameterError, match=f"The '{next(iter(parameters))}' parameter of SASRec"):
        SASRec(8, **parameters).fit(walks)


def test_users_with_one_event_only_leave_nothing_to_learn_and_do_no_harm():
    model = SASRec(8, 6, epochs=1, **SMALL).fit(pd.DataFrame({"user_id": range(5), "item_id": range(5)}))
    assert (model.recommend(k=3).lengths == 3).all()
