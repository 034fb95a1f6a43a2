"""A recurrent layer over the tokens of a text."""

from typing import Any

import keras
from keras import ops

from skrec.networks.recurrent import Recurrent
from skrec.networks.token_dropout import TokenDropout


@keras.saving.register_keras_serializable(package="skrec")
class TextRNN(keras.Layer):
    """Read a text token by token, and map the state after its last token to a vector.

    Padding is masked: the vector doesn't depend on how far the text is padded. A text without tokens has a vector of its own, the
    last layer's bias.

    Weights and layers are made in ``build``, with the layer's own policy: ``layer.dtype_policy`` may still be set before it.

    Parameters
    ----------
    n_rows : int
        Rows of the table of tokens; codes are below.
    dim : int
        Width of the vectors.
    token_dim : int
        Width of a token's embedding.
    units : int
        Width of the state.
    kind : {"rnn", "lstm", "gru"}
        As in `skrec.networks.recurrent.Recurrent`.
    dropout : float, default=0.0
        Of `TokenDropout`.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(
        self, n_rows: int, dim: int, token_dim: int, units: int, kind: str, dropout: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.n_rows, self.dim, self.token_dim = int(n_rows), int(dim), int(token_dim)
        self.units, self.kind = int(units), kind
        self.dropout = float(dropout)
        self.rows_initializer = keras.initializers.RandomNormal(stddev=0.1, seed=0)

    def build(self, input_shape: Any) -> None:
        """Make the table and the layers."""
        self.drop = TokenDropout(self.dropout, dtype=self.dtype_policy)
        self.rows = self.add_weight(shape=(self.n_rows, self.token_dim), initializer=self.rows_initializer, name="rows")
        self.reader = Recurrent(self.units, self.kind, dtype=self.dtype_policy, name="reader")
        self.reader.build((None, None, self.token_dim))
        self.last = keras.layers.Dense(self.dim, dtype=self.dtype_policy, name="last")
        self.last.build((None, self.units))
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
        tokens = ops.take(ops.convert_to_tensor(self.rows), inputs, axis=0)
        return self.last(self.reader(tokens, present=ops.not_equal(inputs, 0)))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the vectors."""
        return (input_shape[0], self.dim)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        names = ("n_rows", "dim", "token_dim", "units", "kind")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "dropout": self.dropout}
