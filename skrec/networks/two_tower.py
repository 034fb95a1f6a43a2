"""Two towers: a user's and an item's vector from ids and features."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from skrec.networks.factors import FactorNetwork
from skrec.networks.fields import Fields
from skrec.networks.smooth_relu import smooth_relu


class TwoTowerNetwork(keras.Layer):
    """Score pairs by the inner product of what a tower makes of each side's table row and features.

    A tower adds up the row's vector, the vectors of the features, and a perceptron's output for the concatenated features; a bias is the
    row's own plus a linear function of the features.

    Parameters
    ----------
    layers : mapping of str to mapping of str to keras.Layer
        Layers of encoders by side and name; each gives vectors as wide as the rows but for their bias.
    dim : int
        Width of the vectors.
    hidden : tuple of int
        Units of the perceptrons' hidden layers; without any there is no perceptron.
    dropout : float
        Share of the vectors' entries dropped while training.
    temperature : float or None
        Divides the product of vectors scaled to length 1; None for the plain product.
    id_dropout : float
        Share of the rows dropped while training.
    user_bias : bool
        See `FactorNetwork`.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(
        self,
        layers: Mapping[str, Mapping[str, Any]],
        dim: int,
        hidden: tuple[int, ...],
        dropout: float,
        temperature: float | None,
        id_dropout: float,
        user_bias: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.dim, self.temperature = dim, temperature
        self.fields = Fields(layers, id_dropout, dtype=policy)
        self.factors = FactorNetwork(dropout, True, temperature, user_bias, dtype=policy)
        sides = [side for side in ("user", "item") if layers.get(side)]
        biased = [side for side in sides if side == "item" or user_bias]
        self.biases = {
            side: keras.layers.Dense(1, use_bias=False, dtype=policy, name=f"{side}_bias") for side in biased
        }
        self.perceptrons = {side: self._perceptron(side, hidden, policy) for side in sides if hidden}

    def _perceptron(self, side: str, hidden: tuple[int, ...], policy: Any) -> list[Any]:
        layers = [
            keras.layers.Dense(units, activation=smooth_relu, dtype=policy, name=f"{side}_hidden_{position}")
            for position, units in enumerate(hidden)
        ]
        return [*layers, keras.layers.Dense(self.dim, use_bias=False, dtype=policy, name=f"{side}_last")]

    def build_for(self, samples: Mapping[str, Mapping[str, Any]]) -> None:
        """Build all layers on a few rows of each feature."""
        self.fields.build_for(samples)
        for side, own in self.fields.layers.items():
            width = self.dim * len(own)
            if side in self.biases:
                self.biases[side].build((None, width))
            for layer in self.perceptrons.get(side, []):
                layer.build((None, width))
                width = layer.units
        self.factors.build(None)
        self.built = True

    def encode(self, side: str, inputs: dict[str, Any], training: bool = False) -> Any:
        """Make rows of one side.

        Parameters
        ----------
        side : {"user", "item"}
        inputs : dict
            ``id``: table rows of shape (batch, dim + 1); and each feature's rows by its name.
        training : bool, default=False

        Returns
        -------
        tensor of shape (batch, dim + 1)
            Vectors, followed by a bias: what `call` and `vectors` take.
        """
        row = self.fields.row(side, inputs, training)
        embedded = self.fields.embed(side, inputs, training)
        if not embedded:
            return row
        vector, bias = row[:, :-1], row[:, -1:]
        for part in embedded:
            vector = vector + part
        joined = ops.concatenate(embedded, axis=1) if len(embedded) > 1 else embedded[0]
        if side in self.biases:
            bias = bias + self.biases[side](joined)
        for layer in (hidden := self.perceptrons.get(side, [])):
            joined = layer(joined)
        return ops.concatenate([vector + joined if hidden else vector, bias], axis=1)

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Score items for users, by the rows that `encode` gave; shapes as in `FactorNetwork.call`."""
        return self.factors(inputs, training=training)

    def vectors(self, user: Any, item: Any) -> tuple[Any, Any]:
        """Turn rows that `encode` gave into vectors whose inner products are the scores."""
        return self.factors.vectors(user, item)
