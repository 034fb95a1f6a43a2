"""Points in time, as phases of the day, the week and the year, and a trend."""

import datetime
import re
from numbers import Real
from typing import Any, ClassVar, final

import numpy as np
import pandas as pd

from skrec.encoders._base import ColumnEncoder
from skrec.encoders._column import Column, Doubles, is_missing, place, read_numbers, shown
from skrec.encoders.number import mean_and_scale, standardised
from skrec.exceptions import InvalidDataError

_DAY, _WEEK, _YEAR = 86_400.0, 7 * 86_400.0, 365.2425 * 86_400.0
_MONDAY = 4 * _DAY  # 1970-01-05
_LATEST = 1e11
_HIDDEN = 32
_HAS_YEAR = re.compile(r"\d{4}")
_DATES = (datetime.date, np.datetime64)
"""Of which datetimes and pandas' timestamps are subclasses."""


@final
class DatetimeEncoder(ColumnEncoder):
    r"""A point in time a row: hour, weekday and season as circles, and the years as a trend.

    `transform` gives eight columns, float32: 1 where the time is missing; the standardised time, cut as in `NumberEncoder`; then sine and
    cosine of :math:`2 \pi t / T` for a day, a week that starts on Monday, and a mean Gregorian year of 365.2425 days that starts on the 1st
    of January 1970. On a circle, midnight is as close to 11 p.m. as to 1 a.m. A missing time is 0 but for its flag; the flag stays 0, too,
    where `fit` met no missing time.

    Cells are datetimes, dates, strings, or numbers, which are Unix seconds. Times without a zone are taken for UTC, others are turned into
    it. Each string is read by itself: as ISO 8601 writes it, or otherwise, the month first where that is open, and must have a year of four
    digits; with `format`, all are read by it.

    Parameters
    ----------
    format : str, optional
        How strings are written, as in `datetime.datetime.strptime`, such as ``"%d-%b-%y"``.

    Attributes
    ----------
    mean_, scale_ : float
        Mean and standard deviation of the times of `fit`, in Unix seconds.
    has_missing_ : bool
        Whether `fit` met a missing time.

    Examples
    --------
    >>> from skrec.encoders import DatetimeEncoder
    >>> encoder = DatetimeEncoder().fit(["1995-11-22", "1999-03-31 06:00", None])
    >>> encoder.transform(["2000-01-01 06:00", None])[:, [0, 2, 3]].round(3) + 0.0
    array([[0., 1., 0.],
           [1., 0., 0.]], dtype=float32)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"format": [str, None]}

    def __init__(self, format: str | None = None) -> None:
        self.format = format

    def _fit(self, column: Column, y: Any) -> None:
        seconds = self._seconds(column)
        present = seconds[~np.isnan(seconds)]
        self.has_missing_ = len(present) < len(seconds)
        self.mean_, self.scale_ = mean_and_scale(present)

    def _transform(self, column: Column) -> Any:
        seconds = self._seconds(column)
        present = ~np.isnan(seconds)
        result = np.zeros((len(seconds), 8), dtype=np.float32)
        result[:, 0] = ~present if self.has_missing_ else 0.0
        result[present, 1] = standardised(seconds[present], self.mean_, self.scale_)
        for position, (period, start) in enumerate(((_DAY, 0.0), (_WEEK, _MONDAY), (_YEAR, 0.0))):
            angle = 2.0 * np.pi * (np.mod(seconds[present] - start, period) / period)
            result[present, 2 + 2 * position] = np.sin(angle)
            result[present, 3 + 2 * position] = np.cos(angle)
        return result

    def _build(self, dim: int) -> Any:
        from skrec.networks.numeric import NumericNetwork

        return NumericNetwork(dim, _HIDDEN)

    def _seconds(self, column: Column) -> Doubles:
        """Read Unix seconds, NaN where missing."""
        if column.dtype.kind == "M":
            return _unix(column)
        if column.dtype.kind in "iuf":
            return _checked(column, read_numbers(column))
        cells = column.to_numpy(dtype=object)
        missing = is_missing(column) | np.array(
            [isinstance(cell, str) and not cell.strip() for cell in cells], dtype=bool
        )
        strings = np.array([isinstance(cell, str) for cell in cells], dtype=bool) & ~missing
        seconds = np.full(len(column), np.nan)
        seconds[strings] = self._parsed(column, np.flatnonzero(strings))
        met: dict[Any, float] = {}  # a column of dates has few different ones
        numbers = np.full(len(column), np.nan)
        for position in np.flatnonzero(~strings & ~missing):
            cell = cells[position]
            if isinstance(cell, _DATES):
                if cell not in met:
                    met[cell] = float(_unix(pd.Series([pd.Timestamp(cell)]))[0])
                seconds[position] = met[cell]
            else:
                numbers[position] = _number(column, int(position), cell)
        return np.where(np.isnan(_checked(column, numbers)), seconds, numbers)

    def _parsed(self, column: Column, positions: Any) -> Doubles:
        """Read strings; each different one once."""
        codes, texts = pd.factorize(column.to_numpy(dtype=object)[positions])
        times = pd.to_datetime(pd.Series(texts, dtype=object), format=self.format or "mixed", utc=True, errors="coerce")
        if self.format is None:
            for position in np.flatnonzero(is_missing(times)):
                times.iloc[int(position)] = _iso(texts[position])
        readable = ~is_missing(times)
        if self.format is None:
            # Without a year, pandas would fill in today's.
            readable &= np.array([_HAS_YEAR.search(text) is not None for text in texts], dtype=bool)
        wrong = np.flatnonzero(~readable[codes])
        if len(wrong):
            how = f"the format {self.format!r}" if self.format else "a date with a year of four digits"
            raise InvalidDataError(
                f"{place(column, int(positions[wrong[0]]))} is {shown(texts[codes[wrong[0]]])}, and {how} is expected. "
                "Mend it, or say how dates are written: DatetimeEncoder(format=...)."
            )
        return np.asarray(_unix(times)[codes], dtype=np.float64)


def _unix(times: Column) -> Doubles:
    """Turn a Series of datetimes into Unix seconds."""
    if getattr(times.dtype, "tz", None) is not None:
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    micros = times.to_numpy().astype("datetime64[us]")
    seconds = micros.astype(np.int64) / 1e6
    seconds[np.isnat(micros)] = np.nan
    return np.asarray(seconds, dtype=np.float64)


def _iso(text: str) -> Any:
    """Read a form of ISO 8601 that pandas doesn't know, such as a week's date; NaT where it is none."""
    try:
        moment = pd.Timestamp(datetime.datetime.fromisoformat(text))
    except ValueError:
        return pd.NaT
    return moment.tz_localize("UTC") if moment.tz is None else moment.tz_convert("UTC")


def _number(column: Column, position: int, cell: Any) -> float:
    # NumPy counts durations among its integers.
    if isinstance(cell, Real) and not isinstance(cell, (bool, np.bool_, np.timedelta64)):
        try:
            return float(cell)
        except OverflowError:
            return np.inf
    raise InvalidDataError(
        f"{place(column, position)} is {shown(cell)}, and a date, a string or a number of Unix seconds is expected."
    )


def _checked(column: Column, seconds: Doubles) -> Doubles:
    """Refuse numbers that can't be seconds."""
    wrong = np.flatnonzero(np.abs(seconds) > _LATEST)
    if len(wrong):
        raise InvalidDataError(
            f"{place(column, int(wrong[0]))} is {seconds[wrong[0]]:.6g}, which in Unix seconds lies thousands of years off. "
            "Divide by 1,000 if these are milliseconds."
        )
    return seconds
