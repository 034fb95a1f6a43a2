import numpy as np
import pytest

RNG = np.random.default_rng(2)
USER = RNG.normal(size=(3, 8)).astype(np.float32)
OWN = RNG.normal(size=(3, 5, 8)).astype(np.float32)
SHARED = RNG.normal(size=(5, 8)).astype(np.float32)
HIDDEN = (6, 3)


def make(networks, dropout, hidden=HIDDEN):
    network = networks.NeuMFNetwork(hidden, dropout)
    network.build({"user": (None, 8), "item": (None, None, 8)})
    rng = np.random.default_rng(3)
    for variable in network.trainable_variables:
        variable.assign(rng.normal(size=variable.shape).astype(np.float32))
    return network


def plain(network, user, item, to_numpy):
    """The score of one pair of rows."""
    weights = [to_numpy(variable.value) for variable in network.trainable_variables]
    hidden = np.concatenate([user[4:], item[4:]])
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        sums = hidden @ kernel + bias
        hidden = (sums + np.sqrt(sums**2 + 0.01)) / 2.0
    return float(np.concatenate([user[:4] * item[:4], hidden]) @ weights[-2][:, 0] + weights[-1][0])


@pytest.mark.parametrize("hidden", [HIDDEN, ()], ids=str)
@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_a_score_joins_the_product_of_the_first_halves_and_a_perceptron_of_the_second(
    networks, to_numpy, dropout, hidden
):
    network = make(networks, dropout, hidden)
    scores = to_numpy(network({"user": USER, "item": OWN}))
    expected = [[plain(network, u, i, to_numpy) for i in items] for u, items in zip(USER, OWN, strict=True)]
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-4)


def test_items_shared_by_the_batch_score_as_each_users_own(networks, to_numpy):
    network = make(networks, 0.0)
    shared = to_numpy(network({"user": USER, "item": SHARED}))
    own = to_numpy(network({"user": USER, "item": np.tile(SHARED, (3, 1, 1))}))
    np.testing.assert_allclose(shared, own, rtol=1e-4, atol=1e-5)


def test_dropout_acts_while_training_only_and_differs_between_layers(networks, to_numpy):
    network = make(networks, 0.5)
    inputs = {"user": USER, "item": OWN}
    scores = to_numpy(network(inputs))
    np.testing.assert_array_equal(to_numpy(network(inputs)), scores)
    assert np.abs(to_numpy(network(inputs, training=True)) - scores).max() > 1e-3
    assert len(network.drops) == len(HIDDEN)
    # Each layer has a counter of its own, which its first masks follow from.
    counters = networks.initial_weights(network, np.random.default_rng(0))[1]
    assert len(counters) == len(HIDDEN) == len({int(counter) for counter in counters})


def test_the_last_unit_may_go_without_a_bias(networks):
    for bias in (True, False):
        network = networks.NeuMFNetwork((3,), 0.0, bias)
        network.build({"user": (None, 8), "item": (None, None, 8)})
        assert len(network.trainable_variables) == 3 + bias


def test_it_has_no_vectors_whose_inner_products_are_the_scores(networks):
    assert not hasattr(make(networks, 0.0), "vectors")
