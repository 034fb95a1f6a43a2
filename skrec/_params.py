"""Parameter constraints, and the one sentence that says which was broken."""

from collections.abc import Mapping
from typing import Any

from sklearn.utils._param_validation import (  # noqa: PLC2701
    Interval,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils._param_validation import (  # noqa: PLC2701 - scikit-learn's own validator, used by its sister projects
    InvalidParameterError as _SklearnInvalidParameterError,
)

from skrec.exceptions import InvalidParameterError

__all__ = ["Interval", "StrOptions", "check_parameter", "check_parameters"]


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
    try:
        validate_parameter_constraints(dict(constraints), dict(values), owner)
    except _SklearnInvalidParameterError as error:
        raise InvalidParameterError(str(error)) from None


def check_parameter(name: str, value: Any, constraint: list[Any], owner: str) -> None:
    """Check one parameter of a method against its constraint."""
    check_parameters({name: constraint}, {name: value}, owner)
