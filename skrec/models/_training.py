"""The training loop: epochs of compiled chunks, validation, early stopping and callbacks."""

import sys
from collections.abc import Generator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from skrec.data import EncodedEvents
from skrec.exceptions import InvalidDataError
from skrec.models._ahead import ahead
from skrec.models._batches import BatchSource
from skrec.models._callbacks import EpochTasks, KerasCallbacks
from skrec.models._positives import PositivePairs
from skrec.models._program import Program, initial_state, read_state
from skrec.models._validation import Validation
from skrec.optimizers import Optimizer
from skrec.plugin import Backend
from skrec.typing import Floats

_DEFAULT_FRACTION = 0.1
_DEFAULT_PATIENCE = 5

Chunks = Generator[tuple[dict[str, Any], int] | None, None, None]
"""Batches of all epochs, in chunks, with how many of each chunk's steps are to be run; None where an epoch ends."""


@dataclass
class Weights:
    """All that a model learns, in NumPy.

    Attributes
    ----------
    tables : dict of str to ndarray of shape (n_rows, width)
        With the rows that fill the tables up.
    network, fixed : lists of ndarray
        The network's trainable and other weights.
    """

    tables: dict[str, Floats]
    network: list[Any]
    fixed: list[Any]


class Training:
    """One training run.

    Parameters
    ----------
    model : KerasRecommender
        Its parameters are read; while validating, it serves the weights as they are.
    backend : Backend
    program : Program
    optimizer : Optimizer
    rng : numpy.random.Generator
    """

    def __init__(
        self, model: Any, backend: Backend, program: Program, optimizer: Optimizer, rng: np.random.Generator
    ) -> None:
        self.model, self.backend, self.program, self.optimizer, self.rng = model, backend, program, optimizer, rng
        self.rate = float(model.learning_rate if optimizer.learning_rate is None else optimizer.learning_rate)
        self.widths: dict[str, int] = model._widths()
        self.history: dict[str, list[float]] = {}

    def run(
        self, events: EncodedEvents, everything: EncodedEvents, weights: Weights
    ) -> tuple[Weights, dict[str, list[float]]]:
        """Train.

        Parameters
        ----------
        events : EncodedEvents
            To learn from.
        everything : EncodedEvents
            All events so far: their positive pairs are no negatives.
        weights : Weights
            To start from. Its tables are used up.

        Returns
        -------
        weights : Weights
            The last ones, or with early stopping the best ones.
        history : dict of str to list of float
        """
        model = self.model
        fraction = float(model.validation_fraction) or (_DEFAULT_FRACTION if model.early_stopping else 0.0)
        train, held_out = model._split_events(events, fraction, self.rng)
        validation = Validation(model, train, held_out) if len(held_out) else None
        known = PositivePairs(everything, held_out, train)
        # Another thread draws from a generator of its own.
        source = model._batch_source(train, known, np.random.default_rng(self.rng.integers(2**63)))
        features = getattr(model, "features_", None)
        state = initial_state(
            self.backend,
            weights.tables,
            weights.network,
            weights.fixed,
            self.optimizer,
            self.rate,
            None if features is None else features.arrays,
        )
        weights.tables.clear()  # they stand on the device now, and a large table needn't be kept twice
        chunks = ahead(chunk for _ in range(int(model.epochs)) for chunk in chain(source.epoch(), (None,)))
        try:
            return self._epochs(state, source, chunks, validation), self.history
        finally:
            chunks.close()

    def _epochs(
        self, state: dict[str, Any], source: BatchSource, chunks: Chunks, validation: Validation | None
    ) -> Weights:
        """Run the epochs; gives the weights to keep."""
        model, epochs = self.model, int(self.model.epochs)
        patience = _patience(model.early_stopping)
        callbacks = self._callbacks(state, source.n_steps) if model.callbacks else None
        tasks = EpochTasks(model, epochs, lambda: self._fitted(state))
        best: tuple[float, int, Weights | None] = (-np.inf, 0, None)
        if callbacks:
            callbacks.call("train_begin")
        for epoch in range(epochs):
            tasks.begin()
            state, logs = self._epoch(state, chunks, callbacks, epoch)
            if validation is not None:
                logs |= validation.measure(self._weights(state))
            self._record(logs, epoch)
            state, stop = self._after_epoch(state, logs, callbacks, epoch)
            if validation is not None and patience:
                quality = validation.quality(logs)
                if quality > best[0]:
                    best = (quality, epoch, self._weights(state))
                stop |= epoch - best[1] >= patience
            if tasks.end() or stop:
                break
        if callbacks:
            callbacks.call("train_end", logs)
            state = self._write_back(state, callbacks)
        tasks.finish()
        return best[2] if best[2] is not None else self._weights(state)

    def _epoch(
        self, state: dict[str, Any], chunks: Chunks, callbacks: KerasCallbacks | None, epoch: int
    ) -> tuple[dict[str, Any], dict[str, float]]:
        from keras import ops

        if callbacks:
            callbacks.call("epoch_begin", epoch)
            state = {**state, "rate": ops.convert_to_tensor(callbacks.rate, dtype="float32")}
        computed, done = [], 0
        while (chunk := next(chunks)) is not None:
            batches, n = chunk
            if callbacks:
                callbacks.call("train_batch_begin", done)
            state, figures = self.program.train(state, batches, n)
            computed.append((figures, n))
            done += n
            if callbacks:
                loss, accuracy = ops.convert_to_numpy(figures)[:n].mean(axis=0)
                callbacks.call("train_batch_end", done - 1, {"loss": float(loss), "accuracy": float(accuracy)})
        # Read only now: until here a device may have been computing while the next chunk was being sent.
        loss, accuracy = np.concatenate([ops.convert_to_numpy(figures)[:n] for figures, n in computed]).mean(axis=0)
        if not np.isfinite(loss):
            raise InvalidDataError(
                f"Training diverged: the loss of epoch {epoch + 1} is {loss}. "
                f"Lower learning_rate (it is {self.rate:g}), or check the ratings and weights for extreme values."
            )
        return state, {"loss": float(loss), "accuracy": float(accuracy)}

    def _after_epoch(
        self, state: dict[str, Any], logs: dict[str, float], callbacks: KerasCallbacks | None, epoch: int
    ) -> tuple[dict[str, Any], bool]:
        """Let Keras' callbacks see, and change, the weights."""
        if callbacks is None:
            return state, False
        callbacks.write(*read_state(self.backend, state, self.widths))
        callbacks.call("epoch_end", epoch, dict(logs))
        return self._write_back(state, callbacks), callbacks.stop

    def _write_back(self, state: dict[str, Any], callbacks: KerasCallbacks) -> dict[str, Any]:
        """Take over weights that a callback has changed; what the optimizer remembers stays."""
        from keras import ops

        changed, network, fixed = callbacks.read()
        tables = dict(state["tables"])
        columns = 1 + len(self.optimizer.slots)
        for side, rows in changed.items():
            width = self.widths[side]
            now = self.backend.read_table(tables[side], columns * width)
            if not np.array_equal(now[:, :width], rows):
                now[:, :width] = rows
                tables[side] = self.backend.make_table(now, 0)
        return {
            **state,
            "tables": tables,
            "weights": [ops.convert_to_tensor(weight) for weight in network],
            "fixed": [ops.convert_to_tensor(value) for value in fixed],
        }

    def _callbacks(self, state: dict[str, Any], n_steps: int) -> KerasCallbacks:
        tables, network, fixed = read_state(self.backend, state, self.widths)
        callbacks = KerasCallbacks(
            self.model.callbacks, self.model._built_network(), tables, self.rate, int(self.model.epochs), n_steps
        )
        callbacks.write(tables, network, fixed)
        return callbacks

    def _record(self, logs: dict[str, float], epoch: int) -> None:
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)
        if self.model.verbose:
            figures = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            sys.stdout.write(f"Epoch {epoch + 1}/{self.model.epochs} - {figures}\n")

    def _weights(self, state: dict[str, Any]) -> Weights:
        return Weights(*read_state(self.backend, state, self.widths))

    def _fitted(self, state: dict[str, Any]) -> dict[str, Any]:
        """Attributes of the estimator as if training ended now."""
        model = self.model
        probe = type(model)(**model.get_params(deep=False))
        vars(probe).update({name: value for name, value in vars(model).items() if not name.startswith("_callback")})
        probe._adopt(self._weights(state))
        probe.history_, probe.n_iter_ = dict(self.history), len(self.history["loss"])
        return {name: value for name, value in vars(probe).items() if name not in model.get_params(deep=False)}


def _patience(early_stopping: bool | int) -> int:
    """Epochs without a better validation metric before training stops; 0 for never."""
    if early_stopping is True or isinstance(early_stopping, np.bool_):
        return _DEFAULT_PATIENCE if early_stopping else 0
    return int(early_stopping)
