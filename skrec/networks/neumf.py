"""Neural matrix factorization."""

from typing import Any

import keras
from keras import ops

from skrec.networks.dropout import Dropout
from skrec.networks.factors import pairs


@keras.saving.register_keras_serializable(package="skrec")
class NeuMFNetwork(keras.Layer):
    """GMF beside a multi-layer perceptron on other embeddings, joined by one Dense unit: equation 12 of [1]_, without its sigmoid.

    The first half of a row is the embedding of the product, the second that of the perceptron.

    Parameters
    ----------
    hidden : tuple of int
        Units of the perceptron's layers.
    dropout : float
        Share of each hidden layer's units dropped while training, in [0, 1).
    bias : bool, default=True
        Whether the last unit has a bias; see `GMFNetwork`.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.

    References
    ----------
    .. [1] X. He et al., "Neural Collaborative Filtering", WWW 2017. https://arxiv.org/abs/1708.05031
    """

    def __init__(self, hidden: tuple[int, ...], dropout: float, bias: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.layers = [keras.layers.Dense(units, activation="relu", dtype=policy) for units in hidden]
        self.drops = [Dropout(dropout, dtype=policy) for _ in hidden] if dropout else []
        self.unit = keras.layers.Dense(1, use_bias=bias, dtype=policy)

    def build(self, input_shape: Any) -> None:
        """Make the layers' weights."""
        half = input_shape["user"][-1] // 2
        width = 2 * half
        for layer in self.layers:
            layer.build((None, None, width))
            width = layer.units
        self.unit.build((None, None, half + width))
        self.built = True

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Score items for users; shapes as in `FactorNetwork.call`."""
        user, item = pairs(inputs["user"], inputs["item"])
        half = user.shape[-1] // 2
        product = user[..., :half] * item[..., :half]
        hidden = ops.concatenate([user[..., half:], item[..., half:]], axis=-1)
        for position, layer in enumerate(self.layers):
            hidden = layer(hidden)
            if self.drops:
                hidden = self.drops[position](hidden, training=training)
        return ops.squeeze(self.unit(ops.concatenate([product, hidden], axis=-1)), axis=-1)
