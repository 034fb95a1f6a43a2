"""A causal transformer over a history."""

from typing import Any

import keras
from keras import ops

from skrec.networks.positions import Positions
from skrec.networks.segments import attention_mask
from skrec.networks.sequence import SequenceNetwork
from skrec.networks.transformer import TransformerBlock


class SASRecNetwork(SequenceNetwork):
    """Transformer blocks with a causal mask.

    Parameters
    ----------
    *args
        Of `SequenceNetwork`.
    max_length, n_blocks, n_heads : int
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(self, *args: Any, max_length: int, n_blocks: int, n_heads: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        policy = self.dtype_policy
        rate = 0.0 if self.drop is None else self.drop.rate
        self.positions = Positions(max_length, dtype=policy)
        self.blocks = [
            TransformerBlock(n_heads, self.dim, rate, dtype=policy, name=f"block_{number}")
            for number in range(n_blocks)
        ]
        self.norm = keras.layers.LayerNormalization(epsilon=1e-6, dtype=policy)

    def build_reader(self) -> None:
        """Build the layers that `read` calls."""
        for layer in (self.positions, *self.blocks, self.norm):
            layer.build((None, None, self.dim))

    def read(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Make a vector of each history after each of its events; see `SequenceNetwork.read`."""
        values = self.embedded(inputs) * ops.sqrt(ops.cast(float(self.dim), self.compute_dtype))
        values = self.dropped(self.positions(values, inputs["position"]), training)
        allowed = attention_mask(inputs["age"], causal=True)
        for block in self.blocks:
            values = block(values, allowed, training=training)
        return self.norm(values)
