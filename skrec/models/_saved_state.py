"""What a file keeps of a neural model."""

import warnings
from collections.abc import Mapping
from typing import Any

__all__ = ["state_to_save"]


def state_to_save(owner: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """Give a neural model's state without what is code or can be made anew.

    Callbacks serve training only and are code. An index is made again from the item vectors when it is first needed: a search
    library's own format has no place in a file that anybody may have written.

    Parameters
    ----------
    owner : str
        Name of the model's class.
    state : mapping of str to object
        What a pickle holds.

    Returns
    -------
    dict
        For ``__setstate__``.

    Warns
    -----
    UserWarning
        If there are callbacks.
    """
    kept = {name: value for name, value in state.items() if name != "retriever_"}
    if kept.get("callbacks"):
        warnings.warn(
            f"The callbacks of {owner} aren't saved: they serve training only, and are code. Set them again after loading.",
            UserWarning,
            stacklevel=3,
        )
        kept["callbacks"] = None
    return kept
