"""A small perceptron over numbers."""

from typing import Any

import keras

from skrec.networks.smooth_relu import smooth_relu


@keras.saving.register_keras_serializable(package="skrec")
class NumericNetwork(keras.Layer):
    """Map numbers to a vector, through one hidden layer or none.

    With a hidden layer, a number acts in ranges: users may like films of the sixties best, and not just newer ones better.

    Layers are made in ``build``, with the layer's own policy: ``layer.dtype_policy`` may still be set before it.

    Parameters
    ----------
    dim : int
        Width of the vectors.
    hidden : int
        Units of the hidden layer, rectified by `smooth_relu`; 0 for a linear map.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(self, dim: int, hidden: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dim, self.hidden = int(dim), int(hidden)

    def build(self, input_shape: Any) -> None:
        """Make the layers."""
        width = input_shape[-1]
        self.first = None
        if self.hidden:
            self.first = keras.layers.Dense(self.hidden, activation=smooth_relu, dtype=self.dtype_policy, name="first")
            self.first.build((None, width))
            width = self.hidden
        self.last = keras.layers.Dense(self.dim, dtype=self.dtype_policy, name="last")
        self.last.build((None, width))
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Map rows of numbers.

        Parameters
        ----------
        inputs : tensor of shape (batch, width), float32

        Returns
        -------
        tensor of shape (batch, dim)
        """
        return self.last(inputs if self.first is None else self.first(inputs))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the vectors."""
        return (input_shape[0], self.dim)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "dim": self.dim, "hidden": self.hidden}
