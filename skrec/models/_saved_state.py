"""What copies of a neural model, pickles and files keep of it."""

import warnings
from collections.abc import Mapping
from typing import Any

from sklearn.base import BaseEstimator

from skrec._keras_objects import SavedKeras, is_keras_loss, is_keras_optimizer, stand_in

__all__ = ["clone_sharing", "state_to_pickle", "state_to_save"]

_CHOICES = ("loss", "optimizer")
"""Parameters that may be objects of Keras."""


def clone_sharing(model: BaseEstimator) -> Any:
    """Clone an estimator as scikit-learn does; a loss and an optimizer of Keras are handed on.

    Keras copies its objects by configurations that forget some of what they are. None is ever changed here, so that clones may share it.
    """
    given: dict[str, Any] = {**vars(model)}
    shared = {name: given[name] for name in _CHOICES if _is_keras(given.get(name))}
    without: Any = object.__new__(type(model))
    without.__dict__.update(given | dict.fromkeys(shared))
    found = BaseEstimator.__sklearn_clone__(without)
    found.__dict__.update(shared)
    return found


def state_to_pickle(state: Mapping[str, Any]) -> dict[str, Any]:
    """Give a neural model's state for a pickle: without what is made anew, objects of Keras as Keras describes them."""
    # The state may be the live __dict__: it is copied before anything is taken out.
    return {name: stand_in(value) if name in _CHOICES else value for name, value in state.items() if name != "_kept"}


def state_to_save(owner: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """Give a neural model's state without what is code or can be made anew.

    Losses and optimizers of Keras are kept as Keras describes them. Callbacks serve training only and are code. An index is made again
    from the item vectors when it is first needed: a search library's own format has no place in a file that anybody may have written.

    Parameters
    ----------
    owner : str
        Name of the model's class.
    state : mapping of str to object
        All attributes.

    Returns
    -------
    dict
        For ``__setstate__``.

    Raises
    ------
    NotSavableError
        If a loss or an optimizer of Keras holds code of others.

    Warns
    -----
    UserWarning
        If there are callbacks.
    """
    kept = {name: value for name, value in state.items() if name != "retriever_"}
    for name in _CHOICES:
        value = kept.get(name)
        function = callable(value) and not isinstance(value, BaseEstimator)
        if function or _is_keras(value):
            kept[name] = SavedKeras.of(value)
    if kept.get("callbacks"):
        warnings.warn(
            f"The callbacks of {owner} aren't saved: they serve training only, and are code. Set them again after loading.",
            UserWarning,
            stacklevel=3,
        )
        kept["callbacks"] = None
    return kept


def _is_keras(value: Any) -> bool:
    return is_keras_loss(value) or is_keras_optimizer(value)
