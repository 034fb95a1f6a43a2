import numpy as np
import pytest


@pytest.fixture(scope="module")
def network(networks):
    made = networks.BERT4RecNetwork({}, 4, True, None, 0.0, 0.0, max_length=6, n_blocks=1, n_heads=2)
    made.build_for({})
    rng = np.random.default_rng(1)
    for variable in made.trainable_variables:
        variable.assign(rng.normal(size=variable.shape).astype(np.float32) * 0.5)
    return made


def test_packed_histories_are_read_as_each_alone(network, check_packing):
    assert np.isfinite(check_packing(network)).all()


def test_a_masked_event_is_not_read(network, packed, to_numpy):
    together, _ = packed
    other = {**together, "rows": together["rows"] + together["masked"][..., np.newaxis] * np.arange(5)}
    np.testing.assert_allclose(to_numpy(network.read(together)), to_numpy(network.read(other)), rtol=1e-5, atol=1e-6)


def test_events_look_both_ways(network, packed, to_numpy):
    together, _ = packed
    other = {**together, "rows": together["rows"] + np.eye(7)[1].reshape(1, 7, 1) * np.arange(5)}
    change = np.abs(to_numpy(network.read(together)) - to_numpy(network.read(other)))[0].max(axis=-1)
    assert (change[:3] > 1e-4).all()
    assert (change[3:] < 1e-5).all()
