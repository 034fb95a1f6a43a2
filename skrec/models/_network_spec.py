"""What a network's builder is told, and by what a compiled network is found again."""

import random
from collections.abc import Callable, Hashable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from skrec.exceptions import InvalidParameterError
from skrec.losses import Loss
from skrec.optimizers import Optimizer
from skrec.serving import ModelFeatures


@dataclass(frozen=True)
class NetworkSpec:
    """What a network's builder is told.

    Attributes
    ----------
    n_users, n_items : int
        How many different ids come in: user ids are 0 .. n_users - 1, item ids 0 .. n_items - 1. The last of each stands for padding.
    precision : str
        Keras dtype policy to pass to layers as ``dtype``.
    seed : int
        Seed to pass to layers that draw random numbers, such as Dropout.
    features : ModelFeatures or None
        Encoded features, for a model that reads them: ``features.layers(dim)`` makes the encoders' layers, ``features.samples()`` gives
        rows to build them on.
    """

    n_users: int
    n_items: int
    precision: str
    seed: int
    features: ModelFeatures | None = None

    def embedding_layers(self, dim: int) -> dict[str, dict[str, Any]]:
        """Make the layers that embed features: by side and name, each to width `dim`; none where no feature is read."""
        return {} if self.features is None else self.features.layers(dim)

    def samples(self) -> dict[str, dict[str, Any]]:
        """One row of each feature, by side and name, to build layers on."""
        return {} if self.features is None else self.features.samples()

    def inputs(self) -> dict[str, Any]:
        """Make the two Keras inputs: ``user_id`` and ``item_id``, int32 of shape (batch,)."""
        import keras

        return {name: keras.Input((), dtype="int32", name=name) for name in ("user_id", "item_id")}


def build_network(build: Callable[[NetworkSpec], Any], spec: NetworkSpec, widths: Mapping[str, int]) -> Any:
    """Make a network and its variables.

    Parameters
    ----------
    build : callable
    spec : NetworkSpec
    widths : mapping of str to int
        Width of each table's rows, by side.
    """
    from skrec.networks import initializers_noted

    state = random.getstate()  # from which Keras draws a seed for each layer that is given none
    random.seed(0)  # so that what NumPy can't draw in its place is the same in every process
    try:
        with initializers_noted():
            network = build(spec)
            if not network.built:
                shapes = {"user": (None, widths["user"]), "item": (None, None, widths["item"])} if widths else None
                network.build(shapes)
    finally:
        random.setstate(state)
    return network


def structure_key(
    kind: type, parameters: Mapping[str, Any], not_compiled: Set[str], loss: Loss, optimizer: Optimizer
) -> Hashable:
    """Say by what a model's compiled program is found again.

    Parameters
    ----------
    kind : type
        The estimator's class.
    parameters : mapping of str to object
        The constructor's.
    not_compiled : set of str
        Those of them that no program depends on.
    loss : Loss
    optimizer : Optimizer
    """
    structure = {name: value for name, value in parameters.items() if name not in not_compiled}
    return (
        kind,
        tuple(sorted((name, _hashable(value)) for name, value in structure.items())),
        _hashable(loss.key()),
        _hashable(optimizer.key()),
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
