import numpy as np
import pytest


@pytest.fixture(scope="module")
def network(networks):
    made = networks.GRU4RecNetwork({}, 4, True, None, 0.0, 0.0, cell="lstm", units=6, n_layers=2)
    made.build_for({})
    rng = np.random.default_rng(1)
    for variable in made.trainable_variables:
        variable.assign(rng.normal(size=variable.shape).astype(np.float32) * 0.5)
    return made


def test_packed_histories_are_read_as_each_alone(network, check_packing):
    assert np.isfinite(check_packing(network)).all()


def test_later_events_have_no_say_in_what_came_before(network, packed, to_numpy):
    together, _ = packed
    other = {**together, "rows": together["rows"] + (np.arange(7) // 5).reshape(1, 7, 1) * np.arange(5)}
    first, second = to_numpy(network.read(together)), to_numpy(network.read(other))
    np.testing.assert_allclose(first[0, :5], second[0, :5], rtol=1e-5, atol=1e-6)
    assert np.abs(first[0, 5:] - second[0, 5:]).max() > 1e-3


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_states_are_projected_to_the_embeddings_width(networks, packed, to_numpy, cell):
    made = networks.GRU4RecNetwork({}, 4, True, None, 0.5, 0.0, cell=cell, units=9, n_layers=1)
    made.build_for({})
    assert made.recurrent[0].units == 9
    quiet, loud = to_numpy(made.read(packed[0])), to_numpy(made.read(packed[0], training=True))
    assert quiet.shape == (1, 7, 4)
    assert np.abs(quiet - loud).max() > 1e-3
