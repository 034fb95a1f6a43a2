"""Runs this folder on the other backends: each in a process of its own, since Keras can't change its backend."""

import numpy as np
import pytest

from skrec.backends import find_backend

BACKENDS = ("jax", "tensorflow", "torch")


@pytest.mark.parametrize("name", BACKENDS)
def test_the_suite_passes_and_predictions_are_the_same(processes, predictions, name):
    if name not in processes:
        pytest.skip("this process runs it, or it is one of the others, or the backend isn't installed")
    assert name != find_backend().keras_name
    process, output = processes[name]
    told, _ = process.communicate(timeout=300)
    assert process.returncode == 0, told
    with np.load(output) as found:
        assert set(found) == set(predictions)
        for key, expected in predictions.items():
            np.testing.assert_allclose(found[key], expected, rtol=0, atol=1e-3 * expected.std(), err_msg=key)
