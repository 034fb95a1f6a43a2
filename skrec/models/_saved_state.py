"""What a file keeps of a neural model."""

import warnings
from typing import Any


def state_to_save(model: Any) -> dict[str, Any]:
    """Give a neural model's state without what is code or can be made anew.

    Callbacks serve training only and are code. An index is made again from the item vectors when it is first needed: a search
    library's own format has no place in a file that anybody may have written.

    Parameters
    ----------
    model : KerasRecommender

    Returns
    -------
    dict
        For ``__setstate__``.

    Warns
    -----
    UserWarning
        If there are callbacks.
    """
    state: dict[str, Any] = dict(model.__getstate__())
    state.pop("retriever_", None)
    if state.get("callbacks"):
        warnings.warn(
            f"The callbacks of {type(model).__name__} aren't saved: they serve training only, and are code. Set them again after loading.",
            UserWarning,
            stacklevel=2,
        )
        state["callbacks"] = None
    return state
