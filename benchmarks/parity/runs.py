"""Models trained on one backend and served on another; each in a process of its own."""

import importlib.abc
import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.parity.models import data, make

FRAMEWORKS = ("jax", "jaxlib", "tensorflow", "torch")


def file_of(folder: str, backend: str, name: str) -> Path:
    """Where a model is saved."""
    return Path(folder, f"{backend}-{name.replace(', ', '-')}.skrec")


def train(folder: str, backend: str) -> None:
    """Train and save all models, with their predictions."""
    import skrec

    skrec.set_backend(backend)
    X = data()
    scores = {}
    for name, model in make().items():
        skrec.save(model.fit(X), file_of(folder, backend, name))
        scores[name] = model.predict(X)
    np.savez(Path(folder, f"{backend}.npz"), **scores)


def serve(folder: str, backend: str, trained_on: list[str]) -> dict[str, float]:
    """Load all models of other backends; gives the largest difference to what was predicted there, in standard deviations."""
    if backend == "numpy":
        _hide_frameworks()
    import skrec

    skrec.set_backend(backend)
    X = data()
    worst: dict[str, float] = {}
    for other in trained_on:
        with np.load(Path(folder, f"{other}.npz")) as scores:
            for name in scores.files:
                found = skrec.load(file_of(folder, other, name)).predict(X)
                difference = float(np.abs(found - scores[name]).max() / scores[name].std())
                worst[name] = max(worst.get(name, 0.0), difference)
    if backend == "numpy" and not sys.modules.keys().isdisjoint(FRAMEWORKS):
        raise RuntimeError("A framework was imported where NumPy was to serve alone.")
    return worst


def _hide_frameworks() -> None:
    """Let this process find no framework: Keras' NumPy backend would take JAX's convolutions."""
    find = importlib.util.find_spec

    def find_spec(name: str, package: str | None = None) -> Any:
        return None if name.partition(".")[0] in FRAMEWORKS else find(name, package)

    importlib.util.find_spec = find_spec
    sys.meta_path.insert(0, _Hidden())


class _Hidden(importlib.abc.MetaPathFinder):
    """Finds no framework, and hides those installed."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        """Raise for a framework, None for all else: the next finder is asked."""
        if fullname.partition(".")[0] in FRAMEWORKS:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
