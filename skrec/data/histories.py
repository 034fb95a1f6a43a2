"""Encoded events, and each user's history in time order."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrec.data._names import ITEM, RATING, TIMESTAMP, USER, WEIGHT
from skrec.data.interactions import Interactions
from skrec.data.labels import labels_are_graded, liked, warn_of_signs
from skrec.data.vocabulary import Vocabulary
from skrec.exceptions import InvalidDataError
from skrec.typing import Codes, Floats, Mask


def times_of(events: pd.DataFrame, name: str = TIMESTAMP) -> Any:
    """Timestamps of `Interactions.events` as numbers, shape (n_events,); zeros, hence row order, where there are none.

    Datetimes become nanoseconds since 1970, whatever their resolution and time zone, so that those of two frames
    compare.

    Parameters
    ----------
    events : pandas.DataFrame
    name : str, default="timestamp"
        What the user calls the column, for messages.

    Raises
    ------
    InvalidDataError
        If a datetime lies outside the years 1678 to 2261, which nanoseconds reach.
    """
    if TIMESTAMP not in events:
        return np.zeros(len(events), dtype=np.int64)
    column = events[TIMESTAMP]
    if column.dtype.kind != "M":
        return column.to_numpy()
    try:
        return column.dt.as_unit("ns").astype("int64").to_numpy()
    except pd.errors.OutOfBoundsDatetime:
        raise InvalidDataError(
            f"Column {name!r} runs from {column.min()} to {column.max()}, and must stay within the years 1678 to "
            "2261. Drop or correct the events outside."
        ) from None


def kind_of_times(events: pd.DataFrame) -> str:
    """Say what the timestamps of `Interactions.events` are: ``"nothing"``, ``"numbers"`` or ``"datetimes"``."""
    if TIMESTAMP not in events:
        return "nothing"
    return "datetimes" if events[TIMESTAMP].dtype.kind == "M" else "numbers"


def time_order(users: Any, times: Any) -> Codes:
    """Positions that sort events by (user, time, row), stable; shape (n_events,)."""
    return np.lexsort((times, users)).astype(
        np.int64, copy=False
    )  # lexsort is stable: the row decides between equal times


@dataclass(frozen=True)
class EncodedEvents:
    """Events as arrays of codes; what a model learns from.

    Attributes
    ----------
    users, items : ndarray of shape (n_events,), int64
        Codes in the vocabularies.
    ratings : ndarray of shape (n_events,), float32, or None
        Labels: `y` where given, else the rating column.
    weights : ndarray of shape (n_events,), float32
        Weight of each event's loss: the column ``weight`` times ``sample_weight``; 1 where there is neither. Never 0:
        events of weight zero have been left out.
    positive : ndarray of shape (n_events,), bool
        False for events labelled 0 where all labels ever seen are 0 or 1.
    times : ndarray of shape (n_events,)
        Timestamps; zeros where there are none.
    n_users, n_items : int
        Sizes of the vocabularies.
    context : dict of str to ndarray of shape (n_events, ...), or None
        Encoded features of the events.
    graded : bool
        Whether any label ever seen was none of 0 and 1: zeros then are low ratings, and no negatives.
    """

    users: Codes
    items: Codes
    ratings: Floats | None
    weights: Floats
    positive: Mask
    times: Any
    n_users: int
    n_items: int
    context: dict[str, Any] | None = None
    graded: bool = False

    def __len__(self) -> int:
        return len(self.users)

    def take(self, positions: Any) -> "EncodedEvents":
        """Take events by position or mask; vocabularies keep their sizes."""
        return EncodedEvents(
            self.users[positions],
            self.items[positions],
            None if self.ratings is None else self.ratings[positions],
            self.weights[positions],
            self.positive[positions],
            self.times[positions],
            self.n_users,
            self.n_items,
            None if self.context is None else {name: array[positions] for name, array in self.context.items()},
            self.graded,
        )


def encode_events(
    X: Interactions,
    ratings: Any,
    weights: Any,
    user_vocabulary: Vocabulary,
    item_vocabulary: Vocabulary,
    codes: tuple[Codes, Codes] | None = None,
    graded: bool | None = None,
) -> EncodedEvents:
    """Encode events whose ids may be unknown (code -1).

    Parameters
    ----------
    X : Interactions
    ratings : ndarray of shape (n_events,) or None
        Labels that win over the rating column.
    weights : ndarray of shape (n_events,) or None
        Sample weights.
    user_vocabulary, item_vocabulary : Vocabulary
    codes : tuple of two ndarrays of shape (n_events,), optional
        Codes of users and items, where they are known already.
    graded : bool, optional
        Whether labels are graded, where that was decided before: see `EncodedEvents`. By default these labels decide.

    Warns
    -----
    LabelWarning
        If the labels are -1 and 1, which all count as likes.
    """
    events = X.events
    users, items = codes or (user_vocabulary.encode(events[USER]), item_vocabulary.encode(events[ITEM]))
    if ratings is None and RATING in events:
        ratings = events[RATING].to_numpy(dtype=np.float32)
    loss_weights = np.ones(len(events), dtype=np.float32) if weights is None else np.asarray(weights, dtype=np.float32)
    if WEIGHT in events:
        loss_weights = loss_weights * events[WEIGHT].to_numpy(dtype=np.float32)
    graded = labels_are_graded(ratings) if graded is None else graded
    if graded:
        warn_of_signs(ratings)
    return EncodedEvents(
        users,
        items,
        None if ratings is None else np.asarray(ratings, dtype=np.float32),
        loss_weights,
        liked(ratings, len(events), graded),
        times_of(events, X.names.timestamp),
        len(user_vocabulary),
        len(item_vocabulary),
        graded=graded,
    )


@dataclass(frozen=True)
class Histories:
    """Events grouped by user, oldest first: a compressed sparse row layout.

    Attributes
    ----------
    indptr : ndarray of shape (n_users + 1,), int64
        User u's events stand at positions ``indptr[u]:indptr[u + 1]``.
    items : ndarray of shape (n_events,), int64
        Item codes.
    weights : ndarray of shape (n_events,), float32
    positive : ndarray of shape (n_events,), bool
        False for events labelled as negative: seen, and never a positive.
    ratings : ndarray of shape (n_events,), float32, or None
    times : ndarray of shape (n_events,)
    n_items : int
    graded : bool
        As in `EncodedEvents`.
    """

    indptr: Codes
    items: Codes
    weights: Floats
    positive: Mask
    ratings: Floats | None
    times: Any
    n_items: int
    graded: bool = False

    @classmethod
    def group(cls, events: EncodedEvents) -> "Histories":
        """Sort events by (user, time, row) and drop those of unknown items; user codes must be known."""
        events = events.take(events.items >= 0) if (events.items < 0).any() else events
        order = time_order(events.users, events.times)
        counts = np.bincount(events.users, minlength=events.n_users)
        return cls(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            events.items[order],
            events.weights[order],
            events.positive[order],
            None if events.ratings is None else events.ratings[order],
            events.times[order],
            events.n_items,
            events.graded,
        )

    @classmethod
    def made_up(cls, n_users: int, length: int, n_items: int) -> "Histories":
        """Make histories of one length, each with the first items, again and again: to run what reads them."""
        n = n_users * length if n_items else 0
        items = np.tile(np.arange(length, dtype=np.int64) % max(1, n_items), n_users)[:n]
        indptr = np.arange(n_users + 1, dtype=np.int64) * (n // n_users)
        ones = np.ones(n, dtype=np.float32)
        return cls(indptr, items, ones, np.ones(n, dtype=bool), None, np.zeros(n, dtype=np.int64), n_items)

    @property
    def n_users(self) -> int:
        """Number of rows."""
        return len(self.indptr) - 1

    @property
    def lengths(self) -> Codes:
        """Number of events of each user, shape (n_users,)."""
        return np.diff(self.indptr)

    def row(self, user: int) -> Codes:
        """Item codes of one user, oldest first."""
        return self.items[self.indptr[user] : self.indptr[user + 1]]

    def users(self) -> Codes:
        """User code of each event, shape (n_events,)."""
        return np.repeat(np.arange(self.n_users, dtype=np.int64), self.lengths)

    def take(self, users: Codes) -> "Histories":
        """Take users' rows in the order given; code -1 gives an empty row."""
        if len(users) == self.n_users and (users == np.arange(len(users))).all():
            return self
        known = users >= 0
        lengths = np.where(known, self.lengths[users], 0) if self.n_users else np.zeros(len(users), dtype=np.int64)
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        starts = np.where(known, self.indptr[users], 0) if self.n_users else np.zeros(len(users), dtype=np.int64)
        positions = np.arange(indptr[-1]) - np.repeat(indptr[:-1] - starts, lengths)
        return self._select(positions, indptr)

    def _select(self, positions: Codes, indptr: Codes) -> "Histories":
        return Histories(
            indptr,
            self.items[positions],
            self.weights[positions],
            self.positive[positions],
            None if self.ratings is None else self.ratings[positions],
            self.times[positions],
            self.n_items,
            self.graded,
        )

    def positives(self) -> "Histories":
        """Leave out events labelled as negative."""
        if self.positive.all():
            return self
        kept = np.bincount(self.users(), weights=self.positive, minlength=self.n_users).astype(np.int64)
        return self._select(np.flatnonzero(self.positive), np.concatenate([[0], np.cumsum(kept)]).astype(np.int64))

    def item_counts(self) -> "np.typing.NDArray[np.float64]":
        """Sum the weights of each item's positive events, shape (n_items,).

        In the order of the histories, which is the same however the events came in, to the last bit.
        """
        liked = self.positives()
        counts = np.bincount(liked.items, weights=liked.weights.astype(np.float64), minlength=self.n_items)
        return counts.astype(np.float64)

    def matrix(self) -> Any:
        """Sum the weights of positive events.

        Returns
        -------
        scipy.sparse.csr_array of shape (n_users, n_items), float64
            Entry (u, i) is the summed weight of u's positive events with i. Without explicit zeros.
        """
        kept = self.positives()
        result = _copied_csr(kept.weights.astype(np.float64), kept, (self.n_users, self.n_items))
        result.sum_duplicates()
        return result

    def seen(self) -> Any:
        """Mark every item a user has an event with, negative ones included; computed once.

        Returns
        -------
        scipy.sparse.csr_array of shape (n_users, n_items), bool
        """
        if "_seen" not in vars(self):
            result = _copied_csr(np.ones(len(self.items), dtype=np.int32), self, (self.n_users, self.n_items))
            result.sum_duplicates()
            vars(self)["_seen"] = result.astype(bool)
        return vars(self)["_seen"]

    def seen_by(self, users: Codes) -> Any:
        """Rows of `seen` in the order given; code -1 gives an empty row."""
        seen = self.seen()
        if len(users) == seen.shape[0] and (users == np.arange(len(users))).all():
            return seen
        starts, ends = np.append(seen.indptr[:-1], 0)[users], np.append(seen.indptr[1:], 0)[users]
        lengths = ends - starts
        indptr = np.append(0, np.cumsum(lengths)).astype(seen.indptr.dtype)
        places = np.arange(indptr[-1]) + np.repeat(starts - indptr[:-1], lengths)
        return sparse.csr_array((seen.data[places], seen.indices[places], indptr), shape=(len(users), seen.shape[1]))

    def zero_is_low(self) -> bool:
        """Say whether zero is a low rating among those of fit, and no label that means "not relevant"; computed once.

        Ratings of which none is 0 or less leave zero free to be such a label.
        """
        if "_low" not in vars(self):
            vars(self)["_low"] = self.graded and (self.ratings is None or bool((self.ratings <= 0).any()))
        return bool(vars(self)["_low"])

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Files of earlier versions don't say whether labels were graded; the ratings do.
        vars(self).update({"graded": labels_are_graded(state.get("ratings")), **state})

    def as_events(self) -> EncodedEvents:
        """Give the events back, sorted by (user, time, row)."""
        columns = self.users(), self.items, self.ratings, self.weights, self.positive, self.times
        return EncodedEvents(*columns, self.n_users, self.n_items, graded=self.graded)


def _copied_csr(data: Any, histories: Histories, shape: tuple[int, int]) -> Any:
    """Make a matrix with arrays of its own: SciPy sums duplicates in place, and a history keeps repeated events."""
    return sparse.csr_array((data, histories.items.copy(), histories.indptr.copy()), shape=shape)


def join_events(first: EncodedEvents, second: EncodedEvents) -> EncodedEvents:
    """Put events one after the other; the vocabularies of `second` extend those of `first`."""
    both = first.ratings is not None and second.ratings is not None
    # Whether a zero is a negative depends on all labels, so that two halves mean what the whole means.
    graded = first.graded or second.graded
    positive = np.concatenate([first.positive, second.positive])
    return EncodedEvents(
        np.concatenate([first.users, second.users]),
        np.concatenate([first.items, second.items]),
        np.concatenate([first.ratings, second.ratings]) if both else None,
        np.concatenate([first.weights, second.weights]),
        np.ones_like(positive) if graded else positive,
        np.concatenate([first.times, second.times]),
        second.n_users,
        second.n_items,
        graded=graded,
    )
