"""Dropout whose masks are the same on every backend."""

from typing import Any

import keras
import numpy as np
from keras import ops

_ROW = np.int32(0x27D4EB2F)
_COLUMN = np.int32(0x165667B1)
_MIX = np.int32(0x85EBCA6B - 2**32)
_FINISH = np.int32(0xC2B2AE35 - 2**32)


@keras.saving.register_keras_serializable(package="skrec")
class Dropout(keras.layers.Layer):
    """Set entries to 0 at random while training, and scale up the others, as `keras.layers.Dropout` does [1]_.

    What is dropped follows from a hash of a counter and of each entry's place, in 32-bit integers, and not from a backend's own random
    numbers: models that start alike train alike on every backend. The mixing steps are those of MurmurHash3 [2]_.

    Parameters
    ----------
    rate : float
        Share of the entries to drop, in [0, 1).
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    References
    ----------
    .. [1] N. Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 2014.
    .. [2] A. Appleby, MurmurHash3, 2011. https://github.com/aappleby/smhasher
    """

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = float(rate)
        self.counter = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False, name="dropout_counter"
        )
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Drop entries of a tensor of any shape; its last axis has a fixed size."""
        if not training or self.rate == 0.0:
            return inputs
        shape = ops.shape(inputs)
        flat = ops.reshape(inputs, (-1, shape[-1]))
        counter = self.counter.value + 0  # a copy, which stays as it is when the counter goes on
        self.counter.assign(counter + 1)
        row = _hash(ops.arange(ops.shape(flat)[0], dtype="int32") * _ROW + counter)
        column = _hash(ops.arange(shape[-1], dtype="int32") * _COLUMN + counter)
        bits = ops.bitwise_xor(ops.expand_dims(row, 1), ops.expand_dims(column, 0)) * _MIX
        bits = ops.bitwise_xor(bits, _shifted(bits, 15)) * _FINISH
        # Bits are spread over all 32-bit integers, so that a share of `rate` of them lies below this one.
        threshold = np.int32(np.clip(round(self.rate * 2**32) - 2**31, -(2**31), 2**31 - 1))
        scale = ops.cast(1.0 / (1.0 - self.rate), flat.dtype)
        kept = ops.where(bits >= threshold, flat * scale, ops.zeros_like(flat))
        return ops.reshape(kept, shape)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate}


def _hash(values: Any) -> Any:
    """Spread 32-bit integers over all of their range."""
    values = ops.bitwise_xor(values, _shifted(values, 16)) * _MIX
    values = ops.bitwise_xor(values, _shifted(values, 13)) * _FINISH
    return ops.bitwise_xor(values, _shifted(values, 16))


def _shifted(values: Any, bits: int) -> Any:
    """Shift right, padding with zeros: integers with a sign would be padded with the sign."""
    return ops.bitwise_and(ops.bitwise_right_shift(values, bits), np.int32((1 << (32 - bits)) - 1))
