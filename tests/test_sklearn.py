import ast
import inspect
from pathlib import Path

import pytest
import sklearn.base
import sklearn.callback
import sklearn.utils.metaestimators

import skrec
from skrec import _sklearn
from skrec.models import GMF
from skrec.preprocessing import FeatureEncoder
from skrec.training import callbacks

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


@pytest.mark.parametrize(("base", "method"), list(declared()))
def test_what_type_checkers_are_told_is_there(base, method):
    found = getattr(EXAMPLES[base](), method.name)
    assert callable(found)
    told = [argument.arg for argument in (*method.args.args, *method.args.kwonlyargs)][1:]
    real = inspect.signature(found).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in real.values())
    assert takes_any or set(told) <= set(real)
