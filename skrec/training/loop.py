"""learn: epochs of compiled chunks, validation, early stopping and callbacks. It knows no estimator."""

import sys
from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from skrec.data import EncodedEvents, Histories
from skrec.exceptions import InvalidDataError
from skrec.programs import KerasOptimizer, Weights, initial_state, read_state
from skrec.serving import Learned, Server, draw_pool
from skrec.training.batches import BatchSource
from skrec.training.batching import with_earlier
from skrec.training.callbacks import EpochTasks, History, KerasCallbacks
from skrec.training.lesson import Lesson
from skrec.training.plan import Plan
from skrec.training.positives import PositivePairs
from skrec.training.prefetch import prefetch
from skrec.training.validation import Validation
from skrec.training.warm_start import draw_weights, restore

__all__ = ["learn"]

Chunks = Generator[tuple[dict[str, Any], int] | None, None, None]
"""Mini-batches of all epochs, in chunks, with how many of each chunk's steps are to be run; None where an epoch ends."""


def learn(
    plan: Plan,
    lesson: Lesson,
    known: Learned,
    network: Any,
    rng: np.random.Generator,
    serve: Callable[[Learned], Server],
    tasks: EpochTasks,
) -> tuple[Learned, History]:
    """Train.

    Parameters
    ----------
    plan : Plan
    lesson : Lesson
    known : Learned
        What is known of the lesson's events before any weight is learned.
    network : keras.Layer
        Made for these data; its first weights are drawn anew.
    rng : numpy.random.Generator
        All that is drawn comes from it.
    serve : callable
        Makes the server of a `Learned`, to measure it.
    tasks : EpochTasks
        Told of each epoch.

    Returns
    -------
    learned : Learned
        With the last weights, or under early stopping the best ones.
    history : dict of str to list of float
        By name, one figure an epoch.

    Raises
    ------
    InvalidDataError
        If training diverges.

    Warns
    -----
    BelowPopularityWarning
        If `val_ndcg@10` is below that of the popular items in every epoch.
    """
    weights = draw_weights(plan, known, network, rng)
    if lesson.before is not None:
        weights = restore(plan, weights, lesson.before, known)
    known = replace(known, pool=draw_pool(len(known.items), plan.program, rng))
    train, held_out = plan.batching.split(lesson.events, plan.held_out, rng)
    pairs = PositivePairs(lesson.everything, held_out, train)
    validation = _validation(plan, lesson, train, held_out, serve) if len(held_out) else None
    # Another thread draws from a generator of its own.
    source = plan.batching.source(train, lesson.earlier, pairs, np.random.default_rng(rng.integers(2**63)))
    chunks = prefetch(chunk for _ in range(plan.epochs) for chunk in chain(source.epoch(), (None,)))
    try:
        return _Run(plan, known, weights, source, validation, tasks).run(chunks)
    finally:
        chunks.close()


def _validation(
    plan: Plan,
    lesson: Lesson,
    train: EncodedEvents,
    held_out: EncodedEvents,
    serve: Callable[[Learned], Server],
) -> Validation:
    earlier = lesson.earlier
    histories = Histories.group(with_earlier(train, earlier))
    return Validation(plan.batching.loss, plan.batching.n_negatives, train, held_out, histories, serve, earlier)


