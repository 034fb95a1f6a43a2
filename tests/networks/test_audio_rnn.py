import importlib

import numpy as np
import pytest
from scipy.special import logsumexp

INPUTS = np.random.default_rng(0).normal(size=(3, 7, 4)).astype(np.float32)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_mean_and_peak_of_the_states_are_mapped_to_a_vector(keras, to_numpy, kind):
    network = importlib.import_module("skrec.networks.audio_rnn").AudioRNN(3, 5, kind)
    network.build((None, 7, 4))
    states = np.stack([to_numpy(network.reader(INPUTS[:, : step + 1])) for step in range(7)])
    peak = (logsumexp(4.0 * states, axis=0) - np.log(7)) / 4.0
    pooled = np.concatenate([states.mean(axis=0), peak], axis=1)
    expected = pooled @ to_numpy(network.last.kernel.value)
    np.testing.assert_allclose(to_numpy(network(INPUTS)), expected, rtol=1e-4, atol=1e-6)


def test_silence_behind_a_sound_leaves_its_mark_and_not_silence_alone(keras, to_numpy):
    network = importlib.import_module("skrec.networks.audio_rnn").AudioRNN(3, 5, "lstm")
    network.build((None, 60, 4))
    silent = np.full((2, 60, 4), -1.0, dtype=np.float32)
    heard = silent.copy()
    heard[0, :20, 0], heard[1, :20, 3] = 1.0, 1.0
    apart = np.abs(np.diff(to_numpy(network(heard)), axis=0)).max()
    assert apart > 0.05
