import numpy as np
import pytest

RNG = np.random.default_rng(1)
USER = RNG.normal(size=(3, 4)).astype(np.float32)
OWN = RNG.normal(size=(3, 5, 4)).astype(np.float32)
SHARED = RNG.normal(size=(5, 4)).astype(np.float32)
KERNEL = RNG.normal(size=(4, 1)).astype(np.float32)
BIAS = np.array([0.25], dtype=np.float32)


@pytest.fixture(params=[0.0, 0.5], ids=["plain", "dropout"])
def network(request, networks):
    network = networks.GMFNetwork(request.param)
    network.build({"user": (None, 4), "item": (None, None, 4)})
    network.unit.kernel.assign(KERNEL)
    network.unit.bias.assign(BIAS)
    return network


def test_a_score_is_the_weighted_product_of_both_embeddings(network, to_numpy):
    expected = np.einsum("bd,bnd,d->bn", USER, OWN, KERNEL[:, 0]) + BIAS
    np.testing.assert_allclose(to_numpy(network({"user": USER, "item": OWN})), expected, rtol=1e-4, atol=1e-5)


def test_items_shared_by_the_batch_score_as_each_users_own(network, to_numpy):
    shared = to_numpy(network({"user": USER, "item": SHARED}))
    own = to_numpy(network({"user": USER, "item": np.tile(SHARED, (3, 1, 1))}))
    np.testing.assert_allclose(shared, own, rtol=1e-4, atol=1e-5)


def test_inner_products_of_the_vectors_are_the_scores(keras, network, to_numpy):
    tensors = (keras.ops.convert_to_tensor(rows) for rows in (USER, SHARED))
    user, item = (to_numpy(vectors) for vectors in network.vectors(*tensors))
    expected = to_numpy(network({"user": USER, "item": SHARED}))
    np.testing.assert_allclose(user @ item.T, expected, rtol=1e-4, atol=1e-5)


def test_training_starts_from_the_plain_inner_product(networks, to_numpy):
    network = networks.GMFNetwork(0.0)
    network.build({"user": (None, 4), "item": (None, None, 4)})
    expected = np.einsum("bd,bnd->bn", USER, OWN)
    np.testing.assert_allclose(to_numpy(network({"user": USER, "item": OWN})), expected, rtol=1e-4, atol=1e-5)


def test_the_unit_may_go_without_a_bias(keras, networks, to_numpy):
    network = networks.GMFNetwork(0.0, bias=False)
    network.build({"user": (None, 4), "item": (None, None, 4)})
    network.unit.kernel.assign(KERNEL)
    expected = (USER * KERNEL[:, 0]) @ SHARED.T
    for item in (SHARED, np.tile(SHARED, (3, 1, 1))):
        np.testing.assert_allclose(to_numpy(network({"user": USER, "item": item})), expected, rtol=1e-4, atol=1e-5)
    user, item = network.vectors(*map(keras.ops.convert_to_tensor, (USER, SHARED)))
    np.testing.assert_allclose(to_numpy(user) @ to_numpy(item).T, expected, rtol=1e-4, atol=1e-5)
    assert len(network.trainable_variables) == 1


def test_dropout_acts_while_training_only(networks, to_numpy):
    network = networks.GMFNetwork(0.5)
    network.build({"user": (None, 4), "item": (None, None, 4)})
    ones = {"user": np.ones((3, 4), np.float32), "item": np.ones((50, 4), np.float32)}
    np.testing.assert_allclose(to_numpy(network(ones)), 4.0)
    scores = to_numpy(network(ones, training=True))
    # Each of four entries is dropped, or doubled.
    assert set(np.unique(scores.round(4))) == {0.0, 2.0, 4.0, 6.0, 8.0}
