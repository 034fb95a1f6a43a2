import importlib

import numpy as np
import pytest


@pytest.fixture(scope="module")
def layer(keras):
    network = importlib.import_module("skrec.networks.category").CategoryNetwork(6, 3)
    network.build((None,))
    network.rows.assign(np.arange(18.0).reshape(6, 3))
    return network


def test_a_category_is_the_shared_row_plus_its_own_and_code_0_the_shared_one_alone(layer, to_numpy):
    rows = np.arange(18.0).reshape(6, 3)
    found = to_numpy(layer(np.array([0, 5, 2], dtype=np.int32)))
    np.testing.assert_allclose(found, [rows[0], rows[0] + rows[5], rows[0] + rows[2]])


def test_every_row_trains_what_stands_for_unknown_categories(layer, gradients):
    [grad] = gradients(layer, np.array([5, 2, 5], dtype=np.int32))
    np.testing.assert_allclose(grad, [[3.0] * 3, [0.0] * 3, [1.0] * 3, [0.0] * 3, [0.0] * 3, [2.0] * 3])
