import numpy as np
import pytest

RNG = np.random.default_rng(0)
USER = RNG.normal(size=(3, 5)).astype(np.float32)
OWN = RNG.normal(size=(3, 4, 5)).astype(np.float32)
SHARED = RNG.normal(size=(4, 5)).astype(np.float32)


def plain(user, item, *, bias, temperature, user_bias=True):
    """The score of one pair of rows."""
    u, i = (user[:-1], item[:-1]) if bias else (user, item)
    score = np.dot(u, i)
    if temperature is not None:
        score = np.dot(u, i) / np.linalg.norm(u) / np.linalg.norm(i) / temperature
    return score + (item[-1] + user_bias * user[-1] if bias else 0.0)


OPTIONS = [(False, None, True), (True, None, True), (False, 0.2, True), (True, 0.2, True), (True, 0.2, False)]


@pytest.fixture(params=OPTIONS, ids=str)
def network_and_options(request, networks):
    bias, temperature, user_bias = request.param
    network = networks.FactorNetwork(0.0, bias, temperature, user_bias)
    network.build(None)
    return network, {"bias": bias, "temperature": temperature, "user_bias": user_bias}


def test_scores_are_inner_products_of_scaled_vectors_plus_biases(network_and_options, to_numpy):
    network, options = network_and_options
    scores = to_numpy(network({"user": USER, "item": OWN}))
    expected = [[plain(u, i, **options) for i in items] for u, items in zip(USER, OWN, strict=True)]
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


def test_items_shared_by_the_batch_score_as_each_users_own(network_and_options, to_numpy):
    network, _ = network_and_options
    shared = to_numpy(network({"user": USER, "item": SHARED}))
    own = to_numpy(network({"user": USER, "item": np.tile(SHARED, (3, 1, 1))}))
    np.testing.assert_allclose(shared, own, rtol=1e-4, atol=1e-5)


def test_inner_products_of_the_vectors_are_the_scores(keras, network_and_options, to_numpy):
    network, _ = network_and_options
    user, item = network.vectors(*map(keras.ops.convert_to_tensor, (USER, SHARED)))
    expected = to_numpy(network({"user": USER, "item": SHARED}))
    np.testing.assert_allclose(to_numpy(user) @ to_numpy(item).T, expected, rtol=1e-4, atol=1e-5)


def test_a_temperature_keeps_rows_of_zeros_finite_in_half_precision_too(networks, to_numpy):
    for precision in ("float32", "mixed_bfloat16", "mixed_float16"):
        network = networks.FactorNetwork(0.0, True, 0.1, dtype=precision)
        scores = to_numpy(network({"user": np.zeros((2, 5), np.float32), "item": SHARED}))
        np.testing.assert_allclose(scores.astype(np.float64), np.tile(SHARED[:, -1], (2, 1)), rtol=1e-2)


def test_dropout_acts_while_training_only_and_leaves_biases_alone(networks, to_numpy):
    network = networks.FactorNetwork(0.5, True, None)
    inputs = {"user": USER, "item": OWN}
    expected = [[plain(u, i, bias=True, temperature=None) for i in items] for u, items in zip(USER, OWN, strict=True)]
    np.testing.assert_allclose(to_numpy(network(inputs)), expected, rtol=1e-4, atol=1e-5)
    assert np.abs(to_numpy(network(inputs, training=True)) - expected).max() > 0.1
    only_biases = {"user": USER * [0, 0, 0, 0, 1], "item": OWN * [0, 0, 0, 0, 1]}
    dropped = to_numpy(network({name: rows.astype(np.float32) for name, rows in only_biases.items()}, training=True))
    np.testing.assert_allclose(dropped, USER[:, -1:] + OWN[..., -1], rtol=1e-5)


def test_nothing_is_learned_outside_the_tables(network_and_options):
    network, _ = network_and_options
    assert network.built
    assert network.trainable_variables == []


def test_users_and_items_are_given_one_shape(networks, to_numpy):
    from skrec.networks.factors import pairs

    user, item = (to_numpy(rows) for rows in pairs(USER, SHARED))
    assert user.shape == item.shape == (3, 4, 5)
    np.testing.assert_array_equal(user[:, 2], USER)
    np.testing.assert_array_equal(item[1], SHARED)
