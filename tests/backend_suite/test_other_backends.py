"""Runs this folder on the other backends: each in a process of its own, since Keras can't change its backend."""

import numpy as np
import pytest

from skrec.backends import find_backend
from skrec.persistence import load

BACKENDS = ("jax", "tensorflow", "torch")


@pytest.fixture(params=BACKENDS)
def other(request, processes):
    """Folder and predictions that another backend's process left."""
    name = request.param
    if name not in processes:
        pytest.skip("this process runs it, or it is one of the others, or the backend isn't installed")
    assert name != find_backend().keras_name
    process, output, told = processes[name]
    if not told:
        told.append(process.communicate(timeout=300)[0])
    assert process.returncode == 0, told[0]
    with np.load(output) as found:
        return output.parent, dict(found)


def test_the_suite_passes_and_predictions_are_the_same(other, predictions):
    found = other[1]
    assert set(found) == set(predictions)
    for key, expected in predictions.items():
        np.testing.assert_allclose(found[key], expected, rtol=0, atol=1e-3 * expected.std(), err_msg=key)


def test_models_saved_there_serve_here(other, fitted, featured, everything, moments):
    folder, found = other
    for names, asked in ((fitted, everything), (featured, moments)):
        for name in names:
            model = load(folder / f"{name}.skrec")
            scores = model.predict(asked)
            np.testing.assert_allclose(scores, found[name], rtol=0, atol=1e-5 * found[name].std(), err_msg=name)
            lists = model.recommend(k=3)
            assert (lists.lengths > 0).all()
