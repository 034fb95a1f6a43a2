import importlib

import numpy as np
import pytest

from skrec.backends import find_backend

INPUTS = np.random.default_rng(0).normal(size=(2, 6, 4)).astype(np.float32)
# Histories of 4 and 2 events in the first row, of 6 in the second.
AGE = np.array([[0, 1, 2, 3, 0, 1], [0, 1, 2, 3, 4, 5]], dtype=np.int32)


@pytest.fixture(params=["rnn", "lstm", "gru"])
def layers(request, keras):
    """The layer, and one that gives the last state only, with the same weights."""
    states = importlib.import_module("skrec.networks.recurrent_states").RecurrentStates(5, request.param)
    last = importlib.import_module("skrec.networks.recurrent").Recurrent(5, request.param)
    rng = np.random.default_rng(1)
    for layer in (states, last):
        layer.build((None, 6, 4))
    for one, other in zip(states.trainable_variables, last.trainable_variables, strict=True):
        assert one.shape == other.shape
        value = rng.normal(size=one.shape).astype(np.float32) * 0.5
        one.assign(value)
        other.assign(value)
    return states, last


def test_each_state_is_that_after_the_events_of_its_own_history(layers, to_numpy):
    states, last = layers
    found = to_numpy(states(INPUTS, AGE))
    assert found.shape == (2, 6, 5)
    for row in range(2):
        for place in range(6):
            history = INPUTS[row : row + 1, place - AGE[row, place] : place + 1]
            np.testing.assert_allclose(found[row, place], to_numpy(last(history))[0], rtol=1e-4, atol=1e-5)


def test_recurrent_kernels_begin_uniform(keras, to_numpy):
    layer = importlib.import_module("skrec.networks.recurrent_states").RecurrentStates(25, "gru")
    layer.build((None, 6, 4))
    kernel = to_numpy(layer.recurrent_kernel.value)
    assert 0.15 < np.abs(kernel).max() <= 0.2
    assert layer.compute_output_shape((3, 6, 4)) == (3, 6, 25)


@pytest.mark.parametrize("kind", ["states", "last"])
def test_one_program_serves_histories_of_all_lengths(layers, keras, to_numpy, kind):
    """Under TensorFlow a graph is traced anew for the second length, and from then on for lengths that it doesn't know."""
    layer = layers[0 if kind == "states" else 1]
    backend = find_backend()
    run = backend.compile_forward(lambda inputs, flags: layer(inputs, flags))
    for length in (6, 4, 5, 3):
        inputs, age = INPUTS[:, :length], AGE[:, :length]
        flags = age if kind == "states" else age < 3
        np.testing.assert_allclose(run(inputs, flags), to_numpy(layer(inputs, flags)), rtol=1e-4, atol=1e-5)
