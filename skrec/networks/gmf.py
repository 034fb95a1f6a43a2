"""Generalised matrix factorization."""

from typing import Any

import keras
from keras import ops

from skrec.networks.dropout import Dropout
from skrec.networks.factors import dot, pairs


@keras.saving.register_keras_serializable(package="skrec")
class GMFNetwork(keras.Layer):
    """Element-wise product of both embeddings, then one Dense unit: equations 8 and 9 of [1]_, without its last sigmoid.

    Parameters
    ----------
    dropout : float
        Share of the product's entries dropped while training, in [0, 1).
    bias : bool, default=True
        Whether the unit has a bias. Under a loss that compares a user's items it cancels out: what is left of its
        gradient is rounding, which an optimizer that scales gradients turns into noise.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    References
    ----------
    .. [1] X. He et al., "Neural Collaborative Filtering", WWW 2017. https://arxiv.org/abs/1708.05031
    """

    def __init__(self, dropout: float, bias: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.drop = Dropout(dropout, dtype=self.dtype_policy) if dropout else None
        # Ones, so that training starts from the plain inner product, which is what the unit generalises.
        self.unit = keras.layers.Dense(1, use_bias=bias, kernel_initializer="ones", dtype=self.dtype_policy)

    def build(self, input_shape: Any) -> None:
        """Make the Dense unit's weights."""
        self.unit.build((None, None, input_shape["user"][-1]))
        self.built = True

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Score items for users; shapes as in `FactorNetwork.call`."""
        user, item = inputs["user"], inputs["item"]
        if self.drop is None and len(item.shape) == 2:
            scores = dot(user, item * ops.transpose(self.unit.kernel))
            return scores + self.unit.bias if self.unit.use_bias else scores
        user, item = pairs(user, item)
        product = user * item
        if self.drop is not None:
            product = self.drop(product, training=training)
        return ops.squeeze(self.unit(product), axis=-1)

    def vectors(self, user: Any, item: Any) -> tuple[Any, Any]:
        """Turn rows into vectors whose inner products are the scores: the unit's kernel goes into the item's."""
        weighted = item * ops.transpose(self.unit.kernel)
        if not self.unit.use_bias:
            return user, weighted
        bias = ops.zeros_like(item[:, :1]) + self.unit.bias
        return (
            ops.concatenate([user, ops.ones_like(user[:, :1])], axis=1),
            ops.concatenate([weighted, bias], axis=1),
        )
