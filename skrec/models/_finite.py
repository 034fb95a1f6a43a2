"""What was learned is looked at once, after every fit: a loss is read before the last step, and sums aren't looked at at all."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy import sparse

__all__ = ["LARGEST", "LARGEST_FACTOR", "first_beyond"]

LARGEST = float(np.finfo(np.float32).max)
"""Scores are float32: what is larger becomes infinite there."""

LARGEST_FACTOR = 1e18
"""Where scores are sums of products, such as those of embeddings, two numbers beyond this make one that is infinite."""

_NO_SCORES = {"history_", "_kept"}
"""Attributes whose floats tell of training, or of parameters, alone."""


def first_beyond(learned: Mapping[str, Any], largest: float) -> str | None:
    """Find the first attribute with a float that is NaN, infinite or too large.

    Parameters
    ----------
    learned : mapping of str to object
        Attributes. Floats, arrays, sparse matrices, and lists, tuples and dicts of them are looked at; other objects are passed by.
    largest : float
        Largest absolute value.

    Returns
    -------
    str or None
        Its name.
    """
    for name, value in learned.items():
        if name not in _NO_SCORES and not _is_within(value, largest):
            return name
    return None


def _is_within(value: Any, largest: float) -> bool:
    if isinstance(value, Mapping):
        return _all_within(value.values(), largest)
    if isinstance(value, (list, tuple)):
        return _all_within(value, largest)
    if sparse.issparse(value):
        value = getattr(value, "data", None)
    if isinstance(value, (float, np.floating)):
        return abs(float(value)) <= largest
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not value.size:
        return True
    # Least and greatest, which need no second array of this size; of NaN both are NaN, and no comparison with it is true.
    return bool(value.min() >= -largest and value.max() <= largest)


def _all_within(values: Iterable[Any], largest: float) -> bool:
    return all(_is_within(value, largest) for value in values)
