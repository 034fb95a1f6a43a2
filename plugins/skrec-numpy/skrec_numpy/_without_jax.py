"""Imports Keras' NumPy backend where JAX isn't installed.

Keras 3 computes convolutions, pooling and Fourier transforms of its NumPy backend with JAX, and imports JAX for them whether they are
used or not. While Keras is imported, this module lets every module of JAX be a stand-in, and takes the stand-ins away afterwards: whatever
looks for JAX later finds that it isn't there. Convolutions and pooling are those of `_convolutions`; what else needs JAX raises when it is
called.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

from skrec.exceptions import BackendCapabilityError
from skrec_numpy._convolutions import ConvDimensionNumbers, conv_general_dilated, conv_transpose, reduce_window

_PACKAGES = ("jax", "jaxlib")

_COMPUTED: dict[str, Any] = {
    "jax.lax.ConvDimensionNumbers": ConvDimensionNumbers,
    "jax.lax.conv_general_dilated": conv_general_dilated,
    "jax.lax.conv_transpose": conv_transpose,
    "jax.lax.reduce_window": reduce_window,
    "jax.lax.max": np.maximum,
    "jax.lax.add": np.add,
}
"""What isn't missing after all, by its name in JAX."""


def import_keras() -> None:
    """Import Keras on NumPy; once, and with stand-ins only where JAX is missing."""
    with _environment("KERAS_BACKEND", "numpy"):
        if importlib.util.find_spec("jax") is not None:
            importlib.import_module("keras")
            return
        with _stand_ins():
            importlib.import_module("keras")


@contextmanager
def _stand_ins() -> Iterator[None]:
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.partition(".")[0] in _PACKAGES]:
            del sys.modules[name]


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a stand-in for every module of JAX."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> Any:
        """Give the spec of a stand-in, None for any other module."""
        if fullname.partition(".")[0] not in _PACKAGES:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: Any) -> ModuleType:
        """Make a stand-in."""
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing runs."""


class _Module(ModuleType):
    """A module that has whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _member(f"{self.__name__}.{name}")


class _Missing:
    """Something of JAX: lets itself be named, inherited from and put around functions, and raises when it is to compute."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _member(f"{self._name}.{name}")

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return (object,)

    def __or__(self, other: Any) -> Any:
        return self

    __ror__ = __or__

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        if arguments and all(callable(argument) or isinstance(argument, _Missing) for argument in arguments):
            return arguments[0]  # used as a decorator
        raise BackendCapabilityError(
            f"Keras' NumPy backend computes this with JAX ({self._name}), which isn't installed: Fourier transforms need it. "
            'Run: pip install "skrec-keras[jax]".'
        )


def _member(name: str) -> Any:
    """Give what stands in for something of JAX."""
    return _COMPUTED[name] if name in _COMPUTED else _Missing(name)


@contextmanager
def _environment(variable: str, value: str) -> Iterator[None]:
    """Set an environment variable for a moment."""
    before = os.environ.get(variable)
    os.environ[variable] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before
