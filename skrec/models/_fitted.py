"""Whether what a fit learned are numbers that scores can be made of."""

from skrec._sklearn import BaseEstimator
from skrec.exceptions import InvalidDataError
from skrec.models._finite import LARGEST, LARGEST_FACTOR, first_beyond

__all__ = ["check_learned"]


def check_learned(estimator: BaseEstimator, trained_names: tuple[str, ...], largest_weight: float) -> None:
    """Refuse numbers that no score can be made of; whoever fits undoes the fit that learned them.

    Parameters
    ----------
    estimator : estimator
        Fitted just now.
    trained_names : tuple of str
        Attributes that gradients have made, and whose numbers are multiplied with each other.
    largest_weight : float
        Of the events, for the message.

    Raises
    ------
    InvalidDataError
        If a number in a fitted attribute isn't finite, or too large.
    """
    parameters = estimator._get_param_names()
    learned = {name: value for name, value in vars(estimator).items() if name not in parameters}
    trained = {name: learned[name] for name in trained_names}
    broken = first_beyond(trained, LARGEST_FACTOR) or first_beyond(learned, LARGEST)
    if broken is None:
        return
    if trained:
        given = estimator.get_params(deep=False)
        own = isinstance(given["optimizer"], str)  # an optimizer object may bring another rate, or a schedule
        rate = f" (it is {given['learning_rate']:g})" if own else ""
        raise InvalidDataError(
            f"Training diverged: after epoch {learned['n_iter_']} numbers in {broken!r} aren't finite, or too large to be multiplied. "
            f"Lower learning_rate{rate}, or check the ratings and weights for extreme values."
        )
    raise InvalidDataError(
        f"{type(estimator).__name__} learned numbers that aren't finite, or that float32 can't hold, in {broken!r}: no scores can be made "
        f"of them. Check ratings and weights for extreme values: the largest weight is {largest_weight:g}."
    )
