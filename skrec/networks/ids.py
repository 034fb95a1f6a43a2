"""Any Keras model of a user id and an item id."""

from typing import Any

import keras
from keras import ops


class IdNetwork(keras.Layer):
    """Let a Keras model of two ids score users and items as the other networks do.

    Parameters
    ----------
    model : keras.Model
        Takes ``{"user_id": (batch,), "item_id": (batch,)}``, int32, or the two in this order, and gives (batch,) or (batch, 1).
    **kwargs
        Of `keras.Layer`.
    """

    def __init__(self, model: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model

    def build(self, input_shape: Any) -> None:
        """Nothing to build: the model is."""
        self.built = True

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Score items for users.

        Parameters
        ----------
        inputs : dict
            ``user`` of shape (batch,), int32; ``item`` of shape (batch, n), or (n,) for items shared by the batch.
        training : bool, default=False

        Returns
        -------
        tensor of shape (batch, n)
        """
        user, item = inputs["user"], inputs["item"]
        batch = ops.shape(user)[0]
        if len(item.shape) == 1:
            item = ops.broadcast_to(ops.expand_dims(item, 0), (batch, ops.shape(item)[0]))
        user = ops.broadcast_to(ops.expand_dims(user, 1), ops.shape(item))
        flat_user, flat_item = ops.reshape(user, (-1,)), ops.reshape(item, (-1,))
        return ops.reshape(self.model(self._arguments(flat_user, flat_item), training=training), ops.shape(item))

    def _arguments(self, user: Any, item: Any) -> Any:
        """Hand the ids over as the model declares them."""
        if isinstance(self.model.input, dict):
            return {"user_id": user, "item_id": item}
        return [user, item]
