"""Dot product of a user's and an item's vector."""

from typing import Any

import keras
from keras import ops

from skrec.networks.dropout import Dropout


@keras.saving.register_keras_serializable(package="skrec")
class FactorNetwork(keras.Layer):
    """Score pairs by the inner product of their vectors, plus biases.

    A row of either table is a vector followed by one bias. With `temperature`, vectors are first scaled to length 1 and the
    product is divided by it.

    Parameters
    ----------
    dropout : float
        Share of the vectors' entries dropped while training, in [0, 1).
    bias : bool
        Whether the rows end in a bias.
    temperature : float or None
        None for the plain product.
    user_bias : bool, default=True
        Whether the users' biases count, if there are biases. Under a loss that compares a user's items they cancel
        out: what is left of their gradient is rounding, which an optimizer that scales gradients turns into noise.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(
        self,
        dropout: float,
        bias: bool,
        temperature: float | None,
        user_bias: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bias, self.temperature, self.user_bias = bias, temperature, user_bias
        self.drop = Dropout(dropout, dtype=self.dtype_policy) if dropout else None

    def build(self, input_shape: Any) -> None:
        """Nothing to build: all that is learned stands in the tables."""
        self.built = True

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Score items for users.

        Parameters
        ----------
        inputs : dict
            ``user`` of shape (batch, width); ``item`` of shape (batch, n, width), or (n, width) for items shared by the batch.
        training : bool, default=False

        Returns
        -------
        tensor of shape (batch, n)
        """
        user, item = inputs["user"], inputs["item"]
        user_vector, item_vector = self._direction(self._vector(user)), self._direction(self._vector(item))
        if self.drop is not None:
            user_vector, item_vector = (
                self.drop(user_vector, training=training),
                self.drop(item_vector, training=training),
            )
        scores = dot(user_vector, item_vector)
        if self.temperature is not None:
            scores = scores / self.temperature
        if self.bias:
            scores = scores + item[..., -1]
            scores = scores + user[:, -1:] if self.user_bias else scores
        return scores

    def vectors(self, user: Any, item: Any) -> tuple[Any, Any]:
        """Turn rows into vectors whose inner products are the scores; shapes (n_users, dim) and (n_items, dim)."""
        user_vector, item_vector = self._direction(self._vector(user)), self._direction(self._vector(item))
        if self.temperature is not None:
            user_vector = user_vector / self.temperature
        if not self.bias:
            return user_vector, item_vector
        one_user, one_item = ops.ones_like(user[:, -1:]), ops.ones_like(item[:, -1:])
        if not self.user_bias:
            return ops.concatenate([user_vector, one_user], axis=1), ops.concatenate(
                [item_vector, item[:, -1:]], axis=1
            )
        return (
            ops.concatenate([user_vector, user[:, -1:], one_user], axis=1),
            ops.concatenate([item_vector, one_item, item[:, -1:]], axis=1),
        )

    def _vector(self, rows: Any) -> Any:
        return rows[..., :-1] if self.bias else rows

    def _direction(self, vectors: Any) -> Any:
        if self.temperature is None:
            return vectors
        # In half precision there is no number as small as the one that keeps a row of zeros from 0 / 0.
        wide = ops.cast(vectors, "float32")
        return ops.cast(wide * ops.rsqrt(ops.sum(wide * wide, axis=-1, keepdims=True) + 1e-12), vectors.dtype)


def dot(user: Any, item: Any) -> Any:
    """Multiply each user's vector with its own items, or with items shared by the batch.

    Parameters
    ----------
    user : tensor of shape (batch, dim)
    item : tensor of shape (batch, n, dim) or (n, dim)

    Returns
    -------
    tensor of shape (batch, n)
    """
    if len(item.shape) == 2:
        return ops.matmul(user, ops.transpose(item))
    return ops.sum(ops.expand_dims(user, 1) * item, axis=-1)


def pairs(user: Any, item: Any) -> tuple[Any, Any]:
    """Give users and items one common shape (batch, n, width)."""
    if len(item.shape) == 2:
        item = ops.expand_dims(item, 0)
        item = ops.broadcast_to(item, (ops.shape(user)[0], *ops.shape(item)[1:]))
    user = ops.expand_dims(user, 1)
    return ops.broadcast_to(user, (*ops.shape(item)[:2], user.shape[-1])), item
