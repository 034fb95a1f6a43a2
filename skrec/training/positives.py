"""Which items are positive for which user."""

import numpy as np

from skrec.data import EncodedEvents
from skrec.typing import Codes, Mask

_BITMAP_ENTRIES = 2**27
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class PositivePairs:
    """Pairs of users and items that must not be drawn as negatives, asked for many at once.

    Parameters
    ----------
    events : EncodedEvents
        All events.
    held_out : EncodedEvents
        Those to be unknown: a held-out item that is never drawn as a negative would give itself away.
    train : EncodedEvents
        Those that make a held-out pair known after all, where events repeat.

    Notes
    -----
    A bitmap over all pairs answers in one look-up. Where it would be a users x items matrix, a smaller one over hashed pairs says
    which pairs may be positive, and only these few are searched among the sorted ones.
    """

    def __init__(self, events: EncodedEvents, held_out: EncodedEvents, train: EncodedEvents) -> None:
        self._n_items = max(1, events.n_items)
        self._keys = self._pairs(events)
        if len(held_out):
            unknown = np.setdiff1d(self._pairs(held_out), self._pairs(train), assume_unique=True)
            self._keys = np.setdiff1d(self._keys, unknown, assume_unique=True)
        size = events.n_users * self._n_items
        self._hashed = size > _BITMAP_ENTRIES
        if self._hashed:
            bits = min(int(16 * max(1, len(self._keys))).bit_length(), _BITMAP_ENTRIES.bit_length() - 1)
            self._shift = np.uint64(64 - bits)
            size = 1 << bits
        self._bitmap: Mask = np.zeros(size, dtype=bool)
        self._bitmap[self._slots(self._keys)] = True

    def _pairs(self, events: EncodedEvents) -> Codes:
        """Number the distinct positive pairs, ascending."""
        kept = events.take(events.positive) if not events.positive.all() else events
        keys = np.sort(kept.users * np.int64(self._n_items) + kept.items)
        return keys[np.flatnonzero(np.diff(keys, prepend=-1))]

    def _slots(self, keys: Codes) -> Codes:
        """Say where the bitmap keeps a pair."""
        if not self._hashed:
            return keys
        return ((keys.astype(np.uint64) * _MULTIPLIER) >> self._shift).astype(np.int64)

    def contains(self, users: Codes, items: Codes) -> Mask:
        """Say of each pair whether it is positive; shapes broadcast."""
        keys = np.asarray(users, dtype=np.int64) * np.int64(self._n_items) + items
        known = np.asarray(self._bitmap[self._slots(keys)])
        if self._hashed and known.any():
            asked = keys[known]
            positions = np.minimum(np.searchsorted(self._keys, asked), len(self._keys) - 1)
            known[known] = self._keys[positions] == asked
        return known
