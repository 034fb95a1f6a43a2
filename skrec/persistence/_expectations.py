"""What an invariant is said in: one sentence, and arrays compared as a whole."""

from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

_CALLED = {"b": "booleans", "i": "whole numbers", "u": "whole numbers", "f": "numbers"}


class BrokenInvariantError(Exception):
    """Something in a file isn't what its class needs; the text says what."""


def expect(holds: object, what: str) -> None:
    """Say what is wrong, unless it holds."""
    if not holds:
        raise BrokenInvariantError(what)


def attribute(state: Mapping[str, Any], name: str, owner: str) -> Any:
    """Give an attribute that every object of a class has."""
    expect(name in state, f"{owner} has no {name}")
    return state[name]


def check_array(
    value: Any,
    what: str,
    dtypes: str | Iterable[Any],
    shape: tuple[int | None, ...],
    *,
    low: float | None = None,
    below: float | None = None,
) -> None:
    """Check one array, without a copy of it.

    Parameters
    ----------
    value : object
    what : str
        Its name, for the message.
    dtypes : str or iterable of dtype
        Kinds, as in "iu", or exact dtypes.
    shape : tuple
        None where any length will do.
    low, below : float, optional
        Bounds of the entries: ``low <= entry < below``. Numbers must be finite whatever they are.
    """
    kinds = isinstance(dtypes, str)
    fits = type(value) is np.ndarray and (
        value.dtype.kind in dtypes if kinds else any(value.dtype == kind for kind in dtypes)
    )
    wanted = _CALLED.get(str(dtypes)[0], str(dtypes)) if kinds else " or ".join(str(np.dtype(kind)) for kind in dtypes)
    expect(fits, f"{what} is no array of {wanted}")
    alike = value.ndim == len(shape) and all(
        given in {None, found} for given, found in zip(shape, value.shape, strict=True)
    )
    expect(alike, f"{what} has shape {value.shape}, and {tuple('any' if n is None else n for n in shape)} is expected")
    if not value.size or value.dtype.kind not in "iuf":
        return
    # Both ends are NaN where one entry is.
    least, most = value.min(), value.max()
    expect(np.isfinite(least) and np.isfinite(most), f"{what} holds NaN or infinity")
    expect(low is None or least >= low, f"{what} holds {least}, below {low}")
    expect(below is None or most < below, f"{what} holds {most}, beyond {below}")


def is_whole(value: Any, low: int = 0) -> bool:
    """Say whether something is a whole number of at least `low`, and no boolean."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= low


def is_finite(value: Any) -> bool:
    """Say whether something is a finite number."""
    return isinstance(value, Real) and not isinstance(value, bool) and bool(np.isfinite(float(value)))


def is_flag(value: Any) -> bool:
    """Say whether something is True or False."""
    return isinstance(value, (bool, np.bool_))


def are_texts(values: Any) -> bool:
    """Say whether something is a list of strings."""
    return isinstance(values, list) and set(map(type, values)) <= {str}
