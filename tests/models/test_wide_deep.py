"""WideDeep, and what it shares with DeepFM and DCNv2: context, labels and probabilities."""

import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from skrec import Interactions, make_pipeline
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.models import WideDeep
from skrec.preprocessing import FeatureEncoder
from skrec.testing import checkerboard

N = 12
QUICK = {"learning_rate": 0.05, "random_state": 0}
BOARD = checkerboard(N)


def labels_of(X):
    return (X.events["rating"] >= 4.0).to_numpy()


def test_probabilities_of_labels_tell_ones_from_zeros(ranker, films):
    predicted = ranker.predict(films)
    assert predicted.dtype == np.float32
    assert ((predicted > 0.0) & (predicted < 1.0)).all()
    assert predicted.mean() == pytest.approx(labels_of(films).mean(), abs=0.1)
    assert roc_auc_score(labels_of(films), predicted) > 0.75


def n_negatives(plan_of, fit, *data):
    plan, _ = plan_of(fit, *data)
    return plan.batching.n_negatives


def test_where_labels_are_learned_no_negatives_are_drawn(plan_of, films):
    model, labels = WideDeep(), labels_of(films)
    assert n_negatives(plan_of, model.fit, films, labels) == 0
    assert n_negatives(plan_of, model.fit, films) == 4  # ratings of 1 to 5 are no labels
    assert n_negatives(plan_of, WideDeep(loss="softmax").fit, films, labels) == 512  # positives are compared
    assert n_negatives(plan_of, WideDeep(n_negatives=2).fit, films, labels) == 2


def test_labels_that_come_later_may_all_be_ones(plan_of, rankers, films):
    model = copy.deepcopy(rankers("wide-deep")[-1])
    assert n_negatives(plan_of, model.partial_fit, films[[0, 1]], [1.0, 1.0]) == 0


def test_scores_of_recommend_are_predictions_in_the_moment_asked_about(ranker, films, moments):
    for device in ("tv", "phone"):
        answer = ranker.recommend([2, 3], k=200, exclude_seen=False, context=moments(device, 2))
        frame = answer.to_frame()
        events = frame[["user_id", "item_id"]].assign(device=device, rating=1.0, timestamp=0)
        np.testing.assert_allclose(ranker.predict(Interactions(events)), frame["score"], rtol=1e-4, atol=1e-5)


def test_the_moment_matters_and_each_user_has_an_own_one(ranker, moments):
    both = pd.concat([moments("tv", 1), moments("phone", 1)])
    mixed = ranker.recommend([2, 3], k=5, context=both)
    tv, phone = (ranker.recommend([2, 3], k=5, context=moments(device, 2)) for device in ("tv", "phone"))
    np.testing.assert_array_equal(mixed.items, [tv.items[0], phone.items[1]])
    np.testing.assert_allclose(mixed.scores, [tv.scores[0], phone.scores[1]], rtol=1e-5)
    assert (tv.scores[:, 0] > phone.scores[:, 0]).all()  # the device that says something about the rating


def test_without_a_moment_nothing_is_known_of_it(ranker, moments):
    unknown = ranker.recommend([2, 3], k=5)
    np.testing.assert_array_equal(unknown.items, ranker.recommend([2, 3], k=5, context=moments(None, 2)).items)
    assert np.isfinite(unknown.scores).all()


def test_new_users_items_and_histories_have_moments_too(ranker, cold_users, cold_films, moments):
    for arguments in ({"items": cold_films}, {"history": pd.DataFrame({"user_id": [1, 16], "item_id": [2, 3]})}):
        tv, phone = (
            ranker.recommend(cold_users.head(2), k=5, context=moments(device, 2), **arguments)
            for device in ("tv", "phone")
        )
        assert (tv.lengths == 5).all()
        assert (tv.scores[:, 0] > phone.scores[:, 0]).all()


def test_a_moment_of_other_columns_or_length_is_an_error(ranker, moments):
    with pytest.raises(
        InvalidDataError, match=r"context lacks the columns \['device'\], which encoders read; its columns"
    ):
        ranker.recommend([2], context=pd.DataFrame({"time": [1]}))
    with pytest.raises(InvalidDataError, match="context has 3 rows, and 2 users are asked about"):
        ranker.recommend([2, 3], context=moments("tv", 3))
    with pytest.raises(InvalidDataError, match=r"X has other columns than in fit: missing \['device'\]"):
        ranker[-1].predict(pd.DataFrame({"user_id": [2], "item_id": [3]}))


