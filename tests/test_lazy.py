import ast
import importlib
import inspect
import sys
from types import ModuleType

import pytest

from skrec._lazy import lazy_names

LAZY_PACKAGES = ("skrec.models", "skrec.encoders", "skrec.datasets", "skrec")


@pytest.fixture
def package(monkeypatch):
    """A package with one lazy name."""
    module = ModuleType("lazy_toy")
    module.__getattr__, module.__dir__ = lazy_names("lazy_toy", {"OrderedDict": "collections"})
    monkeypatch.setitem(sys.modules, "lazy_toy", module)
    return module


def test_a_name_is_loaded_once_and_is_an_ordinary_attribute_then(package):
    assert "OrderedDict" not in vars(package)
    assert package.OrderedDict is importlib.import_module("collections").OrderedDict
    assert "OrderedDict" in vars(package)


def test_dir_lists_what_is_not_loaded_yet(package):
    assert {"OrderedDict", "__name__"} <= set(dir(package))
    assert "OrderedDict" not in vars(package)


def test_an_unknown_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match="module 'lazy_toy' has no attribute 'Dict'"):
        _ = package.Dict


@pytest.mark.parametrize("name", LAZY_PACKAGES)
def test_type_checkers_see_each_public_name_and_every_one_is_there(name):
    module = importlib.import_module(name)
    checked = next(
        node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    told = {alias.name: node.module for node in checked.body for alias in node.names}
    assert set(told) == set(module.__all__) - {"__version__"}
    for public, place in told.items():
        assert getattr(module, public) is getattr(importlib.import_module(place), public)
    assert set(module.__all__) <= set(dir(module))
