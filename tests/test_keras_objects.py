import json
import sys

import pytest

from skrec._keras_objects import (
    SavedKeras,
    _public,
    describe,
    has_function_as_rate,
    is_keras_loss,
    is_keras_optimizer,
    known_object,
    stand_in,
)
from skrec.backends import find_backend, start
from skrec.exceptions import NotSavableError, SavedFileError


@pytest.fixture(scope="module")
def keras():
    return start(find_backend())


def mean(y_true, y_pred):
    return y_true - y_pred


def test_losses_and_optimizers_of_keras_are_told_apart_from_all_else(keras):
    huber, sgd = keras.losses.Huber(), keras.optimizers.SGD()
    assert (is_keras_loss(huber), is_keras_optimizer(huber)) == (True, False)
    assert (is_keras_loss(sgd), is_keras_optimizer(sgd)) == (False, True)
    assert not any(
        is_keras_loss(value) or is_keras_optimizer(value) for value in ("huber", None, keras.losses.Huber, mean)
    )
    assert is_keras_loss(SavedKeras.of(huber))
    assert is_keras_optimizer(SavedKeras.of(sgd))


def test_nothing_is_of_keras_where_nobody_imported_it(keras, monkeypatch):
    huber = keras.losses.Huber()
    monkeypatch.delitem(sys.modules, "keras")
    assert not is_keras_loss(huber)
    assert "keras" not in sys.modules


def test_functions_of_losses_stand_for_their_objects(keras):
    assert type(known_object(keras.losses.mean_squared_error)) is keras.losses.MeanSquaredError
    assert known_object(mean) is mean
    assert known_object(keras.losses.serialize) is keras.losses.serialize


def test_a_description_makes_the_object_again_and_forgets_nothing(keras):
    saved = SavedKeras.of(keras.losses.Huber(delta=0.3))
    assert (saved.name, saved.arguments["delta"], repr(saved)) == ("Huber", 0.3, "SavedKeras(Huber)")
    assert SavedKeras.of(saved.make()) == saved
    rate = keras.optimizers.schedules.CosineDecay(0.1, 10)
    optimizer = keras.optimizers.AdamW(rate, clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    saved = SavedKeras.of(optimizer)
    made = saved.make()
    assert (type(made), made.clipnorm) == (type(optimizer), 1.0)
    assert float(made.learning_rate) == pytest.approx(0.1)
    assert SavedKeras.of(made) == saved
    assert "bias" in saved.config
    assert float(saved.make().learning_rate) == float(optimizer.learning_rate)


def test_descriptions_are_the_same_on_every_backend_and_of_every_name(keras):
    first, second = (keras.optimizers.Adam(0.5, name=name) for name in ("one", "other"))
    assert describe(first) == describe(second)
    assert json.loads(describe(first)[0])["module"] == "keras.optimizers"
    torchs = {
        "module": "keras.src.backend.torch.optimizers.torch_adam",
        "class_name": "Adam",
        "registered_name": "Adam",
    }
    inner = _public({"inner_optimizer": {**torchs, "config": {"name": "adam_3"}}})["inner_optimizer"]
    assert inner == {"module": "keras.optimizers", "class_name": "Adam", "registered_name": None, "config": {}}


def test_code_of_others_is_described_by_nobody(keras):
    class Own(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return y_true - y_pred

    class Constant(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.1

        def get_config(self):
            return {}

    own = Own()
    assert stand_in(own) is own
    assert not has_function_as_rate(keras.optimizers.SGD(Constant()))
    assert has_function_as_rate(keras.optimizers.SGD(lambda: 0.1))
    for value, named in (
        (own, "Own"),
        (mean, "the function mean"),
        (keras.optimizers.SGD(Constant()), "Constant"),
        (keras.optimizers.SGD(lambda: 0.1), "a function for a learning rate"),
    ):
        with pytest.raises(
            NotSavableError, match=f"holds .*{named}, and only losses, optimizers and schedules of Keras"
        ):
            SavedKeras.of(value)


@pytest.mark.parametrize(
    "node",
    [
        {"module": "keras.losses", "class_name": "serialize", "config": {}},
        {"module": "keras.losses", "class_name": "Nothing", "config": {}},
        {"module": "keras.layers", "class_name": "Lambda", "config": {}},
        {"module": "os", "class_name": "system", "config": {}},
        {"class_name": "__lambda__", "config": {"value": "x"}},
        {"module": "keras.optimizers", "class_name": "SGD", "config": {}, "registered_name": "evil>SGD"},
        {"module": "keras.optimizers.schedules", "class_name": "CosineDecay", "config": {}},
        {
            "module": "keras.optimizers",
            "class_name": "SGD",
            "config": {"learning_rate": {"module": "builtins", "class_name": "function", "config": "eval"}},
        },
    ],
    ids=str,
)
def test_a_description_of_anything_else_is_not_made(keras, node):
    with pytest.raises(SavedFileError, match="which is no loss, optimizer or schedule of Keras, and isn't made"):
        SavedKeras(json.dumps(node)).make()
