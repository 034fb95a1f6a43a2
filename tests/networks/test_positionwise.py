import importlib

import numpy as np

VALUES = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)


def test_it_gives_what_the_layer_gives_each_position(keras, to_numpy):
    positionwise = importlib.import_module("skrec.networks.positionwise").positionwise
    layer = keras.layers.Dense(5)
    made = to_numpy(positionwise(layer, VALUES))
    assert made.shape == (2, 3, 5)
    np.testing.assert_allclose(made, VALUES @ to_numpy(layer.kernel), rtol=1e-5, atol=1e-6)


def test_the_layer_sees_positions_on_one_axis(keras, to_numpy):
    positionwise = importlib.import_module("skrec.networks.positionwise").positionwise
    shapes = []

    def layer(rows):
        shapes.append(tuple(rows.shape))
        return rows[:, :1] + 1.0

    assert to_numpy(positionwise(layer, VALUES)).tolist() == (VALUES[..., :1] + 1.0).tolist()
    assert shapes == [(6, 4)]
