"""Runs this folder on the other backends: each in a process of its own, since Keras can't change its backend."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skrec.backends import find_backend

BACKENDS = ("jax", "tensorflow", "torch")
FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """Start all of them at once."""
    if "SKREC_SUITE_OUTPUT" in os.environ:
        pytest.skip("this is such a process")
    folder, started = tmp_path_factory.mktemp("predictions"), {}
    for name in BACKENDS:
        if name == find_backend().keras_name or importlib.util.find_spec(name) is None:
            continue
        output = folder / f"{name}.npz"
        environment = {**os.environ, "SKREC_BACKEND": name, "SKREC_SUITE_OUTPUT": str(output)}
        environment |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        environment.pop("KERAS_BACKEND", None)
        command = [sys.executable, "-m", "pytest", str(FOLDER), "-q", "-p", "no:cacheprovider"]
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=FOLDER.parents[1]
        )
        started[name] = (process, output)
    yield started
    for process, _ in started.values():
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", BACKENDS)
def test_the_suite_passes_and_predictions_are_the_same(processes, predictions, name):
    if name not in processes:
        pytest.skip("this process runs it" if name == find_backend().keras_name else "it isn't installed")
    process, output = processes[name]
    told, _ = process.communicate(timeout=300)
    assert process.returncode == 0, told
    with np.load(output) as found:
        assert set(found) == set(predictions)
        for key, expected in predictions.items():
            np.testing.assert_allclose(found[key], expected, rtol=0, atol=1e-3 * expected.std(), err_msg=key)
