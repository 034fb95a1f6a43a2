"""Neural matrix factorization."""

from typing import Any

import keras
from keras import ops

from skrec.networks.dropout import Dropout
from skrec.networks.factors import dot, pairs
from skrec.networks.smooth_relu import smooth_relu


@keras.saving.register_keras_serializable(package="skrec")
class NeuMFNetwork(keras.Layer):
    """GMF and a multi-layer perceptron on other embeddings, joined by one Dense unit: equation 12 of [1]_, without its sigmoid.

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
        self.layers = [keras.layers.Dense(units, activation=smooth_relu, dtype=policy) for units in hidden]
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
        """Score items for users; shapes as in `FactorNetwork.call`.

        What a layer makes of two vectors side by side is the sum of what it makes of each: the first layer goes over users and items
        once, and over pairs only to add both up.
        """
        user, item = inputs["user"], inputs["item"]
        half = user.shape[-1] // 2
        kernel = self.unit.kernel
        scores = dot(user[:, :half], item[..., :half] * ops.transpose(kernel[:half]))
        joined = self._joined(user[:, half:], item[..., half:])
        hidden = ops.reshape(joined, (-1, joined.shape[-1]))
        for position, layer in enumerate(self.layers):
            hidden = layer(hidden) if position else layer.activation(hidden)
            if self.drops:
                hidden = self.drops[position](hidden, training=training)
        scores = scores + ops.reshape(ops.matmul(hidden, kernel[half:]), ops.shape(scores))
        return scores + self.unit.bias if self.unit.use_bias else scores

    def _joined(self, user: Any, item: Any) -> Any:
        """Both sides of each pair after the first layer, but for its activation; side by side where there is none."""
        if not self.layers:
            return ops.concatenate(pairs(user, item), axis=-1)
        first, width = self.layers[0], user.shape[-1]
        of_item = ops.matmul(ops.reshape(item, (-1, width)), first.kernel[width:])
        of_item = ops.reshape(of_item, (*ops.shape(item)[:-1], first.units))
        return ops.expand_dims(ops.matmul(user, first.kernel[:width]) + first.bias, 1) + of_item
