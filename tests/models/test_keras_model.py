import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec.exceptions import InvalidParameterError
from skrec.models import KerasModel
from skrec.testing import checkerboard

N = 12
BOARD = checkerboard(N)
QUICK = {"epochs": 30, "learning_rate": 0.05, "random_state": 0}
SPECS = []


def multiply(spec):
    """Embeddings, multiplied; takes its inputs by name."""
    import keras

    SPECS.append(spec)
    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    return keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones")(user * item))


def in_order(spec):
    """The same, of two inputs in order, and one number instead of a column of one."""
    import keras

    user_id, item_id = spec.inputs().values()
    user = keras.layers.Embedding(spec.n_users, 4)(user_id)
    item = keras.layers.Embedding(spec.n_items, 4)(item_id)
    score = keras.layers.Dense(1, kernel_initializer="ones")(user * item)
    return keras.Model([user_id, item_id], keras.ops.squeeze(score, axis=-1))


@pytest.fixture(scope="module")
def model():
    return KerasModel(multiply, **QUICK).fit(BOARD)


def everything(model):
    return [(user, item) for user in model.users_ for item in model.items_]


def test_a_network_of_two_ids_learns_the_board(model):
    np.testing.assert_array_equal(model.recommend(k=1).items[:, 0] % 2, np.arange(N) % 2)


def test_the_builder_is_told_how_many_ids_come_in_the_one_for_nothing_included(model):
    spec = SPECS[0]
    assert (spec.n_users, spec.n_items, spec.precision) == (N + 1, N + 1, "float32")
    assert [weight.shape for weight in model.network_weights_] == [(N + 1, 4), (N + 1, 4), (4, 1), (1,)]
    assert model.tables_ == {}


def test_scores_are_those_of_the_network(model):
    user, item, kernel, bias = (weight.astype(np.float64) for weight in model.network_weights_)
    logits = (user[:N] * kernel[:, 0]) @ item[:N].T + bias
    expected = 1.0 / (1.0 + np.exp(-logits))
    np.testing.assert_allclose(model.predict(everything(model)).reshape(N, N), expected, rtol=1e-4, atol=1e-5)


def test_the_forms_of_inputs_and_output_make_no_difference(model):
    other = KerasModel(in_order, **QUICK).fit(BOARD)
    np.testing.assert_allclose(other.predict(BOARD), model.predict(BOARD), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("loss", ["bpr", "softmax"])
def test_ranking_losses_learn_the_board_too(loss):
    model = KerasModel(multiply, loss=loss, n_negatives=6, **QUICK).fit(BOARD)
    assert (model.recommend(k=1).items[:, 0] % 2 == np.arange(N) % 2).mean() > 0.9


def test_ratings_are_predicted_under_mse():
    ratings = BOARD.events.assign(rating=2.0 + BOARD.events["item_id"] / 4.0)
    model = KerasModel(multiply, loss="mse", **{**QUICK, "epochs": 80}).fit(ratings)
    error = np.sqrt(np.mean((model.predict(ratings) - ratings["rating"]) ** 2))
    assert error < 0.6 * ratings["rating"].std()


def test_a_new_history_is_scored_like_the_users_of_fit_with_the_most_similar_ones(model):
    few = clone(model).set_params(n_neighbors=2).fit(BOARD)
    history = [2, 4, 6, 9]
    codes = few.item_vocabulary_.encode(pd.Series(history))
    events = BOARD.events.groupby("user_id")["item_id"].agg(set)
    cosines = pd.Series({user: len(items & set(history)) / np.sqrt(5.0) for user, items in events.items()})
    order = few.user_vocabulary_.encode(pd.Series(cosines.index))
    ranked = cosines.iloc[np.lexsort((order, -cosines.to_numpy()))].iloc[:2]
    known = {user: few.recommend(users=[user], k=N, exclude_seen=False).to_frame() for user in ranked.index}
    logits = {
        user: np.log(frame["score"] / (1 - frame["score"])).set_axis(frame["item_id"]).sort_index()
        for user, frame in known.items()
    }
    mixed = sum(ranked[user] * logits[user] for user in ranked.index) / ranked.sum()
    found = few.recommend(history=[(99, item) for item in history], k=N, exclude_seen=False).to_frame()
    expected = (1.0 / (1.0 + np.exp(-mixed))).loc[found["item_id"]]
    np.testing.assert_allclose(found["score"], expected, rtol=1e-3, atol=1e-5)
    assert len(codes) == 4


def test_a_history_of_unknown_items_gets_the_popular_ones(model):
    found = model.recommend(users=[99, 555], history=[(99, 777)], k=3)
    np.testing.assert_array_equal(found.items[0], found.items[1])
    np.testing.assert_array_equal(found.scores[0], found.scores[1])


def test_users_without_likes_are_nobodys_neighbours(model):
    everything = pd.DataFrame({"user_id": [50] * N, "item_id": np.arange(N)})
    events = pd.concat([BOARD.events, everything], ignore_index=True)
    labels = np.where(events["user_id"] == 50, 0, 1)
    history = [(99, item) for item in (0, 2, 4)]
    scores = clone(model).set_params(n_neighbors=N).fit(events, labels).recommend(history=history, k=N).scores
    assert np.isfinite(scores[0, : N - 3]).all()


def not_a_model(spec):
    return "network"


def one_input(spec):
    import keras

    user = spec.inputs()["user_id"]
    return keras.Model(user, keras.layers.Embedding(spec.n_users, 1)(user))


def two_scores(spec):
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 2)(inputs["user_id"])
    return keras.Model(inputs, user + keras.layers.Embedding(spec.n_items, 2)(inputs["item_id"]))


