import importlib

import numpy as np
import pytest

CODES = np.array([[3, 5, 2, 7, 0, 0], [4, 0, 0, 0, 0, 0], [0] * 6], dtype=np.int32)


@pytest.fixture(scope="module", params=["rnn", "lstm", "gru"])
def network(request, keras):
    made = importlib.import_module("skrec.networks.text_rnn").TextRNN(8, 3, 4, 5, request.param)
    made.build((None, 6))
    return made


def test_the_state_after_the_last_token_is_mapped_to_a_vector(network, to_numpy):
    rows, kernel = to_numpy(network.rows.value), to_numpy(network.last.kernel.value)
    found = to_numpy(network(CODES))
    for row, length in enumerate((4, 1)):
        state = to_numpy(network.reader(rows[CODES[row : row + 1, :length]]))
        np.testing.assert_allclose(found[row], state[0] @ kernel, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found[2], 0.0, atol=1e-7)


def test_padding_trains_nothing(network, gradients):
    grads = gradients(network, CODES)
    np.testing.assert_array_equal(grads[0][[0, 1, 6]], 0.0)
    assert all(np.abs(grad).max() > 0 for grad in grads)
