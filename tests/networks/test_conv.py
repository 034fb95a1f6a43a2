import importlib

import numpy as np
import pytest
from scipy.special import logsumexp

from skrec.encoders import output_size

PIXELS = np.random.default_rng(0).integers(256, size=(3, 9, 6, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def make(keras):
    def make(kernel_size=3, stride=2, padding=1, filters=(4, 5), shape=(None, 9, 6, 3)):
        network = importlib.import_module("skrec.networks.conv").ConvNetwork(2, filters, kernel_size, stride, padding)
        network.build(shape)
        rng = np.random.default_rng(1)
        for variable in network.trainable_variables:
            variable.assign(rng.normal(size=variable.shape).astype(np.float32) * 0.3)
        return network

    return make


@pytest.mark.parametrize("kernel_size", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_maps_have_the_sizes_of_the_formula(make, kernel_size, stride, padding):
    network = make(kernel_size, stride, padding, filters=(2,))
    expected = tuple(output_size(side, kernel_size, stride, padding) for side in (9, 6))
    assert tuple(network.maps(PIXELS).shape) == (3, *expected, 2)


def convolve(maps, kernel, bias, stride, padding, squareplus):
    """Place by place, on one picture."""
    maps = np.pad(maps, ((padding, padding), (padding, padding), (0, 0)))
    size = len(kernel)
    n_rows, n_columns = ((side - size) // stride + 1 for side in maps.shape[:2])
    result = np.empty((n_rows, n_columns, kernel.shape[-1]))
    for row in range(n_rows):
        for column in range(n_columns):
            patch = maps[row * stride : row * stride + size, column * stride : column * stride + size]
            result[row, column] = np.tensordot(patch, kernel, axes=3) + bias
    return squareplus(result)


def naive(network, maps, to_numpy, squareplus):
    weights = [to_numpy(variable.value) for variable in network.trainable_variables]
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        maps = convolve(maps, kernel, bias, network.stride, network.padding, squareplus)
    peak = (logsumexp(4.0 * maps, axis=(0, 1)) - np.log(maps[..., 0].size)) / 4.0
    pooled = np.concatenate([maps.mean(axis=(0, 1)), peak])
    return pooled @ weights[-2] + weights[-1]


@pytest.mark.parametrize(("stride", "padding"), [(2, 1), (1, 0)])
def test_pictures_go_through_convolutions_then_mean_and_peak(make, to_numpy, squareplus, stride, padding):
    network = make(3, stride, padding)
    expected = [naive(network, (picture - 128.0) / 128.0, to_numpy, squareplus) for picture in PIXELS]
    np.testing.assert_allclose(to_numpy(network(PIXELS)), expected, rtol=1e-3, atol=1e-3)


def test_spectrograms_are_pictures_of_one_channel(make, to_numpy, squareplus):
    spectrograms = np.random.default_rng(0).normal(size=(2, 9, 6)).astype(np.float32)
    network = make(shape=(None, 9, 6))
    expected = [naive(network, spectrogram[..., np.newaxis], to_numpy, squareplus) for spectrogram in spectrograms]
    np.testing.assert_allclose(to_numpy(network(spectrograms)), expected, rtol=1e-3, atol=1e-3)


def test_128_is_nothing(make, to_numpy, squareplus):
    network = make(filters=(4,))
    grey = np.full((1, 9, 6, 3), 128, dtype=np.uint8)
    expected = np.broadcast_to(squareplus(to_numpy(network.layers[0].bias.value)), (1, 5, 3, 4))
    np.testing.assert_allclose(to_numpy(network.maps(grey)), expected, rtol=1e-5)


def test_gradients_reach_every_weight(make, gradients):
    assert all(np.abs(grad).max() > 0 for grad in gradients(make(), PIXELS))


def test_a_share_of_the_pictures_is_grey_while_training(keras, to_numpy):
    network = importlib.import_module("skrec.networks.conv").ConvNetwork(2, (4,), 3, 2, 1, dropout=0.25)
    network.build((None, 9, 6, 3))
    pixels = np.repeat(PIXELS[:1], 800, axis=0)
    vectors = to_numpy(network(pixels, training=True))
    grey = to_numpy(network(np.full_like(PIXELS[:1], 128)))
    assert np.isclose(vectors, grey, atol=1e-5).all(axis=1).mean() == pytest.approx(0.25, abs=0.05)
    np.testing.assert_allclose(
        to_numpy(network(pixels[:1])), to_numpy(network(pixels, training=False))[:1], rtol=1e-4, atol=1e-5
    )
