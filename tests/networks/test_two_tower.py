import numpy as np
import pytest

RNG = np.random.default_rng(0)
DIM = 4
USER_ROWS = RNG.normal(size=(3, DIM + 1)).astype(np.float32)
ITEM_ROWS = RNG.normal(size=(5, DIM + 1)).astype(np.float32)
AGE = RNG.normal(size=(3, 2)).astype(np.float32)
YEAR, PLOT = RNG.normal(size=(5, 2)).astype(np.float32), RNG.normal(size=(5, 3)).astype(np.float32)
SAMPLES = {"user": {"age": AGE[:1]}, "item": {"year": YEAR[:1], "plot": PLOT[:1]}}


def smooth(x):
    """The hidden units' activation, as in skrec.networks.smooth_relu."""
    from skrec.networks import smooth_relu

    return np.asarray(smooth_relu(x))


@pytest.fixture
def make(keras, networks):
    def make(hidden=(6,), temperature=None, user_bias=True, sides=("user", "item"), **options):
        names = {"user": ("age",), "item": ("year", "plot"), "context": ()}
        layers = {side: {name: keras.layers.Dense(DIM) for name in names[side]} for side in sides}
        options = {"dropout": 0.0, "id_dropout": 0.0, **options}
        network = networks.TwoTowerNetwork(layers, DIM, hidden, temperature=temperature, user_bias=user_bias, **options)
        network.build_for({side: SAMPLES[side] for side in sides})
        for position, variable in enumerate(network.trainable_variables):
            variable.assign(np.random.default_rng(position).normal(size=variable.shape, scale=0.5))
        return network

    return make


def tower(network, to_numpy, side, rows, features):
    """Row and features of one side in plain NumPy: sum, perceptron, bias."""

    def dense(layer, x):
        return x @ to_numpy(layer.kernel) + (to_numpy(layer.bias) if layer.use_bias else 0.0)

    embedded = [dense(network.fields.layers[side][name], features[name]) for name in sorted(features)]
    joined = np.concatenate(embedded, axis=1)
    vector, bias = rows[:, :-1] + sum(embedded), rows[:, -1:]
    if side in network.biases:
        bias = bias + joined @ to_numpy(network.biases[side].kernel)
    if network.perceptrons:
        *hidden, last = network.perceptrons[side]
        values = joined
        for layer in hidden:
            values = to_numpy(smooth(dense(layer, values)))
        vector = vector + dense(last, values)
    return np.concatenate([vector, bias], axis=1)


@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
@pytest.mark.parametrize("user_bias", [True, False])
def test_a_tower_adds_row_features_and_what_a_perceptron_makes_of_them(make, to_numpy, hidden, user_bias):
    network = make(hidden, user_bias=user_bias)
    found = to_numpy(network.encode("item", {"id": ITEM_ROWS, "year": YEAR, "plot": PLOT}))
    expected = tower(network, to_numpy, "item", ITEM_ROWS, {"year": YEAR, "plot": PLOT})
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    found = to_numpy(network.encode("user", {"id": USER_ROWS, "age": AGE}))
    np.testing.assert_allclose(found, tower(network, to_numpy, "user", USER_ROWS, {"age": AGE}), rtol=1e-4, atol=1e-4)
    assert set(network.biases) == ({"user", "item"} if user_bias else {"item"})


@pytest.mark.parametrize("temperature", [None, 0.2])
def test_a_score_is_the_product_of_both_vectors_plus_biases(make, to_numpy, temperature):
    network = make(temperature=temperature)
    user = to_numpy(network.encode("user", {"id": USER_ROWS, "age": AGE}))
    item = to_numpy(network.encode("item", {"id": ITEM_ROWS, "year": YEAR, "plot": PLOT}))
    u, i = user[:, :-1], item[:, :-1]
    if temperature is not None:
        u, i = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in (u, i))
    expected = (u @ i.T) / (temperature or 1.0) + user[:, -1:] + item[:, -1]
    np.testing.assert_allclose(to_numpy(network({"user": user, "item": item})), expected, rtol=1e-3, atol=1e-3)
    own = to_numpy(network({"user": user, "item": np.tile(item, (3, 1, 1))}))
    np.testing.assert_allclose(own, expected, rtol=1e-3, atol=1e-3)
    left, right = (to_numpy(vectors) for vectors in network.vectors(user, item))
    np.testing.assert_allclose(left @ right.T, expected, rtol=1e-3, atol=1e-3)


def test_a_side_without_features_is_its_row(make, to_numpy):
    network = make(sides=("item",))
    np.testing.assert_array_equal(to_numpy(network.encode("user", {"id": USER_ROWS})), USER_ROWS)
    assert set(network.perceptrons) == set(network.biases) == {"item"}
    assert make(sides=()).trainable_variables == []


def test_dropped_ids_leave_features_alone_to_carry(make, to_numpy):
    network = make(id_dropout=0.5)
    inputs = {
        "id": np.tile(ITEM_ROWS[:1], (400, 1)),
        "year": np.tile(YEAR[:1], (400, 1)),
        "plot": np.tile(PLOT[:1], (400, 1)),
    }
    found = to_numpy(network.encode("item", inputs, training=True))
    whole = tower(network, to_numpy, "item", ITEM_ROWS[:1], {"year": YEAR[:1], "plot": PLOT[:1]})
    bare = tower(network, to_numpy, "item", 0 * ITEM_ROWS[:1], {"year": YEAR[:1], "plot": PLOT[:1]})
    is_whole = np.isclose(found, whole, rtol=1e-3, atol=1e-3).all(axis=1)
    is_bare = np.isclose(found, bare, rtol=1e-3, atol=1e-3).all(axis=1)
    assert (is_whole ^ is_bare).all()
    assert is_bare.mean() == pytest.approx(0.5, abs=0.1)
