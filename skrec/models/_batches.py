"""Batches of events with their negatives, drawn by NumPy: the same on every backend."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from skrec.data import EncodedEvents
from skrec.typing import Codes, Mask

_BITMAP_ENTRIES = 2**27
_CHUNK_IDS = 2**21
MIN_SIZE = 64
"""Smallest size of tables and batches: tiny data share one program, and there the filling costs nothing."""

MAX_STEPS = 128
"""Most steps that one call of a compiled program takes."""


def bucket(n: int) -> int:
    """Round a size up to a power of two, or three quarters of one, so that similar sizes share compiled programs."""
    power = 1 << max(0, n - 1).bit_length()
    return 3 * power // 4 if n <= 3 * power // 4 and power >= 8 else power


class PositivePairs:
    """Which items are positive for which user, asked for many pairs at once.

    Parameters
    ----------
    events : EncodedEvents
        All events.
    held_out : EncodedEvents
        Those to be unknown: a held-out item that is never drawn as a negative would give itself away.
    train : EncodedEvents
        Those that make a held-out pair known after all, where events repeat.
    """

    def __init__(self, events: EncodedEvents, held_out: EncodedEvents, train: EncodedEvents) -> None:
        self._n_items = max(1, events.n_items)
        unknown = np.setdiff1d(self._pairs(held_out), self._pairs(train))
        self._keys = np.setdiff1d(self._pairs(events), unknown)
        size = events.n_users * self._n_items
        # A bitmap answers in one look-up; for large catalogues it would be a users x items matrix, so the keys are sorted instead.
        self._bitmap: Mask | None = np.zeros(size, dtype=bool) if size <= _BITMAP_ENTRIES else None
        if self._bitmap is not None:
            self._bitmap[self._keys] = True

    def _pairs(self, events: EncodedEvents) -> Codes:
        kept = events.positive
        return np.unique(events.users[kept] * np.int64(self._n_items) + events.items[kept])

    def contains(self, users: Codes, items: Codes) -> Mask:
        """Say of each pair whether it is positive; shapes broadcast."""
        keys = users * np.int64(self._n_items) + items
        if self._bitmap is not None:
            return np.asarray(self._bitmap[keys])
        if len(self._keys) == 0:
            return np.zeros(keys.shape, dtype=bool)
        positions = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.asarray(self._keys[positions] == keys)


class BatchSource:
    """Gives each epoch's batches, in chunks that one compiled call can take.

    Parameters
    ----------
    events : EncodedEvents
        Events to learn from.
    loss : {"bce", "bpr", "softmax", "mse"}
    n_negatives : int
        Negatives of each positive event; under softmax, negatives that a batch shares. As many as there are items means all.
    batch_size : int
    rng : numpy.random.Generator
    known : PositivePairs
        Pairs that must not be drawn as negatives.

    Notes
    -----
    The last batch is filled up with events of weight zero, whose user and item are the row behind the last one, so that nothing is
    compiled again and no real row is touched.
    """

    def __init__(
        self,
        events: EncodedEvents,
        loss: str,
        n_negatives: int,
        batch_size: int,
        rng: np.random.Generator,
        known: PositivePairs,
    ) -> None:
        # Ranking losses compare a positive with negatives: a labelled negative is no event of theirs.
        self._events = events.take(events.positive) if loss in {"bpr", "softmax"} else events
        self._loss, self._rng, self._known = loss, rng, known
        self._n_items = events.n_items
        self._shared = min(n_negatives, events.n_items) if loss == "softmax" else 0
        self._own = n_negatives if loss in {"bce", "bpr"} else 0
        self._size = min(batch_size, bucket(max(MIN_SIZE, len(self._events))))
        ids = self._size * (1 + self._own) + self._shared
        limit = int(np.clip(_CHUNK_IDS // ids, 1, MAX_STEPS))
        self._steps = min(1 << (self.n_steps - 1).bit_length(), 1 << (limit.bit_length() - 1))

    @property
    def n_steps(self) -> int:
        """Batches of one epoch."""
        return max(1, -(-len(self._events) // self._size))

    @property
    def n_events(self) -> int:
        """Events of one epoch."""
        return len(self._events)

    def epoch(self) -> Iterator[tuple[dict[str, Any], int]]:
        """Shuffle the events and give chunks of batches.

        Yields
        ------
        batches : dict of str to ndarray of shape (chunk_steps, batch, ...)
            ``user`` (batch,), ``item`` (batch, 1 + n), int32; ``label``, ``weight`` (batch, 1 + n), float32; under softmax ``shared``
            (m,), int32.
        n_steps : int
            How many of the chunk's steps are to be run; the rest is filling.
        """
        order = self._rng.permutation(len(self._events))
        chunk = self._steps * self._size
        for start in range(0, max(1, len(order)), chunk):
            positions = order[start : start + chunk]
            yield self._chunk(positions), max(1, -(-len(positions) // self._size))

    def _chunk(self, positions: Codes) -> dict[str, Any]:
        missing = self._steps * self._size - len(positions)
        events = self._events
        users = np.concatenate([events.users[positions], np.full(missing, events.n_users)])
        items = np.concatenate([events.items[positions], np.full(missing, events.n_items)])
        weights = np.concatenate([events.weights[positions], np.zeros(missing, dtype=np.float32)])
        labels = np.concatenate([self._labels(positions), np.zeros(missing, dtype=np.float32)])
        candidates, candidate_weights = self._candidates(users, items, weights, labels)
        width = 1 + self._own
        candidate_labels = np.zeros(candidates.shape, dtype=np.float32)
        candidate_labels[:, 0] = labels
        shape = (self._steps, self._size)
        batches = {
            "user": users.astype(np.int32).reshape(shape),
            "item": candidates.astype(np.int32).reshape(*shape, width),
            "label": candidate_labels.reshape(*shape, width),
            "weight": candidate_weights.astype(np.float32).reshape(*shape, width),
        }
        if self._shared:
            batches["shared"] = self._draw_shared()
        return batches

    def _labels(self, positions: Codes) -> Any:
        """What each event should score: its rating under mse, else 1 for a positive."""
        if self._loss == "mse" and self._events.ratings is not None:
            return self._events.ratings[positions]
        return self._events.positive[positions].astype(np.float32)

    def _candidates(self, users: Codes, items: Codes, weights: Any, labels: Any) -> tuple[Codes, Any]:
        """Put negatives behind each event's item; a labelled negative gets none that count."""
        if not self._own:
            return items[:, np.newaxis], weights[:, np.newaxis]
        negatives = self._rng.integers(0, self._n_items, size=(len(users), self._own))
        owners = np.minimum(users, self._events.n_users - 1)[:, np.newaxis]
        for _ in range(4):  # a few rounds of rejection; who has nearly everything keeps a false negative now and then
            wrong = self._known.contains(owners, negatives)
            if not wrong.any():
                break
            negatives[wrong] = self._rng.integers(0, self._n_items, size=int(wrong.sum()))
        padding = items == self._n_items
        negatives[padding] = self._n_items
        counted = np.where((labels > 0) & ~padding, weights, 0.0)[:, np.newaxis]
        if self._loss == "bce":
            both = np.concatenate([weights[:, np.newaxis], np.repeat(counted, self._own, axis=1)], axis=1)
        else:
            both = np.repeat(weights[:, np.newaxis], 1 + self._own, axis=1)
        return np.concatenate([items[:, np.newaxis], negatives], axis=1), both

    def _draw_shared(self) -> Any:
        """Draw each step's shared negatives: distinct items, uniformly."""
        if self._shared == self._n_items:
            return np.tile(np.arange(self._n_items, dtype=np.int32), (self._steps, 1))
        draws = [
            self._rng.choice(self._n_items, self._shared, replace=False, shuffle=False) for _ in range(self._steps)
        ]
        return np.array(draws, dtype=np.int32)
