"""Which backend this process runs, and the one import of Keras."""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skrec.exceptions import (
    BackendCapabilityError,
    BackendMismatchError,
    BackendNotAvailableError,
    DeviceNotFoundError,
)
from skrec.plugin import Backend, lookup, lookup_built_in, names

ORDER = ("jax", "tensorflow", "torch")
"""Built-in backends; the first that is installed is the default."""

_chosen: str | None = None


def set_backend(name: str) -> None:
    """Choose the backend of this process, for every estimator that names none itself.

    As long as Keras isn't imported, the environment variable ``KERAS_BACKEND`` is set too, so that a later ``import keras`` starts this
    backend, here and in processes that are started from here.

    Parameters
    ----------
    name : str
        A backend's name: ``"jax"``, ``"tensorflow"``, ``"torch"``, or one that a plugin provides.

    Raises
    ------
    UnknownNameError
        If no plugin provides it.
    BackendNotAvailableError
        If its framework isn't installed.
    BackendMismatchError
        If Keras already runs another one in this process.
    """
    global _chosen
    backend = _available(lookup("backends", name)(), name)
    _refuse_mismatch(backend, name)
    _chosen = name
    if running() is None:
        os.environ["KERAS_BACKEND"] = backend.keras_name


def running() -> str | None:
    """Name the Keras backend that this process runs; None while Keras isn't imported."""
    keras = sys.modules.get("keras")
    config = getattr(keras, "config", None)
    return None if config is None else str(config.backend())


def find_backend(name: str | None = None) -> Backend:
    """Find the backend to run on, without importing Keras.

    The choice is `name`, else what `set_backend` was told, else the environment variable ``SKREC_BACKEND``, else what Keras
    already runs, else ``KERAS_BACKEND``, else the first installed of jax, tensorflow, torch and what plugins provide. Keras'
    own file ``keras.json`` is no choice: Keras writes it itself, and writes "tensorflow".

    Parameters
    ----------
    name : str, optional

    Returns
    -------
    Backend

    Raises
    ------
    UnknownNameError, BackendNotAvailableError, BackendMismatchError
        As `set_backend`; also BackendNotAvailableError where no backend is installed.
    """
    wanted = name or _chosen or os.environ.get("SKREC_BACKEND")
    if wanted:
        backend = _available(lookup("backends", wanted)(), wanted)
        _refuse_mismatch(backend, wanted)
        return backend
    wanted = running() or os.environ.get("KERAS_BACKEND")
    if wanted in ORDER:
        return _available(lookup_built_in("backends", wanted)(), wanted)
    if wanted:
        return _available(lookup("backends", wanted)(), wanted)
    for candidate in ORDER:
        built_in: Backend = lookup_built_in("backends", candidate)()
        if built_in.is_available():
            return built_in
    for candidate in names("backends"):
        if candidate not in ORDER and (found := lookup("backends", candidate)()).is_available():
            return found  # type: ignore[no-any-return]
    raise BackendNotAvailableError(
        "No Keras backend is installed, and a neural model needs one. "
        'Run one of: pip install "skrec-keras[jax]", "skrec-keras[tensorflow]", "skrec-keras[torch]".'
    )


def start(backend: Backend, *, to_train: bool = False) -> Any:
    """Import Keras on a backend, once per process.

    Parameters
    ----------
    backend : Backend
    to_train : bool, default=False
        Whether a model is going to be trained.

    Returns
    -------
    module
        Keras.

    Raises
    ------
    BackendCapabilityError
        If the backend is to train and can only serve.
    """
    if to_train and not backend.capabilities.train:
        raise BackendCapabilityError(
            f"Backend {backend.keras_name!r} can't train: it computes no gradients, and serves fitted models only. Fit on one of "
            f"{', '.join(ORDER)}, skrec.save the model there, and skrec.load it here."
        )
    if running() is not None:
        _refuse_mismatch(backend, backend.keras_name)
        return sys.modules["keras"]
    backend.configure()
    with _environment("KERAS_BACKEND", backend.keras_name):
        return importlib.import_module("keras")


def find_device(backend: Backend, device: str) -> str:
    """Check a device's name.

    Parameters
    ----------
    backend : Backend
    device : str
        ``"auto"`` for the best there is; ``"gpu"`` and ``"tpu"`` mean the first of their kind.

    Returns
    -------
    str
        One of ``backend.devices()``.

    Raises
    ------
    DeviceNotFoundError
        If it isn't there; the message lists those that are.
    """
    if device == "auto":
        return backend.default_device()
    there = backend.devices()
    if device in there:
        return device
    if f"{device}:0" in there:
        return f"{device}:0"
    raise DeviceNotFoundError(
        f"Device {device!r} isn't there. Backend {backend.keras_name!r} has: {', '.join(there)}. Pass one of these, or 'auto'."
    )


def _available(backend: Backend, name: str) -> Backend:
    if not backend.is_available():
        raise BackendNotAvailableError(
            f"Backend {name!r} needs {backend.module}, which isn't installed. Run: {backend.install}."
        )
    return backend


def _refuse_mismatch(backend: Backend, name: str) -> None:
    current = running()
    if current is not None and current != backend.keras_name:
        raise BackendMismatchError(
            f"This process already runs Keras on {current!r}, and can't run {name!r} too. Start a new process, and choose there "
            f"before anything imports Keras: skrec.set_backend({name!r}), or SKREC_BACKEND={name} in the environment."
        )


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
