"""What every test starts from: no third-party plugin, and data folders only where they are there."""

import os
import sys
from collections import Counter
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


TESTS = Path(__file__).parent

IN_TORCH = (
    "encoders",
    "networks",
    "test_common.py",
    "test_docstrings.py",
    "testing/test_encoder_checks.py",
    "testing/test_loss_checks.py",
    "testing/test_loss_serving.py",
    "testing/test_loss_values.py",
    "preprocessing",
    "losses",
    "serving",
    "models/test_keras_cold_ids.py",
    "models/test_keras_features.py",
    "models/test_two_tower.py",
    "models/test_wide_deep.py",
)
"""Tests that make many small networks, use each once, and don't ask on which backend: JAX would compile them for minutes, and PyTorch runs
them as they are. Where the fast suite is run as a whole, ``test_in_torch.py`` runs these in a process of PyTorch."""

FIRST = ("tests/backend_suite", "tests/test_in_torch.py", "tests/test_docs.py", "tests/test_recommend_properties.py")
"""What takes longest: begun first, so that processes which share the tests end together."""


def is_fast_suite(config):
    """Whether the tests that are run are all those of the fast suite, on a backend that nobody chose."""
    chosen = os.environ.get("SKREC_BACKEND") or os.environ.get("KERAS_BACKEND")
    whole = any((config.invocation_params.dir / argument).resolve() == TESTS for argument in config.args)
    return whole and not chosen and config.option.markexpr == "not slow" and not config.option.keyword


def run_in_torch(config):
    """Folders and files that a process of PyTorch runs in this one's place."""
    apart = is_fast_suite(config) and find_spec("jax") is not None and find_spec("torch") is not None
    return [TESTS / name for name in IN_TORCH] if apart else []


def pytest_ignore_collect(collection_path, config):
    """Leave to ``test_in_torch.py`` what it runs."""
    return True if collection_path in run_in_torch(config) else None


@pytest.fixture(scope="session")
def for_torch(request):
    """Folders and files that this process leaves to one of PyTorch."""
    return run_in_torch(request.config)


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

        def _assign_work_unit(self, node):
            first = next((scope for scope in FIRST if scope in self.workqueue), None)
            if first is not None:
                self.workqueue.move_to_end(first, last=False)
            super()._assign_work_unit(node)

    return Scheduling(config, log)


PROGRAMS, OF_EACH_PROCESS = 3_400, 400
"""How many programs the fast suite may have XLA compile, and how many more for each process beyond the first, which shares none with it.

Compiling is what takes the suite's time. A test that goes above the budget shares a model, or the shapes of its batches, with others, or is
marked ``slow``; the budget grows with what skrec can do, and for nothing else.
"""


class Compilations:
    """Counts what XLA compiles, by test file; a fast suite that is run as a whole fails above its budget."""

    def __init__(self):
        self.by_file, self.file, self.listens, self.n_processes = Counter(), "", False, 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.file = item.location[0]
        self._listen()
        return (yield)

    def _listen(self):
        """Be told of each program, from when some test has imported JAX: what this one compiled before isn't counted."""
        if not self.listens and "jax" in sys.modules:
            from jax.monitoring import register_event_duration_secs_listener

            register_event_duration_secs_listener(self._count)
            self.listens = True

    def _count(self, event, *_, **__):
        if event == "/jax/core/compile/backend_compile_duration":  # of programs found in the cache on disk, too
            self.by_file[self.file] += 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        """Add what a process that shared the tests has counted."""
        self.by_file.update(getattr(node, "workeroutput", {}).get("compiled", {}))
        self.n_processes = max(self.n_processes, len(node.config.option.tx))

    def pytest_sessionfinish(self, session):
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["compiled"] = dict(self.by_file)
        elif self._is_above(session.config):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _budget(self):
        return PROGRAMS + OF_EACH_PROCESS * (self.n_processes - 1)

    def _is_above(self, config):
        return is_fast_suite(config) and self.by_file.total() > self._budget()

    def pytest_terminal_summary(self, terminalreporter, config):
        if not is_fast_suite(config):
            return
        terminalreporter.write_line(f"XLA compiled {self.by_file.total()} programs, of {self._budget()} that it may.")
        if self._is_above(config):
            terminalreporter.write_line(
                "More than the budget in tests/conftest.py, which says what to do. Most were made by:"
            )
            for file, n in self.by_file.most_common(20):
                terminalreporter.write_line(f"{n:6} {file}")


def pytest_configure(config):
    config.pluginmanager.register(Compilations())


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
