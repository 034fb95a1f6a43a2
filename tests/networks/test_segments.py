import importlib

import numpy as np
import pytest

# A history of three events, one of two, and a place of padding.
AGE = np.array([[0, 1, 2, 0, 1, 0]], dtype=np.int32)
HISTORY = np.array([0, 0, 0, 1, 1, 2])


@pytest.fixture(scope="module")
def segments(keras):
    return importlib.import_module("skrec.networks.segments")


def test_events_look_at_their_own_history_only(segments, to_numpy):
    allowed = to_numpy(segments.attention_mask(AGE, causal=False))[0]
    np.testing.assert_array_equal(allowed, HISTORY[:, np.newaxis] == HISTORY)


def test_causal_events_look_back_and_at_themselves(segments, to_numpy):
    allowed = to_numpy(segments.attention_mask(AGE, causal=True))[0]
    np.testing.assert_array_equal(allowed, np.tril(HISTORY[:, np.newaxis] == HISTORY))


def test_what_stood_before_is_zero_where_the_history_had_not_begun(segments, to_numpy, keras):
    values = keras.ops.convert_to_tensor(np.arange(1.0, 7.0, dtype=np.float32).reshape(1, 6, 1))
    for steps, expected in ((0, [1, 2, 3, 4, 5, 6]), (1, [0, 1, 2, 0, 4, 0]), (2, [0, 0, 1, 0, 0, 0])):
        found = to_numpy(segments.lagged(values, keras.ops.convert_to_tensor(AGE), steps))
        np.testing.assert_array_equal(found[0, :, 0], expected)
    np.testing.assert_array_equal(to_numpy(segments.shifted(values, 2))[0, :, 0], [0, 0, 1, 2, 3, 4])