def test_without_a_builder_there_is_nothing_to_fit():
    with pytest.raises(InvalidParameterError, match="The 'build' parameter of KerasModel must be a callable. Got None"):
        KerasModel().fit(BOARD)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (not_a_model, "The function 'build' of KerasModel must return a keras.Model. Got str instead."),
        (one_input, r"Got 1 inputs and outputs of shapes \[\(None, 1\)\] instead."),
        (two_scores, r"Got 2 inputs and outputs of shapes \[\(None, 2\)\] instead."),
    ],
)
def test_a_builder_that_returns_something_else_is_told_what_is_expected(build, message):
    model = KerasModel(build, **QUICK)
    with pytest.raises(InvalidParameterError, match=message):
        model.fit(BOARD)
    assert not model.__sklearn_is_fitted__()


def test_a_builder_that_cannot_be_hashed_is_told_so():
    class Builder:
        __hash__ = None

        def __call__(self, spec):
            return multiply(spec)

    with pytest.raises(InvalidParameterError, match=r"must be hashable, and a Builder isn't\. Pass a plain function"):
        KerasModel(Builder(), **QUICK).fit(BOARD)


def test_a_builder_of_a_module_keeps_the_model_picklable(model):
    again = pickle.loads(pickle.dumps(model))
    assert again.build is multiply
    np.testing.assert_array_equal(again.predict(BOARD), model.predict(BOARD))
    assert clone(model).build is multiply


def catalogue(spec):
    """A user's embedding, and a layer with a unit for each item, of which the one asked about is picked."""
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    scores = keras.layers.Dense(spec.n_items)(user)
    return keras.Model(inputs, keras.ops.sum(scores * keras.ops.one_hot(inputs["item_id"], spec.n_items), axis=-1))


@pytest.mark.parametrize("build", [multiply, catalogue])
def test_learned_rows_follow_their_ids_wherever_these_stand(model, build):
    """As many users as items, and a layer as wide as either: a row's meaning can't be told by its size."""
    frozen = {"warm_start": True, "epochs": 1, "learning_rate": 1e-9}
    model = clone(model).set_params(build=build).fit(BOARD)
    before, turned = model.predict(BOARD), BOARD.events.iloc[::-1].query("user_id != 3 and item_id != 4")
    assert model.set_params(**frozen).fit(turned).users_[0] == 11
    kept = BOARD.events.eval("user_id != 3 and item_id != 4").to_numpy()
    np.testing.assert_allclose(model.predict(BOARD)[kept], before[kept], rtol=1e-4, atol=1e-6)
    grown = clone(model).set_params(epochs=30, learning_rate=0.05, warm_start=False).fit(BOARD)
    nothing = grown.predict([(999, 0), (0, 999)])
    grown.set_params(**frozen).partial_fit([(0, 50), (60, 2)])
    np.testing.assert_allclose(grown.predict(BOARD), before, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(grown.predict([(0, 999)]), nothing[1:], rtol=1e-4, atol=1e-6)


def test_initial_weights_come_from_the_seed_not_from_keras(model):
    first, second = (KerasModel(multiply, **{**QUICK, "epochs": 1}).fit(BOARD) for _ in range(2))
    for a, b in zip(first.network_weights_, second.network_weights_, strict=True):
        np.testing.assert_array_equal(a, b)
