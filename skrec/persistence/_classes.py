"""Names of the classes that a file may speak of, and the way back."""

import importlib
import re
from contextlib import suppress
from typing import Any

from sklearn.base import BaseEstimator

from skrec.exceptions import SkrecError
from skrec.plugin import OWN, lookup, plugin_manager

OWN_CLASSES = {
    "Adagrad": "skrec.optimizers",
    "Adam": "skrec.optimizers",
    "Binarize": "skrec.preprocessing",
    "Deduplicate": "skrec.preprocessing",
    "FeatureEncoder": "skrec.preprocessing",
    "Histories": "skrec.data",
    "Interactions": "skrec.data",
    "KCore": "skrec.preprocessing",
    "KerasLoss": "skrec.losses",
    "KerasModel": "skrec.models",
    "ModelFeatures": "skrec.models",
    "Names": "skrec.data",
    "Pipeline": "skrec.pipeline",
    "RecencyWeight": "skrec.preprocessing",
    "SGD": "skrec.optimizers",
    "SavedKeras": "skrec._keras_objects",
    "SavedNetwork": "skrec.models",
    "TransformerEncoder": "skrec.encoders",
    "Vocabulary": "skrec.data",
}
"""Classes of skrec itself that no hook names, and the modules they are found in."""

NAMED_KINDS = ("models", "encoders", "retrievers", "losses")
"""Kinds of plugins' classes whose objects hold what was learned."""

_SKLEARN = re.compile(r"sklearn((?:\.[a-z][a-z_]*){0,2})\.([A-Za-z]\w*)")


class UnregisteredError(Exception):
    """No plugin registers a class; the text says what to do."""


def name_of(kind: type) -> tuple[str, str]:
    """Name a class as files do.

    Parameters
    ----------
    kind : type

    Returns
    -------
    name : str
        ``"skrec-keras:models/gmf"`` for what a hook names, ``"skrec:Vocabulary"`` for other classes of skrec,
        ``"sklearn:sklearn.decomposition.PCA"``.
    distribution : str
        Who provides it.

    Raises
    ------
    UnregisteredError
        If no plugin does.
    """
    if OWN_CLASSES.get(kind.__name__) is not None and _own_class(kind.__name__) is kind:
        return f"skrec:{kind.__name__}", OWN
    package = kind.__module__.partition(".")[0]
    if package == "sklearn":
        return f"sklearn:{_public_place(kind)}", "scikit-learn"
    for entry_kind in NAMED_KINDS:
        for entry in plugin_manager().provided(entry_kind, OWN if package == "skrec" else None):
            # A lazy target of another package isn't it, and is left alone.
            if isinstance(entry.target, str) and entry.target.partition(":")[0].partition(".")[0] != package:
                continue
            if lookup(entry_kind, f"{entry.distribution}:{entry.name}") is kind:
                return f"{entry.distribution}:{entry_kind}/{entry.name}", entry.distribution
    raise UnregisteredError(
        f"neither skrec, scikit-learn nor an installed plugin registers {kind.__module__}.{kind.__qualname__}; "
        "name it in a hook of a plugin, or use pickle for what you trust"
    )


def find_class(name: str) -> type:
    """Find the class of a name.

    Raises
    ------
    UnregisteredError
        If no installed plugin provides it.
    """
    provider, _, rest = name.partition(":")
    if provider == "skrec" and rest in OWN_CLASSES:
        return _own_class(rest)
    if provider == "sklearn":
        return _sklearn_class(rest)
    kind, _, short = rest.partition("/")
    if kind in NAMED_KINDS:
        try:
            found = lookup(kind, f"{provider}:{short}")
        except SkrecError as error:
            raise UnregisteredError(f"{error} Install {provider}, in the version that saved the file") from error
        if isinstance(found, type):
            return found
    raise UnregisteredError(f"no installed plugin registers a class {name!r}")


def _own_class(name: str) -> type:
    found: type = getattr(importlib.import_module(OWN_CLASSES[name]), name)
    return found


def _public_place(kind: type) -> str:
    """Dotted name under which scikit-learn publishes a class."""
    parts = [part for part in kind.__module__.split(".") if not part.startswith("_")]
    for depth in (2, 3):  # sklearn.decomposition.PCA, sklearn.feature_extraction.text.TfidfVectorizer
        place = f"{'.'.join(parts[:depth])}.{kind.__name__}"
        with suppress(UnregisteredError):
            if _sklearn_class(place) is kind:
                return place
    raise UnregisteredError(f"scikit-learn doesn't publish {kind.__module__}.{kind.__qualname__}")


def _sklearn_class(place: str) -> type:
    match = _SKLEARN.fullmatch(place)
    if match is None:
        raise UnregisteredError(f"{place!r} is no class of scikit-learn")
    try:
        found: Any = getattr(importlib.import_module(f"sklearn{match[1]}"), match[2], None)
    except ImportError:
        found = None
    if not (isinstance(found, type) and issubclass(found, BaseEstimator)):
        raise UnregisteredError(f"the installed scikit-learn has no estimator {place!r}")
    return found
