import importlib

import numpy as np
import pytest

ROWS = np.arange(18.0).reshape(6, 3)


@pytest.fixture(scope="module")
def layer(keras):
    network = importlib.import_module("skrec.networks.tags").TagsNetwork(6, 3)
    network.build((None, 3))
    network.rows.assign(ROWS)
    return network


def test_a_row_is_the_shared_vector_plus_the_mean_of_its_own(layer, to_numpy):
    codes = np.array([[2, 5, 0], [4, 0, 0], [1, 0, 0], [1, 3, 0], [0, 0, 0]], dtype=np.int32)
    expected = [ROWS[0] + (ROWS[2] + ROWS[5]) / 2, ROWS[0] + ROWS[4], ROWS[0], ROWS[0] + ROWS[3] / 2, np.zeros(3)]
    np.testing.assert_allclose(to_numpy(layer(codes)), expected)


def test_tags_train_the_shared_row_and_their_own_and_nothing_else(layer, gradients):
    [grad] = gradients(layer, np.array([[2, 5, 0], [1, 0, 0], [0, 0, 0]], dtype=np.int32))
    np.testing.assert_allclose(grad[:, 0], [2.0, 0.0, 0.5, 0.0, 0.0, 0.5])
