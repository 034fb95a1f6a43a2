"""A convolution as one matrix product."""

from typing import Any

import keras
from keras import ops


class Convolution(keras.layers.Conv2D):
    """`keras.layers.Conv2D` whose places are laid side by side and multiplied with the kernels at once.

    It has the weights of that layer and gives what it gives, with the padding "valid", channels last, and neither groups nor dilation. A
    backend's own convolution can be far slower: inside a compiled loop JAX differentiates one on a CPU without its fast kernels.
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve.

        Parameters
        ----------
        inputs : tensor of shape (batch, height, width, channels)
            Height and width are known.
        kernel : tensor of shape (K, L, channels, filters)

        Returns
        -------
        tensor of shape (batch, height', width', filters)
        """
        (tall, wide), (down, right) = self.kernel_size, self.strides
        last_row, last_column = (
            side - size - (side - size) % step + 1
            for side, size, step in zip(inputs.shape[1:3], self.kernel_size, self.strides, strict=True)
        )
        seen = [
            inputs[:, row : row + last_row : down, column : column + last_column : right]
            for row in range(tall)
            for column in range(wide)
        ]
        return ops.matmul(ops.concatenate(seen, axis=-1), ops.reshape(kernel, (-1, kernel.shape[-1])))
