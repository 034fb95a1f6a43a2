"""Hierarchical sequential transduction units over a history."""

from typing import Any

import keras
from keras import ops

from skrec.networks.attention import join_heads, split_heads
from skrec.networks.dropout import Dropout
from skrec.networks.positionwise import positionwise
from skrec.networks.relative_bias import PositionBias, TimeBias, thresholds_reached
from skrec.networks.segments import attention_mask
from skrec.networks.sequence import SequenceNetwork


@keras.saving.register_keras_serializable(package="skrec")
class HSTUBlock(keras.Layer):
    r"""One unit: equations 2 to 4 of [1]_.

    :math:`U, V, Q, K = \phi_1(f_1(\mathrm{norm}(x)))`, :math:`A = \phi_2(Q K^\top + r) / n`,
    :math:`y = x + f_2(\mathrm{norm}(A V) \odot U)`, with SiLU as :math:`\phi_1` and :math:`\phi_2`, and relative biases :math:`r`.
    Where the original divides by the length of the padded sequence, :math:`n` is the number of events looked at, so that padding has
    no say.

    Parameters
    ----------
    n_heads, max_length : int
    with_time : bool
        Whether time gaps have biases.
    dropout : float
        Share of what is added that is dropped while training.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    References
    ----------
    .. [1] J. Zhai et al., "Actions Speak Louder than Words: Trillion-Parameter Sequential Transducers for Generative Recommendations",
       ICML 2024. https://arxiv.org/abs/2402.17152
    """

    def __init__(self, n_heads: int, max_length: int, with_time: bool, dropout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.n_heads, self.max_length, self.with_time, self.rate = n_heads, max_length, with_time, float(dropout)
        self.position_bias = PositionBias(n_heads, max_length, dtype=policy)
        self.time_bias = TimeBias(n_heads, dtype=policy) if with_time else None
        # What was looked at is w v for a history of one event, and normalised it is v times the sign of w, as long as the second epsilon is
        # small compared with it: a step at w = 0, at which rounding would decide, and each backend train another model.
        self.norms = [keras.layers.LayerNormalization(epsilon=epsilon, dtype=policy) for epsilon in (1e-6, 1e-3)]
        self.drop = Dropout(dropout, dtype=policy) if dropout else None

    def build(self, input_shape: Any) -> None:
        """Make the projections."""
        width = input_shape[-1]
        self.first = keras.layers.Dense(4 * width, activation="silu", dtype=self.dtype_policy, name="first")
        self.second = keras.layers.Dense(width, dtype=self.dtype_policy, name="second")
        for layer in (self.first, self.second, *self.norms):
            layer.build((None, None, width))
        self.built = True

    def call(self, inputs: Any, allowed: Any, age: Any, reached: Any = None, training: bool = False) -> Any:
        """Apply the unit.

        Parameters
        ----------
        inputs : tensor of shape (rows, length, width)
        allowed : tensor of shape (rows, length, length), bool
        age : tensor of shape (rows, length), int
        reached : tensor of shape (rows, length, length, n_thresholds), bool, or None
            Of `thresholds_reached`.
        training : bool, default=False

        Returns
        -------
        tensor of shape (rows, length, width)
        """
        gate, value, query, key = ops.split(positionwise(self.first, self.norms[0](inputs)), 4, axis=-1)
        query, key, value = (split_heads(part, self.n_heads) for part in (query, key, value))
        logits = ops.matmul(query, ops.swapaxes(key, -1, -2)) + self.position_bias(age)
        if self.time_bias is not None:
            logits = logits + self.time_bias(reached)
        weights = ops.where(ops.expand_dims(allowed, 1), ops.silu(logits), ops.zeros_like(logits))
        n = ops.cast(ops.expand_dims(ops.expand_dims(age + 1, 1), -1), weights.dtype)
        looked_at = self.norms[1](join_heads(ops.matmul(weights / n, value)))
        added = positionwise(self.second, looked_at * gate)
        return inputs + (added if self.drop is None else self.drop(added, training=training))

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = {"n_heads": self.n_heads, "max_length": self.max_length, "with_time": self.with_time}
        return {**super().get_config(), **own, "dropout": self.rate}


class HSTUNetwork(SequenceNetwork):
    """Units with a causal mask.

    Parameters
    ----------
    *args
        Of `SequenceNetwork`.
    max_length, n_blocks, n_heads : int
    with_time : bool
        Whether ``time`` is read.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(
        self, *args: Any, max_length: int, n_blocks: int, n_heads: int, with_time: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        policy = self.dtype_policy
        rate = 0.0 if self.drop is None else self.drop.rate
        self.with_time = with_time
        self.blocks = [
            HSTUBlock(n_heads, max_length, with_time, rate, dtype=policy, name=f"block_{number}")
            for number in range(n_blocks)
        ]
        self.norm = keras.layers.LayerNormalization(epsilon=1e-6, dtype=policy)

    def build_reader(self) -> None:
        """Build the layers that `read` calls."""
        for layer in (*self.blocks, self.norm):
            layer.build((None, None, self.dim))

    def read(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Make a vector of each history after each of its events; see `SequenceNetwork.read`."""
        values = self.embedded(inputs) * ops.sqrt(ops.cast(float(self.dim), self.compute_dtype))
        values = self.dropped(values, training)
        age = inputs["age"]
        allowed = attention_mask(age, causal=True)
        reached = thresholds_reached(inputs["time"]) if self.with_time else None
        for block in self.blocks:
            values = block(values, allowed, age, reached, training=training)
        return self.norm(values)
