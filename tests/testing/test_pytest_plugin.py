import subprocess
import sys

import pytest

TESTS = """
from skrec import hookimpl
from skrec.plugin import lookup, names, plugin_manager

class Plugin:
    @hookimpl
    def skrec_metrics(self):
        return {"length": lambda lists: lists.lengths.astype(float)}

def test_what_is_registered_is_known(fresh_plugin_manager):
    assert plugin_manager() is fresh_plugin_manager
    fresh_plugin_manager.register(Plugin(), "mine")
    assert "length" in names("metrics")
    assert "ndcg" in names("metrics")
    assert {entry.distribution for entry in fresh_plugin_manager.provided("metrics")} == {"skrec-keras", "mine"}

def test_it_is_gone_afterwards(fresh_plugin_manager):
    assert "length" not in names("metrics")

def test_without_the_fixture_the_manager_is_that_of_the_process():
    assert plugin_manager() is plugin_manager()
    assert "length" not in names("metrics")
"""


def run_python(*arguments, cwd):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=cwd)


def installed(cwd):
    """Whether pytest finds the plugin by itself; asked where no old metadata in this process' folder is in the way."""
    code = "from importlib.metadata import entry_points as e; print(*[point.value for point in e(group='pytest11')])"
    return "skrec.testing.pytest_plugin" in run_python("-c", code, cwd=cwd).stdout.split()


def test_the_fixture_isolates_each_test(tmp_path):
    (tmp_path / "test_mine.py").write_text(TESTS)
    plugin = [] if installed(tmp_path) else ["-p", "skrec.testing.pytest_plugin"]
    result = run_python("-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, "test_mine.py", cwd=tmp_path)
    assert "3 passed" in result.stdout, result.stdout + result.stderr


def test_finding_the_fixture_costs_nothing(tmp_path):
    code = "import sys, pytest; before = set(sys.modules); import skrec.testing.pytest_plugin; print(*set(sys.modules) - before)"
    loaded = run_python("-c", code, cwd=tmp_path).stdout.split()
    assert "skrec.testing.pytest_plugin" in loaded
    heavy = {"numpy", "pandas", "sklearn", "scipy", "keras", "pluggy", "skrec.data", "skrec.plugin"}
    assert not heavy & set(loaded)


def test_the_suites_are_used_without_pytest(tmp_path):
    code = "import sys, skrec.testing as t; t.check_recommender, t.check_encoder; t.check_metric('ndcg'); print('pytest' in sys.modules)"
    result = run_python("-c", code, cwd=tmp_path)
    assert result.stdout == "False\n", result.stderr


def test_the_package_lists_its_names_and_has_no_others():
    import skrec.testing

    assert dir(skrec.testing) == sorted(skrec.testing.__all__)
    assert all(callable(getattr(skrec.testing, name)) for name in skrec.testing.__all__)
    with pytest.raises(AttributeError, match="module 'skrec.testing' has no attribute 'check_model'"):
        skrec.testing.check_model  # noqa: B018
