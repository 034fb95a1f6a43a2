"""Fitted: whether a model is fitted, and with numbers that scores can be made of."""

from typing import Any, ClassVar

from skrec._sklearn import BaseEstimator
from skrec.data import Histories
from skrec.exceptions import InvalidDataError, NotFittedError
from skrec.models._finite import LARGEST, LARGEST_FACTOR, first_beyond

__all__ = ["Fitted"]


class Fitted(BaseEstimator):
    """What an estimator says of what it has learned."""

    histories_: Histories

    _trained: ClassVar[tuple[str, ...]] = ()
    """Attributes that gradients have made, and whose numbers are multiplied with each other."""

    def _reads_times(self) -> bool:
        """Say whether scores depend on the time between a history's events, and not on their order alone; asked once fitted."""
        return False

    def _check_learned(self) -> None:
        """Refuse numbers that no score can be made of; the fit that learned them is undone."""
        parameters = self._get_param_names()
        learned = {name: value for name, value in vars(self).items() if name not in parameters}
        trained = {name: learned[name] for name in self._trained}
        broken = first_beyond(trained, LARGEST_FACTOR) or first_beyond(learned, LARGEST)
        if broken is None:
            return
        if trained:
            given = self.get_params(deep=False)
            own = isinstance(given["optimizer"], str)  # an optimizer object may bring another rate, or a schedule
            rate = f" (it is {given['learning_rate']:g})" if own else ""
            raise InvalidDataError(
                f"Training diverged: after epoch {learned['n_iter_']} numbers in {broken!r} aren't finite, or too large to be multiplied. "
                f"Lower learning_rate{rate}, or check the ratings and weights for extreme values."
            )
        raise InvalidDataError(
            f"{type(self).__name__} learned numbers that aren't finite, or that float32 can't hold, in {broken!r}: no scores can be made "
            f"of them. Check ratings and weights for extreme values: the largest weight is {self.histories_.weights.max():g}."
        )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "histories_")

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet. Call fit first.")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.target_tags.required = False
        return tags
