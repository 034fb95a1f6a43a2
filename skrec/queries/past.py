"""Histories handed in, as events of the users asked about; few events are read without the checks of a whole dataset."""

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from skrec.data import (
    ITEM,
    RATING,
    TIMESTAMP,
    USER,
    WEIGHT,
    EncodedEvents,
    Interactions,
    Vocabulary,
    encode_events,
    few_ids,
    kind_of_times,
    liked,
    warn_of_signs,
)
from skrec.exceptions import InvalidDataError
from skrec.typing import Codes, Floats, Ids, IdsLike

__all__ = ["FewEvents", "ManyEvents", "Past", "check_times", "few_events"]

_FEW_EVENTS = 256
_NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


class Past(Protocol):
    """Events of a ``history``."""

    def __len__(self) -> int:
        """Number of events."""

    def kind_of_times(self) -> str:
        """``"nothing"``, ``"numbers"`` or ``"datetimes"``."""

    def users(self) -> IdsLike:
        """Distinct users, in first-seen order."""

    def encode(self, users: Vocabulary, items: Vocabulary, graded: bool = False) -> EncodedEvents:
        """Encode the events; -1 stands for unknown ids. Labels are `graded` if those of fit were."""


@dataclass(frozen=True)
class ManyEvents:
    """Events of any form."""

    interactions: Interactions

    def __len__(self) -> int:
        return len(self.interactions)

    def kind_of_times(self) -> str:
        """What the column is."""
        return kind_of_times(self.interactions.events)

    def users(self) -> IdsLike:
        """Distinct users."""
        return self.interactions.events[USER].drop_duplicates()

    def encode(self, users: Vocabulary, items: Vocabulary, graded: bool = False) -> EncodedEvents:
        """Encode by the checked columns."""
        return encode_events(self.interactions, None, None, users, items, graded=graded)


@dataclass(frozen=True)
class FewEvents:
    """A few events with plain columns, which need no further check.

    Attributes
    ----------
    user_ids, item_ids : ndarray of shape (n_events,)
        As `few_ids` gives them.
    ratings : ndarray of shape (n_events,), float32, or None
    weights : ndarray of shape (n_events,), float32
    times : ndarray of shape (n_events,)
    timed : str
        What the times were: ``"nothing"``, ``"numbers"`` or ``"datetimes"``.
    """

    user_ids: Ids
    item_ids: Ids
    ratings: Floats | None
    weights: Floats
    times: Any
    timed: str

    def __len__(self) -> int:
        return len(self.user_ids)

    def kind_of_times(self) -> str:
        """What the column was."""
        return self.timed

    def users(self) -> IdsLike:
        """Distinct users."""
        return np.array(list(dict.fromkeys(self.user_ids.tolist())), dtype=self.user_ids.dtype)

    def encode(self, users: Vocabulary, items: Vocabulary, graded: bool = False) -> EncodedEvents:
        """Encode id by id."""
        ratings, positive = self.ratings, liked(self.ratings, len(self.user_ids), graded)
        if graded:
            warn_of_signs(ratings)
        codes, sizes = (_encode(users, self.user_ids), _encode(items, self.item_ids)), (len(users), len(items))
        return EncodedEvents(*codes, ratings, self.weights, positive, self.times, *sizes, graded=graded)


def _encode(vocabulary: Vocabulary, ids: Ids) -> Codes:
    codes = vocabulary.encode_few(ids)
    return vocabulary.encode(ids) if codes is None else codes


def few_events(history: Any) -> FewEvents | None:
    """Take a small pandas frame with plain columns of the usual names; None for what needs the checks of `Interactions`."""
    if type(history) is not pd.DataFrame or not 0 < len(history) <= _FEW_EVENTS:
        return None
    names = history.columns.tolist()
    if not {USER, ITEM} <= set(names) <= {USER, ITEM, TIMESTAMP, RATING, WEIGHT} or len(set(names)) < len(names):
        return None
    columns = {name: history[name].to_numpy() for name in names}
    users, items = few_ids(columns[USER], _FEW_EVENTS), few_ids(columns[ITEM], _FEW_EVENTS)
    ratings, weights, times = (columns.get(name) for name in (RATING, WEIGHT, TIMESTAMP))
    timed = "nothing" if times is None else "datetimes" if times.dtype.kind == "M" else "numbers"
    times = np.zeros(len(history), dtype=np.int64) if times is None else _plain_times(times)
    if users is None or items is None or times is None or not (_are_plain(ratings) and _are_plain(weights)):
        return None
    if weights is not None and (weights < 0).any():
        return None
    ones = np.ones(len(history), dtype=np.float32)
    return FewEvents(
        users,
        items,
        None if ratings is None else ratings.astype(np.float32),
        ones if weights is None else weights.astype(np.float32),
        times,
        timed,
    )


def check_times(session: Any, past: Past | None, known: str) -> None:
    """Refuse times of another kind than those of fit, for a model that reads the time between events; warn where there are none.

    Parameters
    ----------
    session : sequence of ids, or None
        A history without times.
    past : Past or None
        One that may have some.
    known : {"numbers", "datetimes"}
        What the times of fit are.

    Raises
    ------
    InvalidDataError
        If they are of another kind.

    Warns
    -----
    UserWarning
        If there are none, and a user has several events, between which there would be some.
    """
    found = "nothing" if past is None else past.kind_of_times()
    if found not in {"nothing", known}:
        raise InvalidDataError(
            f"history has {found} as timestamps, and fit had {known}: the time between events, which this model reads, would count in "
            f"another unit. Pass {known}, as in fit."
        )
    several = len(session) > 1 if past is None else len(past) > len(past.users())
    if found == "nothing" and several:
        warnings.warn(
            f"history has no timestamps, and this model reads the time between events, which were {known} in fit: it scores as if all of "
            "a user's events had come at the same moment. Pass a frame with a column 'timestamp'.",
            UserWarning,
            stacklevel=4,
        )


def _are_plain(values: Any) -> bool:
    """Say whether a column is absent, or numbers that float32 holds."""
    if values is None:
        return True
    return values.dtype.kind in "iuf" and bool((np.abs(values) < np.finfo(np.float32).max).all())


def _plain_times(times: Any) -> Any:
    """Give finite numbers as they are, and dates as nanoseconds since 1970; None for anything else."""
    if times.dtype.kind in "iuf":
        return times if bool(np.isfinite(times).all()) else None
    unit = np.datetime_data(times.dtype)[0] if times.dtype.kind == "M" else ""
    if unit not in _NANOSECONDS:
        return None
    counts, scale = times.view(np.int64), _NANOSECONDS[unit]
    limit = (2**63 - 1) // scale
    # NaT is the lowest of all numbers.
    return counts * scale if bool(((counts > -limit) & (counts < limit)).all()) else None
