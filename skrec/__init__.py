"""Deep recommenders as scikit-learn estimators, on any Keras backend, with plugins.

Importing skrec imports neither Keras nor a framework: names are loaded when they are first used.
"""

import importlib
import os
import sys
from importlib.metadata import PackageNotFoundError, distribution, distributions
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_LAZY = {
    "Interactions": "skrec.data",
    "Recommendations": "skrec.data",
    "BERT4Rec": "skrec.models",
    "Caser": "skrec.models",
    "DCNv2": "skrec.models",
    "DeepFM": "skrec.models",
    "EASE": "skrec.models",
    "GMF": "skrec.models",
    "GRU4Rec": "skrec.models",
    "HSTU": "skrec.models",
    "ItemKNN": "skrec.models",
    "KerasModel": "skrec.models",
    "MatrixFactorization": "skrec.models",
    "NeuMF": "skrec.models",
    "Popularity": "skrec.models",
    "SASRec": "skrec.models",
    "TwoTower": "skrec.models",
    "WideDeep": "skrec.models",
    "evaluate": "skrec.model_selection",
    "make_ranking_scorer": "skrec.model_selection",
    "load": "skrec.persistence",
    "save": "skrec.persistence",
    "load_dataset": "skrec.datasets",
    "make_interactions": "skrec.datasets",
    "Pipeline": "skrec.pipeline",
    "make_pipeline": "skrec.pipeline",
    "hookimpl": "skrec.plugin",
    "set_backend": "skrec.backends",
}
_MODULES = (
    "backends",
    "data",
    "datasets",
    "encoders",
    "exceptions",
    "losses",
    "metrics",
    "model_selection",
    "models",
    "networks",
    "optimizers",
    "persistence",
    "pipeline",
    "plugin",
    "preprocessing",
    "retrievers",
    "testing",
)

__all__ = [
    "BERT4Rec",
    "Caser",
    "DCNv2",
    "DeepFM",
    "EASE",
    "GMF",
    "GRU4Rec",
    "HSTU",
    "Interactions",
    "ItemKNN",
    "KerasModel",
    "MatrixFactorization",
    "NeuMF",
    "Pipeline",
    "Popularity",
    "Recommendations",
    "SASRec",
    "TwoTower",
    "WideDeep",
    "__version__",
    "evaluate",
    "hookimpl",
    "load",
    "load_dataset",
    "make_interactions",
    "make_pipeline",
    "make_ranking_scorer",
    "save",
    "set_backend",
]


def _refuse_second_provider() -> None:
    """Raise where another distribution has written into the same import package.

    ``scikit-rec`` and ``scikit-recommender`` on PyPI install a package called ``skrec`` too; files of both then lie
    mixed in one folder, and either may break in unforeseeable ways.
    """
    found = {name for name in ("scikit-rec", "scikit-recommender") if _is_installed(name)}
    for other in distributions():
        # top_level.txt alone: reading every RECORD, as packages_distributions does, takes longer than all the rest of
        # this import. Some build tools write no such file, so the two that are known are looked for by name too.
        if "skrec" in (other.read_text("top_level.txt") or "").split():
            found.add(other.name)
    others = sorted(name for name in found if name.replace("_", "-").lower() != "skrec-keras")
    if others:
        raise ImportError(
            f"The import package 'skrec' is also installed by {' and '.join(others)}, and their files are mixed with "
            f"those of skrec-keras. Run: pip uninstall {' '.join(others)} skrec-keras, then pip install skrec-keras."
        )


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _tell_keras() -> None:
    """Let ``import keras`` after ``import skrec`` start what SKREC_BACKEND names: left alone, Keras starts TensorFlow.

    Nothing is changed where the variable isn't set, where KERAS_BACKEND says something of its own, or where Keras runs already. A
    plugin's backend is called by its own name, which Keras needn't know.
    """
    name = os.environ.get("SKREC_BACKEND")
    if name in {"jax", "tensorflow", "torch"} and "keras" not in sys.modules:
        os.environ.setdefault("KERAS_BACKEND", name)


_refuse_second_provider()
_tell_keras()


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(f"skrec.{name}")
    else:
        raise AttributeError(f"module 'skrec' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})


if TYPE_CHECKING:
    from skrec.backends import set_backend
    from skrec.data import Interactions, Recommendations
    from skrec.datasets import load_dataset, make_interactions
    from skrec.model_selection import evaluate, make_ranking_scorer
    from skrec.models import (
        EASE,
        GMF,
        HSTU,
        BERT4Rec,
        Caser,
        DCNv2,
        DeepFM,
        GRU4Rec,
        ItemKNN,
        KerasModel,
        MatrixFactorization,
        NeuMF,
        Popularity,
        SASRec,
        TwoTower,
        WideDeep,
    )
    from skrec.persistence import load, save
    from skrec.pipeline import Pipeline, make_pipeline
    from skrec.plugin import hookimpl