def test_the_answer_for_one_user_does_not_depend_on_others(ranker, moments):
    together = ranker.recommend([2, 3, 4, 5], k=5, context=moments("tv", 4))
    alone = ranker.recommend([4], k=5, context=moments("tv", 1))
    np.testing.assert_array_equal(alone.items[0], together.items[2])
    np.testing.assert_allclose(alone.scores[0], together.scores[2], rtol=1e-5)


def test_item_vectors_are_the_fields_of_items(ranker, films):
    vectors = ranker[-1].item_vectors()
    assert vectors.shape == (films.events["item_id"].nunique(), 3 * 4)  # id, genres and year
    np.testing.assert_array_equal(vectors[:, :4], ranker[-1].tables_["item"][:, :-1])


def test_a_labelled_history_counts_both_ways(rankers, films):
    pipeline, liked = rankers("wide-deep"), [2, 3, 5]
    history = pd.DataFrame({"user_id": 70_001, "item_id": liked, "device": "tv"})
    good, bad = (
        pipeline.recommend(history=pd.concat([history.assign(rating=rating), one]), k=200, exclude_seen=False)
        for rating, one in (
            (5.0, history.head(1).assign(item_id=7, rating=5.0)),
            (1.0, history.head(1).assign(item_id=7, rating=5.0)),
        )
    )
    assert np.nanmean(good.scores) > np.nanmean(bad.scores) + 0.05


def test_validation_of_labels_is_by_area_under_the_curve(rankers, films):
    model = clone(rankers("wide-deep")).set_params(
        widedeep__validation_fraction=0.2, widedeep__early_stopping=1, widedeep__epochs=12
    )
    history = model.fit(films)[-1].history_
    assert list(history) == ["loss", "accuracy", "val_auc"]
    assert max(history["val_auc"]) > 0.7
    assert len(history["val_auc"]) == min(12, int(np.argmax(history["val_auc"])) + 2)


def test_validation_beside_drawn_negatives_is_by_rank():
    labels = np.arange(len(BOARD)) % 3 > 0
    model = WideDeep(4, (8,), n_negatives=2, validation_fraction=0.3, epochs=1, **QUICK).fit(BOARD, labels)
    assert list(model.history_) == ["loss", "accuracy", "val_ndcg@10"]


def test_sides_are_told_by_their_features_in_cold_ids():
    events = BOARD.events[BOARD.events["item_id"] < N - 4]
    users = pd.DataFrame({"user_id": range(N), "side": ["even", "odd"] * (N // 2)})
    items = pd.DataFrame({"item_id": range(N), "colour": ["white", "black"] * (N // 2)})
    encoder = FeatureEncoder([("side", "category", "side")], [("colour", "category", "colour")])
    pipeline = make_pipeline(encoder, WideDeep(4, (16,), epochs=60, id_dropout=0.3, dropout=0.0, **QUICK))
    answer = pipeline.fit(Interactions(events, users, items)).recommend(range(N), k=2, items=items.tail(4))
    right = np.mean(answer.items % 2 == np.arange(N)[:, np.newaxis] % 2)
    assert right > 0.9


@pytest.mark.parametrize("loss", ["bpr", pytest.param("softmax", marks=pytest.mark.slow)])
def test_losses_that_compare_learn_the_board(loss):
    model = WideDeep(4, (8,), loss=loss, epochs=20, **QUICK).fit(BOARD)
    assert (model.recommend(k=1).items[:, 0] % 2 == np.arange(N) % 2).mean() > 0.8


@pytest.mark.parametrize("loss", ["bpr", "softmax"])
def test_losses_that_compare_need_negatives(loss):
    with pytest.raises(
        InvalidParameterError, match=f"loss='{loss}' compares positives with negatives: n_negatives must be at"
    ):
        WideDeep(4, loss=loss, n_negatives=0, **QUICK).fit(BOARD)


def test_keras_callbacks_see_the_network(films, rankers):
    import keras

    seen = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["loss"]))
    clone(rankers("wide-deep")).set_params(widedeep__callbacks=[callback], widedeep__epochs=2).fit(films)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"embedding_dim": 0}, "embedding_dim"),
        ({"hidden": (0,)}, "hidden"),
        ({"loss": "mse"}, "loss"),
        ({"n_negatives": -1}, "n_negatives"),
        ({"id_dropout": 1.0}, "id_dropout"),
    ],
)
def test_a_parameter_that_breaks_its_constraint_is_named(parameters, name):
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter of WideDeep must be"):
        WideDeep(**parameters).fit(BOARD)
