"""A recurrent network over a history."""

from typing import Any

import keras

from skrec.networks.recurrent_states import RecurrentStates
from skrec.networks.sequence import SequenceNetwork


class GRU4RecNetwork(SequenceNetwork):
    """Recurrent layers, then a projection to the width of the embeddings.

    Parameters
    ----------
    *args
        Of `SequenceNetwork`.
    cell : {"gru", "lstm", "rnn"}
    units : int
        Width of the states.
    n_layers : int
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(self, *args: Any, cell: str, units: int, n_layers: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        policy = self.dtype_policy
        self.recurrent = [RecurrentStates(units, cell, dtype=policy, name=f"recurrent_{n}") for n in range(n_layers)]
        self.project = keras.layers.Dense(self.dim, dtype=policy, name="project")

    def build_reader(self) -> None:
        """Build the layers that `read` calls."""
        width = self.dim
        for layer in self.recurrent:
            layer.build((None, None, width))
            width = layer.units
        self.project.build((None, None, width))

    def read(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Make a vector of each history after each of its events; see `SequenceNetwork.read`."""
        values = self.dropped(self.embedded(inputs), training)
        for layer in self.recurrent:
            values = layer(values, inputs["age"])
        return self.project(self.dropped(values, training))
