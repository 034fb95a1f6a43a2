"""A bidirectional transformer that predicts masked events of a history."""

from typing import Any

import keras
from keras import ops

from skrec.networks.positions import Positions
from skrec.networks.positionwise import positionwise
from skrec.networks.segments import attention_mask
from skrec.networks.sequence import SequenceNetwork
from skrec.networks.transformer import TransformerBlock


class BERT4RecNetwork(SequenceNetwork):
    """Bidirectional transformer blocks; the event to predict is masked by a learned vector (a mask token).

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
        self.mask_vector_initializer = keras.initializers.RandomNormal(stddev=0.1, seed=0)
        self.positions = Positions(max_length, dtype=policy)
        self.blocks = [
            TransformerBlock(n_heads, 4 * self.dim, rate, dtype=policy, name=f"block_{number}")
            for number in range(n_blocks)
        ]
        self.norms = [keras.layers.LayerNormalization(epsilon=1e-6, dtype=policy) for _ in range(2)]
        self.head = keras.layers.Dense(self.dim, dtype=policy, name="head")

    def build_reader(self) -> None:
        """Build the layers that `read` calls."""
        self.mask_vector = self.add_weight(
            shape=(self.dim,), initializer=self.mask_vector_initializer, name="mask_vector"
        )
        for layer in (self.positions, *self.blocks, *self.norms, self.head):
            layer.build((None, None, self.dim))

    def read(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Make a vector of each event from all others of its history; see `SequenceNetwork.read`."""
        masked = ops.expand_dims(inputs["masked"], -1) > 0.5
        mask = ops.cast(ops.convert_to_tensor(self.mask_vector), self.compute_dtype)
        values = ops.where(masked, mask, self.embedded(inputs))
        values = values * ops.sqrt(ops.cast(float(self.dim), self.compute_dtype))
        values = self.dropped(self.positions(values, inputs["position"]), training)
        allowed = attention_mask(inputs["age"], causal=False)
        for block in self.blocks:
            values = block(values, allowed, training=training)
        return self.norms[1](ops.gelu(positionwise(self.head, self.norms[0](values)), approximate=False))
