"""Recurrent layers that give the state after a sequence's last step, or all states."""

from typing import Any

import keras
from keras import ops

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
"""Blocks of columns in the kernels of each kind."""


@keras.saving.register_keras_serializable(package="skrec")
class Recurrent(keras.Layer):
    r"""Read a sequence step by step; a plain RNN [1]_, an LSTM [2]_ or a GRU [3]_.

    With :math:`a = x_t W + h_{t-1} U + b`, split into the blocks named below, a step is

    * rnn: :math:`h_t = \tanh(a)`;
    * lstm: :math:`c_t = \sigma(a_f + 1) c_{t-1} + \sigma(a_i) \tanh(a_c)`, :math:`h_t = \sigma(a_o) \tanh(c_t)`, blocks i, f, c, o. The 1
      lets the cell remember from the start [4]_;
    * gru: :math:`n = \tanh(x_t W_n + b_n + \sigma(a_r)(h_{t-1} U_n + d))`, :math:`h_t = \sigma(a_z) h_{t-1} + (1 - \sigma(a_z)) n`, blocks
      z, r, n. The reset gate acts after the product, as in cuDNN.

    An absent step (padding) leaves the state as it is. All products with inputs are one matrix product before the loop; the loop is
    ``keras.ops.scan``, and no random number is drawn, unlike in Keras' own recurrent layers, which keep a seed among their weights.

    Weights are made in ``build``, in float32 and with the layer's own policy: ``layer.dtype_policy`` may still be set before it.

    Parameters
    ----------
    units : int
        Width of the state.
    kind : {"rnn", "lstm", "gru"}
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    References
    ----------
    .. [1] J. Elman, "Finding Structure in Time", Cognitive Science 1990.
    .. [2] S. Hochreiter, J. Schmidhuber, "Long Short-Term Memory", Neural Computation 1997.
    .. [3] K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation", EMNLP 2014.
       https://arxiv.org/abs/1406.1078
    .. [4] R. Jozefowicz, W. Zaremba, I. Sutskever, "An Empirical Exploration of Recurrent Network Architectures", ICML 2015.
    """

    def __init__(self, units: int, kind: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.kind = int(units), kind
        self.kernel_initializer = keras.initializers.GlorotUniform(seed=0)
        self.recurrent_initializer = keras.initializers.Orthogonal(seed=0)

    def build(self, input_shape: Any) -> None:
        """Make the kernels and biases."""
        width = GATES[self.kind] * self.units
        self.kernel = self.add_weight(
            shape=(input_shape[-1], width), initializer=self.kernel_initializer, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, width), initializer=self.recurrent_initializer, name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(width,), initializer="zeros", name="bias")
        self.inner_bias = None
        if self.kind == "gru":
            self.inner_bias = self.add_weight(shape=(self.units,), initializer="zeros", name="inner_bias")
        self.built = True

    def call(self, inputs: Any, present: Any = None) -> Any:
        """Give the state after each sequence's last step that is present; zeros where all are.

        Parameters
        ----------
        inputs : tensor of shape (batch, length, width)
        present : tensor of shape (batch, length), bool, optional
            False for steps to leave out. Not called `mask`, to which Keras gives a meaning of its own.

        Returns
        -------
        tensor of shape (batch, units)
        """
        return self._scan(inputs, present)[0][0]

    def states(self, inputs: Any) -> Any:
        """Give the state after each step.

        Parameters
        ----------
        inputs : tensor of shape (batch, length, width)

        Returns
        -------
        tensor of shape (length, batch, units)
        """
        return self._scan(inputs, None)[1][0]

    def _scan(self, inputs: Any, present: Any) -> tuple[list[Any], list[Any]]:
        # Steps first, then the product: it is wider than what goes in, so that to turn it over would cost more.
        steps = ops.matmul(ops.transpose(inputs, (1, 0, 2)), self.kernel) + self.bias
        width = steps.shape[-1]
        if present is not None:
            steps = with_flags(steps, present)
        recurrent = ops.convert_to_tensor(self.recurrent_kernel)
        inner_bias = None if self.inner_bias is None else ops.convert_to_tensor(self.inner_bias)
        advance = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}[self.kind]

        def step(state: Any, now: Any) -> tuple[Any, Any]:
            new = advance(state, now[:, :width], recurrent, inner_bias)
            if present is not None:
                new = [ops.where(now[:, width:] > 0, after, before) for after, before in zip(new, state, strict=True)]
            return new, new  # under TensorFlow a scan's outputs have the structure of its state

        start = ops.zeros_like(steps[0, :, : self.units])
        last, states = ops.scan(step, [start] * (2 if self.kind == "lstm" else 1), steps)
        return last, states

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the states."""
        return (input_shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "units": self.units, "kind": self.kind}


def with_flags(steps: Any, flags: Any) -> Any:
    """Append flags to what goes into each step, so that a loop reads one tensor.

    Keras' ``scan`` under TensorFlow fails on several tensors where their length is unknown, as it is in a graph traced for all lengths.

    Parameters
    ----------
    steps : tensor of shape (length, rows, width)
    flags : tensor of shape (rows, length), bool

    Returns
    -------
    tensor of shape (length, rows, width + 1)
        1.0 in the last column where a flag is true.
    """
    column = ops.expand_dims(ops.cast(ops.transpose(flags, (1, 0)), steps.dtype), -1)
    return ops.concatenate([steps, column], axis=-1)


def _rnn(state: list[Any], projected: Any, recurrent: Any, inner_bias: Any) -> list[Any]:
    return [ops.tanh(projected + ops.matmul(state[0], recurrent))]


def _lstm(state: list[Any], projected: Any, recurrent: Any, inner_bias: Any) -> list[Any]:
    hidden, cell = state
    taken, kept, fresh, shown = ops.split(projected + ops.matmul(hidden, recurrent), 4, axis=-1)
    cell = ops.sigmoid(kept + 1.0) * cell + ops.sigmoid(taken) * ops.tanh(fresh)
    return [ops.sigmoid(shown) * ops.tanh(cell), cell]


def _gru(state: list[Any], projected: Any, recurrent: Any, inner_bias: Any) -> list[Any]:
    [hidden] = state
    given_z, given_r, given_n = ops.split(projected, 3, axis=-1)
    own_z, own_r, own_n = ops.split(ops.matmul(hidden, recurrent), 3, axis=-1)
    kept = ops.sigmoid(given_z + own_z)
    fresh = ops.tanh(given_n + ops.sigmoid(given_r + own_r) * (own_n + inner_bias))
    return [kept * hidden + (1.0 - kept) * fresh]
