"""Mean of the embeddings of a row's tags."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="skrec")
class TagsNetwork(keras.Layer):
    r"""Embed the tags of each row: a shared vector, plus the mean of the tags' own.

    A row with tags :math:`c_1 \dots c_n` becomes :math:`E_0 + \frac{1}{n} \sum_i E_{c_i}`, where an unknown tag, of code 1, adds
    nothing of its own but counts. A row without tags becomes zeros. A sum of embedded tags is the product of a multi-hot row with the
    table, at a cost that follows the tags of the row and not those of the catalogue.

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
        """Embed rows of codes.

        Parameters
        ----------
        inputs : tensor of shape (batch, max_tags), int32
            0 where there is no tag, 1 for an unknown one.

        Returns
        -------
        tensor of shape (batch, dim)
        """
        rows = ops.convert_to_tensor(self.rows)
        known = ops.cast(ops.expand_dims(ops.greater(inputs, 1), -1), rows.dtype)
        own = ops.sum(known * ops.take(rows, inputs, axis=0), axis=1)
        n_tags = ops.sum(ops.cast(ops.not_equal(inputs, 0), rows.dtype), axis=1, keepdims=True)
        return ops.minimum(n_tags, 1.0) * rows[:1] + own / ops.maximum(n_tags, 1.0)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the vectors."""
        return (input_shape[0], self.dim)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "n_rows": self.n_rows, "dim": self.dim}
