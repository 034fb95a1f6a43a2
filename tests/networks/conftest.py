"""Keras is started on the backend of this process before anything of ``skrec.networks`` is imported."""

import importlib

import numpy as np
import pytest

from skrec.backends import find_backend, start


@pytest.fixture(scope="session", autouse=True)
def keras():
    return start(find_backend())


@pytest.fixture(scope="session")
def networks(keras):
    return importlib.import_module("skrec.networks")


@pytest.fixture(scope="session")
def to_numpy(keras):
    return keras.ops.convert_to_numpy


@pytest.fixture(scope="session")
def squareplus():
    """What `skrec.networks.smooth_relu` computes, in NumPy."""
    return lambda values: (values + np.sqrt(np.square(values) + 0.01)) / 2.0


@pytest.fixture(scope="session")
def gradients(keras, to_numpy):
    """Gradients of the sum of a layer's output with respect to its weights, which are handed in from outside."""
    backend = find_backend()

    def differentiate(layer, inputs):
        def total(parameters):
            scope = keras.StatelessScope(list(zip(layer.trainable_variables, parameters["weights"], strict=True)))
            with scope:
                return keras.ops.sum(keras.ops.cast(layer(keras.ops.convert_to_tensor(inputs)), "float32")), 0

        weights = [keras.ops.convert_to_tensor(to_numpy(variable.value)) for variable in layer.trainable_variables]
        _, _, found = backend.value_and_grad(total, {"weights": weights})
        return [to_numpy(gradient) for gradient in found["weights"]]

    return differentiate


@pytest.fixture(scope="session")
def packed():
    """Two histories packed in a row, with what is read of them; and each alone, padded on the left."""
    rng = np.random.default_rng(0)
    first, second = (rng.normal(size=(length, 5)).astype(np.float32) for length in (3, 4))

    def fields(rows, age, length):
        position = np.array(age) + 6 - np.array(length)
        return {
            "rows": rows[np.newaxis].astype(np.float32),
            "age": np.array([age], dtype=np.int32),
            "position": position[np.newaxis].astype(np.int32),
            "time": 0.7 * np.array([age], dtype=np.float32),
            "masked": np.array(
                [[1.0 if a == n - 1 else 0.0 for a, n in zip(age, length, strict=True)]], dtype=np.float32
            ),
        }

    nothing = np.zeros((2, 5), dtype=np.float32)
    together = fields(np.concatenate([first, second]), [0, 1, 2, 0, 1, 2, 3], [3] * 3 + [4] * 4)
    alone = [
        fields(np.concatenate([nothing, rows]), [0, 0, *range(len(rows))], [6, 6, *[len(rows)] * len(rows)])
        for rows in (first, second)
    ]
    return together, alone


@pytest.fixture(scope="session")
def check_packing(packed, to_numpy):
    """Check that a network reads packed histories as it reads each alone."""

    def check(network):
        together, alone = packed
        found = to_numpy(network.read(together))
        assert found.shape == (1, 7, 4)
        for inputs, part in zip(alone, (found[0, :3], found[0, 3:]), strict=True):
            np.testing.assert_allclose(to_numpy(network.read(inputs))[0, 2:], part, rtol=1e-4, atol=1e-5)
        return found

    return check
