"""RecencyWeight: exponential decay of events' weights with their age."""

import datetime
from numbers import Real
from typing import Any, ClassVar, final

import numpy as np
import pandas as pd

from skrec._params import Interval, StrOptions
from skrec.data import TIMESTAMP, WEIGHT, Interactions
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.preprocessing._base import InteractionsTransformer

_DURATIONS = (str, datetime.timedelta, np.timedelta64)
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_LEAST = float(np.finfo(np.float32).tiny)


@final
class RecencyWeight(InteractionsTransformer):
    """Give each event a weight that halves with every half-life of its age.

    The weight is ``2 ** (-age / half_life)``, where the age counts back from the latest event of fit. It multiplies the
    column ``weight``, which is written where there is none, and which multiplies an event's part in the loss.

    An event later than all of fit, as in a history at serving time, weighs 1, like the latest of fit. However old, an
    event keeps a weight above zero, so that it still counts as seen. Events without a column ``timestamp`` pass through
    `transform` unchanged.

    Parameters
    ----------
    half_life : str, timedelta or float, default="180D"
        Time in which the weight halves, > 0. A duration, which is a `timedelta`, `pandas.Timedelta` or a string that
        the latter takes, as ``"12h"``; or a number in the unit of numeric timestamps, whichever that is.
    unit : {"s", "ms", "us", "ns"}, optional
        Unit of numeric timestamps, where `half_life` is a duration: ``"s"`` for Unix seconds. Not used otherwise.

    Attributes
    ----------
    latest_ : pandas.Timestamp, int or float
        Latest timestamp of fit.
    n_features_in_ : int
        Number of columns of `X` in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of these columns, where `X` had names.

    Raises
    ------
    InvalidDataError
        In `fit`, if there is no column ``timestamp``; in `transform`, if timestamps are of another kind than in fit.
    InvalidParameterError
        In `fit`, if a parameter breaks the constraint written above, or `half_life` doesn't fit the kind of the
        timestamps.

    Examples
    --------
    >>> from skrec.preprocessing import RecencyWeight
    >>> events = [("ann", "alien", 5.0, 0), ("ann", "brazil", 4.0, 86_400), ("bob", "alien", 3.0, 172_800)]
    >>> RecencyWeight("1D", unit="s").fit_transform(events).events["weight"].to_list()
    [0.25, 0.5, 1.0]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "half_life": [*_DURATIONS, Interval(Real, 0, None, closed="neither")],
        "unit": [StrOptions(set(_SECONDS)), None],
    }

    def __init__(self, half_life: Any = "180D", *, unit: str | None = None) -> None:
        self.half_life = half_life
        self.unit = unit

    def _fit(self, X: Interactions) -> Interactions:
        columns = list(X.events.columns)
        if TIMESTAMP not in columns:
            raise InvalidDataError(
                f"RecencyWeight needs a column 'timestamp', and the events' columns are {columns}. Name it: "
                'Interactions(events, timestamp="...").'
            )
        times = X.events[TIMESTAMP]
        half_life = self._half_life(times)
        latest = times.max()
        result = _weigh(X, latest, half_life)
        self.latest_ = latest
        return result

    def _transform(self, X: Interactions) -> Interactions:
        if TIMESTAMP not in X.events:
            return X
        times = X.events[TIMESTAMP]
        if _kind(times.iloc[0]) != _kind(self.latest_):
            raise InvalidDataError(
                f"Column 'timestamp' holds {_kind(times.iloc[0])}, and held {_kind(self.latest_)} in fit. "
                "Convert it to the same."
            )
        return _weigh(X, self.latest_, self._half_life(times))

    def _half_life(self, times: "pd.Series[Any]") -> Any:
        """Half-life as differences of timestamps are measured: a Timedelta, or a number in the unit of `times`."""
        given = self.half_life
        duration = _as_duration(given) if isinstance(given, _DURATIONS) else None
        if pd.api.types.is_datetime64_any_dtype(times):
            if duration is None:
                raise InvalidParameterError(
                    "The 'half_life' parameter of RecencyWeight must be a duration such as '30D', since the timestamps "
                    f"are datetimes. Got {given!r} instead."
                )
            return duration
        if duration is None:
            return float(given)
        if self.unit is None:
            raise InvalidParameterError(
                f"RecencyWeight(half_life={given!r}) is a duration, and the timestamps are numbers of an unknown unit. "
                "Pass it, as in unit='s' for Unix seconds, or give half_life as a number in that unit."
            )
        return duration.total_seconds() / _SECONDS[self.unit]


def _as_duration(given: Any) -> pd.Timedelta:
    try:
        duration = pd.Timedelta(given)
    except ValueError as error:
        raise InvalidParameterError(
            "The 'half_life' parameter of RecencyWeight must be a duration such as '30D' or '12h'. "
            f"Got {given!r} instead: {error}."
        ) from None
    if not duration > pd.Timedelta(0):
        raise InvalidParameterError(f"The 'half_life' parameter of RecencyWeight must be > 0. Got {given!r} instead.")
    return duration


def _kind(moment: Any) -> str:
    """Name what can be subtracted from one another."""
    if isinstance(moment, pd.Timestamp):
        return "datetimes with a time zone" if moment.tzinfo else "datetimes without time zone"
    return "numbers"


def _weigh(X: Interactions, latest: Any, half_life: Any) -> Interactions:
    events = X.events
    times = events[TIMESTAMP]
    if _kind(latest) == "numbers":
        times = times.astype(np.float64)  # a later event's age is negative, which unsigned integers can't be
    half_lives = ((latest - times) / half_life).to_numpy(dtype=np.float64)
    weights = np.exp2(-np.maximum(half_lives, 0.0))
    before = events[WEIGHT].to_numpy(dtype=np.float64) if WEIGHT in events else np.ones(len(X))
    # Weights become float32 in training, where a smaller number would be zero; an event of weight zero isn't even seen.
    return X.replace(weight=np.where(before > 0, np.maximum(before * weights, _LEAST), 0.0))
