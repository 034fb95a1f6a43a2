import importlib

import numpy as np
import pytest

INPUTS = np.random.default_rng(0).normal(size=(2, 5, 6)).astype(np.float32)
ALLOWED = np.tril(np.ones((2, 5, 5), dtype=bool))


@pytest.fixture(scope="module")
def attention(keras):
    return importlib.import_module("skrec.networks.attention")


@pytest.mark.parametrize("n_heads", [1, 3])
def test_it_is_scaled_dot_product_attention(attention, to_numpy, n_heads):
    layer = attention.SelfAttention(n_heads, 0.0)
    layer.build((None, 5, 6))
    project, kernel, bias = (to_numpy(weight.value) for weight in layer.trainable_variables)
    query, key, value = np.split(INPUTS @ project, 3, axis=-1)
    heads = []
    for part in np.split(np.arange(6), n_heads):
        logits = query[..., part] @ key[..., part].transpose(0, 2, 1) / np.sqrt(len(part))
        weights = np.exp(logits) * ALLOWED
        heads.append(weights / weights.sum(axis=-1, keepdims=True) @ value[..., part])
    expected = np.concatenate(heads, axis=-1) @ kernel + bias
    np.testing.assert_allclose(to_numpy(layer(INPUTS, ALLOWED)), expected, rtol=1e-4, atol=1e-5)


def test_what_is_not_allowed_has_no_say(attention, to_numpy):
    layer = attention.SelfAttention(2, 0.0)
    other = INPUTS.copy()
    other[:, 3:] += 1.0
    first, second = to_numpy(layer(INPUTS, ALLOWED)), to_numpy(layer(other, ALLOWED))
    np.testing.assert_allclose(first[:, :3], second[:, :3], rtol=1e-5, atol=1e-6)
    assert np.abs(first[:, 3:] - second[:, 3:]).min() > 1e-4


def test_attention_weights_are_dropped_while_training_only(attention, to_numpy):
    layer = attention.SelfAttention(1, 0.5)
    quiet, loud = to_numpy(layer(INPUTS, ALLOWED)), to_numpy(layer(INPUTS, ALLOWED, training=True))
    assert np.abs(quiet - loud).max() > 1e-3
    np.testing.assert_array_equal(to_numpy(layer(INPUTS, ALLOWED)), quiet)


def test_heads_are_split_and_joined(attention, to_numpy, keras):
    values = keras.ops.convert_to_tensor(INPUTS)
    parts = attention.split_heads(values, 3)
    assert tuple(parts.shape) == (2, 3, 5, 2)
    np.testing.assert_array_equal(to_numpy(attention.join_heads(parts)), INPUTS)


def test_a_copy_from_its_config_has_the_same_structure(attention):
    config = attention.SelfAttention(2, 0.3).get_config()
    copy = attention.SelfAttention.from_config(config)
    assert (copy.n_heads, copy.rate) == (2, 0.3)
