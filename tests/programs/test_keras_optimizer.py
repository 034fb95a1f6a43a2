import sys

import numpy as np
import pytest
from sklearn.base import clone

from skrec._keras_objects import SavedKeras
from skrec.backends import find_backend, start
from skrec.exceptions import InvalidParameterError
from skrec.losses import KerasLoss, find_loss
from skrec.models import GMF, KerasModel
from skrec.optimizers import Adam
from skrec.programs.keras_optimizer import KerasOptimizer, find_rule
from skrec.testing import checkerboard

N = 8
BOARD = checkerboard(N)
RNG = np.random.default_rng(0)
SHAPES = ((3, 2), (2,))
WEIGHTS = [RNG.normal(size=shape).astype(np.float32) for shape in SHAPES]
GRADIENTS = [[RNG.normal(size=shape).astype(np.float32) for shape in SHAPES] for _ in range(3)]


@pytest.fixture(scope="module")
def keras():
    return start(find_backend())


def variables(keras):
    found = [keras.Variable(weight, name=name) for weight, name in zip(WEIGHTS, ("kernel", "bias"), strict=True)]
    found[1].constraint = keras.constraints.NonNeg()
    return found


def numbers(values):
    from keras import ops

    return [np.asarray(ops.convert_to_numpy(value)) for value in values]


def ours(keras, optimizer, rate):
    """Weights after three steps, and after training."""
    found = KerasOptimizer(optimizer).for_network(variables(keras))
    weights = [keras.ops.convert_to_tensor(weight) for weight in WEIGHTS]
    slots = found.first_slots(weights)
    for step, gradients in enumerate(GRADIENTS):
        tensors = [keras.ops.convert_to_tensor(gradient) for gradient in gradients]
        weights, slots = found.update_all(weights, tensors, slots, rate, step + 1)
    return numbers(weights), numbers(found.finish(weights, slots))


def theirs(keras, optimizer):
    found = variables(keras)
    for gradients in GRADIENTS:
        optimizer.apply([keras.ops.convert_to_tensor(gradient) for gradient in gradients], found)
    last = numbers(variable.value for variable in found)
    optimizer.finalize_variable_values(found)
    return last, numbers(variable.value for variable in found)


MAKE = {
    "adamw": lambda optimizers: optimizers.AdamW(0.1, weight_decay=0.1),
    "momentum": lambda optimizers: optimizers.SGD(0.1, momentum=0.9, global_clipnorm=0.5),
    "schedule": lambda optimizers: optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)),
    "average": lambda optimizers: optimizers.RMSprop(0.1, use_ema=True, ema_momentum=0.8),
    "accumulates": lambda optimizers: optimizers.SGD(0.1, gradient_accumulation_steps=2),
}


