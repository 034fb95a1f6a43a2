import importlib

import numpy as np
import pytest

from skrec.encoders import text


@pytest.fixture(scope="module")
def module(keras):
    return importlib.import_module("skrec.networks.text_bag")


def test_a_text_is_the_weighted_sum_of_its_tokens(module, to_numpy):
    network = module.TextBag(8, 3)
    network.build((None, 3, 2))
    rows = to_numpy(network.rows.value)
    bags = np.array([[[3, 65536], [7, 16384], [0, 0]], [[0, 0]] * 3], dtype=np.int32)
    np.testing.assert_allclose(to_numpy(network(bags)), [rows[3] + rows[7] / 4, np.zeros(3)], rtol=1e-5)


def test_large_codes_survive_half_precision(module, to_numpy, keras):
    network = module.TextBag(10_000, 2, dtype="mixed_bfloat16")
    network.build((None, 1, 2))
    values = np.zeros((10_000, 2), dtype=np.float32)
    values[9_999] = 1.0
    network.rows.assign(values)
    found = network(np.array([[[9_999, 65536]], [[9_998, 65536]]], dtype=np.int32))
    np.testing.assert_array_equal(to_numpy(keras.ops.cast(found, "float32")), [[1, 1], [0, 0]])


def test_the_encoder_and_the_network_mean_the_same_by_a_weight_of_1(module):
    assert module.ONE == text.UNIT
