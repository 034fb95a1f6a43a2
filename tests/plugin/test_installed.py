"""Plugins found by entry point: fake distributions in a folder on the path."""

import json
import os
import subprocess
import sys

import pytest

from skrec import Interactions
from skrec.exceptions import DuplicateNameError, PluginError, PluginWarning
from skrec.metrics import measure
from skrec.models import Popularity
from skrec.plugin import PluginManager, lookup, names, use_manager

GOOD = """
from skrec import hookimpl

@hookimpl
def skrec_encoders():
    return {"phonetic": "skrec_toy_lazy:Phonetic"}

@hookimpl
def skrec_metrics():
    return {"always-one": lambda lists: lists.n_relevant * 0.0 + 1.0}
"""
BOOM = "raise RuntimeError('boom')"


def install(folder, distribution, module, code, *, point="toy", version="1.0"):
    """Put a distribution with one entry point into a folder, as pip would."""
    info = folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[skrec]\n{point} = {module}\n")
    (folder / f"{module}.py").write_text(code)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder on the path with one sound plugin, and a manager that discovers it."""
    install(tmp_path, "skrec-keras-toy", "skrec_toy", GOOD)
    (tmp_path / "skrec_toy_lazy.py").write_text("class Phonetic: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    for variable in ("SKREC_STRICT_PLUGINS", "SKREC_DISABLE_PLUGINS"):
        monkeypatch.delenv(variable, raising=False)
    use_manager(PluginManager())
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def infos():
    """What is known of each plugin, from a manager that has met nothing yet."""
    manager = PluginManager()
    use_manager(manager)
    return {info.name: [info.distribution, info.version, info.status, info.faults] for info in manager.infos()}


def test_an_installed_plugin_is_found_by_its_names(folder):
    assert lookup("encoders", "phonetic").__name__ == "Phonetic"
    assert "always-one" in names("metrics")
    assert infos()["toy"] == ["skrec-keras-toy", "1.0", "active", []]


def test_its_metric_works_wherever_a_metric_is_named(folder):
    model = Popularity().fit([(1, 2), (2, 3)])
    assert measure(model, Interactions([(1, 9), (2, 9)]), ["always-one@3", "ndcg@2"]) == {
        "always-one@3": 1.0,
        "ndcg@2": 0.0,
    }


def test_in_a_new_interpreter_nothing_of_it_is_imported_before_a_name_is_needed(folder):
    code = """
import json, sys
import skrec, skrec.models, skrec.metrics, skrec.data
from skrec.plugin import lookup, lookup_built_in
model = skrec.EASE().fit([(1, 2), (1, 3), (2, 2)])
model.recommend(k=1), model.predict([(1, 2)]), model.score([(2, 3)])
lookup_built_in("metrics", "ndcg")
steps = ["skrec_toy" in sys.modules]
lookup("metrics", "skrec-keras:ndcg")
steps.append("skrec_toy" in sys.modules)
lookup("metrics", "ndcg")
steps += ["skrec_toy" in sys.modules, "skrec_toy_lazy" in sys.modules]
steps.append(lookup("encoders", "phonetic").__name__)
print(json.dumps(steps))
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SKREC_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env={**environment, "PYTHONPATH": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [False, False, True, False, "Phonetic"]


def test_asking_one_distribution_imports_no_other(folder):
    install(folder, "skrec-keras-other", "skrec_other", "raise RuntimeError('must not be imported')", point="other")
    assert lookup("encoders", "skrec_keras.toy:phonetic").__name__ == "Phonetic"
    assert "skrec_other" not in sys.modules


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import no_such_module_at_all", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
        ("this is no Python", "SyntaxError"),
        ("raise SystemExit(5)", "SystemExit: 5"),
        ("SKREC_API_VERSION = 99", "it needs version 99 of the plugin API"),
        (BOOM, "RuntimeError: boom"),
    ],
)
def test_a_plugin_that_fails_to_import_is_isolated_with_one_warning(folder, code, message):
    install(folder, "skrec-keras-broken", "skrec_broken", code, point="broken")
    with pytest.warns(PluginWarning, match=f"'broken' of skrec-keras-broken is broken.*{message}") as caught:
        assert lookup("encoders", "phonetic").__name__ == "Phonetic"
    assert len(caught) == 1
    assert "phonetic" in names("encoders")  # a second warning would be an error here
    with pytest.warns(PluginWarning, match=message):
        info = infos()["broken"]
    assert info[2] == "error"
    assert message in info[3][0]


def test_strict_mode_raises_every_time(folder, monkeypatch):
    install(folder, "skrec-keras-broken", "skrec_broken", BOOM, point="broken")
    monkeypatch.setenv("SKREC_STRICT_PLUGINS", "1")
    for _ in range(2):
        with pytest.raises(PluginError, match="^Plugin 'broken' of skrec-keras-broken is broken.*RuntimeError: boom$"):
            names("encoders")
    monkeypatch.delenv("SKREC_STRICT_PLUGINS")
    with pytest.warns(PluginWarning, match="boom"):
        assert "phonetic" in names("encoders")


@pytest.mark.parametrize("named", ["broken", "skrec-keras-broken", "skrec_keras_broken", "other, Skrec.Keras.Broken"])
def test_a_blocked_plugin_is_not_imported(folder, monkeypatch, named):
    install(folder, "skrec-keras-broken", "skrec_broken", "raise RuntimeError('must not be imported')", point="broken")
    monkeypatch.setenv("SKREC_DISABLE_PLUGINS", named)
    known = infos()
    assert known["broken"] == ["skrec-keras-broken", "1.0", "blocked", []]
    assert known["toy"][2] == "active"
    monkeypatch.setenv("SKREC_DISABLE_PLUGINS", "toy," + named)
    use_manager(PluginManager())
    assert "phonetic" not in names("encoders")


def test_two_distributions_with_one_name(folder):
    sound = GOOD.replace("skrec_toy_lazy:Phonetic", "math:sqrt")
    install(folder, "skrec-keras-sound", "skrec_sound", sound, point="sound")
    message = (
        "^Encoder 'phonetic' is defined by both skrec-keras-sound and skrec-keras-toy. "
        "Uninstall one, or select skrec-keras-sound:phonetic.$"
    )
    with pytest.raises(DuplicateNameError, match=message):
        lookup("encoders", "phonetic")
    assert lookup("encoders", "skrec-keras-sound:phonetic").__name__ == "sqrt"
    assert lookup("encoders", "skrec-keras-toy:phonetic").__name__ == "Phonetic"
    assert any("duplicate: encoders name 'phonetic'" in fault for fault in infos()["sound"][3])


@pytest.mark.parametrize("point", ["toy", "metrics", "encoders"])
def test_entry_points_of_the_same_name_do_not_hide_each_other(folder, point):
    code = GOOD.replace("phonetic", "second").replace("always-one", "other")
    install(folder, "skrec-keras-zebra", "skrec_zebra", code, point=point)
    assert {"phonetic", "second"} <= set(names("encoders"))
    assert {"always-one", "other", "ndcg"} <= set(names("metrics"))


def test_a_plugin_may_look_names_up_while_it_is_imported(folder):
    code = GOOD.replace("phonetic", "eager").replace("always-one", "eager") + (
        "\nfrom skrec.plugin import lookup, names\nlookup('metrics', 'skrec-keras:ndcg')\nnames('encoders')\n"
    )
    install(folder, "skrec-keras-eager", "skrec_eager", code, point="eager")
    assert {"phonetic", "eager"} <= set(names("encoders"))
