import importlib

import numpy as np
import pytest


@pytest.fixture(scope="module")
def make(keras):
    return importlib.import_module("skrec.networks.token_dropout").TokenDropout


def test_nothing_is_dropped_outside_of_training(make, to_numpy):
    codes = np.arange(1, 13, dtype=np.int32).reshape(3, 4)
    np.testing.assert_array_equal(to_numpy(make(0.5)(codes)), codes)
    np.testing.assert_array_equal(to_numpy(make(0.0)(codes, training=True)), codes)


def test_tokens_and_whole_texts_are_left_out_at_the_rate(make, to_numpy):
    codes = np.full((4000, 12), 7, dtype=np.int32)
    dropped = to_numpy(make(0.25)(codes, training=True))
    assert dropped.dtype == codes.dtype
    assert set(np.unique(dropped)) == {0, 7}
    empty = (dropped == 0).all(axis=1)
    assert empty.mean() == pytest.approx(0.25, abs=0.03)
    assert (dropped[~empty] == 0).mean() == pytest.approx(0.25, abs=0.03)


def test_each_step_drops_others(make, to_numpy):
    layer, codes = make(0.5), np.ones((50, 8), dtype=np.int32)
    first, second = (to_numpy(layer(codes, training=True)) for _ in range(2))
    assert (first != second).any()
