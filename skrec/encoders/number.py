"""Numbers, standardised."""

from typing import Any, ClassVar, final

import numpy as np

from skrec._params import StrOptions
from skrec.encoders._base import ColumnEncoder
from skrec.encoders._column import Column, Doubles, read_numbers

LIMIT = 10.0
"""Farthest from the mean that a number may lie, in standard deviations; what lies beyond is put there."""

_HIDDEN = 16
_MAX_QUANTILES = 1000


@final
class NumberEncoder(ColumnEncoder):
    """A number a row, scaled to mean 0 and standard deviation 1.

    `transform` gives two columns, float32: the scaled number, and 1 where it is missing. A missing number is 0, the mean; where `fit` met
    none missing, the flag stays 0, too, since nothing would train its weight. A column that is constant in `fit` becomes the difference
    from that constant. Numbers more than 10 standard deviations off are taken for 10, so that one wild value can't spoil a model.

    Cells are numbers, booleans, or strings that hold a number; an empty string is missing. Infinity is refused.

    The network has one hidden layer of 16 units, so that a range in the middle may be liked best.

    Parameters
    ----------
    scaling : {"standard", "log", "quantile"}, default="standard"
        What is standardised: the number itself; sign(x) log(1 + abs(x)), for counts and prices with a long tail; or its rank among the
        numbers of `fit`, in steps of a thousandth, for any odd distribution.

    Attributes
    ----------
    mean_, scale_ : float
        Mean and standard deviation of the numbers of `fit`, after `scaling`.
    quantiles_ : ndarray of shape (n_quantiles,), float64
        Numbers of `fit` at equal distances in rank, ascending; empty unless ``scaling="quantile"``.
    has_missing_ : bool
        Whether `fit` met a missing number.

    See Also
    --------
    DatetimeEncoder : For points in time.

    Examples
    --------
    >>> from skrec.encoders import NumberEncoder
    >>> NumberEncoder().fit([1.0, 3.0, None]).transform([2.0, 4.0, None])
    array([[0., 0.],
           [2., 0.],
           [0., 1.]], dtype=float32)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "scaling": [StrOptions({"standard", "log", "quantile"})],
    }

    def __init__(self, scaling: str = "standard") -> None:
        self.scaling = scaling

    def _fit(self, column: Column, y: Any) -> None:
        numbers = read_numbers(column)
        present = numbers[~np.isnan(numbers)]
        quantiles = np.zeros(0)
        if self.scaling == "quantile" and len(present):
            quantiles = np.quantile(present, np.linspace(0.0, 1.0, min(len(present), _MAX_QUANTILES)))
        self.quantiles_ = quantiles
        self.has_missing_ = len(present) < len(numbers)
        self.mean_, self.scale_ = mean_and_scale(self._scaled(present))

    def _transform(self, column: Column) -> Any:
        numbers = read_numbers(column)
        missing = np.isnan(numbers)
        result = np.zeros((len(numbers), 2), dtype=np.float32)
        result[~missing, 0] = standardised(self._scaled(numbers[~missing]), self.mean_, self.scale_)
        result[:, 1] = missing if self.has_missing_ else 0.0
        return result

    def _build(self, dim: int) -> Any:
        from skrec.networks.numeric import NumericNetwork

        return NumericNetwork(dim, _HIDDEN)

    def _scaled(self, numbers: Doubles) -> Doubles:
        if self.scaling == "log":
            return np.sign(numbers) * np.log1p(np.abs(numbers))
        if self.scaling == "quantile" and len(self.quantiles_):
            # Both ends of a run of equal quantiles, so that a value that is frequent gets the middle of its ranks.
            sides = [np.searchsorted(self.quantiles_, numbers, side=side) for side in ("left", "right")]
            return np.asarray((sides[0] + sides[1]) / (2.0 * len(self.quantiles_)))
        return numbers


def mean_and_scale(numbers: Doubles) -> tuple[float, float]:
    """Give mean and standard deviation; 0 and 1 without numbers, and a scale of 1 where all are equal."""
    if not len(numbers):
        return 0.0, 1.0
    # Divided by the largest first: squares of numbers beyond 1e154 would overflow.
    largest = float(np.abs(numbers).max()) or 1.0
    mean, deviation = float((numbers / largest).mean()), float((numbers / largest).std())
    # What is left of equal numbers is rounding.
    return mean * largest, deviation * largest if deviation > 1e-13 else 1.0


def standardised(numbers: Doubles, mean: float, scale: float) -> Doubles:
    """Subtract the mean and divide by the scale, cut to 10 on both sides."""
    with np.errstate(over="ignore"):
        return np.clip(numbers / scale - mean / scale, -LIMIT, LIMIT)
