import importlib

import numpy as np
import pytest

INPUTS = np.random.default_rng(0).normal(size=(3, 7, 4)).astype(np.float32)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_the_state_after_the_last_frame_is_mapped_to_a_vector(keras, to_numpy, kind):
    network = importlib.import_module("skrec.networks.audio_rnn").AudioRNN(3, 5, kind)
    network.build((None, 7, 4))
    expected = to_numpy(network.reader(INPUTS)) @ to_numpy(network.last.kernel.value)
    np.testing.assert_allclose(to_numpy(network(INPUTS)), expected, rtol=1e-4, atol=1e-6)
