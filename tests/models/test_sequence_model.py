import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec import Interactions, make_pipeline
from skrec.data import Histories
from skrec.exceptions import InvalidParameterError
from skrec.models import HSTU, BERT4Rec, Caser, GRU4Rec, SASRec
from skrec.persistence import load, save
from skrec.preprocessing import FeatureEncoder

QUICK = {"learning_rate": 0.02, "dropout": 0.0, "random_state": 0}


@pytest.fixture(scope="module")
def model(walks):
    return SASRec(8, 6, epochs=25, **QUICK).fit(walks)


def same(first, second):
    np.testing.assert_array_equal(first.items, second.items)
    np.testing.assert_allclose(first.scores, second.scores, rtol=1e-5)


def test_stored_and_handed_in_histories_give_the_same_lists_to_users_known_and_new(model, walks):
    stored = model.recommend([3, 11], k=4, exclude_seen=False)
    events = walks[walks["user_id"].isin([3, 11])]
    same(model.recommend([3, 11], k=4, exclude_seen=False, history=events), stored)
    new = events.assign(user_id=events["user_id"] + 500)
    same(model.recommend([503, 511], k=4, exclude_seen=False, history=new), stored)


def test_predictions_are_the_scores_of_lists(model):
    frame = model.recommend(k=6, exclude_seen=False).to_frame()
    np.testing.assert_allclose(model.predict(frame[["user_id", "item_id"]]), frame["score"], rtol=1e-4, atol=1e-5)
    users = np.arange(5)
    scores = model._score(users, model.histories_.take(users), np.zeros(5, dtype=bool))
    expected = model._read(model.histories_.take(users)) @ model.item_vectors().T
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


def test_users_without_a_positive_event_get_the_popular_items(walks):
    events = walks.assign(rating=np.where(walks["user_id"] == 5, 0.0, 1.0))
    model = SASRec(8, 6, epochs=1, **QUICK).fit(events)
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


@pytest.mark.parametrize(
    "parameters",
    [
        {"loss": "bpr", "n_negatives": 3},
        {"loss": "bce"},
        {"negatives": "popularity", "n_negatives": 8},
        {"temperature": 0.2},
    ],
    ids=str,
)
def test_the_next_item_is_learned_under_every_loss(walks, steps, parameters):
    history, following = steps
    model = SASRec(8, 6, epochs=40, batch_size=64, **parameters, **QUICK).fit(walks)
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)
    if model.loss == "bce":
        scores = model.recommend(k=2, exclude_seen=False).scores
        assert ((scores >= 0) & (scores <= 1)).all()


@pytest.mark.parametrize(("kind", "max_length"), [(GRU4Rec, 1), (Caser, 1), (BERT4Rec, 2), (SASRec, 1), (HSTU, 1)])
def test_the_next_item_is_learned_from_the_last_one_alone(walks, steps, kind, max_length):
    history, following = steps
    model = kind(8, max_length, epochs=60, batch_size=64, **QUICK).fit(walks)
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)


def test_l2_makes_embeddings_shorter(walks):
    plain, penalised = (SASRec(8, 6, epochs=20, batch_size=32, l2=l2, **QUICK).fit(walks) for l2 in (0.0, 0.1))
    assert np.linalg.norm(penalised.tables_["item"]) < 0.8 * np.linalg.norm(plain.tables_["item"])


def test_calibration_is_for_bce_alone(walks):
    def fitted(**parameters):
        return SASRec(8, 6, epochs=2, **parameters, **QUICK).fit(walks).tables_["item"]

    np.testing.assert_array_equal(fitted(calibration=0.0), fitted(calibration=1.0))
    assert np.abs(fitted(loss="bce", calibration=0.0) - fitted(loss="bce", calibration=1.0)).max() > 1e-4


def test_validation_holds_the_latest_events_out_and_does_not_read_them(walks, monkeypatch):
    model = SASRec(8, 6, epochs=4, validation_fraction=0.3, early_stopping=2, **QUICK)
    read, original = [], SASRec._best

    def spy(self, users, seen, k):
        read.append(self._known_before)
        return original(self, users, seen, k)

    monkeypatch.setattr(SASRec, "_best", spy)
    model.fit(walks)
    assert len(model.history_["val_ndcg@10"]) == model.n_iter_
    assert all(isinstance(histories, Histories) and len(histories.items) < 0.85 * len(walks) for histories in read)
    assert not hasattr(model, "_known_before")
    assert len(model.histories_.items) == len(walks)


