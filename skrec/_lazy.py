"""Packages whose names are loaded when they are first used."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["lazy_names"]


def lazy_names(package: str, places: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make ``__getattr__`` and ``__dir__`` of a package (PEP 562).

    A package's hooks stand beside its classes, and are read whenever any name of a plugin is looked up: loading one model shouldn't
    import all others, nor what encoders read sound with.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    places : mapping of str to str
        Modules by the public names that stand in them: ``{"EASE": "skrec.models.ease"}``.

    Returns
    -------
    getattr, dir : callables
        For type checkers the package imports the same names under TYPE_CHECKING.
    """

    def __getattr__(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(places[name]), name)
        setattr(sys.modules[package], name, value)  # the second time, it is an ordinary attribute
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(sys.modules[package]), *places})

    return __getattr__, __dir__
