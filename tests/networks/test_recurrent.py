import importlib

import numpy as np
import pytest

INPUTS = np.random.default_rng(0).normal(size=(3, 7, 4)).astype(np.float32)
MASK = np.array([[1, 1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 1, 1], [0] * 7], dtype=bool)


@pytest.fixture(params=["rnn", "lstm", "gru"])
def layer(request, keras):
    made = importlib.import_module("skrec.networks.recurrent").Recurrent(5, request.param)
    made.build((None, 7, 4))
    rng = np.random.default_rng(1)
    for variable in made.trainable_variables:
        variable.assign(rng.normal(size=variable.shape).astype(np.float32) * 0.5)
    return made


def theirs(keras, layer, to_numpy):
    """Keras' own layer with the same weights."""
    kernel, recurrent, bias, *inner = [to_numpy(variable.value) for variable in layer.trainable_variables]
    if layer.kind == "rnn":
        other = keras.layers.SimpleRNN(5)
    elif layer.kind == "lstm":
        other = keras.layers.LSTM(5)
        bias = bias + np.repeat([0, 1, 0, 0], 5)  # the forget gate's
    else:
        other = keras.layers.GRU(5)
        bias = np.stack([bias, np.concatenate([np.zeros(10), inner[0]])])
    other.build((None, 7, 4))
    other.set_weights([kernel, recurrent, bias])
    return other


def test_it_computes_what_keras_layers_do(keras, layer, to_numpy):
    expected = to_numpy(theirs(keras, layer, to_numpy)(INPUTS))
    np.testing.assert_allclose(to_numpy(layer(INPUTS)), expected, rtol=1e-4, atol=1e-5)


def test_masked_steps_leave_the_state_as_it_is(layer, to_numpy):
    masked = to_numpy(layer(INPUTS, present=MASK))
    for row, mask in enumerate(MASK[:2]):
        alone = to_numpy(layer(INPUTS[row : row + 1, mask]))[0]
        np.testing.assert_allclose(masked[row], alone, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(masked[2], 0.0)


def test_no_seed_is_among_its_weights_and_recurrent_kernels_are_orthogonal(networks, layer):
    layer = type(layer).from_config(layer.get_config())
    layer.build((None, 7, 4))
    assert layer.non_trainable_variables == []
    drawn = networks.initial_weights(layer, np.random.default_rng(0))[0]
    kernel, recurrent = drawn[:2]
    width = recurrent.shape[1]
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(5), atol=1e-5)
    assert 0 < np.abs(kernel).max() <= np.sqrt(6.0 / (4 + width))
    assert not any(bias.any() for bias in drawn[2:])


def test_gradients_reach_every_weight_through_all_steps(layer, gradients):
    grads = gradients(layer, INPUTS)
    assert all(np.isfinite(grad).all() and np.abs(grad).max() > 1e-6 for grad in grads)
