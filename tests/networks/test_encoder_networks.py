"""What the networks of all encoders do alike: policies, configurations, compiled calls, rows of their own."""

import importlib

import numpy as np
import pytest

from skrec.backends import find_backend

RNG = np.random.default_rng(0)
CODES = np.array([[3, 5, 2, 1, 0], [4, 0, 0, 0, 0], [0] * 5, [7, 6, 5, 4, 3]], dtype=np.int32)
BAGS = np.stack([CODES, (CODES > 0) * 40_000], axis=-1).astype(np.int32)
PIXELS = RNG.integers(256, size=(4, 9, 6, 3)).astype(np.uint8)
FRAMES = RNG.normal(size=(4, 9, 6)).astype(np.float32)
CASES = {
    "category": ("category.CategoryNetwork", {"n_rows": 8}, CODES[:, 0]),
    "tags": ("tags.TagsNetwork", {"n_rows": 8}, CODES),
    "numeric": ("numeric.NumericNetwork", {"hidden": 5}, FRAMES[:, 0]),
    "numeric-linear": ("numeric.NumericNetwork", {"hidden": 0}, FRAMES[:, 0]),
    "text-cnn": ("text_cnn.TextCNN", {"n_rows": 8, "token_dim": 4, "filters": 3, "widths": (1, 3)}, CODES),
    "text-rnn": ("text_rnn.TextRNN", {"n_rows": 8, "token_dim": 4, "units": 5, "kind": "rnn"}, CODES),
    "text-lstm": ("text_rnn.TextRNN", {"n_rows": 8, "token_dim": 4, "units": 5, "kind": "lstm"}, CODES),
    "text-gru": ("text_rnn.TextRNN", {"n_rows": 8, "token_dim": 4, "units": 5, "kind": "gru"}, CODES),
    "text-bag": ("text_bag.TextBag", {"n_rows": 8}, BAGS),
    "image": ("conv.ConvNetwork", {"filters": (4, 5), "kernel_size": 3, "stride": 2, "padding": 1}, PIXELS),
    "audio-cnn": ("conv.ConvNetwork", {"filters": (4, 5), "kernel_size": 3, "stride": 2, "padding": 1}, FRAMES),
    "audio-lstm": ("audio_rnn.AudioRNN", {"units": 5, "kind": "lstm"}, FRAMES),
    "audio-gru": ("audio_rnn.AudioRNN", {"units": 5, "kind": "gru"}, FRAMES),
}


@pytest.fixture(params=list(CASES))
def case(request, networks):
    """A network as it is made, without weights, and a batch for it."""
    target, arguments, batch = CASES[request.param]
    module, _, name = target.partition(".")
    return getattr(importlib.import_module(f"skrec.networks.{module}"), name)(dim=3, **arguments), batch


def drawn(networks, layer, batch):
    """Build a layer, and draw its weights as a model does; gives their values."""
    layer.build((None, *batch.shape[1:]))
    weights, _ = networks.initial_weights(layer, np.random.default_rng(0))
    for variable, value in zip(layer.trainable_variables, weights, strict=True):
        variable.assign(value)
    return weights


def test_all_weights_are_float32_and_trained_and_named_alike_each_time(networks, case):
    layer, batch = case
    weights = drawn(networks, layer, batch)
    assert layer.non_trainable_variables == []
    assert all(value.dtype == np.float32 for value in weights)
    again = type(layer).from_config(layer.get_config())
    again.build((None, *batch.shape[1:]))

    def names(network):
        return [variable.path.partition("/")[2] for variable in network.trainable_variables]

    assert names(again) == names(layer)
    assert len(set(names(layer))) == len(names(layer))
    assert all(name and "layer" not in name for name in names(layer))


def test_rows_are_mapped_to_vectors_one_by_one(networks, to_numpy, case):
    layer, batch = case
    drawn(networks, layer, batch)
    vectors = to_numpy(layer(batch))
    assert vectors.shape == (4, 3)
    assert layer.compute_output_shape((None, *batch.shape[1:])) == (None, 3)
    np.testing.assert_allclose(to_numpy(layer(batch[2:3])), vectors[2:3], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(to_numpy(layer(batch[::-1].copy())), vectors[::-1], rtol=1e-4, atol=1e-5)


def test_weights_can_be_handed_in_to_a_compiled_call(keras, networks, to_numpy, case):
    layer, batch = case
    weights = [2.0 * value for value in drawn(networks, layer, batch)]

    def forward(weights, inputs):
        with keras.StatelessScope(list(zip(layer.trainable_variables, weights, strict=True))):
            return layer(inputs)

    compiled = find_backend().compile_forward(forward)(weights, batch)
    for variable, value in zip(layer.trainable_variables, weights, strict=True):
        variable.assign(value)
    np.testing.assert_allclose(compiled, to_numpy(layer(batch)), rtol=1e-4, atol=1e-5)


def test_compiled_training_steps_bring_the_loss_down(keras, networks, case):
    layer, batch = case
    first = drawn(networks, layer, batch)
    backend, ops = find_backend(), keras.ops
    target = ops.convert_to_tensor(np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32))

    def loss(parameters, inputs):
        with keras.StatelessScope(list(zip(layer.trainable_variables, parameters["weights"], strict=True))):
            return ops.mean((layer(inputs) - target) ** 2), 0

    def step(state, batch):
        value, _, gradients = backend.value_and_grad(loss, {"weights": state["weights"]}, batch["inputs"])
        weights = [w - 0.1 * g for w, g in zip(state["weights"], gradients["weights"], strict=True)]
        return {"weights": weights}, ops.stack([value, value])

    run = backend.compile_steps(step)
    state = {"weights": [ops.convert_to_tensor(value) for value in first]}
    _, figures = run(state, {"inputs": np.stack([batch] * 8)}, 8)
    losses = keras.ops.convert_to_numpy(figures)[:8, 0]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_a_policy_set_after_construction_holds_for_all_parts(keras, networks, to_numpy, case, policy):
    layer, batch = case
    exact_layer = type(layer).from_config(layer.get_config())
    drawn(networks, exact_layer, batch)
    exact = to_numpy(exact_layer(batch))
    layer.dtype_policy = keras.DTypePolicy(policy)
    weights = drawn(networks, layer, batch)
    assert all(value.dtype == np.float32 for value in weights)
    assert {part.dtype_policy.name for part in layer._flatten_layers()} == {policy}
    vectors = layer(batch)
    assert keras.backend.standardize_dtype(vectors.dtype) == policy.removeprefix("mixed_")
    rounded = to_numpy(keras.ops.cast(vectors, "float32"))
    np.testing.assert_allclose(rounded, exact, atol=0.05 * max(1.0, np.abs(exact).max()))


def test_a_layer_is_made_again_from_its_configuration(keras, case):
    layer, _ = case
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()
