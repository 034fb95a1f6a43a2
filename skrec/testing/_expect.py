"""What checks are made of: an expectation, and the sentence that says how it wasn't met."""

import reprlib
from collections.abc import Callable
from typing import Any

import numpy as np

from skrec.exceptions import SkrecError

REFUSALS: tuple[type[BaseException], ...] = (SkrecError, ValueError)
"""What a plugin may raise for input that it can't use."""


_SHOWN = 12


def expect(condition: Any, sentence: str) -> None:
    """Raise an AssertionError with the sentence unless the condition holds; an ``assert`` would be gone under ``python -O``."""
    if not condition:
        raise AssertionError(sentence)


def expect_equal(found: Any, expected: Any, what: str) -> None:
    """Expect two arrays, or what can be made one, to be equal in shape and values; NaN equals NaN."""
    one, other = np.asarray(found), np.asarray(expected)
    expect(
        one.shape == other.shape,
        f"{what} must be of shape {other.shape}. Got shape {one.shape} instead: {brief(found)}.",
    )
    same = np.asarray(one == other) | (_missing(one) & _missing(other))
    expect(same.all(), _difference(one, other, same, f"{what} must be"))


def expect_close(found: Any, expected: Any, what: str) -> None:
    """Expect two arrays of numbers to be equal up to the rounding of single precision."""
    one, other = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    expect(
        one.shape == other.shape,
        f"{what} must be of shape {other.shape}. Got shape {one.shape} instead: {brief(found)}.",
    )
    same = close(one, other)
    expect(same.all(), _difference(one, other, same, f"{what} must, up to rounding, be"))


def _difference(found: Any, expected: Any, same: Any, what: str) -> str:
    """Say what was expected; of many values which is the first that is another."""
    if same.size <= _SHOWN or same.all():
        return f"{what} {brief(expected.tolist())}. Got {brief(found.tolist())} instead."
    place = tuple(np.argwhere(~same)[0].tolist())
    where = f"position {place[0]}" if len(place) == 1 else f"position {place}"
    return (
        f"{what} {brief(np.asarray(expected[place]).tolist())} at {where}. Got {brief(np.asarray(found[place]).tolist())} instead; "
        f"{int((~same).sum())} of {same.size} values are others."
    )


def close(found: Any, expected: Any) -> Any:
    """Say of each pair of numbers whether they are equal up to the rounding of single precision."""
    return np.isclose(found, expected, rtol=1e-4, atol=1e-5, equal_nan=True)


def expect_finite(values: Any, what: str) -> None:
    """Expect numbers without NaN and infinity."""
    array = np.asarray(values)
    expect(array.dtype.kind in "iufb", f"{what} must be numbers. Got dtype {array.dtype} instead: {brief(values)}.")
    expect(np.isfinite(array).all(), f"{what} must be finite. Got {brief(array.tolist())} instead.")


def expect_raises(
    errors: tuple[type[BaseException], ...], call: Callable[[], Any], what: str, *, mentions: str = ""
) -> None:
    """Expect a call to raise one of the errors, with a sentence; `mentions` says what that must hold."""
    kinds = " or ".join(dict.fromkeys(error.__name__ for error in errors))
    try:
        result = call()
    except errors as error:
        text = str(error)
        expect(text.strip(), f"{what} must raise {kinds} with a sentence that helps. Got no sentence.")
        expect(mentions in text, f"The error that {what} raises must mention {mentions!r}. It says: {text}")
    except Exception as error:
        raise AssertionError(
            f"{what} must raise {kinds}. Got {type(error).__name__} instead, which says: {error}"
        ) from error
    else:
        raise AssertionError(f"{what} must raise {kinds}. Nothing was raised, and the result is {brief(result)}.")


def brief(value: Any) -> str:
    """Show a value, shortened."""
    shown = reprlib.Repr()
    shown.maxlist = shown.maxtuple = shown.maxdict = 12
    shown.maxlevel, shown.maxother, shown.maxstring = 3, 120, 120
    return shown.repr(value)


def _missing(array: Any) -> Any:
    """Say where an array holds NaN; it may hold anything."""
    return np.asarray(array != array)
