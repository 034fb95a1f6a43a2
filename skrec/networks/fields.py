"""Layers that embed the features of users, items and context."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from skrec.networks.dropout import Dropout


class Fields(keras.Layer):
    """The layers of encoders, by side and name.

    Parameters
    ----------
    layers : mapping of str to mapping of str to keras.Layer
        For "user", "item" and "context": each layer turns a batch of a feature's rows into vectors of one width.
    id_dropout : float
        Share of the table rows that are set to 0 while training, so that features alone must carry, in [0, 1).
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(self, layers: Mapping[str, Mapping[str, Any]], id_dropout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layers = {side: dict(sorted(own.items())) for side, own in sorted(layers.items())}
        self.rate = float(id_dropout)
        self.drop = Dropout(self.rate, dtype="float32") if id_dropout else None

    def build_for(self, samples: Mapping[str, Mapping[str, Any]]) -> None:
        """Build every layer on a few rows of its feature."""
        for side, own in self.layers.items():
            for name, layer in own.items():
                layer(ops.convert_to_tensor(np.asarray(samples[side][name])))
        self.built = True

    def embed(self, side: str, inputs: dict[str, Any], training: bool = False) -> list[Any]:
        """Embed a side's features: tensors of shape (batch, dim), by name. Layers that take `training` are told."""
        own = self.layers.get(side, {})
        return [ops.cast(layer(inputs[name], training=training), self.compute_dtype) for name, layer in own.items()]

    def row(self, side: str, inputs: dict[str, Any], training: bool) -> Any:
        """Give the table rows; some of them as zeros while training, where there are features to carry."""
        rows = ops.cast(inputs["id"], self.compute_dtype)
        if self.drop is None or not self.layers.get(side):
            return rows
        kept = self.drop(ops.ones_like(inputs["id"][:, :1]), training=training)
        scale = 1.0 - self.rate if training else 1.0  # a row that stays is as long as it will be
        return rows * ops.cast(kept * scale, rows.dtype)
