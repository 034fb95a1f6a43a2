import importlib

import numpy as np
import pytest

MAPS = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def pool(keras, to_numpy):
    pooling = importlib.import_module("skrec.networks.pooling")
    return lambda maps, axes: to_numpy(pooling.mean_and_peak(keras.ops.convert_to_tensor(maps), axes))


def test_peaks_lie_between_mean_and_maximum_and_near_the_latter(pool):
    pooled = pool(MAPS, (1, 2))
    assert pooled.shape == (2, 6)
    mean, highest = MAPS.mean(axis=(1, 2)), MAPS.max(axis=(1, 2))
    np.testing.assert_allclose(pooled[:, :3], mean, rtol=1e-5, atol=1e-6)
    assert (mean < pooled[:, 3:]).all()
    assert (pooled[:, 3:] < highest).all()
    assert (pooled[:, 3:] >= highest - np.log(20) / 4.0 - 1e-5).all()


def test_large_values_neither_overflow_nor_lose_the_peak(pool):
    high = np.array([[[1000.0], [0.0]]], dtype=np.float32)
    np.testing.assert_allclose(pool(high, (1,)), [[500.0, 1000.0 - np.log(2) / 4.0]], rtol=1e-6)


def test_the_gradient_is_shared_by_places_that_are_nearly_as_high(keras, to_numpy, gradients):
    pooling = importlib.import_module("skrec.networks.pooling")

    class Peak(keras.Layer):
        def build(self, shape):
            self.maps = self.add_weight(shape=(1, 3, 1), initializer="zeros")

        def call(self, inputs):
            return pooling.mean_and_peak(inputs + keras.ops.convert_to_tensor(self.maps), (1,))[:, 1:]

    layer = Peak()
    layer.build((1, 3, 1))
    for first, second in ((1.0, 1.0 + 1e-6), (1.0 + 1e-6, 1.0)):
        shares = np.asarray(gradients(layer, np.array([[[first], [second], [-9.0]]], dtype=np.float32))[0]).ravel()
        total = shares.sum()
        np.testing.assert_allclose(shares / total, [0.5, 0.5, 0.0], atol=1e-4)