@pytest.mark.parametrize("name", MAKE)
def test_steps_are_those_that_keras_takes(keras, name):
    make = MAKE[name]
    for found, expected in zip(
        ours(keras, make(keras.optimizers), 0.1), theirs(keras, make(keras.optimizers)), strict=True
    ):
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_weights_that_do_not_decay_are_known_by_their_names(keras):
    def make():
        optimizer = keras.optimizers.SGD(0.1, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        return optimizer

    for one, other in zip(ours(keras, make(), 0.1)[0], theirs(keras, make())[0], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_the_rate_is_the_one_handed_over_unless_there_is_a_schedule(keras):
    for one, other in zip(
        ours(keras, keras.optimizers.SGD(0.1), 0.3)[0], theirs(keras, keras.optimizers.SGD(0.3))[0], strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    schedule = MAKE["schedule"](keras.optimizers)
    for one, other in zip(
        ours(keras, schedule, 0.3)[0], theirs(keras, MAKE["schedule"](keras.optimizers))[0], strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_a_loss_is_scaled_and_gradients_are_scaled_back(keras):
    optimizer = keras.optimizers.SGD(0.1, loss_scale_factor=8.0)
    found = KerasOptimizer(optimizer).for_network(variables(keras))
    slots = found.first_slots(WEIGHTS)
    assert float(found.scaled(keras.ops.convert_to_tensor(2.0), slots)) == 16.0


def test_networks_variables_stay_as_they_are(keras):
    network = variables(keras)
    optimizer = KerasOptimizer(keras.optimizers.SGD(0.1)).for_network(network)
    weights = [keras.ops.convert_to_tensor(weight + 1.0) for weight in WEIGHTS]
    optimizer.finish(weights, optimizer.first_slots(weights))
    for variable, weight in zip(network, WEIGHTS, strict=True):
        np.testing.assert_array_equal(numbers([variable.value])[0], weight)


def test_programs_are_shared_whatever_the_learning_rate_is(keras):
    optimizers = keras.optimizers
    key = KerasOptimizer(optimizers.Adam(0.1)).key()
    assert key == KerasOptimizer(optimizers.Adam(0.2, name="mine")).key()
    assert key != KerasOptimizer(optimizers.Adam(0.1, beta_1=0.5)).key()
    assert key != KerasOptimizer(MAKE["schedule"](optimizers)).key()


def test_the_learning_rate_is_the_optimizers_or_a_schedules_first(keras):
    assert KerasOptimizer(keras.optimizers.Adam(0.25)).learning_rate == 0.25
    assert KerasOptimizer(MAKE["schedule"](keras.optimizers)).learning_rate == pytest.approx(0.1)


def test_stand_ins_are_found_before_a_backend_has_been_chosen(keras, monkeypatch):
    saved, loss = SavedKeras.of(MAKE["schedule"](keras.optimizers)), KerasLoss(SavedKeras.of(keras.losses.Huber()))
    monkeypatch.delitem(sys.modules, "keras")
    assert find_rule(saved, tables=False, owner="KerasModel").key() is not None
    assert (find_loss(loss).target, find_loss(loss).centred, find_loss(loss).key() == loss.key()) == (
        "rating",
        True,
        True,
    )
    assert "keras" not in sys.modules


def test_names_and_rules_are_found_as_ever(keras):
    rule = Adam(0.1)
    assert find_rule(rule, tables=True, owner="GMF") is rule
    assert type(find_rule("adam", tables=False, owner="KerasModel")) is Adam


def test_models_with_tables_say_what_to_use(keras):
    with pytest.raises(InvalidParameterError, match="of GMF can't be one of Keras, .*pass 'adam', .* skrec.optimizers"):
        GMF(optimizer=keras.optimizers.Adam()).fit(BOARD)


def test_a_function_is_no_learning_rate(keras):
    with pytest.raises(
        InvalidParameterError, match="learning rate of .* can't be a function, .* or a schedule of keras"
    ):
        find_rule(keras.optimizers.SGD(lambda: 0.1), tables=False, owner="KerasModel")


def multiply(spec):
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    return keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones")(user * item))


def fit(optimizer, **others):
    return KerasModel(multiply, optimizer=optimizer, **{"epochs": 3, "random_state": 0, **others}).fit(BOARD)


def test_a_model_learns_as_under_the_same_rule_of_skrec(keras):
    optimizer = keras.optimizers.Adam(0.05)
    model = fit(optimizer)
    expected = fit(Adam(0.05))
    np.testing.assert_allclose(model.history_["loss"], expected.history_["loss"], rtol=1e-4)
    for one, other in zip(model.network_weights_, expected.network_weights_, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    assert (optimizer.built, int(numbers([optimizer.iterations])[0])) == (False, 0)
    assert clone(model).optimizer is optimizer
    again = model.fit(BOARD)
    np.testing.assert_array_equal(again.network_weights_[0], fit(keras.optimizers.Adam(0.05)).network_weights_[0])


def test_callbacks_change_the_learning_rate_of_a_copy_unless_there_is_a_schedule(keras):
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            seen.append(type(self.model.optimizer))

    rates = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.05)
    optimizer = keras.optimizers.Adam(0.5)
    model = fit(optimizer, callbacks=[rates, Watch()], epochs=2)
    expected = fit(keras.optimizers.Adam(0.05), epochs=2)
    np.testing.assert_allclose(model.network_weights_[0], expected.network_weights_[0], rtol=1e-5, atol=1e-6)
    assert seen == [type(optimizer)] * 2
    assert KerasOptimizer(optimizer).learning_rate == 0.5
    scheduled = keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5))
    with pytest.raises(TypeError, match="LearningRateSchedule"):
        fit(scheduled, callbacks=[rates])
