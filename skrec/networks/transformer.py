"""A block of a transformer."""

from typing import Any

import keras
from keras import ops

from skrec.networks.attention import SelfAttention
from skrec.networks.dropout import Dropout
from skrec.networks.positionwise import positionwise


@keras.saving.register_keras_serializable(package="skrec")
class TransformerBlock(keras.Layer):
    """Attention, then a perceptron of each position, each with a residual connection and layer normalisation before it [1]_ (pre-norm).

    Parameters
    ----------
    n_heads : int
    hidden : int
        Units of the perceptron's hidden layer, which has a GELU.
    dropout : float
        Share of the attention weights, and of what either half adds, that is dropped while training.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    References
    ----------
    .. [1] R. Xiong et al., "On Layer Normalization in the Transformer Architecture", ICML 2020. https://arxiv.org/abs/2002.04745
    """

    def __init__(self, n_heads: int, hidden: int, dropout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_heads, self.hidden, self.rate = int(n_heads), int(hidden), float(dropout)
        policy = self.dtype_policy
        self.attention = SelfAttention(n_heads, dropout, dtype=policy)
        self.drops = [Dropout(dropout, dtype=policy) for _ in range(2)] if dropout else []
        self.norms = [keras.layers.LayerNormalization(epsilon=1e-6, dtype=policy) for _ in range(2)]

    def build(self, input_shape: Any) -> None:
        """Make the weights of both halves."""
        width = input_shape[-1]
        self.attention.build(input_shape)
        for norm in self.norms:
            norm.build((None, None, width))
        self.first = keras.layers.Dense(self.hidden, dtype=self.dtype_policy, name="first")
        self.first.build((None, None, width))
        self.second = keras.layers.Dense(width, dtype=self.dtype_policy, name="second")
        self.second.build((None, None, self.hidden))
        self.built = True

    def call(self, inputs: Any, allowed: Any, training: bool = False) -> Any:
        """Apply the block; shapes as in `SelfAttention.call`."""
        values = inputs + self._drop(0, self.attention(self.norms[0](inputs), allowed, training=training), training)
        hidden = ops.gelu(positionwise(self.first, self.norms[1](values)), approximate=False)
        return values + self._drop(1, positionwise(self.second, hidden), training)

    def _drop(self, half: int, values: Any, training: bool) -> Any:
        return self.drops[half](values, training=training) if self.drops else values

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "n_heads": self.n_heads, "hidden": self.hidden, "dropout": self.rate}
