import importlib

import numpy as np
import pytest

INPUTS = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)


@pytest.mark.parametrize("hidden", [0, 6])
def test_numbers_go_through_one_hidden_layer_or_none(keras, to_numpy, squareplus, hidden):
    network = importlib.import_module("skrec.networks.numeric").NumericNetwork(3, hidden)
    network.build((None, 4))
    weights = [to_numpy(variable.value) for variable in network.trainable_variables]
    assert [weight.shape for weight in weights] == ([(4, 6), (6,), (6, 3), (3,)] if hidden else [(4, 3), (3,)])
    expected = squareplus(INPUTS @ weights[0]) @ weights[2] if hidden else INPUTS @ weights[0]
    np.testing.assert_allclose(to_numpy(network(INPUTS)), expected, rtol=1e-4, atol=1e-5)
