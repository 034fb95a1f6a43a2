"""Batches of events with their negatives, drawn by NumPy: the same on every backend."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from skrec.data import EncodedEvents
from skrec.losses import Loss
from skrec.programs import MAX_STEPS, MIN_SIZE, bucket
from skrec.training.distinct import distinct_rows
from skrec.training.positives import PositivePairs
from skrec.typing import Codes

_CHUNK_IDS = 2**18


class BatchSource:
    """Gives the batches of epoch after epoch, in chunks that one compiled call can take.

    Parameters
    ----------
    events : EncodedEvents
        Events to learn from.
    loss : Loss
    n_negatives : int
        Negatives of each positive event; under a loss that shares them, negatives of a mini-batch. As many as there are items means all.
    negatives : {"uniform", "popularity", "in-batch"}
        Where negatives come from: all items alike; items as often as they occur in events; where they are shared also the mini-batch's
        own items.
    batch_size : int
    rng : numpy.random.Generator
        Read by :meth:`epoch` alone, so that another thread may draw ahead.
    known : PositivePairs
        Pairs that must not be drawn as negatives; negatives that a mini-batch shares are anybody's positives.
    tables : collection of str
        Sides that have a table of rows, of "user" and "item".
    calibration : float, default=0.0
        Of a model that has one, see `Loss.positive_weight`.

    Notes
    -----
    The last mini-batch is padded with events of weight zero, whose user and item are the row behind the last one, so that nothing is
    compiled again and no real row is touched.
    """

    def __init__(
        self,
        events: EncodedEvents,
        loss: Loss,
        n_negatives: int,
        negatives: str,
        batch_size: int,
        rng: np.random.Generator,
        known: PositivePairs,
        tables: Any = (),
        calibration: float = 0.0,
    ) -> None:
        # A loss that compares positives with negatives has no use for a labelled negative.
        if loss.compares and not events.positive.all():
            events = events.take(events.positive)
        self._loss, self._rng, self._known, self._tables = loss, rng, known, tuple(tables)
        self._n_users, self._n_items = events.n_users, events.n_items
        self._users, self._items = events.users.astype(np.int32), events.items.astype(np.int32)
        self._weights = events.weights
        self._context = events.context or {}
        self._positive = events.positive.astype(np.float32)
        rated = loss.target == "rating" and events.ratings is not None
        self._targets: Any = events.ratings if rated else self._positive
        self._size = min(batch_size, bucket(max(MIN_SIZE, self.n_events)))
        self._negatives = negatives
        self._shared = 0
        if loss.negatives == "shared":
            # All items are as many as a similar fit has, too: a compiled step depends on how many there are.
            self._shared = self._size if negatives == "in-batch" else min(n_negatives, bucket(self._n_items))
        self._own = n_negatives if loss.negatives == "own" else 0
        self._positive_weight = loss.positive_weight(self._own, self._n_items, calibration)
        self._log_counts: Any = self._expected_counts() if self._shared else None
        ids = self._size * (1 + self._own) + self._shared
        limit = int(np.clip(_CHUNK_IDS // ids, 1, MAX_STEPS))
        self._steps = min(1 << (self.n_steps - 1).bit_length(), 1 << (limit.bit_length() - 1))

    @property
    def n_steps(self) -> int:
        """Batches of one epoch."""
        return max(1, -(-self.n_events // self._size))

    @property
    def n_events(self) -> int:
        """Events of one epoch."""
        return len(self._users)

    def _expected_counts(self) -> Any:
        """Logarithm of how often each item is among the negatives of a batch, on average; padding comes last."""
        if self._negatives == "uniform":
            counts = np.full(self._n_items + 1, min(1.0, self._shared / self._n_items))
        else:
            events = np.bincount(self._items, weights=self._positive, minlength=self._n_items + 1)
            counts = self._shared * np.maximum(events, 1.0) / max(1.0, events.sum())
        logs = np.log(counts)
        logs[-1] = 1e9  # padding is no user's negative
        return logs.astype(np.float32)

    def epoch(self) -> Iterator[tuple[dict[str, Any], int]]:
        """Shuffle the events and give chunks of batches.

        Yields
        ------
        batches : dict of str to ndarray of shape (chunk_steps, batch, ...)
            ``user`` (batch,) and ``item`` (batch, 1 + n), int32; ``weight`` (batch, 1 or 1 + n), float32; unless the loss compares
            ``label`` (batch, 1 + n), float32; with shared negatives ``shared`` (m,), int32, and ``shared_log_count`` (m,), float32: the
            logarithm of how often each of these is drawn on average. Where a side has a table, ids are positions in ``user_rows``
            or ``item_rows``, the distinct rows of each batch, of which there are ``user_count`` or ``item_count``.
        n_steps : int
            How many of the chunk's steps are to be run; the rest is padding.
        """
        order = self._rng.permutation(self.n_events)
        chunk = self._steps * self._size
        for start in range(0, max(1, len(order)), chunk):
            positions = order[start : start + chunk]
            yield self._chunk(positions), max(1, -(-len(positions) // self._size))

    def _chunk(self, positions: Codes) -> dict[str, Any]:
        missing = self._steps * self._size - len(positions)
        users, items = (
            self._padded(self._users, positions, self._n_users),
            self._padded(self._items, positions, self._n_items),
        )
        weights = self._padded(self._weights, positions, 0.0)
        shape = (self._steps, self._size)
        batches = {"user": users.reshape(shape), "weight": weights.reshape(*shape, 1)}
        columns = [items[:, np.newaxis]]
        if self._own:
            columns.append(self._draw_own(users, len(users) - missing))
        if self._loss.weighs_negatives:
            counted = weights * self._padded(self._positive, positions, 0.0)  # a labelled negative gets none that count
            own = weights + (self._positive_weight - 1.0) * counted if self._positive_weight != 1.0 else weights
            batches["weight"] = np.concatenate(
                [own[:, np.newaxis], np.repeat(counted[:, np.newaxis], self._own, axis=1)], axis=1
            ).reshape(*shape, 1 + self._own)
        if not self._loss.compares:
            labels = np.zeros((len(users), 1 + self._own), dtype=np.float32)
            labels[:, 0] = self._padded(self._targets, positions, 0.0)
            batches["label"] = labels.reshape(*shape, 1 + self._own)
        for name, array in self._context.items():
            batches[f"context/{name}"] = self._padded_rows(array, positions).reshape(*shape, *array.shape[1:])
        batches["item"] = np.concatenate(columns, axis=1).reshape(*shape, 1 + self._own)
        if self._shared:
            self._add_shared(batches)
        return self._with_rows(batches)

    def _padded(self, values: Any, positions: Codes, padding: float) -> Any:
        """Take values of events, padded to whole mini-batches."""
        result = np.full(self._steps * self._size, padding, dtype=values.dtype)
        result[: len(positions)] = values[positions]
        return result

    def _padded_rows(self, array: Any, positions: Codes) -> Any:
        """Take rows of events, padded with the first event's."""
        filled = np.zeros(self._steps * self._size, dtype=np.int64)
        filled[: len(positions)] = positions
        return array[filled]

    def _draw_own(self, users: Codes, n: int) -> Any:
        """Draw each event's own negatives, anew where they are positive; padding gets no item."""
        result = np.full((len(users), self._own), self._n_items, dtype=np.int32)
        negatives, owners = self._draw((n, self._own)), users[:n, np.newaxis]
        for _ in range(4):  # a few rounds of rejection; who has nearly everything keeps a false negative now and then
            wrong = self._known.contains(owners, negatives)
            if not wrong.any():
                break
            negatives[wrong] = self._draw(int(wrong.sum()))
        result[:n] = negatives
        return result

    def _draw(self, size: Any) -> Any:
        """Draw items."""
        if self._negatives == "popularity" and self.n_events:
            return self._items[self._rng.integers(0, self.n_events, size=size)]
        return self._rng.integers(0, self._n_items, size=size, dtype=np.int32)

    def _add_shared(self, batches: dict[str, Any]) -> None:
        """Put the negatives that each batch shares into it, with their logQ correction."""
        if self._negatives == "in-batch":
            batches["shared"] = batches["item"][:, :, 0]
        elif self._negatives == "popularity":
            batches["shared"] = self._draw((self._steps, self._shared))
        elif self._shared >= self._n_items:
            everything = np.minimum(np.arange(self._shared, dtype=np.int32), np.int32(self._n_items))
            batches["shared"] = np.tile(everything, (self._steps, 1))
        else:
            draws = [
                self._rng.choice(self._n_items, self._shared, replace=False, shuffle=False) for _ in range(self._steps)
            ]
            batches["shared"] = np.array(draws, dtype=np.int32)
        batches["shared_log_count"] = self._log_counts[batches["shared"]]

    def _with_rows(self, batches: dict[str, Any]) -> dict[str, Any]:
        """Replace ids by positions among each batch's distinct rows, for sides that have a table."""
        for side, padding in (("user", self._n_users), ("item", self._n_items)):
            if side not in self._tables:
                continue
            fields = [name for name in _FIELDS[side] if name in batches]
            flat = [batches[name].reshape(self._steps, -1) for name in fields]
            rows, counts, positions = distinct_rows(np.concatenate(flat, axis=1), padding, bucket(padding + 1))
            batches[f"{side}_rows"], batches[f"{side}_count"] = rows, counts
            for name, part in zip(
                fields, np.split(positions, np.cumsum([part.shape[1] for part in flat])[:-1], axis=1), strict=True
            ):
                batches[name] = np.ascontiguousarray(part).reshape(batches[name].shape)
        return batches


_FIELDS = {"user": ("user",), "item": ("item", "shared", "history")}
"""Which fields of a batch hold ids of which side."""
