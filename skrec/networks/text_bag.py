"""Weighted sum of the embeddings of a text's tokens."""

from typing import Any

import keras
from keras import ops

ONE = 1 << 16
"""The integer that stands for a weight of 1 in the input of `TextBag`."""


@keras.saving.register_keras_serializable(package="skrec")
class TextBag(keras.Layer):
    """Add up the embeddings of a text's tokens, times weights that come with the codes.

    With TF-IDF weights, that is the text's TF-IDF vector times a matrix that is learned. A text without tokens becomes zeros.

    Weights are made in ``build``, in float32 and with the layer's own policy: ``layer.dtype_policy`` may still be set before it.

    Parameters
    ----------
    n_rows : int
        Rows of the table of tokens; codes are below.
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
        """Embed texts.

        Parameters
        ----------
        inputs : tensor of shape (batch, max_length, 2), int32
            Codes of tokens, and their weights in units of 1 / 65,536: as integers, since half precision would round codes that
            came as floats. Both are 0 where there is no token.

        Returns
        -------
        tensor of shape (batch, dim)
        """
        rows = ops.convert_to_tensor(self.rows)
        weights = ops.cast(ops.cast(inputs[:, :, 1:], "float32") / float(ONE), rows.dtype)
        return ops.sum(weights * ops.take(rows, inputs[:, :, 0], axis=0), axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the vectors."""
        return (input_shape[0], self.dim)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "n_rows": self.n_rows, "dim": self.dim}
