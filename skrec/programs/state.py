"""What training changes: weights in NumPy, and the same on a device with what an optimizer remembers of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from skrec.optimizers import Optimizer
from skrec.plugin import Backend
from skrec.typing import Floats

__all__ = ["Weights", "initial_state", "read_state"]


@dataclass(frozen=True)
class Weights:
    """All that a network learns, in NumPy.

    Attributes
    ----------
    tables : dict of str to ndarray of shape (n_rows, width)
        Embedding tables by side, of "user" and "item".
    network, fixed : lists of ndarray
        The network's trainable and other weights.
    """

    tables: dict[str, Floats]
    network: list[Any]
    fixed: list[Any]


def initial_state(
    backend: Backend,
    weights: Weights,
    optimizer: Optimizer,
    rate: float,
    features: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Put first weights on the device, with the optimizer's slots at their first values.

    Parameters
    ----------
    backend : Backend
    weights : Weights
    optimizer : Optimizer
    rate : float
        Learning rate.
    features : mapping of str to mapping of str to ndarray, optional
        By side and name, rows by code.

    Returns
    -------
    dict
        What `Program.train` takes and gives.
    """
    from keras import ops

    network = [ops.convert_to_tensor(weight) for weight in weights.network]
    with np.errstate(
        over="ignore"
    ):  # what float32 can't hold gives weights that aren't finite, and these are looked for
        rate32 = np.float32(rate)
    return {
        "tables": {side: backend.make_table(table, len(optimizer.slots)) for side, table in weights.tables.items()},
        "weights": network,
        "weight_slots": optimizer.first_slots(network),
        "fixed": [ops.convert_to_tensor(value) for value in weights.fixed],
        "features": {
            side: {name: ops.convert_to_tensor(array) for name, array in arrays.items()}
            for side, arrays in (features or {}).items()
        },
        "step": ops.convert_to_tensor(0.0, dtype="float32"),
        "rate": ops.convert_to_tensor(rate32, dtype="float32"),
    }


def read_state(backend: Backend, state: dict[str, Any], widths: Mapping[str, int]) -> Weights:
    """Copy weights back to NumPy, without the optimizer's slots."""
    from keras import ops

    return Weights(
        {side: backend.read_table(table, widths[side]) for side, table in state["tables"].items()},
        [np.array(ops.convert_to_numpy(weight)) for weight in state["weights"]],
        [np.array(ops.convert_to_numpy(value)) for value in state["fixed"]],
    )
