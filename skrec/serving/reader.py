"""What a network makes of histories: vectors of users, known or not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skrec.data import Histories
from skrec.serving.scorer import Scorer, block_of
from skrec.typing import Codes, Floats

_BLOCKS = (8, 64)
"""How many histories are read in one call: few sizes, hence few compiled programs; and a few aren't made to wait for many."""
_MIN_WIDTH = 8


@dataclass(frozen=True)
class Reading:
    """How histories are read.

    Attributes
    ----------
    max_length : int
        Most events of a window.
    mask_share : float or None
        Share of the events that are masked, and guessed from all others; None to guess the next event after each.
    time_unit : float or None
        What times are counted in; None for a model that doesn't read them.
    """

    max_length: int
    mask_share: float | None = None
    time_unit: float | None = None

    def times(self, histories: Histories, places: Codes, firsts: Codes) -> Floats:
        """Times of events since the first of their window, shape (n,)."""
        assert self.time_unit is not None
        # Differences first: times are too large for half the digits.
        gaps = histories.times[places] - histories.times[firsts]
        return np.asarray(gaps / self.time_unit, dtype=np.float32)


def read_histories(scorer: Scorer, reading: Reading, histories: Histories, report: Callable[[int], None]) -> Floats:
    """Read histories, as many at once as fit.

    Histories of similar length are read together, padded on the left to a width that follows from each one's own length alone: so a
    user gets the same vector alone and among others, but for how a product of another shape is rounded.

    Parameters
    ----------
    scorer : Scorer
        Of a program with ``read``.
    reading : Reading
    histories : Histories of n users
        Their latest `max_length` positive events count.
    report : callable
        Told how many further histories have been read.

    Returns
    -------
    ndarray of shape (n, dim), float32
        Zeros for an empty history.
    """
    read = scorer.setup.program.read
    assert read is not None
    weights = scorer.learned.weights
    kept = histories.positives()
    # Under a mask share the place behind the last event is guessed, and takes one of the places.
    n_more = 0 if reading.mask_share is None else 1
    lengths = np.minimum(kept.lengths, reading.max_length - n_more)
    widths = np.array([width_of(int(length) + n_more, reading.max_length) for length in lengths], dtype=np.int64)
    table = scorer.table("item")
    result = np.zeros((kept.n_users, scorer.vectors()[1].shape[1]), dtype=np.float32)
    for width in np.unique(widths[lengths > 0]):
        members = np.flatnonzero((widths == width) & (lengths > 0))
        for start in range(0, len(members), _BLOCKS[-1]):
            chosen = members[start : start + _BLOCKS[-1]]
            inputs = _inputs(reading, kept, chosen, lengths[chosen], int(width), n_more)
            history = inputs.pop("history")
            inputs["rows"] = table[history]
            inputs["rows"][history < 0] = 0.0
            result[chosen] = read(weights.network, weights.fixed, inputs)[: len(chosen)]
            report(len(chosen))
    return result


def warm_up_reading(scorer: Scorer, reading: Reading) -> None:
    """Read made-up histories of each width, few and many: nothing is compiled after that."""
    n_more = 0 if reading.mask_share is None else 1
    longest = reading.max_length - n_more
    lengths = {width_of(length + n_more, reading.max_length): length for length in range(1, longest + 1)}
    for n_users in _BLOCKS:
        for length in lengths.values():
            read_histories(scorer, reading, Histories.made_up(n_users, length, len(scorer.learned.items)), _quietly)


def _quietly(n_users: int) -> None:
    """Report nothing."""


def width_of(length: int, max_length: int) -> int:
    """Width that a history of some length is padded to: a power of two, so that few programs are compiled."""
    return min(max_length, max(_MIN_WIDTH, 1 << max(0, length - 1).bit_length()))


def _inputs(reading: Reading, kept: Histories, users: Codes, lengths: Codes, width: int, n_more: int) -> dict[str, Any]:
    """Lay histories out on the right of rows of shape (n_rows, width); -1 stands for no event."""
    shape = (block_of(len(users), _BLOCKS), width)
    position = np.tile(np.arange(reading.max_length - width, reading.max_length, dtype=np.int32), (shape[0], 1))
    inputs = {"history": np.full(shape, -1, dtype=np.int32), "age": np.zeros(shape, dtype=np.int32)}
    owners = np.repeat(np.arange(len(users)), lengths)
    ages = np.arange(len(owners)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    firsts = kept.indptr[users + 1] - lengths
    places, columns = firsts[owners] + ages, width - n_more - lengths[owners] + ages
    inputs["history"][owners, columns] = kept.items[places]
    inputs["age"][owners, columns] = ages
    if n_more:
        inputs["age"][: len(users), -1] = lengths
        inputs["masked"] = np.zeros(shape, dtype=np.float32)
        inputs["masked"][:, -1] = 1.0
    if reading.time_unit is not None:
        inputs["time"] = np.zeros(shape, dtype=np.float32)
        inputs["time"][owners, columns] = reading.times(kept, places, firsts[owners])
    return {**inputs, "position": position}
