import ast
import importlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest
import sklearn.base
import sklearn.callback
import sklearn.utils.metaestimators

import skrec
from skrec import _sklearn
from skrec.models import EASE, GMF
from skrec.pipeline import make_pipeline
from skrec.preprocessing import FeatureEncoder, KCore
from skrec.training import callbacks

ROOT = Path(__file__).parents[1]
TYPES = ast.parse((Path(skrec.__file__).parent / "_sklearn_types.pyi").read_text())
EXAMPLES = {"BaseEstimator": GMF, "TransformerMixin": FeatureEncoder, "CallbackSupportMixin": GMF}
"""Of each base a class of skrec: scikit-learn makes some methods for those classes alone that have others."""


def declared():
    """Give (base, method) of what type checkers are told."""
    for base in (node for node in TYPES.body if isinstance(node, ast.ClassDef)):
        for method in base.body:
            yield pytest.param(base.name, method, id=f"{base.name}.{method.name}")


def test_what_runs_is_scikit_learns_own():
    assert _sklearn.BaseEstimator is sklearn.base.BaseEstimator
    assert _sklearn.TransformerMixin is sklearn.base.TransformerMixin
    assert _sklearn.available_if is sklearn.utils.metaestimators.available_if
    assert callbacks.CallbackSupportMixin is sklearn.callback.CallbackSupportMixin
    assert callbacks.with_callbacks is sklearn.callback.with_callbacks


def documented():
    """Every estimator that the reference has a page of."""
    index = (ROOT / "docs" / "api" / "index.md").read_text()
    for page in re.findall(r"^   (skrec\.\w+\.\w+)$", index, flags=re.MULTILINE):
        module, _, name = page.rpartition(".")
        found = getattr(importlib.import_module(module), name)
        if isinstance(found, type) and issubclass(found, sklearn.base.BaseEstimator) and not inspect.isabstract(found):
            yield pytest.param(page, found, id=page)


@pytest.mark.parametrize(("page", "kind"), list(documented()))
def test_the_diagram_of_an_estimator_links_to_its_page_of_the_reference(page, kind):
    address = f"{_sklearn.DOCUMENTATION}api/generated/{page}.html"
    bare = object.__new__(kind)  # constructors differ, and the link depends on the class alone
    assert bare._get_doc_link() == address


def test_the_link_stands_in_the_html_of_a_pipeline_for_each_of_its_steps():
    shown = make_pipeline(KCore(), FeatureEncoder(), EASE())._repr_html_()
    for page in ("pipeline.Pipeline", "preprocessing.KCore", "preprocessing.FeatureEncoder", "models.EASE"):
        assert f'href="{_sklearn.DOCUMENTATION}api/generated/skrec.{page}.html"' in shown


def test_an_estimator_of_somebody_else_links_nowhere():
    assert type("Mine", (EASE,), {"__module__": "mine"})()._get_doc_link() == ""


def test_the_address_is_that_of_the_distribution():
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["urls"]["Documentation"] == _sklearn.DOCUMENTATION


@pytest.mark.parametrize(("base", "method"), list(declared()))
def test_what_type_checkers_are_told_is_there(base, method):
    found = getattr(EXAMPLES[base](), method.name)
    assert callable(found)
    told = [argument.arg for argument in (*method.args.args, *method.args.kwonlyargs)][1:]
    real = inspect.signature(found).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in real.values())
    assert takes_any or set(told) <= set(real)
