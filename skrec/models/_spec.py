"""What every neural model has: its parameters' constraints, and what its network's builder is told."""

from collections.abc import Hashable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from skrec._params import Interval, StrOptions
from skrec.exceptions import InvalidParameterError
from skrec.optimizers import Optimizer

POSITIVE_INT = [Interval(Integral, 1, None, closed="left")]

SHARED_CONSTRAINTS: dict[str, list[Any]] = {
    "epochs": POSITIVE_INT,
    "batch_size": POSITIVE_INT,
    "learning_rate": [Interval(Real, 0, None, closed="neither")],
    "optimizer": [str, Optimizer],
    "n_negatives": [*POSITIVE_INT, None],
    "negatives": [StrOptions({"uniform", "popularity", "in-batch"})],
    "l2": [Interval(Real, 0, None, closed="left")],
    "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    "early_stopping": ["boolean", Interval(Integral, 1, None, closed="left")],
    "callbacks": [list, tuple, None],
    "warm_start": ["boolean"],
    "random_state": ["random_state", np.random.Generator],
    "verbose": ["verbose"],
    "backend": [str, None],
    "device": [str],
    "precision": [StrOptions({"float32", "mixed_bfloat16", "mixed_float16"})],
}
"""Constraints of the parameters that every neural model has."""

NOT_STRUCTURE = {
    "epochs",
    "batch_size",
    "learning_rate",
    "optimizer",
    "n_negatives",
    "negatives",
    "validation_fraction",
    "early_stopping",
    "callbacks",
    "warm_start",
    "random_state",
    "verbose",
    "backend",
    "device",
    "retriever",
}
"""Parameters that compiled programs don't depend on."""

N_NEGATIVES = {"softmax": 512, "bpr": 1, "bce": 4, "mse": 1}
"""How many negatives a loss gets where it isn't said; under "softmax" a batch shares them, and "mse" has none."""

COMPARING_LOSSES = {"bpr", "softmax"}
"""Losses that compare a user's items with each other: what these share, such as a bias of the user, cancels out."""


@dataclass(frozen=True)
class NetworkSpec:
    """What a network's builder is told.

    Attributes
    ----------
    n_users, n_items : int
        How many different ids come in: user ids are 0 .. n_users - 1, item ids 0 .. n_items - 1. The last of each stands for "nobody"
        and "nothing" in batches that are filled up.
    precision : str
        Keras dtype policy to pass to layers as ``dtype``.
    seed : int
        Seed to pass to layers that draw random numbers, such as Dropout.
    """

    n_users: int
    n_items: int
    precision: str
    seed: int

    def inputs(self) -> dict[str, Any]:
        """Make the two Keras inputs: ``user_id`` and ``item_id``, int32 of shape (batch,)."""
        import keras

        return {name: keras.Input((), dtype="int32", name=name) for name in ("user_id", "item_id")}


def structure_key(model: Any, optimizer: Optimizer) -> Hashable:
    """Say by which parameters a model's compiled program is found again: those that change what is compiled."""
    structure = {name: value for name, value in model.get_params(deep=False).items() if name not in NOT_STRUCTURE}
    rules = {name: value for name, value in optimizer.get_params().items() if name != "learning_rate"}
    return (
        type(model),
        tuple(sorted((name, _hashable(value)) for name, value in structure.items())),
        type(optimizer),
        tuple(sorted(rules.items())),
    )


def _hashable(value: Any) -> Hashable:
    """Turn a constructor parameter into part of a key."""
    if isinstance(value, np.generic):
        return value.item()  # type: ignore[no-any-return]
    if isinstance(value, (list, tuple)):
        return tuple(_hashable(entry) for entry in value)
    if not isinstance(value, Hashable):
        raise InvalidParameterError(
            f"Compiled networks are found again by their parameters, so these must be hashable, and a {type(value).__name__} isn't. "
            "Pass a plain function, or give its class __hash__ and __eq__."
        )
    return value
