"""Runs in a process of PyTorch what ``conftest.py`` lists as such; `pytest tests/networks` runs the same on this process' backend."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_tests_that_need_no_compiled_networks_pass_in_torch(for_torch):
    if not for_torch:
        pytest.skip("this process runs them itself, or they weren't asked for")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, for_torch)]
    # One thread: small products gain nothing by more, and processes beside this one need the cores.
    environment |= {"SKREC_BACKEND": "torch", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"SKREC_BACKEND=torch {' '.join(command[1:])}\n{done.stdout}{done.stderr}", pytrace=False)
