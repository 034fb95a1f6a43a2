import numpy as np
import pytest


@pytest.fixture(scope="module")
def network(networks):
    made = networks.HSTUNetwork({}, 4, True, None, 0.0, 0.0, max_length=6, n_blocks=2, n_heads=2, with_time=True)
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


def test_times_and_places_both_matter(network, packed, to_numpy):
    inputs = packed[1][1]
    slower = {**inputs, "time": inputs["time"] * 100.0}
    turned = {**inputs, "rows": inputs["rows"][:, [0, 1, 3, 2, 4, 5]]}
    expected = to_numpy(network.read(inputs))[0, -1]
    for other in (slower, turned):
        assert np.abs(to_numpy(network.read(other))[0, -1] - expected).max() > 1e-4


def test_without_times_none_are_asked_for(networks, packed, to_numpy):
    made = networks.HSTUNetwork({}, 4, True, None, 0.2, 0.0, max_length=6, n_blocks=1, n_heads=1, with_time=False)
    made.build_for({})
    inputs = {name: array for name, array in packed[0].items() if name != "time"}
    assert to_numpy(made.read(inputs, training=True)).shape == (1, 7, 4)
    assert all("time" not in variable.path for variable in made.trainable_variables)


def test_a_unit_is_the_papers_equations(networks, to_numpy, keras):
    import importlib

    block = importlib.import_module("skrec.networks.hstu").HSTUBlock(1, 5, False, 0.0)
    values = np.random.default_rng(0).normal(size=(1, 3, 4)).astype(np.float32)
    block.build((None, 3, 4))
    table = np.arange(5, dtype=np.float32).reshape(1, 5) / 5.0
    block.position_bias.table.assign(table)

    def norm(x, epsilon=1e-6):
        return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)

    def silu(x):
        return x / (1.0 + np.exp(-x))

    u, v, q, k = np.split(silu(norm(values[0]) @ to_numpy(block.first.kernel.value)), 4, axis=-1)
    distance = np.maximum(np.arange(3)[:, np.newaxis] - np.arange(3), 0)
    weights = np.tril(silu(q @ k.T + table[0, distance])) / np.arange(1, 4)[:, np.newaxis]
    expected = values[0] + (norm(weights @ v, 1e-3) * u) @ to_numpy(block.second.kernel.value)
    age = np.array([[0, 1, 2]], dtype=np.int32)
    found = to_numpy(block(values, np.tril(np.ones((1, 3, 3), dtype=bool)), age))
    np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-4)
    copy = type(block).from_config(block.get_config())
    assert (copy.n_heads, copy.max_length, copy.with_time, copy.rate) == (1, 5, False, 0.0)
