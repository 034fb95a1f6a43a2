"""Plan: what a training run reads of a model's parameters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from skrec.optimizers import Optimizer
from skrec.plugin import Backend
from skrec.programs import Program
from skrec.serving import Learned
from skrec.training.batching import Batching
from skrec.typing import Floats

__all__ = ["Plan", "patience_of"]

_DEFAULT_FRACTION = 0.1
_DEFAULT_PATIENCE = 5


@final
@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes
    ----------
    program : Program
    backend : Backend
    optimizer : Optimizer
    batching : Batching
        With the loss and its negatives.
    network : callable
        Makes a network of the program's structure, for first weights and for Keras' callbacks to look at.
    widths : dict of str to int
        Width of each table's rows, by side.
    first_rows : callable
        ``first_rows(side, n, width, rng)`` draws the first rows of a table.
    restore : callable
        ``restore(fresh, before, now)`` gives the network's first weights in a warm start: of fresh ones, and of two `Learned`.
    learning_rate : float
    epochs : int
    validation_fraction : float
    patience : int
        Epochs without a better validation metric before training stops; 0 for never.
    callbacks : sequence of keras.callbacks.Callback
    verbose : int
    """

    program: Program
    backend: Backend
    optimizer: Optimizer
    batching: Batching
    network: Callable[[], Any]
    widths: dict[str, int]
    first_rows: Callable[[str, int, int, np.random.Generator], Floats]
    restore: Callable[[list[Any], Learned, Learned], list[Any]]
    learning_rate: float
    epochs: int
    validation_fraction: float
    patience: int
    callbacks: Sequence[Any]
    verbose: int

    @property
    def rate(self) -> float:
        """First step size: the optimizer's own, or the model's."""
        return float(self.learning_rate if self.optimizer.learning_rate is None else self.optimizer.learning_rate)

    @property
    def held_out(self) -> float:
        """Share of the events to hold out: early stopping needs some."""
        return self.validation_fraction or (_DEFAULT_FRACTION if self.patience else 0.0)


def patience_of(early_stopping: bool | int) -> int:
    """Epochs without a better validation metric before training stops; 0 for never."""
    if early_stopping is True or isinstance(early_stopping, np.bool_):
        return _DEFAULT_PATIENCE if early_stopping else 0
    return int(early_stopping)
