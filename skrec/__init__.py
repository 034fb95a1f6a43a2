"""Deep recommenders as scikit-learn estimators, on any Keras backend, with plugins.

Importing skrec imports neither Keras nor a framework: names are loaded when they are first used.
"""

import importlib
from importlib.metadata import PackageNotFoundError, distribution, distributions
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_LAZY = {
    "Interactions": "skrec.data",
    "Recommendations": "skrec.data",
    "EASE": "skrec.models",
    "BERT4Rec": "skrec.models",
    "Caser": "skrec.models",
    "GMF": "skrec.models",
    "GRU4Rec": "skrec.models",
    "HSTU": "skrec.models",
    "ItemKNN": "skrec.models",
    "KerasModel": "skrec.models",
    "MatrixFactorization": "skrec.models",
    "NeuMF": "skrec.models",
    "Popularity": "skrec.models",
    "SASRec": "skrec.models",
    "evaluate": "skrec.model_selection",
    "make_ranking_scorer": "skrec.model_selection",
    "load": "skrec.persistence",
    "load_dataset": "skrec.datasets",
    "make_interactions": "skrec.datasets",
    "make_pipeline": "skrec.pipeline",
    "hookimpl": "skrec.plugin",
    "save": "skrec.persistence",
    "set_backend": "skrec.backends",
}
_MODULES = (
    "backends",
    "data",
    "datasets",
    "encoders",
    "exceptions",
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
    "EASE",
    "GMF",
    "GRU4Rec",
    "HSTU",
    "Interactions",
    "ItemKNN",
    "KerasModel",
    "MatrixFactorization",
    "NeuMF",
    "Popularity",
    "Recommendations",
    "SASRec",
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


_refuse_second_provider()


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
        GRU4Rec,
        ItemKNN,
        KerasModel,
        MatrixFactorization,
        NeuMF,
        Popularity,
        SASRec,
    )
    from skrec.persistence import load, save
    from skrec.pipeline import make_pipeline
    from skrec.plugin import hookimpl
