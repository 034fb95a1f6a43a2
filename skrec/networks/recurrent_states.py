"""Recurrent layers that give the state after every step of packed histories."""

from typing import Any

import keras
from keras import ops

from skrec.networks.recurrent import Recurrent, _gru, _lstm, _rnn, with_flags


@keras.saving.register_keras_serializable(package="skrec")
class RecurrentStates(Recurrent):
    r"""Read packed histories step by step, and give all states; a history begins with a state of zeros.

    The equations and parameters are those of `Recurrent`; recurrent kernels begin uniform in :math:`\pm 1 / \sqrt{\text{units}}`. Where a
    history begins, the state is set to zeros by a product: there is no mask, and all rows take the same steps.
    """

    def __init__(self, units: int, kind: str, **kwargs: Any) -> None:
        super().__init__(units, kind, **kwargs)
        limit = float(units) ** -0.5
        # Not orthogonal, as there: drawn for a wide state, that costs more than an epoch on little data.
        self.recurrent_initializer = keras.initializers.RandomUniform(-limit, limit, seed=0)

    def call(self, inputs: Any, age: Any) -> Any:  # type: ignore[override]  # reads packed rows, which Recurrent never sees
        """Give the state after each step.

        Parameters
        ----------
        inputs : tensor of shape (rows, length, width)
        age : tensor of shape (rows, length), int
            0 where a history begins.

        Returns
        -------
        tensor of shape (rows, length, units)
        """
        projected = ops.matmul(ops.transpose(inputs, (1, 0, 2)), self.kernel) + self.bias
        width = projected.shape[-1]
        recurrent = ops.convert_to_tensor(self.recurrent_kernel)
        inner_bias = None if self.inner_bias is None else ops.convert_to_tensor(self.inner_bias)
        advance = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}[self.kind]

        def step(state: Any, now: Any) -> tuple[Any, Any]:
            goes_on = now[:, width:]
            new = advance([part * goes_on for part in state], now[:, :width], recurrent, inner_bias)
            return new, new  # under TensorFlow a scan's outputs have the structure of its state

        start = ops.zeros_like(projected[0, :, : self.units])
        _, states = ops.scan(step, [start] * (2 if self.kind == "lstm" else 1), with_flags(projected, age > 0))
        return ops.transpose(states[0], (1, 0, 2))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the states."""
        return (*input_shape[:2], self.units)
