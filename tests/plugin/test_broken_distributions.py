"""Broken plugins that pip has really installed, each question in an interpreter of its own."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

pytestmark = pytest.mark.slow  # `make test-template` runs it, in CI too

HOOKS = "from skrec import hookimpl\n\n"
SOURCES = {
    "skrec-keras-unimportable": "import no_such_module_at_all\n",
    "skrec-keras-raising": HOOKS
    + "@hookimpl\ndef skrec_encoders():\n    raise OSError('no disk')\n\n"
    + "@hookimpl\ndef skrec_metrics():\n    return {'still-fine': 'skrec.metrics:hit'}\n",
    "skrec-keras-newer": "SKREC_API_VERSION = 99\n"
    + HOOKS
    + "@hookimpl\ndef skrec_models():\n    return {'of-tomorrow': 'skrec.models:EASE'}\n",
    "skrec-keras-first": HOOKS
    + "@hookimpl\ndef skrec_metrics():\n    return {'same': 'skrec.metrics:hit', 'only-first': 'skrec.metrics:mrr'}\n",
    "skrec-keras-second": HOOKS + "@hookimpl\ndef skrec_metrics():\n    return {'same': 'skrec.metrics:ndcg'}\n",
}
FAULTS = {
    "skrec-keras-unimportable": ("error", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
    "skrec-keras-raising": ("error", "hook 'skrec_encoders': OSError: no disk"),
    "skrec-keras-newer": (
        "error",
        "it needs version 99 of the plugin API, and this skrec has 1. Upgrade skrec-keras.",
    ),
    "skrec-keras-first": (
        "duplicate",
        "duplicate: metrics name 'same' is provided by skrec-keras-first and skrec-keras-second; "
        "select one, as in skrec-keras-first:same",
    ),
}
FAULTS["skrec-keras-second"] = FAULTS["skrec-keras-first"]
FAULTY = [name for name, (status, _) in FAULTS.items() if status == "error"]


def build_wheel(folder, distribution, code):
    """Write a wheel of one module with one entry point; gives its path."""
    module = distribution.replace("-keras-", "_")
    info = f"{distribution.replace('-', '_')}-1.0.dist-info"
    members = {
        f"{module}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[skrec]\n{module.removeprefix('skrec_')} = {module}\n",
    }
    members[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*members, f"{info}/RECORD"])
    path = folder / f"{distribution.replace('-', '_')}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return str(path)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Folder that pip has installed the broken plugins into."""
    folder = tmp_path_factory.mktemp("wheels")
    wheels = [build_wheel(folder, distribution, code) for distribution, code in SOURCES.items()]
    target = tmp_path_factory.mktemp("installed")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--target",
        str(target),
        *wheels,
    ]
    subprocess.run(pip, check=True, capture_output=True)
    return target


def run(installed, *arguments, **variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SKREC_")}
    environment = {**kept, "PYTHONPATH": str(installed), "COLUMNS": "200", **variables}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False)


def run_skrec(installed, *arguments, **variables):
    code = "import sys; from skrec.cli import main; sys.argv = ['skrec', *sys.argv[1:]]; main()"
    return run(installed, "-c", code, *arguments, **variables)


TRAINING = """
import skrec
from sklearn.model_selection import GridSearchCV
from skrec.testing import checkerboard

X = checkerboard(8)
model = skrec.EASE(1.0).fit(X)
assert model.recommend([0], k=1).items.tolist() == [[0]]
model.score(X, exclude_seen=False), model.predict(X)
"""
BY_NAME = """
from skrec.model_selection import UserKFold
search = GridSearchCV(
    skrec.EASE(), {"regularization": [1.0, 9.0]}, cv=UserKFold(2), error_score="raise",
    scoring=skrec.make_ranking_scorer(["ndcg@3", "still-fine@3", "skrec-keras-second:same@3"]), refit="ndcg@3",
).fit(X)
print(sorted(name for name in search.cv_results_ if name.startswith("mean_test")))
"""


