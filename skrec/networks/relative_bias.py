"""Relative position and time biases of attention."""

from typing import Any

import keras
import numpy as np
from keras import ops

THRESHOLDS = np.array([2.0**power for power in range(-10, 14)], dtype=np.float32)
"""Where a time gap begins to count as longer, in the unit of the times."""


@keras.saving.register_keras_serializable(package="skrec")
class PositionBias(keras.Layer):
    """A number for each distance in places and each head, as in [1]_.

    Parameters
    ----------
    n_heads, max_length : int
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    References
    ----------
    .. [1] C. Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer", JMLR 2020.
       https://arxiv.org/abs/1910.10683
    """

    def __init__(self, n_heads: int, max_length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_heads, self.max_length = int(n_heads), int(max_length)
        self.table = self.add_weight(shape=(self.n_heads, self.max_length), initializer="zeros", name="table")
        self.built = True

    def call(self, age: Any) -> Any:
        """Give the biases of position i looking at j before it.

        Parameters
        ----------
        age : tensor of shape (rows, length), int

        Returns
        -------
        tensor of shape (1, n_heads, length, length)
        """
        places = ops.arange(ops.shape(age)[1], dtype="int32")
        distance = ops.clip(ops.expand_dims(places, 1) - ops.expand_dims(places, 0), 0, self.max_length - 1)
        return ops.expand_dims(ops.take(ops.convert_to_tensor(self.table), distance, axis=1), 0)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "n_heads": self.n_heads, "max_length": self.max_length}


def thresholds_reached(time: Any) -> Any:
    """Say which thresholds the gap between two events reaches.

    Not part of `TimeBias`, whose inputs Keras would round under half precision.

    Parameters
    ----------
    time : tensor of shape (rows, length), float32
        Times since the first event of a history.

    Returns
    -------
    tensor of shape (rows, length, length, n_thresholds), bool
        Entry (r, i, j) belongs to the time from event j to event i.
    """
    gap = ops.expand_dims(time, 2) - ops.expand_dims(time, 1)
    return ops.greater_equal(ops.expand_dims(gap, -1), THRESHOLDS)


@keras.saving.register_keras_serializable(package="skrec")
class TimeBias(keras.Layer):
    r"""A number for each order of magnitude of a time gap and each head, as in HSTU [1]_.

    With thresholds :math:`b_k = 2^{-10}, \dots, 2^{13}` in the unit of the times, the bias of a gap :math:`g` is
    :math:`\sum_{k: g \ge b_k} w_k`: the same as a table over logarithmic buckets, written as sums of its steps.

    Parameters
    ----------
    n_heads : int
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    References
    ----------
    .. [1] J. Zhai et al., "Actions Speak Louder than Words: Trillion-Parameter Sequential Transducers for Generative Recommendations",
       ICML 2024. https://arxiv.org/abs/2402.17152
    """

    def __init__(self, n_heads: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_heads = int(n_heads)
        self.table = self.add_weight(shape=(len(THRESHOLDS), self.n_heads), initializer="zeros", name="table")
        self.built = True

    def call(self, reached: Any) -> Any:
        """Give the biases of position i looking at j.

        Parameters
        ----------
        reached : tensor of shape (rows, length, length, n_thresholds), bool
            Of `thresholds_reached`.

        Returns
        -------
        tensor of shape (rows, n_heads, length, length)
        """
        table = ops.convert_to_tensor(self.table)
        return ops.transpose(ops.matmul(ops.cast(reached, self.compute_dtype), table), (0, 3, 1, 2))

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "n_heads": self.n_heads}
