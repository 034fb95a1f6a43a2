"""Convolutions of several widths over the tokens of a text."""

from typing import Any

import keras
from keras import ops

_FAR = 1e4
"""Below this, taken off, no response is left above 0; half precision holds it."""


@keras.saving.register_keras_serializable(package="skrec")
class TextCNN(keras.Layer):
    """Look for short phrases in a text: the network of [1]_.

    For each width w, every run of w tokens is multiplied with `filters` kernels; the largest product of each kernel, or 0, says whether
    its phrase occurs. A run starts at each token, and what it misses after the text's end is zeros: so the vector doesn't depend on how far
    the text is padded, and a text without tokens has a vector of its own, the last layer's bias.

    Weights and layers are made in ``build``, with the layer's own policy: ``layer.dtype_policy`` may still be set before it.

    Parameters
    ----------
    n_rows : int
        Rows of the table of tokens; codes are below.
    dim : int
        Width of the vectors.
    token_dim : int
        Width of a token's embedding.
    filters : int
        Kernels of each width.
    widths : tuple of int
        Lengths of the phrases, in tokens.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    References
    ----------
    .. [1] Y. Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP 2014. https://arxiv.org/abs/1408.5882
    """

    def __init__(
        self, n_rows: int, dim: int, token_dim: int, filters: int, widths: tuple[int, ...], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.n_rows, self.dim, self.token_dim, self.filters = int(n_rows), int(dim), int(token_dim), int(filters)
        self.widths = tuple(int(width) for width in widths)
        self.rows_initializer = keras.initializers.RandomNormal(stddev=0.1, seed=0)

    def build(self, input_shape: Any) -> None:
        """Make the table and the layers."""
        self.rows = self.add_weight(shape=(self.n_rows, self.token_dim), initializer=self.rows_initializer, name="rows")
        self.phrases = []
        for width in self.widths:
            convolution = keras.layers.Conv1D(
                self.filters, width, data_format="channels_last", dtype=self.dtype_policy, name=f"phrases_{width}"
            )
            convolution.build((None, None, self.token_dim))
            self.phrases.append(convolution)
        self.last = keras.layers.Dense(self.dim, dtype=self.dtype_policy, name="last")
        self.last.build((None, len(self.widths) * self.filters))
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Embed texts.

        Parameters
        ----------
        inputs : tensor of shape (batch, max_length), int32
            Codes of tokens, filled up with 0.

        Returns
        -------
        tensor of shape (batch, dim)
        """
        rows = ops.convert_to_tensor(self.rows)
        mask = ops.cast(ops.expand_dims(ops.not_equal(inputs, 0), -1), rows.dtype)
        tokens = mask * ops.take(rows, inputs, axis=0)
        found = [
            # Runs that start after the text's end are never the largest; where there is no other, ReLU makes 0 of them.
            ops.max(phrases(ops.pad(tokens, ((0, 0), (0, width - 1), (0, 0)))) + _FAR * (mask - 1.0), axis=1)
            for width, phrases in zip(self.widths, self.phrases, strict=True)
        ]
        return self.last(ops.relu(ops.concatenate(found, axis=-1)))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the vectors."""
        return (input_shape[0], self.dim)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        names = ("n_rows", "dim", "token_dim", "filters", "widths")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
