"""Losses and optimizers of Keras: on every backend they do what those of skrec do that compute the same."""

import numpy as np
import pytest

from skrec.models import KerasModel
from skrec.persistence import load, save

QUICK = {"epochs": 5, "random_state": 0}


def multiply(spec):
    """Embeddings, multiplied."""
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    return keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones")(user * item))


@pytest.fixture(scope="module")
def models(keras, board):
    """A model with a loss and an optimizer of Keras, and the same of skrec."""
    losses, optimizers = keras.losses, keras.optimizers
    theirs = KerasModel(multiply, loss=losses.MeanSquaredError(), optimizer=optimizers.Adam(0.05), **QUICK).fit(board)
    return theirs, KerasModel(multiply, loss="mse", learning_rate=0.05, **QUICK).fit(board)


def test_they_compute_the_same(models, board):
    theirs, ours = models
    np.testing.assert_allclose(theirs.history_["loss"], ours.history_["loss"], rtol=1e-4)
    np.testing.assert_allclose(theirs.predict(board), ours.predict(board), rtol=1e-3)


def test_averages_and_accumulated_gradients_are_kept_from_step_to_step(keras, board):
    make = keras.optimizers.Adam
    one = make(0.05, use_ema=True, ema_momentum=0.5, gradient_accumulation_steps=2)
    model = KerasModel(multiply, loss="mse", optimizer=one, batch_size=16, **QUICK).fit(board)
    assert model.history_["loss"][-1] < model.history_["loss"][0]
    again = KerasModel(multiply, loss="mse", optimizer=one, batch_size=16, **QUICK).fit(board)
    np.testing.assert_array_equal(again.predict(board), model.predict(board))


def test_they_are_saved(models, board, tmp_path):
    save(models[0], tmp_path / "model.skrec")
    again = load(tmp_path / "model.skrec")
    np.testing.assert_array_equal(again.predict(board), models[0].predict(board))
    np.testing.assert_allclose(again.fit(board).predict(board), models[0].predict(board), rtol=1e-4)
