"""What every test starts from: no third-party plugin, and data folders only where they are there."""

import os
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from skrec.plugin import PluginManager, use_manager

# Programs of the tests run for milliseconds: to compile them quickly saves a quarter of the time. Read when JAX starts.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
if find_spec("jaxlib") is not None and version("jaxlib").startswith(
    "0.10."
):  # XLA ends a process that names a flag it doesn't know
    os.environ["XLA_FLAGS"] = f"--xla_cpu_use_fusion_emitters=false {os.environ.get('XLA_FLAGS', '')}".strip()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Where processes share the tests by file (``pytest -n auto --dist loadfile``), keep the suite that starts its own in one."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "tests/backend_suite" if "backend_suite/" in file else file

    return Scheduling(config, log)


@pytest.fixture(autouse=True)
def _no_third_party_plugins():
    """Give each test a manager that knows the built-in plugins only, and put the one before back."""
    previous = use_manager(PluginManager(discover=False))
    yield
    use_manager(previous)


@pytest.fixture
def manager():
    """A fresh manager without entry points, in place for this test: what is registered with it is gone afterwards."""
    fresh = PluginManager(discover=False)
    use_manager(fresh)
    return fresh


@pytest.fixture
def data_home():
    """Folder of the real datasets; a test that asks for it is skipped where there is none, and is marked ``data``."""
    folder = os.environ.get("SKREC_DATA_HOME", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SKREC_DATA_HOME isn't set, or is no folder")
    return Path(folder)
