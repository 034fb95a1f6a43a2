import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec.backends import running
from skrec.exceptions import BackendMismatchError
from skrec.models import GMF

N = 12
FOLDING = ["gmf", "neumf", "mf-mse", "keras-model"]  # one for each way in which rows are learned
QUICK = {"learning_rate": 0.05, "random_state": 0}


def test_every_loss_falls_and_the_backend_is_named(fitted, featured):
    models = {**fitted, **{name: pipeline[-1] for name, pipeline in featured.items()}}
    assert {model.backend_ for model in models.values()} == {running()}
    assert [name for name, model in models.items() if model.history_["loss"][-1] >= model.history_["loss"][0]] == []


@pytest.mark.parametrize("name", ["gmf", "neumf", "mf", "keras-model"])
def test_predictions_are_the_scores_of_recommend(fitted, name):
    frame = fitted[name].recommend(k=N, exclude_seen=False).to_frame()
    predicted = fitted[name].predict(frame[["user_id", "item_id"]])
    np.testing.assert_allclose(predicted, frame["score"], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLDING)
def test_new_users_are_folded_in_the_same_alone_and_together(fitted, history, name):
    model = fitted[name]
    together = model.recommend(history=history, k=3)
    alone = model.recommend(history=history[history["user_id"] == 99], k=3)
    np.testing.assert_array_equal(alone.items[0], together.items[1])
    np.testing.assert_allclose(alone.scores[0], together.scores[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["gmf", *(pytest.param(name, marks=pytest.mark.slow) for name in FOLDING[1:])])
def test_new_users_and_items_are_admitted_and_the_old_ones_served(fitted, everything, name):
    newcomers = pd.DataFrame({"user_id": [12, 12, 12, 0, 2, 4], "item_id": [0, 2, 4, 12, 12, 12], "rating": 4.0})
    model = copy.deepcopy(fitted[name]).set_params(epochs=3).partial_fit(newcomers)
    assert model.n_iter_ == 3
    assert model.recommend(k=2).lengths.tolist() == [2] * 13
    assert 12 in model.items_.tolist()
    before, after = fitted[name].predict(everything), model.predict(everything)
    assert np.corrcoef(before, after)[0, 1] > 0.8


@pytest.mark.parametrize("name", ["neumf", pytest.param("keras-model", marks=pytest.mark.slow)])
def test_the_same_seed_gives_the_same_numbers(fitted, board, everything, name):
    again = clone(fitted[name]).fit(board)
    np.testing.assert_array_equal(again.predict(everything), fitted[name].predict(everything))


@pytest.mark.parametrize("name", ["mf", *(pytest.param(name, marks=pytest.mark.slow) for name in ("gmf", "neumf"))])
def test_half_precision_trains_and_serves(fitted, board, name):
    model = clone(fitted[name]).set_params(precision="mixed_bfloat16").fit(board)
    assert model.history_["loss"][-1] < model.history_["loss"][0]
    frame = model.recommend(k=4).to_frame()
    np.testing.assert_allclose(model.predict(frame[["user_id", "item_id"]]), frame["score"], rtol=0.05, atol=0.05)


def test_dropout_is_drawn_from_the_seed(board):
    fits = [GMF(4, epochs=3, dropout=0.5, learning_rate=0.05, random_state=seed).fit(board) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(fits[0].tables_["user"], fits[1].tables_["user"])
    assert not np.array_equal(fits[0].tables_["user"], fits[2].tables_["user"])
    # The generator moves on from step to step, and the program of another fit doesn't.
    longer = GMF(4, epochs=4, dropout=0.5, **QUICK).fit(board)
    assert not np.array_equal(longer._network_state[0], fits[0]._network_state[0])


def test_keras_callbacks_change_the_rate_and_restore_weights(keras, board):
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate if epoch == 0 else 1e-12)
    stopping = keras.callbacks.EarlyStopping("loss", patience=2, min_delta=10.0, restore_best_weights=True)
    model = GMF(4, epochs=9, callbacks=[schedule, stopping], **QUICK).fit(board)
    assert model.n_iter_ == 3
    one_epoch = GMF(4, epochs=1, **QUICK).fit(board)
    np.testing.assert_allclose(model.tables_["user"], one_epoch.tables_["user"], atol=1e-6)


def test_another_backend_is_refused_with_the_remedy(board):
    other = next(name for name in ("jax", "torch") if name != running())
    model = GMF(4, backend=other)
    with pytest.raises(
        BackendMismatchError,
        match=f"already runs Keras on '{running()}', and can't run '{other}' too. Start a new process",
    ):
        model.fit(board)
    assert not model.__sklearn_is_fitted__()


@pytest.mark.parametrize(
    "name", ["two-tower", *(pytest.param(name, marks=pytest.mark.slow) for name in ("wide-deep", "dcn-v2"))]
)
def test_cold_users_and_items_are_served_by_their_features(featured, films, name):
    users, items = films.users.tail(2), films.items.tail(2)
    answer = featured[name].recommend(users, k=2, items=items)
    assert answer.lengths.tolist() == [2, 2]
    if name == "two-tower":
        np.testing.assert_array_equal(answer.items[:, 0] % 2, answer.users % 2)
        assert set(featured[name].similar_items(items, k=3).items[0] % 2) == {0}
    alone = featured[name].recommend(users.tail(1), k=2, items=items)
    np.testing.assert_allclose(alone.scores[0], answer.scores[1], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["two-tower", "dcn-v2"])
def test_cold_users_of_features_are_folded_in_the_same_alone_and_together(featured, films, name):
    users = films.users.tail(2)
    history = pd.DataFrame({"user_id": [N, N, N + 1], "item_id": [0, 2, 1], "rating": 4.0, "day": "mon"})
    together = featured[name].recommend(users, k=3, history=history)
    alone = featured[name].recommend(users.tail(1), k=3, history=history)
    np.testing.assert_allclose(alone.scores[0], together.scores[1], rtol=1e-4, atol=1e-5)
    if name == "two-tower":
        assert (together.items[:, 0] % 2).tolist() == [0, 1]
