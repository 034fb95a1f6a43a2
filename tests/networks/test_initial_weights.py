import numpy as np
import pytest


def layers(keras):
    """Layers of every kind of initializer, in one model of three steps of eight numbers."""
    names = keras.initializers
    inputs = keras.Input((3, 8))
    hidden = keras.layers.Dense(400, kernel_initializer=names.HeNormal(), name="he")(inputs)
    hidden = keras.layers.Dense(300, kernel_initializer=names.RandomNormal(0.5, 0.2), name="normal")(hidden)
    hidden = keras.layers.Dense(300, kernel_initializer=names.TruncatedNormal(0.0, 0.3), name="truncated")(hidden)
    hidden = keras.layers.Dense(300, kernel_initializer=names.RandomUniform(-2.0, 1.0), name="uniform")(hidden)
    scaling = names.VarianceScaling(2.0, "fan_out", "untruncated_normal")
    hidden = keras.layers.Dense(300, kernel_initializer=scaling, name="scaling")(hidden)
    hidden = keras.layers.Dense(40, name="glorot", bias_initializer="ones")(hidden)
    hidden = keras.layers.Conv1D(50, 2, name="conv")(hidden)
    hidden = keras.layers.Dropout(0.5, seed=1)(hidden)
    hidden = keras.layers.BatchNormalization(name="batch")(hidden)
    return keras.Model(inputs, keras.layers.GRU(16, name="gru")(hidden))


@pytest.fixture(scope="module")
def model(keras):
    return layers(keras)


@pytest.fixture(scope="module")
def drawn(model, networks):
    """Values by the variables' paths."""
    trainable, fixed = networks.initial_weights(model, np.random.default_rng(0))
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    return {variable.path: value for variable, value in zip(variables, [*trainable, *fixed], strict=True)}


def test_every_value_has_its_variables_shape_and_dtype(model, networks):
    trainable, fixed = networks.initial_weights(model, np.random.default_rng(0))
    for values, variables in ((trainable, model.trainable_variables), (fixed, model.non_trainable_variables)):
        assert [value.shape for value in values] == [tuple(variable.shape) for variable in variables]
        assert [str(value.dtype) for value in values] == [variable.dtype for variable in variables]


def test_the_same_generator_state_gives_the_same_numbers_whatever_keras_drew(keras, networks, drawn):
    other = layers(keras)
    trainable, fixed = networks.initial_weights(other, np.random.default_rng(0))
    for value, expected in zip([*trainable, *fixed], drawn.values(), strict=True):
        np.testing.assert_array_equal(value, expected)


def test_another_seed_gives_other_numbers(model, networks, drawn):
    trainable, _ = networks.initial_weights(model, np.random.default_rng(1))
    assert not np.array_equal(trainable[0], drawn["he/kernel"])


def test_the_numbers_are_these_on_every_backend(drawn):
    # Drawn by numpy.random.default_rng(0) in the order of the layers; a change here breaks parity with models fitted before.
    rng = np.random.default_rng(0)
    values = rng.normal(size=(8, 400))
    while (far := np.abs(values) > 2.0).any():
        values[far] = rng.normal(size=int(far.sum()))
    expected = np.sqrt(2.0 / 8.0) / 0.87962566103423978 * values
    np.testing.assert_allclose(drawn["he/kernel"], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("path", "mean", "deviation"),
    [
        ("he/kernel", 0.0, np.sqrt(2.0 / 8.0)),
        ("normal/kernel", 0.5, 0.2),
        ("truncated/kernel", 0.0, 0.3 * 0.87962566),
        ("uniform/kernel", -0.5, 3.0 / np.sqrt(12.0)),
        ("scaling/kernel", 0.0, np.sqrt(2.0 / 300.0)),
        ("glorot/kernel", 0.0, np.sqrt(2.0 / (300.0 + 40.0))),
        ("conv/kernel", 0.0, np.sqrt(2.0 / (2 * 40.0 + 2 * 50.0))),
    ],
)
def test_weights_keep_the_distribution_of_their_initializer(drawn, path, mean, deviation):
    values = drawn[path]
    assert values.std() == pytest.approx(deviation, rel=0.04)
    assert values.mean() == pytest.approx(mean, abs=4.0 * deviation / np.sqrt(values.size))


