"""The backend in processes of its own: Keras can't change its backend."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

# Lets no framework be found, as on a machine that has none.
BLOCKED = """
import importlib.abc, importlib.util, sys
NAMES = {"jax", "jaxlib", "tensorflow", "torch"}
class Block(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in NAMES:
            raise ModuleNotFoundError(f"No module named {name!r}")
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name.partition(".")[0] in NAMES else find(name, *more)
sys.meta_path.insert(0, Block())
"""


@pytest.fixture(scope="session")
def run():
    """Run code on the backend, where no framework is installed or with those that are, and give what it prints as JSON."""

    def call(code, blocked=True, **environment):
        variables = {
            name: value for name, value in os.environ.items() if name not in {"SKREC_BACKEND", "KERAS_BACKEND"}
        }
        done = subprocess.run(
            [sys.executable, "-c", (BLOCKED if blocked else "") + textwrap.dedent(code)],
            capture_output=True,
            text=True,
            env={**variables, **environment},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return call
