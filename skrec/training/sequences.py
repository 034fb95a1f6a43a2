"""Batches of histories, packed into rows, with what comes next as targets."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from skrec.data import EncodedEvents, Histories
from skrec.losses import Loss
from skrec.programs import bucket
from skrec.serving import Reading
from skrec.training.batches import BatchSource
from skrec.training.positives import PositivePairs
from skrec.training.windows import Windows, cut, pack
from skrec.typing import Codes, Mask

_MIN_WIDTH = 8

Members = tuple[Windows, Codes, Codes]
"""Windows of a batch, with the row and the column in which each begins."""


class SequenceSource(BatchSource):
    """Gives batches of packed histories; one pass over a history predicts all its positions.

    Parameters
    ----------
    events : EncodedEvents
        Events to learn from; those of weight 0 are read, and not predicted.
    reading : Reading
    loss, n_negatives, negatives, batch_size, rng, known, calibration
        As in `BatchSource`; `batch_size` counts predicted events, or under a mask share the events read.

    Notes
    -----
    Rows hold several short histories side by side, so that padding costs little. Each batch has the fields of `BatchSource` but "user",
    of shape (batch, ...) with one entry a predicted event, and ``place`` (batch,): where in the rows it is predicted; and ``history`` (item
    rows), ``age`` and ``position`` (int32), and where asked for ``time`` and ``masked`` (float32), of shape (rows, length).
    """

    def __init__(
        self,
        events: EncodedEvents,
        reading: Reading,
        loss: Loss,
        n_negatives: int,
        negatives: str,
        batch_size: int,
        rng: np.random.Generator,
        known: PositivePairs,
        calibration: float = 0.0,
    ) -> None:
        self.reading = reading
        self._histories = histories = Histories.group(events.take(events.positive))
        lengths = histories.lengths
        self._ahead = 0 if reading.mask_share is not None else 1
        # The last event of a history isn't read where the next one is predicted.
        self._read = np.maximum(lengths - self._ahead, 0)
        self._length = min(reading.max_length, bucket(max(_MIN_WIDTH, int(self._read.max(initial=1)))))
        self._n_read = int(self._read.sum())
        size = self._target_slots(batch_size)
        events = histories.as_events()
        super().__init__(events, loss, n_negatives, negatives, size, rng, known, ("item",), calibration)
        # With an entry behind the last event, which position -1 points to.
        self._target_items = np.append(self._items, np.int32(self._n_items))
        self._target_weights = np.append(self._weights, np.float32(0.0))

    def _target_slots(self, batch_size: int) -> int:
        """How many predicted events a batch has room for."""
        cells = min(batch_size, bucket(max(64, self._n_read)))
        # Whole rows, as near as they come: those of an epoch are packed so densely that hardly a place of them is left free.
        self._n_rows = max(1, round(cells / self._length))
        self._n_cells = self._n_rows * self._length
        share = 1.0 if self.reading.mask_share is None else min(1.0, 1.3 * self.reading.mask_share + 0.1)
        return int(np.ceil(share * self._n_cells))

    @property
    def n_steps(self) -> int:
        """About how many batches an epoch has."""
        return max(1, -(-self._n_read // self._n_cells))

    def epoch(self) -> Iterator[tuple[dict[str, Any], int]]:
        """Cut the histories anew, pack and shuffle the windows and give chunks of batches; see `BatchSource.epoch`."""
        found: list[Members] = []
        n_batches = 0
        for members in self._batches():
            found.append(members)
            n_batches += 1
            if len(found) == self._steps:
                yield self._packed(found), len(found)
                found = []
        if found or not n_batches:
            yield self._packed(found), max(1, len(found))

    def _batches(self) -> Iterator[Members]:
        """Pack the windows into rows, and give as many rows at a time as a batch has, in random order."""
        windows = self._windows()
        windows = windows.take(self._rng.permutation(len(windows)))
        rows, columns = pack(windows.lengths, self._length)
        n_rows = int(rows.max(initial=-1)) + 1
        rows = self._rng.permutation(n_rows)[rows]
        order = np.argsort(rows, kind="stable")
        windows, rows, columns = windows.take(order), rows[order], columns[order]
        bounds = np.searchsorted(rows, np.arange(0, n_rows + self._n_rows, self._n_rows))
        for start, stop in pairwise(bounds.tolist()):
            yield windows.take(np.arange(start, stop)), rows[start:stop] % self._n_rows, columns[start:stop]

    def _windows(self) -> Windows:
        """Cut the histories; windows without anything to predict are left out."""
        indptr = np.concatenate([[0], np.cumsum(self._read)])
        windows = cut(indptr, self._length, self._rng)
        # From places among the events that are read to places among all of them.
        users = np.searchsorted(indptr, windows.starts, side="right") - 1
        windows = Windows(windows.starts + (self._histories.indptr[users] - indptr[users]), windows.lengths)
        counted = np.concatenate([[0], np.cumsum(self._weights > 0)])
        starts = windows.starts + self._ahead
        return windows.take(np.flatnonzero(counted[starts + windows.lengths] > counted[starts]))

    def _packed(self, found: list[Members]) -> dict[str, Any]:
        """Lay out the batches of a chunk."""
        cells = (self._steps, self._n_rows, self._length)
        batches: dict[str, Any] = {
            "history": np.full(cells, self._n_items, dtype=np.int32),
            "age": np.zeros(cells, dtype=np.int32),
            "position": np.full(cells, self.reading.max_length - 1, dtype=np.int32),
            "place": np.zeros((self._steps, self._size), dtype=np.int32),
        }
        if self.reading.time_unit is not None:
            batches["time"] = np.zeros(cells, dtype=np.float32)
        if self.reading.mask_share is not None:
            batches["masked"] = np.zeros(cells, dtype=np.float32)
        targets = np.full((self._steps, self._size), -1, dtype=np.int64)
        for number, members in enumerate(found):
            predicted, places = self._fill(batches, number, members)
            n = min(self._size, len(predicted))
            targets[number, :n], batches["place"][number, :n] = predicted[:n], places[:n]
        return self._with_rows(batches | self._with_targets(targets))

    def _fill(self, batches: dict[str, Any], number: int, members: Members) -> tuple[Codes, Codes]:
        """Lay out one batch; gives the events to predict, and where in the rows each is predicted."""
        windows, rows, columns = members
        places, owners, ages = windows.cells()
        row, column = rows[owners], columns[owners] + ages
        batches["history"][number, row, column] = self._items[places]
        batches["age"][number, row, column] = ages
        batches["position"][number, row, column] = self.reading.max_length - windows.lengths[owners] + ages
        if "time" in batches:
            batches["time"][number, row, column] = self.reading.times(self._histories, places, windows.starts[owners])
        flat = row * self._length + column
        if "masked" not in batches:
            return places + 1, flat
        masked = self._masked(windows, owners, ages)
        if masked.sum() > self._size:  # a batch has room for so many
            masked[self._rng.permutation(np.flatnonzero(masked))[self._size :]] = False
        batches["masked"][number, row, column] = masked
        return places[masked], flat[masked]

    def _masked(self, windows: Windows, owners: Codes, ages: Codes) -> Mask:
        """Draw what is masked: a share of the events, and in half of the windows the last, which is all that is asked for later."""
        masked: Mask = self._rng.random(len(owners)) < (self.reading.mask_share or 0.0)
        last = ages == windows.lengths[owners] - 1
        half = self._rng.random(len(windows)) < 0.5
        return np.where(last, half[owners], masked)

    def _with_targets(self, targets: Codes) -> dict[str, Any]:
        """Fields of the events to predict; -1 stands for none."""
        flat = targets.ravel()
        there = flat >= 0
        weights = self._target_weights[flat]
        columns = [self._target_items[flat][:, np.newaxis]]
        shape = (*targets.shape, 1)
        batches: dict[str, Any] = {"weight": weights.reshape(shape)}
        if self._own:
            own = np.full((len(flat), self._own), self._n_items, dtype=np.int32)
            own[there] = self._draw_own(self._users[flat[there]].astype(np.int64), int(there.sum()))
            columns.append(own)
        wide = (*targets.shape, 1 + self._own)
        if not self._loss.compares:
            batches["label"] = np.zeros(wide, dtype=np.float32)
            batches["label"][..., 0] = 1.0
        if self._loss.weighs_negatives:
            batches["weight"] = np.tile(batches["weight"], 1 + self._own)
            batches["weight"][..., 0] *= self._positive_weight
        batches["item"] = np.concatenate(columns, axis=1).reshape(wide)
        if self._shared:
            self._add_shared(batches)
        return batches
