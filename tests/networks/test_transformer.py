import importlib

import numpy as np
import pytest

INPUTS = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
ALLOWED = np.tril(np.ones((2, 5, 5), dtype=bool))


@pytest.fixture(scope="module")
def transformer(keras):
    return importlib.import_module("skrec.networks.transformer")


def test_both_halves_add_to_what_comes_in(transformer, to_numpy):
    block = transformer.TransformerBlock(2, 7, 0.0)
    block.build((None, 5, 4))
    block.attention.join.kernel.assign(np.zeros((4, 4), dtype=np.float32))
    block.second.kernel.assign(np.zeros((7, 4), dtype=np.float32))
    np.testing.assert_allclose(to_numpy(block(INPUTS, ALLOWED)), INPUTS, rtol=1e-6)
    block.second.bias.assign(np.arange(4, dtype=np.float32))
    np.testing.assert_allclose(to_numpy(block(INPUTS, ALLOWED)), INPUTS + np.arange(4), rtol=1e-5, atol=1e-6)


def test_later_events_have_no_say_under_a_causal_mask(transformer, to_numpy):
    block = transformer.TransformerBlock(1, 8, 0.0)
    other = INPUTS.copy()
    other[:, 4] = 9.0
    first, second = to_numpy(block(INPUTS, ALLOWED)), to_numpy(block(other, ALLOWED))
    np.testing.assert_allclose(first[:, :4], second[:, :4], rtol=1e-5, atol=1e-5)
    assert np.abs(first[:, 4] - second[:, 4]).max() > 1e-3


def test_dropout_is_for_training(transformer, to_numpy):
    block = transformer.TransformerBlock(1, 8, 0.5)
    quiet = to_numpy(block(INPUTS, ALLOWED))
    assert np.abs(quiet - to_numpy(block(INPUTS, ALLOWED, training=True))).max() > 1e-3
    copy = transformer.TransformerBlock.from_config(block.get_config())
    assert (copy.n_heads, copy.hidden, copy.rate) == (1, 8, 0.5)
