import importlib

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("size", "stride", "shape"), [(3, 2, (2, 9, 6, 3)), (2, 1, (1, 4, 5, 1)), ((1, 3), (3, 1), (2, 7, 3, 2))]
)
def test_it_gives_what_a_convolution_of_keras_gives(keras, to_numpy, size, stride, shape):
    pixels = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    arguments = {"filters": 4, "kernel_size": size, "strides": stride, "data_format": "channels_last"}
    theirs = keras.layers.Conv2D(**arguments)
    ours = importlib.import_module("skrec.networks.convolution").Convolution(**arguments)
    for layer in (theirs, ours):
        layer.build(shape)
    for mine, their in zip(ours.variables, theirs.variables, strict=True):
        assert mine.shape == their.shape
        mine.assign(their.value)
    np.testing.assert_allclose(to_numpy(ours(pixels)), to_numpy(theirs(pixels)), rtol=1e-4, atol=1e-5)
