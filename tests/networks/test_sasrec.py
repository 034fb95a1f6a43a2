import numpy as np
import pytest


@pytest.fixture(scope="module")
def network(networks):
    made = networks.SASRecNetwork({}, 4, True, None, 0.0, 0.0, max_length=6, n_blocks=2, n_heads=2)
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
    np.testing.assert_allclose(first[0, :5], second[0, :5], rtol=1e-4, atol=1e-5)
    assert np.abs(first[0, 5:] - second[0, 5:]).max() > 1e-3


def test_the_order_of_events_matters(network, packed, to_numpy):
    inputs = packed[1][1]
    turned = {**inputs, "rows": inputs["rows"][:, [0, 1, 3, 2, 4, 5]]}
    assert np.abs(to_numpy(network.read(inputs))[0, -1] - to_numpy(network.read(turned))[0, -1]).max() > 1e-3
