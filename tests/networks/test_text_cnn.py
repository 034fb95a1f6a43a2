import importlib

import numpy as np
import pytest

CODES = np.array([[3, 5, 2, 7, 0, 0], [4, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6], [0] * 6], dtype=np.int32)


@pytest.fixture(scope="module")
def network(keras):
    made = importlib.import_module("skrec.networks.text_cnn").TextCNN(8, 3, 4, 5, (1, 2, 4))
    made.build((None, 6))
    rng = np.random.default_rng(1)
    for variable in made.trainable_variables:
        variable.assign(rng.normal(size=variable.shape).astype(np.float32))
    return made


def naive(network, codes, to_numpy, rectify):
    """One text, phrase by phrase."""
    rows = to_numpy(network.rows.value)
    tokens = [rows[code] for code in codes if code]
    found = []
    for phrases in network.phrases:
        kernel, bias = to_numpy(phrases.kernel.value), to_numpy(phrases.bias.value)
        best = np.full(len(bias), -np.inf)
        for start in range(len(tokens)):
            run = tokens[start : start + len(kernel)]
            best = np.maximum(best, bias + sum(token @ weights for token, weights in zip(run, kernel, strict=False)))
        found.append(rectify(best) if tokens else np.zeros(len(bias)))
    kernel, bias = (to_numpy(variable.value) for variable in network.last.trainable_variables)
    return np.concatenate(found) @ kernel + bias


def test_the_largest_response_of_each_filter_to_any_run_of_tokens_counts(network, to_numpy, squareplus):
    expected = [naive(network, codes, to_numpy, squareplus) for codes in CODES]
    np.testing.assert_allclose(to_numpy(network(CODES)), expected, rtol=1e-4, atol=1e-4)


def test_a_text_without_tokens_is_the_bias(network, to_numpy):
    np.testing.assert_allclose(to_numpy(network(CODES))[3], to_numpy(network.last.bias.value), rtol=1e-5)


def test_half_precision_holds_texts_without_tokens(network, to_numpy):
    half = type(network).from_config({**network.get_config(), "dtype": "mixed_float16"})
    half.build((None, 6))
    for variable, learned in zip(half.trainable_variables, network.trainable_variables, strict=True):
        variable.assign(to_numpy(learned.value))
    np.testing.assert_allclose(to_numpy(half(CODES)), to_numpy(network(CODES)), rtol=0.05, atol=0.05)


def test_padding_trains_nothing(network, gradients):
    grads = gradients(network, CODES)
    assert len(grads) == 1 + 2 * 3 + 2
    np.testing.assert_array_equal(grads[0][0], 0.0)
    assert np.abs(grads[0][1:]).max() > 0


def test_kernels_are_drawn_as_keras_draws_those_of_a_convolution(networks, network):
    network = type(network).from_config(network.get_config())
    network.build((None, 6))
    drawn = networks.initial_weights(network, np.random.default_rng(0))[0]
    kernel = drawn[1 + 2 * 2]
    assert kernel.shape == (4, 4, 5)
    assert 0 < np.abs(kernel).max() <= np.sqrt(6.0 / (4 * 4 + 4 * 5))
    assert [value.any() for value in drawn] == [True, *[True, False] * 4]
