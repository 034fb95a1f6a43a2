"""Convolutions of several widths over the tokens of a text."""

from typing import Any

import keras
from keras import ops

from skrec.networks.smooth_relu import smooth_relu
from skrec.networks.token_dropout import TokenDropout

_FAR = 100.0
"""With this taken off, no bias is left above 0; half precision holds its square."""


@keras.saving.register_keras_serializable(package="skrec")
class TextCNN(keras.Layer):
    """Look for short phrases in a text: the network of [1]_.

    For each width w, every run of w tokens is multiplied with `filters` kernels; the largest product of each kernel, rectified by
    `smooth_relu`, says whether its phrase occurs. A run starts at each token, and what it misses after the text's end is zeros: so the
    vector doesn't depend on how far the text is padded, and a text without tokens has a vector of its own, the last layer's bias.

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
    dropout : float, default=0.0
        Of `TokenDropout`.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    References
    ----------
    .. [1] Y. Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP 2014. https://arxiv.org/abs/1408.5882
    """

    def __init__(
        self,
        n_rows: int,
        dim: int,
        token_dim: int,
        filters: int,
        widths: tuple[int, ...],
        dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.n_rows, self.dim, self.token_dim, self.filters = int(n_rows), int(dim), int(token_dim), int(filters)
        self.widths = tuple(int(width) for width in widths)
        self.dropout = float(dropout)
        self.rows_initializer = keras.initializers.RandomNormal(stddev=0.1, seed=0)

    def build(self, input_shape: Any) -> None:
        """Make the table and the layers."""
        self.drop = TokenDropout(self.dropout, dtype=self.dtype_policy)
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

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Embed texts.

        Parameters
        ----------
        inputs : tensor of shape (batch, max_length), int32
            Codes of tokens, padded with 0.
        training : bool, default=False

        Returns
        -------
        tensor of shape (batch, dim)
        """
        inputs = self.drop(inputs, training=training)
        rows = ops.convert_to_tensor(self.rows)
        known = ops.cast(ops.expand_dims(ops.arange(self.n_rows) > 0, -1), rows.dtype)
        mask = ops.cast(ops.expand_dims(ops.not_equal(inputs, 0), -1), rows.dtype)
        # Runs that start after the text's end are nothing but the bias, and with _FAR taken off never the largest.
        found = [
            ops.max(self._answers(phrases, known * rows, inputs) + _FAR * (mask - 1.0), axis=1)
            for phrases in self.phrases
        ]
        has_tokens = ops.max(mask, axis=1)
        return self.last(has_tokens * smooth_relu(ops.concatenate(found, axis=-1)))

    def _answers(self, phrases: Any, rows: Any, inputs: Any) -> Any:
        """Responses of the kernels of one width to the run at each token, shape (batch, max_length, filters).

        Each row of the table is multiplied once for each place in a run, not once for each token of each text, and the products are
        looked up: texts have many more tokens than the table has rows, and no backend's convolution is as fast.
        """
        kernel = ops.convert_to_tensor(phrases.kernel)
        width = kernel.shape[0]
        side_by_side = ops.concatenate([kernel[place] for place in range(width)], axis=-1)
        products = ops.take(ops.matmul(rows, side_by_side), inputs, axis=0)
        answers = ops.convert_to_tensor(phrases.bias)
        for place in range(width):
            later = products[:, place:, place * self.filters : (place + 1) * self.filters]
            answers = answers + (ops.pad(later, ((0, 0), (0, place), (0, 0))) if place else later)
        return answers

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the vectors."""
        return (input_shape[0], self.dim)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        names = ("n_rows", "dim", "token_dim", "filters", "widths")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "dropout": self.dropout}