class _Run:
    """One training run: the state on the device, and what is reported of it."""

    def __init__(
        self,
        plan: Plan,
        known: Learned,
        weights: Weights,
        source: BatchSource,
        validation: Validation | None,
        tasks: EpochTasks,
    ) -> None:
        self.plan, self.known, self.validation, self.tasks = plan, known, validation, tasks
        features = None if known.features is None else known.features.arrays
        self.optimizer = plan.program.optimizer or plan.optimizer
        self.state = initial_state(plan.backend, weights, self.optimizer, plan.rate, features)
        weights.tables.clear()  # they stand on the device now, and a large table needn't be kept twice
        self.history: History = {}
        self.callbacks = self._keras_callbacks(source.n_steps) if plan.callbacks else None

    def run(self, chunks: Chunks) -> tuple[Learned, History]:
        """Run the epochs."""
        best: tuple[float, int, Learned | None] = (-np.inf, 0, None)
        logs: dict[str, float] = {}
        self._call("train_begin")
        for epoch in range(self.plan.epochs):
            self.tasks.begin()
            logs = self._epoch(chunks, epoch)
            if self.validation is not None:
                logs |= self.validation.measure(self._learned())
            self._record(logs, epoch)
            stop = self._after_epoch(logs, epoch)
            if self.validation is not None and self.plan.patience:
                quality = self.validation.quality(logs)
                if quality > best[0]:
                    best = (quality, epoch, self._learned())
                stop |= epoch - best[1] >= self.plan.patience
            if self.tasks.end(self._learned, self.history) or stop:
                break
        self._call("train_end", logs)
        self._write_back()
        self.tasks.finish()
        if self.validation is not None:
            self.validation.compare(self.history)
        if best[2] is not None:
            return best[2], self.history
        weights = self.optimizer.finish(self.state["weights"], self.state["weight_slots"])
        self.state = {**self.state, "weights": weights}
        return self._learned(), self.history

    def _epoch(self, chunks: Chunks, epoch: int) -> dict[str, float]:
        """Run one epoch's steps; gives loss and accuracy."""
        from keras import ops

        self._call("epoch_begin", epoch)
        if self.callbacks:
            self.state = {**self.state, "rate": ops.convert_to_tensor(self.callbacks.rate, dtype="float32")}
        computed, done = [], 0
        while (chunk := next(chunks)) is not None:
            batches, n = chunk
            self._call("train_batch_begin", done)
            self.state, figures = self.plan.program.train(self.state, batches, n)
            computed.append((figures, n))
            done += n
            if self.callbacks:
                loss, accuracy = ops.convert_to_numpy(figures)[:n].mean(axis=0)
                self._call("train_batch_end", done - 1, {"loss": float(loss), "accuracy": float(accuracy)})
        # Read only now: until here a device may have been computing while the next chunk was being sent.
        loss, accuracy = np.concatenate([ops.convert_to_numpy(figures)[:n] for figures, n in computed]).mean(axis=0)
        if not np.isfinite(loss):
            raise InvalidDataError(
                f"Training diverged: the loss of epoch {epoch + 1} is {loss}. "
                f"Lower learning_rate (it is {self.plan.rate:g}), or check the ratings and weights for extreme values."
            )
        return {"loss": float(loss), "accuracy": float(accuracy)}

    def _after_epoch(self, logs: dict[str, float], epoch: int) -> bool:
        """Let Keras' callbacks see, and change, the weights; says whether one asks to stop."""
        if self.callbacks is None:
            return False
        self.callbacks.write(self._weights())
        self._call("epoch_end", epoch, dict(logs))
        self._write_back()
        return self.callbacks.stop

    def _write_back(self) -> None:
        """Take over weights that a callback has changed; what the optimizer remembers stays."""
        if self.callbacks is None:
            return
        from keras import ops

        backend, widths = self.plan.backend, self.plan.widths
        changed = self.callbacks.read()
        tables = dict(self.state["tables"])
        columns = 1 + len(self.plan.optimizer.slots)
        for side, rows in changed.tables.items():
            width = widths[side]
            now = backend.read_table(tables[side], columns * width)
            if not np.array_equal(now[:, :width], rows):
                now[:, :width] = rows
                tables[side] = backend.make_table(now, 0)
        self.state = {
            **self.state,
            "tables": tables,
            "weights": [ops.convert_to_tensor(weight) for weight in changed.network],
            "fixed": [ops.convert_to_tensor(value) for value in changed.fixed],
        }

    def _keras_callbacks(self, n_steps: int) -> KerasCallbacks:
        plan = self.plan
        shown = plan.optimizer.copy() if isinstance(plan.optimizer, KerasOptimizer) else None
        return KerasCallbacks(plan.callbacks, plan.network(), self._weights(), plan.rate, plan.epochs, n_steps, shown)

    def _call(self, event: str, *arguments: Any) -> None:
        if self.callbacks:
            self.callbacks.call(event, *arguments)

    def _record(self, logs: dict[str, float], epoch: int) -> None:
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)
        if self.plan.verbose:
            figures = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            sys.stdout.write(f"Epoch {epoch + 1}/{self.plan.epochs} - {figures}\n")

    def _weights(self) -> Weights:
        """All weights as of now; tables with their padding."""
        return read_state(self.plan.backend, self.state, self.plan.widths)

    def _learned(self) -> Learned:
        """What was learned so far."""
        weights = self._weights()
        tables = {side: table[: len(self.known.ids(side))] for side, table in weights.tables.items()}
        return replace(self.known, weights=replace(weights, tables=tables))
