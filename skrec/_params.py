"""Parameter constraints, and the one sentence that says which was broken."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Annotated, Any, Final

import numpy as np
from sklearn.utils._param_validation import (  # noqa: PLC2701
    Interval,
    StrOptions,
    make_constraint,
    validate_parameter_constraints,
)
from sklearn.utils._param_validation import (  # noqa: PLC2701 - scikit-learn's own validator, used by its sister projects
    InvalidParameterError as _SklearnInvalidParameterError,
)

from skrec.exceptions import InvalidParameterError

__all__ = [
    "NOT_COMPILED",
    "POSITIVE_INT",
    "Flag",
    "Interval",
    "Name",
    "NonNegative",
    "OneOf",
    "Positive",
    "PositiveInt",
    "Seed",
    "Share",
    "StrOptions",
    "check_parameter",
    "check_parameters",
]


class _NotCompiled:
    """Marks a parameter that no compiled program depends on, so that models which differ in it share their programs."""

    def __repr__(self) -> str:
        return "NOT_COMPILED"


NOT_COMPILED: Final = _NotCompiled()
"""Beside a parameter's constraints: compiled programs don't depend on it."""

_LARGEST: Final = int(np.finfo(np.float64).max)

POSITIVE_INT: Final = Interval(Integral, 1, None, closed="left")

PositiveInt = Annotated[int, POSITIVE_INT]
"""A whole number of at least 1."""

Positive = Annotated[float, Interval(Real, 0, None, closed="neither")]
"""A number above 0."""

NonNegative = Annotated[float, Interval(Real, 0, None, closed="left")]
"""A number of at least 0."""

Share = Annotated[float, Interval(Real, 0, 1, closed="left")]
"""A share, in [0, 1)."""

Flag = Annotated[bool, "boolean"]
"""True or False."""

Name = Annotated[str, str]
"""A string; who reads it says which ones there are."""

Seed = Annotated[Any, "random_state", np.random.Generator]
"""What scikit-learn calls ``random_state``, and NumPy's generators."""


def OneOf(*names: str) -> StrOptions:
    """Allow some strings."""
    return StrOptions(set(names))


def check_parameters(constraints: Mapping[str, list[Any]], values: Mapping[str, Any], owner: str) -> None:
    """Check parameters against their constraints.

    Parameters
    ----------
    constraints : mapping of str to list
        The allowed kinds of each parameter, as in scikit-learn's ``_parameter_constraints``.
    values : mapping of str to object
        The parameters' values.
    owner : str
        Class or method named in the message.

    Raises
    ------
    InvalidParameterError
        ``The 'k' parameter of EASE.recommend must be an int in the range [1, inf). Got 0 instead.``
    """
    for name, allowed in constraints.items():
        # Python counts True as 1, but k=True isn't meant as a number.
        if isinstance(values.get(name), bool) and all(
            isinstance(kind, Interval) for kind in allowed if kind is not None
        ):
            expected = " or ".join(map(str, allowed))
            raise InvalidParameterError(
                f"The {name!r} parameter of {owner} must be {expected}. Got {values[name]} instead."
            )
        if isinstance(values.get(name), np.timedelta64) and not _takes_durations(allowed):
            raise InvalidParameterError(_refusal(name, allowed, values[name], owner))
    try:
        validate_parameter_constraints(dict(constraints), dict(values), owner)
    except _SklearnInvalidParameterError as error:
        raise InvalidParameterError(str(error)) from None
    except (TypeError, ValueError, OverflowError):  # what can't be compared with numbers, though it counts as one
        raise InvalidParameterError(_first_refused(constraints, values, owner)) from None
    for name, allowed in constraints.items():
        if (
            isinstance(values.get(name), int)
            and any(_is_real(kind) for kind in allowed)
            and abs(values[name]) > _LARGEST
        ):
            raise InvalidParameterError(
                f"The {name!r} parameter of {owner} is beyond the largest float, 1.8e308. Lower it."
            )


def _is_real(kind: Any) -> bool:
    return isinstance(kind, Interval) and kind.type is Real


def _first_refused(constraints: Mapping[str, list[Any]], values: Mapping[str, Any], owner: str) -> str:
    """Say which parameter scikit-learn's validation stumbles over."""
    for name, allowed in constraints.items():
        try:
            validate_parameter_constraints({name: allowed}, {name: values[name]}, owner)
        except _SklearnInvalidParameterError as error:
            return str(error)
        except (TypeError, ValueError, OverflowError):
            break
    return _refusal(name, allowed, values[name], owner)


def _takes_durations(allowed: list[Any]) -> bool:
    """Say whether NumPy's durations, which it counts among its integers, are meant."""
    return any(isinstance(kind, type) and issubclass(np.timedelta64, kind) for kind in allowed)


def _refusal(name: str, allowed: list[Any], value: Any, owner: str) -> str:
    expected = " or ".join(str(make_constraint(kind)) for kind in allowed)
    return f"The {name!r} parameter of {owner} must be {expected}. Got {value!r} instead."


def check_parameter(name: str, value: Any, constraint: list[Any], owner: str) -> None:
    """Check one parameter of a method against its constraint."""
    check_parameters({name: constraint}, {name: value}, owner)
