"""Self-attention over packed histories."""

import math
from typing import Any

import keras
from keras import ops

from skrec.networks.dropout import Dropout
from skrec.networks.positionwise import positionwise


@keras.saving.register_keras_serializable(package="skrec")
class SelfAttention(keras.Layer):
    r"""Scaled dot-product attention with several heads [1]_: :math:`\mathrm{softmax}(Q K^\top / \sqrt{d}) V`, projected back.

    Made of matrix products and a softmax in float32, so that every backend computes the same.

    Parameters
    ----------
    n_heads : int
        Divides the width.
    dropout : float
        Share of the attention weights dropped while training, in [0, 1).
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    References
    ----------
    .. [1] A. Vaswani et al., "Attention Is All You Need", NeurIPS 2017. https://arxiv.org/abs/1706.03762
    """

    def __init__(self, n_heads: int, dropout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_heads, self.rate = int(n_heads), float(dropout)
        self.drop = Dropout(dropout, dtype=self.dtype_policy) if dropout else None

    def build(self, input_shape: Any) -> None:
        """Make the projections."""
        width = input_shape[-1]
        # Without biases: those of the keys cancel out in the softmax, and Adam would make steps of their gradients' rounding.
        self.project = keras.layers.Dense(3 * width, use_bias=False, dtype=self.dtype_policy, name="project")
        self.project.build((None, None, width))
        self.join = keras.layers.Dense(width, dtype=self.dtype_policy, name="join")
        self.join.build((None, None, width))
        self.built = True

    def call(self, inputs: Any, allowed: Any, training: bool = False) -> Any:
        """Let positions attend to each other.

        Parameters
        ----------
        inputs : tensor of shape (rows, length, width)
        allowed : tensor of shape (rows, length, length), bool
            Of `attention_mask`.
        training : bool, default=False

        Returns
        -------
        tensor of shape (rows, length, width)
        """
        # Rows and heads make one axis: XLA multiplies stacks of matrices faster than stacks of stacks.
        shape = ops.shape(inputs)
        query, key, value = (
            ops.reshape(split_heads(part, self.n_heads), (-1, shape[1], inputs.shape[-1] // self.n_heads))
            for part in ops.split(positionwise(self.project, inputs), 3, axis=-1)
        )
        logits = ops.matmul(query / math.sqrt(query.shape[-1]), ops.swapaxes(key, -1, -2))
        # Added, and not chosen by it: what is masked has a weight of 0 then too, and the gradient needs no mask.
        hidden = ops.where(ops.repeat(allowed, self.n_heads, axis=0), 0.0, -1e9)
        logits = ops.cast(logits, "float32") + hidden
        # One place looks at itself alone: Keras warns of a softmax over one number.
        weights = ops.ones_like(logits) if logits.shape[-1] == 1 else ops.softmax(logits, axis=-1)
        weights = ops.cast(weights, query.dtype)
        if self.drop is not None:
            weights = self.drop(weights, training=training)
        looked_at = ops.reshape(ops.matmul(weights, value), (-1, self.n_heads, shape[1], value.shape[-1]))
        return positionwise(self.join, join_heads(looked_at))

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "n_heads": self.n_heads, "dropout": self.rate}


def split_heads(values: Any, n_heads: int) -> Any:
    """Turn (rows, length, width) into (rows, n_heads, length, width / n_heads)."""
    rows, length = ops.shape(values)[:2]
    return ops.transpose(ops.reshape(values, (rows, length, n_heads, values.shape[-1] // n_heads)), (0, 2, 1, 3))


def join_heads(values: Any) -> Any:
    """Turn (rows, n_heads, length, width / n_heads) into (rows, length, width)."""
    rows, _, length, _ = ops.shape(values)
    return ops.reshape(ops.transpose(values, (0, 2, 1, 3)), (rows, length, values.shape[1] * values.shape[3]))
