"""Random generators of a file: their states are checked here, since NumPy's own setters believe what they are told."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from skrec.persistence._expectations import check_array, expect, is_finite, is_whole

__all__ = ["BIT_GENERATORS", "make_generator"]

_LARGE = {"PCG64": ("state", "inc"), "PCG64DXSM": ("state", "inc")}
_ARRAYS: dict[str, dict[str, tuple[Any, int]]] = {
    "MT19937": {"key": (np.uint32, 624)},
    "Philox": {"counter": (np.uint64, 4), "key": (np.uint64, 2)},
    "SFC64": {"state": (np.uint64, 4)},
}
"""By bit generator: the arrays of its inner state, with their dtypes and lengths."""
BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


def make_generator(kind: Any, state: Any) -> Any:
    """Make a generator that draws on where a saved one was.

    Parameters
    ----------
    kind : str
        ``"Generator"`` or ``"RandomState"``.
    state : dict
        Of its bit generator; numbers are drawn from where positions in it point to.

    Raises
    ------
    BrokenInvariantError
        If it is no state of a generator of NumPy.
    """
    expect(kind in {"Generator", "RandomState"}, "its manifest holds an unknown random generator")
    expect(isinstance(state, dict), "a random generator has no state")
    name = state.get("bit_generator")
    expect(name in BIT_GENERATORS, "its manifest holds an unknown random generator")
    inner = state.get("state")
    expect(isinstance(inner, dict), "a random generator has no inner state")
    _check_inner(name, inner)
    if name != "MT19937":
        expect(
            state.get("has_uint32") in {0, 1} and is_whole(state.get("has_uint32")),
            "a random generator has a senseless has_uint32",
        )
        expect(
            is_whole(state.get("uinteger")) and state["uinteger"] < 2**32, "a random generator has a senseless uinteger"
        )
    if name == "Philox":
        check_array(state.get("buffer"), "the buffer of a random generator", [np.uint64], (4,))
        expect(
            is_whole(state.get("buffer_pos")) and state["buffer_pos"] <= 4,
            "a random generator points behind its buffer",
        )
    bits = getattr(np.random, name)(0)
    if kind == "Generator":
        bits.state = state
        return np.random.Generator(bits)
    found = np.random.RandomState(bits)
    found.set_state({**state, **_gauss(state)})
    return found


def _check_inner(name: str, inner: Mapping[str, Any]) -> None:
    for part, (dtype, length) in _ARRAYS.get(name, {}).items():
        check_array(inner.get(part), f"the {part} of a random generator", [dtype], (length,))
    for part in _LARGE.get(name, ()):
        expect(
            is_whole(inner.get(part)) and inner[part] < 2**128,
            f"the {part} of a random generator is no number of 128 bits",
        )
    if name == "MT19937":
        expect(is_whole(inner.get("pos")) and inner["pos"] <= 624, "a random generator points behind its numbers")


def _gauss(state: Mapping[str, Any]) -> dict[str, Any]:
    """What a RandomState remembers of the normal numbers it draws in pairs."""
    has, value = state.get("has_gauss", 0), state.get("gauss", 0.0)
    expect(is_whole(has) and has <= 1 and is_finite(value), "a random generator remembers a senseless number")
    return {"has_gauss": int(has), "gauss": float(value)}
