"""Networks called with weights that are handed in, so that a call is a pure function."""

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["call", "call_with_state", "with_weights"]


def call(network: Any, weights: Any, fixed: Any, inputs: dict[str, Any], *, training: bool) -> Any:
    """Call a network; gives its output."""
    return with_weights(network, weights, fixed, lambda: network(inputs, training=training))


def call_with_state(network: Any, weights: Any, fixed: Any, function: Callable[[], Any]) -> tuple[Any, Sequence[Any]]:
    """Run a function of a network; gives its output, and the network's state afterwards.

    Not `keras.Layer.stateless_call`, which skips the cast of the inputs to the layer's compute dtype: under mixed
    precision on TensorFlow, float32 rows would then meet bfloat16 products.
    """
    with _scope(network, weights, fixed) as scope:
        output = function()
    return output, [scope.get_current_value(variable) for variable in network.non_trainable_variables]


def with_weights(network: Any, weights: Any, fixed: Any, function: Callable[[], Any]) -> Any:
    """Run a function while the network's variables stand for the values handed in."""
    with _scope(network, weights, fixed):
        return function()


def _scope(network: Any, weights: Any, fixed: Any) -> Any:
    import keras

    variables = [*network.trainable_variables, *network.non_trainable_variables]
    return keras.StatelessScope(state_mapping=list(zip(variables, [*weights, *fixed], strict=True)))
