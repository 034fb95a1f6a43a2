import itertools

import numpy as np
import pytest

RNG = np.random.default_rng(0)
DIM = 3
N, M = 4, 5
ROWS = {side: RNG.normal(size=(n, DIM + 1)).astype(np.float32) for side, n in (("user", N), ("item", M))}
FEATURES = {
    "user": {"age": RNG.normal(size=(N, 2)).astype(np.float32)},
    "item": {"year": RNG.normal(size=(M, 2)).astype(np.float32), "plot": RNG.normal(size=(M, 3)).astype(np.float32)},
    "context": {"hour": RNG.normal(size=(N, 2)).astype(np.float32)},
}


@pytest.fixture
def make(keras, networks):
    def make(kind, *, hidden=(6,), sides=("user", "item", "context"), **options):
        layers = {side: {name: keras.layers.Dense(DIM) for name in FEATURES[side]} for side in sides}
        settings = {"dropout": 0.0, "id_dropout": 0.0, "bias": True, **options}
        network = getattr(networks, kind)(layers=layers, dim=DIM, hidden=hidden, **settings)
        network.build_for({side: {name: rows[:1] for name, rows in FEATURES[side].items()} for side in sides})
        for position, variable in enumerate(network.trainable_variables):
            variable.assign(np.random.default_rng(position).normal(size=variable.shape, scale=0.4))
        return network

    return make


@pytest.fixture
def plain(to_numpy):
    """Fields and first-order weights of one pair in plain NumPy, and functions of layers."""

    def dense(layer, x):
        return x @ to_numpy(layer.kernel) + (to_numpy(layer.bias) if layer.use_bias else 0.0)

    def fields(network, user, item):
        vectors, weight = [], 0.0
        for side, place in (("user", user), ("item", item), ("context", user)):
            own = network.fields.layers.get(side, {})
            if side != "context":
                vectors.append(ROWS[side][place, :-1])
                weight += ROWS[side][place, -1]
            embedded = [dense(own[name], FEATURES[side][name][place]) for name in sorted(own)]
            vectors += embedded
            if embedded:
                weight += float(np.concatenate(embedded) @ to_numpy(network.first_order[side].kernel)[:, 0])
        return np.stack(vectors), weight

    def perceptron(network, values):
        from skrec.networks import smooth_relu

        for layer in network.hidden:
            values = to_numpy(smooth_relu(dense(layer, values)))
        return values

    return dense, fields, perceptron


def score(network, to_numpy, *, sides=("user", "item", "context")):
    """Score all pairs as a model does: encode each side, concatenate context to the user."""
    encoded = {
        side: network.encode(
            side, {**({"id": ROWS[side]} if side in ROWS else {}), **(FEATURES[side] if side in sides else {})}
        )
        for side in {"user", "item", *sides}
    }
    user = to_numpy(encoded["user"])
    if "context" in sides:
        user = np.concatenate([user, to_numpy(encoded["context"])], axis=1)
    item = to_numpy(encoded["item"])
    shared = to_numpy(network({"user": user, "item": item}))
    own = to_numpy(network({"user": user, "item": np.tile(item, (N, 1, 1))}))
    np.testing.assert_allclose(own, shared, rtol=1e-4, atol=1e-4)
    return shared


def expected(network, function):
    return np.array([[function(network, user, item) for item in range(M)] for user in range(N)])


@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
@pytest.mark.parametrize("sides", [("user", "item", "context"), ("item",), ("context",), ()])
def test_wide_and_deep_adds_first_order_weights_and_a_perceptron(make, plain, to_numpy, hidden, sides):
    dense, fields, perceptron = plain

    def one(network, user, item):
        vectors, weight = fields(network, user, item)
        return weight + dense(network.last, perceptron(network, vectors.ravel()))[0]

    network = make("WideDeepNetwork", hidden=hidden, sides=sides)
    np.testing.assert_allclose(score(network, to_numpy, sides=sides), expected(network, one), rtol=1e-3, atol=1e-3)


def test_deep_fm_adds_the_product_of_each_pair_of_fields(make, plain, to_numpy):
    dense, fields, perceptron = plain

    def one(network, user, item):
        vectors, weight = fields(network, user, item)
        products = sum(left @ right for left, right in itertools.combinations(vectors, 2))
        return weight + products + dense(network.last, perceptron(network, vectors.ravel()))[0]

    network = make("DeepFMNetwork")
    assert network.n_fields == 6
    np.testing.assert_allclose(score(network, to_numpy), expected(network, one), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("hidden", [(), (6,)])
@pytest.mark.parametrize("n_crosses", [1, 3])
def test_cross_layers_multiply_by_the_fields_and_add_what_came_in(make, plain, to_numpy, n_crosses, hidden):
    dense, fields, perceptron = plain

    def one(network, user, item):
        vectors, weight = fields(network, user, item)
        start = crossed = vectors.ravel()
        for layer in network.crosses:
            crossed = start * dense(layer, crossed) + crossed  # equation 1 of Wang et al.
        both = np.concatenate([crossed, perceptron(network, start)]) if hidden else crossed
        return weight + dense(network.last, both)[0]

    network = make("DCNv2Network", n_crosses=n_crosses, hidden=hidden)
    assert len(network.crosses) == n_crosses
    np.testing.assert_allclose(score(network, to_numpy), expected(network, one), rtol=1e-3, atol=1e-3)


def test_without_a_bias_all_scores_have_none(make):
    paths = [variable.path for variable in make("WideDeepNetwork", hidden=(), bias=False).trainable_variables]
    assert not [path for path in paths if path.endswith("last/bias")]


def test_dropout_of_units_and_ids_acts_while_training_only(make, to_numpy):
    network = make("WideDeepNetwork", dropout=0.5, id_dropout=0.5, hidden=(64,))
    inputs = {"id": ROWS["user"], **FEATURES["user"]}
    still = to_numpy(network.encode("user", inputs))
    np.testing.assert_array_equal(still, to_numpy(network.encode("user", inputs, training=False)))
    kept = [np.array_equal(to_numpy(network.encode("user", inputs, training=True)), still) for _ in range(8)]
    assert not all(kept)
    user = np.concatenate([still, to_numpy(network.encode("context", FEATURES["context"]))], axis=1)
    item = to_numpy(network.encode("item", {"id": ROWS["item"], **FEATURES["item"]}))
    quiet = to_numpy(network({"user": user, "item": item}))
    np.testing.assert_array_equal(quiet, to_numpy(network({"user": user, "item": item}, training=False)))
    assert np.abs(to_numpy(network({"user": user, "item": item}, training=True)) - quiet).max() > 1e-3


def test_under_mixed_precision_scores_come_close(keras, make, to_numpy):
    full, half = make("DCNv2Network", n_crosses=1), make("DCNv2Network", n_crosses=1, dtype="mixed_bfloat16")
    encoded = half.encode("context", FEATURES["context"])
    assert keras.backend.standardize_dtype(encoded.dtype) == "bfloat16"
    rows = {side: np.ones((3, width), np.float32) for side, width in (("user", 2 * DIM + 1), ("item", 3 * DIM + 1))}
    pair = {"user": np.concatenate([rows["user"], np.ones((3, DIM + 1), np.float32)], axis=1), "item": rows["item"]}
    np.testing.assert_allclose(
        to_numpy(keras.ops.cast(half(pair), "float32")), to_numpy(full(pair)), rtol=0.05, atol=0.05
    )
