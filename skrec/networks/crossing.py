"""Networks that cross the features of user, item and context: wide and deep, factorization machines, cross layers."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from skrec.networks.dropout import Dropout
from skrec.networks.factors import pairs
from skrec.networks.fields import Fields
from skrec.networks.smooth_relu import smooth_relu


class CrossingNetwork(keras.Layer):
    """Score pairs by a network over all of their fields: both ids, and every feature of user, item and context.

    A field is a vector of width `dim`, and a first-order weight: an id's stands at the end of its row, a feature's is a linear function of
    its vector. The score is the sum of the first-order weights, of what the subclass makes of the fields, and of a bias.

    Parameters
    ----------
    layers : mapping of str to mapping of str to keras.Layer
        Layers of encoders by side and name; each gives vectors of width `dim`.
    dim : int
        Width of the fields' vectors.
    hidden : tuple of int
        Units of the perceptron's hidden layers.
    dropout : float
        Share of the perceptron's units dropped while training.
    id_dropout : float
        Share of the ids' rows dropped while training.
    bias : bool
        Whether there is a bias of all scores.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(
        self,
        layers: Mapping[str, Mapping[str, Any]],
        dim: int,
        hidden: tuple[int, ...],
        dropout: float,
        id_dropout: float,
        bias: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.dim = dim
        self.fields = Fields(layers, id_dropout, dtype=policy)
        self.n_fields = 2 + sum(len(own) for own in self.fields.layers.values())
        self.first_order = {
            side: keras.layers.Dense(1, use_bias=False, dtype=policy, name=f"{side}_first_order")
            for side, own in self.fields.layers.items()
            if own
        }
        self.hidden = [
            keras.layers.Dense(units, activation=smooth_relu, dtype=policy, name=f"hidden_{position}")
            for position, units in enumerate(hidden)
        ]
        self.drops = [Dropout(dropout, dtype=policy) for _ in hidden] if dropout else []
        self.last = keras.layers.Dense(1, use_bias=bias, dtype=policy, name="last")

    def build_for(self, samples: Mapping[str, Mapping[str, Any]]) -> None:
        """Build all layers on a few rows of each feature."""
        self.fields.build_for(samples)
        for side, layer in self.first_order.items():
            layer.build((None, self.dim * len(self.fields.layers[side])))
        width = self.n_fields * self.dim
        n_crossed = self._build_crosses(width)
        for layer in self.hidden:
            layer.build((None, width))
            width = layer.units
        self.last.build((None, width + n_crossed if self.hidden else self.n_fields * self.dim))
        self.built = True

    def _build_crosses(self, width: int) -> int:
        """Build what the subclass adds; gives by how much the last unit's input is wider for it."""
        return 0

    def encode(self, side: str, inputs: dict[str, Any], training: bool = False) -> Any:
        """Make the fields of one side.

        Parameters
        ----------
        side : {"user", "item", "context"}
        inputs : dict
            ``id``: table rows of shape (batch, dim + 1), but of context; and each feature's rows by its name.
        training : bool, default=False

        Returns
        -------
        tensor of shape (batch, n_fields * dim + 1)
            The fields' vectors, and the sum of their first-order weights.
        """
        parts, weight = [], None
        if side != "context":
            row = self.fields.row(side, inputs, training)
            parts.append(row[:, :-1])
            weight = row[:, -1:]
        embedded = self.fields.embed(side, inputs, training)
        if embedded:
            own = self.first_order[side](ops.concatenate(embedded, axis=1))
            weight = own if weight is None else weight + own
        return ops.concatenate([*parts, *embedded, weight], axis=1)

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Score items for users, by the rows that `encode` gave.

        Parameters
        ----------
        inputs : dict
            ``user`` of shape (batch, width), followed by those of context where there are any; ``item`` of shape (batch, n, width), or
            (n, width) for items shared by the batch.
        training : bool, default=False

        Returns
        -------
        tensor of shape (batch, n)
        """
        user, item = pairs(ops.cast(inputs["user"], self.compute_dtype), ops.cast(inputs["item"], self.compute_dtype))
        shape = ops.shape(item)[:2]
        user, item = ops.reshape(user, (-1, user.shape[-1])), ops.reshape(item, (-1, item.shape[-1]))
        n_user = 1 + len(self.fields.layers.get("user", {}))
        cut = n_user * self.dim
        vectors, weight = [user[:, :cut], item[:, :-1]], user[:, cut : cut + 1] + item[:, -1:]
        if user.shape[-1] > cut + 1:
            vectors.append(user[:, cut + 1 : -1])
            weight = weight + user[:, -1:]
        fields = ops.concatenate(vectors, axis=1)
        score = weight + self._cross(fields, training)
        return ops.reshape(score, shape)

    def _cross(self, fields: Any, training: bool) -> Any:
        """Score by what fields make together; (n, n_fields * dim) to (n, 1)."""
        return self.last(self._perceptron(fields, training))

    def _perceptron(self, values: Any, training: bool) -> Any:
        for position, layer in enumerate(self.hidden):
            values = layer(values)
            if self.drops:
                values = self.drops[position](values, training=training)
        return values


class WideDeepNetwork(CrossingNetwork):
    """First-order weights (wide) and a perceptron (deep): what `CrossingNetwork` is without more."""


class DeepFMNetwork(CrossingNetwork):
    """A factorization machine and a perceptron that share the fields' vectors."""

    def _cross(self, fields: Any, training: bool) -> Any:
        vectors = ops.reshape(fields, (-1, self.n_fields, self.dim))
        total = ops.sum(vectors, axis=1)
        # Of all pairs of fields: half of the square of the sum less the sum of the squares.
        products = 0.5 * ops.sum(total * total - ops.sum(vectors * vectors, axis=1), axis=1, keepdims=True)
        return products + super()._cross(fields, training)


class DCNv2Network(CrossingNetwork):
    """Cross layers and a perceptron in parallel, concatenated before the last unit.

    Parameters
    ----------
    n_crosses : int
        Number of cross layers.
    **kwargs
        As of `CrossingNetwork`.
    """

    def __init__(self, n_crosses: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        width = self.n_fields * self.dim
        self.crosses = [
            keras.layers.Dense(width, dtype=self.dtype_policy, name=f"cross_{position}")
            for position in range(n_crosses)
        ]

    def _build_crosses(self, width: int) -> int:
        for layer in self.crosses:
            layer.build((None, width))
        return width

    def _cross(self, fields: Any, training: bool) -> Any:
        crossed = fields
        for layer in self.crosses:
            crossed = fields * layer(crossed) + crossed
        if not self.hidden:
            return self.last(crossed)
        return self.last(ops.concatenate([crossed, self._perceptron(fields, training)], axis=1))
