"""Convolutions over the latest events of a history."""

from typing import Any

import keras
from keras import ops

from skrec.networks.segments import lagged, shifted
from skrec.networks.sequence import SequenceNetwork
from skrec.networks.smooth_relu import smooth_relu


class CaserNetwork(SequenceNetwork):
    """Horizontal and vertical filters over the latest events' embeddings, taken for an image; then two Dense layers.

    Parameters
    ----------
    *args
        Of `SequenceNetwork`.
    order : int
        How many events the filters see.
    n_horizontal : int
        Filters of each height from 1 to `order`.
    n_vertical : int
        Filters of one column.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    Notes
    -----
    A horizontal filter of height h is a product with h events side by side, computed once for a position and used by all windows that
    hold these events; the maximum over a window's places is one over earlier positions.
    """

    def __init__(self, *args: Any, order: int, n_horizontal: int, n_vertical: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        policy = self.dtype_policy
        self.order = order
        self.horizontal = [
            keras.layers.Dense(n_horizontal, activation=smooth_relu, dtype=policy, name=f"height_{height}")
            for height in range(1, order + 1)
        ]
        self.vertical = keras.layers.Dense(n_vertical, use_bias=False, dtype=policy, name="vertical")
        self.hidden = keras.layers.Dense(self.dim, activation=smooth_relu, dtype=policy, name="hidden")
        self.project = keras.layers.Dense(self.dim, dtype=policy, name="project")

    def build_reader(self) -> None:
        """Build the layers that `read` calls."""
        for height, layer in enumerate(self.horizontal, start=1):
            layer.build((None, None, height * self.dim))
        self.vertical.build((None, None, self.dim, self.order))
        n_filters = sum(layer.units for layer in self.horizontal) + self.vertical.units * self.dim
        self.hidden.build((None, None, n_filters))
        self.project.build((None, None, self.dim))

    def read(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Make a vector of each history after each of its events; see `SequenceNetwork.read`."""
        age, values = inputs["age"], self.embedded(inputs)
        latest = [lagged(values, age, steps) for steps in range(self.order)]
        found = [self._horizontal(latest, age, height) for height in range(1, self.order + 1)]
        columns = self.vertical(ops.stack(latest, axis=-1))
        found.append(ops.reshape(columns, (*ops.shape(values)[:2], self.dim * self.vertical.units)))
        joined = self.dropped(ops.concatenate(found, axis=-1), training)
        return self.project(self.hidden(joined))

    def _horizontal(self, latest: list[Any], age: Any, height: int) -> Any:
        """Maximum over the latest events of the filters of one height (max pooling)."""
        layer = self.horizontal[height - 1]
        answers = layer(ops.concatenate(latest[:height], axis=-1) if height > 1 else latest[0])
        # What a filter says to events that are all zeros: those before the history begins.
        nothing = smooth_relu(ops.cast(ops.convert_to_tensor(layer.bias), answers.dtype))
        best = answers
        for steps in range(1, self.order - height + 1):
            begun = ops.expand_dims(age >= steps, -1)
            best = ops.maximum(best, ops.where(begun, shifted(answers, steps), nothing))
        return best
