import importlib

import numpy as np
import pytest

AGE = np.array([[0, 1, 2, 3]], dtype=np.int32)


@pytest.fixture(scope="module")
def relative_bias(keras):
    return importlib.import_module("skrec.networks.relative_bias")


def test_the_bias_of_places_depends_on_their_distance(relative_bias, to_numpy):
    layer = relative_bias.PositionBias(2, 5)
    table = np.arange(10, dtype=np.float32).reshape(2, 5)
    layer.table.assign(table)
    found = to_numpy(layer(AGE))
    assert found.shape == (1, 2, 4, 4)
    for i in range(4):
        for j in range(i + 1):
            np.testing.assert_array_equal(found[0, :, i, j], table[:, i - j])
    assert relative_bias.PositionBias.from_config(layer.get_config()).max_length == 5


def test_the_bias_of_times_depends_on_the_order_of_magnitude_of_the_gap(relative_bias, to_numpy):
    layer = relative_bias.TimeBias(1)
    layer.table.assign(np.ones((len(relative_bias.THRESHOLDS), 1), dtype=np.float32))
    time = np.array([[0.0, 2.0**-11, 1.0, 5.0, 1e9]], dtype=np.float32)
    found = to_numpy(layer(relative_bias.thresholds_reached(time)))[0, 0]
    # So many thresholds lie at or below the gap to the first event: of 2**-10 .. 2**13.
    np.testing.assert_array_equal(found[:, 0], [0, 0, 11, 13, 24])
    assert not np.triu(found).any()
    assert relative_bias.TimeBias.from_config(layer.get_config()).n_heads == 1


def test_thresholds_are_met_exactly(relative_bias, to_numpy):
    reached = to_numpy(relative_bias.thresholds_reached(np.array([[0.0, 4.0]], dtype=np.float32)))
    assert reached.dtype == bool
    np.testing.assert_array_equal(reached[0, 1, 0], relative_bias.THRESHOLDS <= 4.0)
