import json

import numpy as np
import pytest

from skrec.exceptions import InvalidParameterError, NotSavableError, SavedFileError
from skrec.models import KerasModel, NetworkSpec, SavedNetwork
from skrec.persistence import load, save
from skrec.testing import checkerboard


def multiply(spec):
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    hidden = keras.layers.Dense(6, activation="relu")(user * item)
    return keras.Model(inputs, keras.layers.Dense(1, kernel_regularizer="l2")(hidden))


@pytest.fixture(scope="module")
def model():
    return KerasModel(multiply, epochs=2, random_state=0).fit(checkerboard(6))


def test_a_loaded_keras_model_scores_as_the_saved_one(model, tmp_path):
    X = checkerboard(6)
    save(model, tmp_path / "m")
    again = load(tmp_path / "m")
    assert isinstance(again.build, SavedNetwork)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    history = [(999, 0), (999, 2)]
    assert again.recommend(history=history, k=3).to_frame().equals(model.recommend(history=history, k=3).to_frame())
    save(again, tmp_path / "again")
    np.testing.assert_array_equal(load(tmp_path / "again").predict(X), model.predict(X))


def test_a_loaded_keras_model_learns_on_for_the_ids_it_knows(model, tmp_path):
    save(model, tmp_path / "m")
    again = load(tmp_path / "m")
    assert again.partial_fit(checkerboard(6)).n_iter_ == 2


def test_for_other_ids_it_asks_for_the_function(model, tmp_path):
    save(model, tmp_path / "m")
    again = load(tmp_path / "m")
    with pytest.raises(
        InvalidParameterError,
        match=r"the network for 6 users and 6 items but not the function.*set_params\(build=\.\.\.\)",
    ):
        again.fit(checkerboard(8))
    assert again.set_params(build=multiply).fit(checkerboard(8)).users_.size == 8


def with_own_layer(spec):
    import keras

    class Doubled(keras.layers.Layer):
        """A layer of somebody's own."""

        def call(self, inputs):
            return inputs * 2.0

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    return keras.Model(inputs, keras.layers.Dense(1)(Doubled()(user)) + 0.0 * inputs["item_id"][:, None])


def with_lambda(spec):
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    return keras.Model(inputs, keras.layers.Lambda(lambda both: both[0][:, :1] + both[1][:, :1])([user, item]))


@pytest.mark.parametrize(("build", "named"), [(with_own_layer, "Doubled"), (with_lambda, "Lambda")])
def test_layers_that_are_not_keras_own_are_code(build, named, tmp_path):
    model = KerasModel(build, epochs=1, random_state=0).fit(checkerboard(6))
    with pytest.raises(NotSavableError, match=f"it holds .*{named}, and only layers and operations of Keras"):
        save(model, tmp_path / "m")


@pytest.mark.parametrize(
    "layer",
    [
        {"class_name": "__lambda__", "config": {"value": "x"}},
        {"module": "os", "class_name": "system", "config": "x"},
        {"module": None, "class_name": "OfAScript", "config": {}, "registered_name": "OfAScript"},
        {"module": "builtins", "class_name": "function", "config": "eval"},
        {"module": "keras.layers", "class_name": "Lambda", "config": {}},
        {"module": "keras.layers", "class_name": "Dense", "config": {}, "registered_name": "evil>Dense"},
    ],
    ids=str,
)
def test_a_description_with_code_is_not_made(layer, model):
    description = json.loads(SavedNetwork.of(model._builder(model._learned())().model, 6, 6).config)
    description["config"]["layers"].append(layer)
    with pytest.raises(SavedFileError, match="which is no part of Keras"):
        SavedNetwork(json.dumps(description), 6, 6)(NetworkSpec(7, 7, "float32", seed=0))