def test_partial_fit_predicts_new_events_from_all_that_came_before(walks, steps):
    first = walks[walks["timestamp"] < 3]
    later = walks[(walks["timestamp"] >= 3) & (walks["user_id"] < 20)]
    model = SASRec(8, 6, epochs=3, **QUICK).fit(first)
    seen, original = [], SASRec._batch_source

    def spy(self, train, known, rng):
        source = original(self, train, known, rng)
        seen.append(source)
        return source

    before = model.tables_["item"].copy()
    SASRec._batch_source, kept = spy, SASRec._batch_source
    try:
        model.partial_fit(later)
    finally:
        SASRec._batch_source = kept
    [source] = seen
    targets = sum(int((batches["weight"][:n] > 0).sum()) for batches, n in source.epoch())
    assert targets == len(later)  # each of them, with the events before it to read
    assert not hasattr(model, "_earlier")
    assert np.abs(model.tables_["item"] - before).max() > 1e-3
    assert len(model.histories_.items) == len(first) + len(later)


def test_partial_fit_admits_new_items(walks):
    model = SASRec(8, 6, epochs=2, **QUICK).fit(walks)
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


def test_half_precision_learns_too(walks, steps):
    history, following = steps
    model = SASRec(8, 6, epochs=40, precision="mixed_bfloat16", **QUICK).fit(walks)
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)
    assert model.tables_["item"].dtype == np.float32


def test_features_serve_items_without_events(steps):
    """The circle again; items say where they stand, and new ones stand where known ones do."""
    pairs = [(user, (user + step) % 6 + 10 * ((user + step) % 3)) for user in range(60) for step in range(6)]
    events = pd.DataFrame(pairs, columns=["user_id", "item_id"])
    items = pd.DataFrame({"item_id": sorted(events["item_id"].unique())})
    items["spot"] = [f"spot {item % 10}" for item in items["item_id"]]
    pipeline = make_pipeline(
        FeatureEncoder(items=[("spot", "category", "spot")]), SASRec(8, 6, epochs=40, id_dropout=0.5, **QUICK)
    ).fit(Interactions(events, items=items))
    new = pd.DataFrame({"item_id": [900 + spot for spot in range(6)], "spot": [f"spot {spot}" for spot in range(6)]})
    history = pd.DataFrame({"user_id": [77, 77], "item_id": [12, 3]})
    answer = pipeline.recommend(history=history, items=new, k=1)
    assert answer.items[0, 0] == 904


@pytest.mark.parametrize("kind", [GRU4Rec, BERT4Rec, HSTU])
def test_saved_models_recommend_what_they_did(walks, tmp_path, kind):
    model = kind(8, 6, epochs=2, **QUICK).fit(walks)
    save(model, tmp_path / "model.skrec")
    same(load(tmp_path / "model.skrec").recommend(k=3), model.recommend(k=3))


def test_a_progress_bar_is_shown_where_it_is_asked_for(walks, model, capsys):
    model = clone(model).set_params(epochs=1, verbose=1).fit(walks)
    quiet = clone(model).set_params(verbose=0).fit(walks)
    capsys.readouterr()
    same(model.recommend(k=2), quiet.recommend(k=2))
    assert not hasattr(model, "_report")


def test_a_retriever_searches_the_items(walks):
    from skrec.retrievers import ExactRetriever

    plain = SASRec(8, 6, epochs=2, **QUICK).fit(walks)
    other = SASRec(8, 6, epochs=2, retriever=ExactRetriever(), **QUICK).fit(walks)
    same(plain.recommend(k=3), other.recommend(k=3))


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
    model = SASRec(8, 6, epochs=1, **QUICK).fit(pd.DataFrame({"user_id": range(5), "item_id": range(5)}))
    assert (model.recommend(k=3).lengths == 3).all()
