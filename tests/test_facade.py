"""The top-level module: lazy names, a light import, and the search for a second provider of `skrec`."""

import importlib
import os
import subprocess
import sys

import pytest

import skrec

HEAVY = ("keras", "jax", "jaxlib", "torch", "tensorflow", "pandas", "scipy", "sklearn")


def run(*arguments, path=None):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment)


def test_importing_it_imports_neither_keras_nor_a_framework():
    done = run("-X", "importtime", "-c", "import skrec")
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "skrec" in imported
    assert imported & set(HEAVY) == set()


def test_a_model_without_a_network_needs_no_framework():
    code = (
        "import sys, skrec\n"
        "model = skrec.EASE().fit([(1, 2), (1, 3), (2, 2)])\n"
        "model.recommend(k=1), model.score([(2, 3)])\n"
        "print(sorted({'keras', 'jax', 'torch', 'tensorflow'} & set(sys.modules)))"
    )
    done = run("-W", "error", "-c", code)
    assert done.stdout.strip() == "[]", done.stderr


def test_all_is_sorted_and_every_name_in_it_is_there():
    assert skrec.__all__ == sorted(skrec.__all__)
    for name in skrec.__all__:
        assert getattr(skrec, name) is not None


@pytest.mark.parametrize("name", ["EASE", "Interactions", "ItemKNN", "Popularity", "Recommendations", "hookimpl"])
def test_names_are_those_of_their_modules(name):
    module = importlib.import_module(skrec._LAZY[name])
    assert getattr(skrec, name) is getattr(module, name)
    assert name in vars(skrec)  # the second time, it is an ordinary attribute


def test_every_public_model_is_a_name_of_skrec():
    models = {
        target.partition(":")[2] for target in importlib.import_module("skrec.models.hooks").skrec_models().values()
    }
    assert {*models, "KerasModel"} <= set(skrec.__all__) & set(dir(skrec))
    assert all(skrec._LAZY[name] == "skrec.models" for name in models)


@pytest.mark.parametrize("name", ["TwoTower", "WideDeep", "DeepFM", "DCNv2", "SASRec", "Pipeline"])
def test_a_model_is_imported_from_skrec_itself(name):
    done = run("-W", "error", "-c", f"from skrec import {name}; print({name}.__name__)")
    assert done.stdout.strip() == name, done.stderr


def test_importing_skrec_leaves_the_environment_as_it_was():
    code = "import os; before = dict(os.environ); import skrec; print(dict(os.environ) == before)"
    assert run("-c", code).stdout.strip() == "True"


def test_modules_are_attributes_too():
    assert skrec.metrics is importlib.import_module("skrec.metrics")
    assert {"EASE", "metrics", "models"} <= set(dir(skrec))
    assert dir(skrec) == sorted(set(dir(skrec)))


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="module 'skrec' has no attribute 'ESAE'"):
        _ = skrec.ESAE
    assert not hasattr(skrec, "__wrapped__")


def provide(folder, distribution, top_level="skrec"):
    """Put the metadata of a distribution into a folder, as pip would."""
    info = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    if top_level is not None:
        (info / "top_level.txt").write_text(top_level + "\n")


def test_a_second_provider_is_an_error_that_says_what_to_uninstall(tmp_path):
    provide(tmp_path, "scikit-rec")
    done = run("-c", "import skrec", path=tmp_path)
    assert done.returncode == 1
    message = done.stderr.strip().splitlines()[-1]
    assert message.startswith(
        "ImportError: The import package 'skrec' is also installed by scikit-rec, and their files are mixed"
    )
    assert message.endswith("Run: pip uninstall scikit-rec skrec-keras, then pip install skrec-keras.")


def test_both_others_are_named_also_where_metadata_lacks_the_import_name(tmp_path):
    provide(tmp_path, "scikit-rec", None)
    provide(tmp_path, "scikit-recommender")
    done = run("-c", "import skrec", path=tmp_path)
    assert "also installed by scikit-rec and scikit-recommender" in done.stderr
    assert "pip uninstall scikit-rec scikit-recommender skrec-keras" in done.stderr


def test_other_distributions_and_plugins_are_no_obstacle(tmp_path):
    provide(tmp_path, "skrec-keras-toy", "skrec_toy")
    provide(tmp_path, "something", "skrecs\nother")
    (tmp_path / "broken-1.0.dist-info").mkdir()  # what a failed uninstallation leaves behind
    provide(tmp_path, "Skrec_Keras", "skrec")  # the same distribution under another spelling of its name
    done = run("-W", "error", "-c", "import skrec", path=tmp_path)
    assert done.returncode == 0, done.stderr
