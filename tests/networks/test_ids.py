import numpy as np
import pytest

USER = np.array([2, 0, 1], dtype=np.int32)
OWN = np.array([[0, 3], [1, 1], [3, 2]], dtype=np.int32)
SHARED = np.array([3, 0], dtype=np.int32)


def table(user, item):
    """Scores of the toy model."""
    return 10.0 * user + item


@pytest.fixture(params=["dict", "list", "column"])
def network(request, keras, networks):
    """The same score from models that take and give their tensors in different forms."""
    user, item = (keras.Input((), dtype="int32", name=name) for name in ("user_id", "item_id"))
    score = 10.0 * keras.ops.cast(user, "float32") + keras.ops.cast(item, "float32")
    if request.param == "column":
        score = keras.ops.expand_dims(score, 1)
    inputs = [user, item] if request.param == "list" else {"user_id": user, "item_id": item}
    network = networks.IdNetwork(keras.Model(inputs, score))
    network.build(None)
    return network


def test_each_users_own_items_are_scored(network, to_numpy):
    scores = to_numpy(network({"user": USER, "item": OWN}))
    np.testing.assert_array_equal(scores, table(USER[:, np.newaxis], OWN))


def test_items_shared_by_the_batch_are_scored_for_every_user(network, to_numpy):
    scores = to_numpy(network({"user": USER, "item": SHARED}))
    np.testing.assert_array_equal(scores, table(USER[:, np.newaxis], SHARED[np.newaxis]))


def test_the_models_weights_are_the_networks(keras, networks):
    inputs = {name: keras.Input((), dtype="int32", name=name) for name in ("user_id", "item_id")}
    product = keras.layers.Embedding(4, 2)(inputs["user_id"]) * keras.layers.Embedding(5, 2)(inputs["item_id"])
    network = networks.IdNetwork(keras.Model(inputs, keras.layers.Dense(1)(product)))
    assert [tuple(variable.shape) for variable in network.trainable_variables] == [(4, 2), (5, 2), (2, 1), (1,)]


def test_training_is_passed_on(keras, networks, to_numpy):
    inputs = {name: keras.Input((), dtype="int32", name=name) for name in ("user_id", "item_id")}
    ones = keras.ops.ones_like(keras.ops.expand_dims(keras.ops.cast(inputs["item_id"], "float32"), 1))
    network = networks.IdNetwork(keras.Model(inputs, keras.layers.Dropout(0.5, seed=0)(ones)))
    batch = {"user": np.arange(40, dtype=np.int32), "item": SHARED}
    assert (to_numpy(network(batch)) == 1.0).all()
    assert set(np.unique(to_numpy(network(batch, training=True)))) == {0.0, 2.0}
