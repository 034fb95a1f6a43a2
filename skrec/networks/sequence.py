"""What networks of sequence models have in common: item rows, features, and the scores of a history's vector."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from skrec.networks.dropout import Dropout
from skrec.networks.factors import FactorNetwork
from skrec.networks.fields import Fields


class SequenceNetwork(keras.Layer):
    """Score items by the inner product of their row with the vector that the network makes of a history.

    A network implements `read`. An item's row is its embedding, followed by a bias if there is one; what the item's features become is
    added to the embedding. The same rows are read in histories and scored.

    Parameters
    ----------
    layers : mapping of str to mapping of str to keras.Layer
        Layers of encoders by side and name; those of "item" give vectors as wide as the embedding.
    dim : int
        Width of the embedding.
    bias : bool
        Whether rows end in a bias.
    temperature : float or None
        Divides the product of vectors scaled to length 1; None for the plain product.
    dropout : float
        Share of what is read of an event that is dropped while training.
    id_dropout : float
        Share of the table rows dropped while training, where items have features.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(
        self,
        layers: Mapping[str, Mapping[str, Any]],
        dim: int,
        bias: bool,
        temperature: float | None,
        dropout: float,
        id_dropout: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.dim, self.bias, self.temperature = dim, bias, temperature
        own = dict(layers.get("item", {}))
        self.fields = Fields({"item": own}, id_dropout if own else 0.0, dtype=policy)
        self.factors = FactorNetwork(0.0, bias, temperature, user_bias=False, dtype=policy)
        self.drop = Dropout(dropout, dtype=policy) if dropout else None

    def build_for(self, samples: Mapping[str, Mapping[str, Any]]) -> None:
        """Build all layers; those of encoders on a few rows of each feature."""
        self.fields.build_for({"item": samples.get("item", {})})
        self.factors.build(None)
        self.build_reader()
        self.built = True

    @abstractmethod
    def build_reader(self) -> None:
        """Build the layers that `read` calls."""

    @abstractmethod
    def read(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Make a vector of each history, as it is after each of its events.

        Parameters
        ----------
        inputs : dict
            ``rows`` of shape (rows, length, width): encoded rows of the events' items. ``age`` of shape (rows, length), int32: how many
            events of the same history stand before; padding has 0. ``position`` of shape (rows, length), int32: place among
            `max_length` ones, so that a history's last event has the last. What else the model asks for: ``time`` (float32, since the
            history's first event) or ``masked`` (1.0 where the event is to be predicted).
        training : bool, default=False

        Returns
        -------
        tensor of shape (rows, length, dim)
        """

    def encode(self, side: str, inputs: dict[str, Any], training: bool = False) -> Any:
        """Make rows of items: of ``id``, table rows of shape (batch, width), and of each feature's rows by its name."""
        row = self.fields.row(side, inputs, training)
        embedded = self.fields.embed(side, inputs, training)
        if not embedded:
            return row
        vector = row[:, : self.dim]
        for part in embedded:
            vector = vector + part
        return ops.concatenate([vector, row[:, self.dim :]], axis=1) if self.bias else vector

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Score items: ``user`` of shape (batch, dim), of `read`, and ``item`` as `FactorNetwork.call` takes it; shape (batch, n)."""
        return self.factors({"user": self._with_bias(inputs["user"]), "item": inputs["item"]}, training=training)

    def vectors(self, user: Any, item: Any) -> tuple[Any, Any]:
        """Turn what `read` and `encode` gave into vectors whose inner products are the scores."""
        return self.factors.vectors(self._with_bias(user), item)

    def embedded(self, inputs: dict[str, Any]) -> Any:
        """Embeddings of the events' items, without biases: shape (rows, length, dim), in the dtype to compute in."""
        return ops.cast(inputs["rows"][..., : self.dim], self.compute_dtype)

    def dropped(self, values: Any, training: bool) -> Any:
        """Drop a share of what was read."""
        return values if self.drop is None else self.drop(values, training=training)

    def _with_bias(self, user: Any) -> Any:
        """Append the zero of a user's bias to a vector."""
        return ops.concatenate([user, ops.zeros_like(user[:, :1])], axis=1) if self.bias else user
