"""Embedding of a category."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="skrec")
class CategoryNetwork(keras.Layer):
    """Embed one code a row: a shared vector, plus the code's own.

    Row 0 of the table is shared, a prior: a row with code :math:`c` becomes :math:`E_0 + E_c`, and one with code 0 becomes :math:`E_0`.
    So what stands for an unknown category is trained by every row of data, and ends up where an average category is.

    Weights are made in ``build``, in float32 and with the layer's own policy: ``layer.dtype_policy`` may still be set before it.

    Parameters
    ----------
    n_rows : int
        Rows of the table; codes are below.
    dim : int
        Width of the vectors.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(self, n_rows: int, dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_rows, self.dim = int(n_rows), int(dim)
        self.rows_initializer = keras.initializers.RandomNormal(stddev=0.1, seed=0)

    def build(self, input_shape: Any) -> None:
        """Make the table."""
        self.rows = self.add_weight(shape=(self.n_rows, self.dim), initializer=self.rows_initializer, name="rows")
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Embed codes.

        Parameters
        ----------
        inputs : tensor of shape (batch,), int32

        Returns
        -------
        tensor of shape (batch, dim)
        """
        rows = ops.convert_to_tensor(self.rows)
        known = ops.cast(ops.expand_dims(ops.not_equal(inputs, 0), -1), rows.dtype)
        return rows[:1] + known * ops.take(rows, inputs, axis=0)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the vectors."""
        return (input_shape[0], self.dim)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "n_rows": self.n_rows, "dim": self.dim}