@pytest.mark.parametrize("strict", ["0", "1"])
def test_importing_and_training_meet_no_plugin_even_in_strict_mode(installed, strict):
    done = run(installed, "-W", "error", "-c", TRAINING, SKREC_STRICT_PLUGINS=strict)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_search_with_names_of_plugins_works_with_one_warning_for_each_broken_one(installed):
    done = run(installed, "-c", TRAINING + BY_NAME)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['mean_test_ndcg@3', 'mean_test_skrec-keras-second:same@3', 'mean_test_still-fine@3']\n"
    for distribution in FAULTY:
        assert done.stderr.count(f"of {distribution} is broken, and left out as far as it is") == 1


def test_the_listing_names_each_fault(installed):
    done = run_skrec(installed, "plugins", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {row["distribution"]: row for row in json.loads(done.stdout) if row["distribution"] in SOURCES}
    assert {name: (row["status"], *row["faults"]) for name, row in rows.items()} == FAULTS
    assert {name: row["provides"] for name, row in rows.items() if row["provides"]} == {
        "skrec-keras-raising": {"metrics": ["still-fine"]},
        "skrec-keras-first": {"metrics": ["same", "only-first"]},
        "skrec-keras-second": {"metrics": ["same"]},
    }
    table = run_skrec(installed, "plugins")
    assert table.returncode == 0
    for distribution, (_, fault) in FAULTS.items():
        assert f"{distribution.removeprefix('skrec-keras-')}: {fault}\n" in table.stdout


@pytest.mark.parametrize("kind", ["metrics", "models"])
def test_listings_of_a_kind_work_and_warn_of_each_broken_plugin(installed, kind):
    done = run_skrec(installed, kind, "--json")
    assert done.returncode == 0, done.stderr
    rows = {(row["provider"], row["name"]): row["faults"] for row in json.loads(done.stdout)}
    assert rows["skrec-keras", {"metrics": "ndcg", "models": "ease"}[kind]] == []
    assert done.stderr.count("skrec: warning: Plugin") == len(FAULTY)
    if kind == "metrics":
        message = "Metric 'same' is defined by both skrec-keras-first and skrec-keras-second. Uninstall one, or select "
        for owner in ("skrec-keras-first", "skrec-keras-second"):
            assert rows[owner, "same"] == [f"{message}skrec-keras-first:same."]
        assert rows["skrec-keras-first", "only-first"] == []


@pytest.mark.parametrize("distribution", FAULTY)
def test_strict_mode_raises_for_each_broken_plugin(installed, distribution):
    others = ",".join(name for name in SOURCES if name != distribution)
    done = run_skrec(installed, "plugins", SKREC_STRICT_PLUGINS="1", SKREC_DISABLE_PLUGINS=others)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        f"skrec: Plugin {distribution.removeprefix('skrec-keras-')!r} of {distribution} is broken"
    )
    assert FAULTS[distribution][1] in done.stderr
    assert done.stderr.count("\n") == 1


def test_strict_mode_raises_in_python_where_a_name_of_anybody_is_asked_for(installed):
    code = "from skrec.plugin import names\nnames('metrics')"
    done = run(installed, "-c", code, SKREC_STRICT_PLUGINS="1")
    assert done.returncode == 1
    assert "skrec.exceptions.PluginError: Plugin 'newer' of skrec-keras-newer is broken" in done.stderr


@pytest.mark.parametrize("strict", ["0", "1"])
def test_a_name_that_two_define_raises_where_it_is_used(installed, strict):
    code = "from skrec import make_ranking_scorer\nmake_ranking_scorer('same@5')"
    done = run(installed, "-c", code, SKREC_STRICT_PLUGINS=strict, SKREC_DISABLE_PLUGINS=",".join(FAULTY))
    assert done.returncode == 1
    message = "DuplicateNameError: Metric 'same' is defined by both skrec-keras-first and skrec-keras-second."
    assert message in done.stderr


def test_blocked_plugins_are_listed_as_such_and_not_imported(installed):
    done = run_skrec(installed, "plugins", "--json", SKREC_DISABLE_PLUGINS=",".join(FAULTY), SKREC_STRICT_PLUGINS="1")
    assert done.returncode == 0, done.stderr
    statuses = {row["distribution"]: row["status"] for row in json.loads(done.stdout)}
    assert [statuses[name] for name in SOURCES] == ["blocked"] * 3 + ["duplicate"] * 2
