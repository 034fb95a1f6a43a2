import numpy as np
import pytest


@pytest.fixture
def smooth_relu(networks, to_numpy):
    from skrec.networks.smooth_relu import smooth_relu

    return lambda values: to_numpy(smooth_relu(values))


def test_it_is_near_the_rectifier_and_meets_it_far_out(smooth_relu):
    values = np.linspace(-10.0, 10.0, 101, dtype=np.float32)
    found = smooth_relu(values)
    assert np.abs(found - np.maximum(values, 0.0)).max() == pytest.approx(0.05, abs=1e-6)  # at zero: sqrt(0.01) / 2
    np.testing.assert_allclose(found[[0, -1]], [0.0, 10.0], atol=1e-3)


def test_it_rises_everywhere_and_has_no_kink(smooth_relu):
    values = np.linspace(-2.0, 2.0, 4001, dtype=np.float64)
    slopes = np.diff(smooth_relu(values).astype(np.float64)) / 0.001
    assert (slopes > 0).all()
    assert (slopes < 1.0 + 1e-3).all()
    assert np.abs(np.diff(slopes)).max() < 0.02
