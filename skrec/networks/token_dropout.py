"""Texts that lose tokens while they are learned from."""

from typing import Any

import keras
from keras import ops

from skrec.networks.dropout import Dropout


@keras.saving.register_keras_serializable(package="skrec")
class TokenDropout(keras.layers.Layer):
    """Leave tokens out at random while training, and whole texts at the same rate: word dropout [1]_.

    A text that is its item's alone could otherwise stand for the item's id, and say nothing about others.

    Parameters
    ----------
    rate : float
        Share of the tokens, and of the texts, in [0, 1).
    **kwargs
        Of `keras.Layer`.

    References
    ----------
    .. [1] M. Iyyer et al., "Deep Unordered Composition Rivals Syntactic Methods for Text Classification", ACL 2015.
       https://aclanthology.org/P15-1162
    """

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = float(rate)
        self.drops = [Dropout(self.rate, dtype=self.dtype_policy) for _ in range(2)] if rate else []
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Set codes to 0: padding.

        Parameters
        ----------
        inputs : tensor of shape (batch, max_length), int
        training : bool, default=False

        Returns
        -------
        tensor of the same shape
        """
        if not training or not self.drops:
            return inputs
        tokens = ops.ones_like(inputs, dtype="float32")
        kept = self.drops[0](tokens, training=True) * self.drops[1](tokens[:, :1], training=True)
        return ops.where(kept > 0, inputs, ops.zeros_like(inputs))

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate}
