import json

import numpy as np
import pytest

from skrec.exceptions import InvalidParameterError, NotSavableError, SavedFileError
from skrec.models import KerasModel, NetworkSpec, SavedNetwork
from skrec.models._network_spec import build_network
from skrec.persistence import load, save
from skrec.testing import checkerboard


def multiply(spec):
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    hidden = keras.layers.Dense(6, activation="relu")(user * item)
    return keras.Model(inputs, keras.layers.Dense(1, kernel_regularizer="l2")(hidden))


SPEC = NetworkSpec(7, 7, "float32", seed=0)


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
        {"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {"module": "x"}},
        {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "x"}},
        {"module": "keras.layers", "class_name": "JaxLayer", "config": {}},
        {"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
        {"module": "keras.layers", "class_name": "TextVectorization", "config": {"vocabulary": "words.txt"}},
        {"module": "keras.src.ops.core", "class_name": "Map", "config": {}},
        {"module": "keras.saving", "class_name": "load_model", "config": {}},
    ],
    ids=str,
)
def test_a_description_with_code_is_not_made(layer):
    description = json.loads(SavedNetwork.of(multiply(SPEC), 6, 6).config)
    description["config"]["layers"].append(layer)
    with pytest.raises(SavedFileError, match="which isn't on the list of Keras' classes that only compute"):
        SavedNetwork(json.dumps(description), 6, 6)(SPEC)


@pytest.mark.parametrize(
    "damage",
    [
        lambda layer: layer.update(input_dim=3),
        lambda layer: layer.update(output_dim=-1),
        lambda layer: layer.update(input_dim=10**12),
        lambda layer: layer.pop("output_dim"),
    ],
    ids=["short table", "no width", "huge table", "no argument"],
)
def test_a_table_that_does_not_suit_the_ids_is_told(damage):
    description = json.loads(SavedNetwork.of(multiply(SPEC), 6, 6).config)
    tables = [layer["config"] for layer in description["config"]["layers"] if layer["class_name"] == "Embedding"]
    damage(tables[0])
    from skrec.networks import weights_at_most  # starts Keras

    with weights_at_most(10_000), pytest.raises(SavedFileError, match="The saved network can't be made"):
        build_network(SavedNetwork(json.dumps(description), 6, 6), SPEC, {})


def test_a_row_of_many_times_the_network_is_not_computed():
    import keras

    ops, layers = keras.ops, keras.layers
    user, item = SPEC.inputs().values()
    wide = layers.RepeatVector(10**7)(layers.Dense(2)(ops.expand_dims(ops.cast(user + item, "float32"), 1)))
    network = keras.Model({"user_id": user, "item_id": item}, ops.sum(wide, axis=(1, 2)))
    with pytest.raises(SavedFileError, match=r"makes 20,000,000 numbers of one pair"):
        SavedNetwork.of(network, 6, 6)(SPEC)


def test_how_a_network_was_compiled_is_left_out():
    network = multiply(SPEC)
    network.compile(optimizer="adam", loss="mse")
    again = SavedNetwork.of(network, 6, 6)
    assert json.loads(again.config)["compile_config"] is None
    assert again(SPEC).count_params() == network.count_params()
