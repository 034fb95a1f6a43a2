"""Keras is started on the backend of this process before anything of ``skrec.networks`` is imported."""

import importlib

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
