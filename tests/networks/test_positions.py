import importlib

import numpy as np

INPUTS = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)


def test_each_event_gets_the_vector_of_its_place(keras, to_numpy):
    positions = importlib.import_module("skrec.networks.positions")
    layer = positions.Positions(6)
    layer.build((None, 3, 4))
    table = np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32)
    layer.table.assign(table)
    place = np.array([[0, 4, 5], [3, 3, 1]], dtype=np.int32)
    np.testing.assert_allclose(to_numpy(layer(INPUTS, place)), INPUTS + table[place], rtol=1e-6)
    assert positions.Positions.from_config(layer.get_config()).max_length == 6
