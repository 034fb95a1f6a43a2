"""Learned position embeddings."""

from typing import Any

import keras
from keras import ops

from skrec.networks.positionwise import positionwise


@keras.saving.register_keras_serializable(package="skrec")
class Positions(keras.Layer):
    """Add a learned position embedding to each event.

    Parameters
    ----------
    max_length : int
        How many places there are.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(self, max_length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_length = int(max_length)
        self.table_initializer = keras.initializers.RandomNormal(stddev=0.1, seed=0)

    def build(self, input_shape: Any) -> None:
        """Make the vectors."""
        self.table = self.add_weight(
            shape=(self.max_length, input_shape[-1]), initializer=self.table_initializer, name="table"
        )
        self.built = True

    def call(self, inputs: Any, position: Any) -> Any:
        """Add the position embeddings.

        Parameters
        ----------
        inputs : tensor of shape (rows, length, width)
        position : tensor of shape (rows, length), int
            In 0 .. max_length - 1.

        Returns
        -------
        tensor of shape (rows, length, width)
        """
        # A product and no look-up: its gradient is a product too, where a look-up's adds up rows one by one.
        chosen = ops.one_hot(position, self.max_length, dtype=self.compute_dtype)
        return inputs + positionwise(lambda rows: ops.matmul(rows, ops.convert_to_tensor(self.table)), chosen)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "max_length": self.max_length}