def test_uniform_and_truncated_weights_stay_in_their_range(drawn):
    assert -2.0 <= drawn["uniform/kernel"].min() < -1.98
    assert 0.98 < drawn["uniform/kernel"].max() < 1.0
    assert np.abs(drawn["glorot/kernel"]).max() <= np.sqrt(6.0 / 340.0)
    assert np.abs(drawn["truncated/kernel"]).max() <= 0.6


def test_recurrent_kernels_are_orthogonal(drawn):
    path = next(path for path in drawn if path.endswith("recurrent_kernel"))
    kernel = drawn[path]
    assert kernel.shape == (16, 48)
    np.testing.assert_allclose(kernel @ kernel.T, np.eye(16), atol=1e-5)


def test_weights_that_are_not_random_stay_as_they_were_built(drawn):
    assert not drawn["he/bias"].any()
    assert (drawn["glorot/bias"] == 1.0).all()
    assert (drawn["batch/gamma"] == 1.0).all()
    assert (drawn["batch/moving_variance"] == 1.0).all()


def test_the_state_of_dropout_is_seeded_too(keras, networks):
    network = networks.NeuMFNetwork((4, 4), 0.5)
    network.build({"user": (None, 4), "item": (None, None, 4)})
    states = [networks.initial_weights(network, np.random.default_rng(seed))[1] for seed in (0, 0, 1)]
    assert len(states[0]) == 2
    np.testing.assert_array_equal(states[0], states[1])
    assert not np.array_equal(states[0], states[2])
    assert not np.array_equal(states[0][0], states[0][1])


def weighted(keras, networks, **options):
    """A layer whose weight's initializer is no attribute."""

    class Weighted(keras.Layer):
        def build(self, input_shape):
            self.inner = self.add_weight(shape=(300, 200), name="inner", **options)
            self.built = True

    layer = Weighted()
    with networks.initializers_noted():
        layer.build(None)
    return layer


@pytest.mark.parametrize(
    ("options", "deviation"),
    [
        ({}, (2.0 / 500.0) ** 0.5),
        ({"initializer": "random_normal"}, 0.05),
        ({"initializer": "he_uniform"}, (2.0 / 300.0) ** 0.5),
    ],
)
def test_weights_that_a_layer_adds_by_itself_are_drawn_too(keras, networks, options, deviation):
    (value,), _ = networks.initial_weights(weighted(keras, networks, **options), np.random.default_rng(0))
    (again,), _ = networks.initial_weights(weighted(keras, networks, **options), np.random.default_rng(0))
    np.testing.assert_array_equal(value, again)
    assert value.std() == pytest.approx(deviation, rel=0.02)


def test_weights_that_a_layer_adds_keep_what_is_not_random(keras, networks):
    for options, expected in (({"initializer": "ones"}, 1.0), ({"trainable": False, "initializer": "zeros"}, 0.0)):
        trainable, fixed = networks.initial_weights(weighted(keras, networks, **options), np.random.default_rng(0))
        assert ((trainable + fixed)[0] == expected).all()


def test_nothing_of_keras_is_changed_when_a_network_is_built(keras, networks):
    before = keras.Layer.add_weight
    with pytest.raises(ZeroDivisionError), networks.initializers_noted():
        1 / 0  # noqa: B018
    assert keras.Layer.add_weight is before


def test_nothing_global_is_drawn_from(keras, networks):
    network = networks.NeuMFNetwork((4,), 0.5)
    network.build({"user": (None, 4), "item": (None, None, 4)})
    np.random.seed(5)  # noqa: NPY002 - the global generator is what is tested
    expected = np.random.random(3)  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    networks.initial_weights(network, np.random.default_rng(0))
    np.testing.assert_array_equal(np.random.random(3), expected)  # noqa: NPY002
