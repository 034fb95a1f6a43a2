"""The part of the suite of encoders that looks at `build`: layers, their shapes, and whether they can be trained."""

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skrec.backends import find_backend, start
from skrec.testing._expect import brief, expect, expect_close, expect_finite

_DIMS = (1, 5, 16)


def _keras() -> Any:
    return start(find_backend())


def _layer(subject: Any, dim: int) -> tuple[Any, Any]:
    """Give a layer that has seen a batch, and the encoded column."""
    _keras()
    fitted = subject.fitted()
    batch = fitted.transform(subject.column)
    layer = fitted.build(dim)
    layer(batch)
    return layer, batch


def _output(layer: Any, batch: Any) -> Any:
    """What a layer gives for a batch when a model predicts, as a NumPy array."""
    return np.asarray(
        _keras().ops.convert_to_numpy(layer(batch, training=False) if _takes_training(layer) else layer(batch))
    )


def _takes_training(layer: Any) -> bool:
    return bool(getattr(layer, "_call_has_training_arg", False))


def check_build_gives_a_keras_layer(subject: Any) -> None:
    """`build` gives a layer, a new one each time; before `fit` it may say that it isn't fitted."""
    keras = _keras()
    fitted = subject.fitted()
    layer = fitted.build(4)
    expect(isinstance(layer, keras.Layer), f"build must give a keras.Layer. Got {type(layer).__name__} instead.")
    expect(
        fitted.build(4) is not layer, "build must give a new layer each time, so that two models don't share weights."
    )
    try:
        clone(subject.encoder).build(4)
    except NotFittedError:
        pass
    except Exception as error:
        raise AssertionError(
            f"build before fit must give a layer or raise NotFittedError. Got {type(error).__name__} instead, which says: {error}"
        ) from error


def check_layer_maps_a_batch_to_vectors(subject: Any) -> None:
    """``(batch, *shape) -> (batch, dim)``, finite floats, for any dim and any batch."""
    for dim in _DIMS:
        layer, batch = _layer(subject, dim)
        for n_rows in (1, 3, len(batch)):
            output = _output(layer, batch[:n_rows])
            expect(
                output.shape == (n_rows, dim),
                f"The layer of build({dim}) must map a batch of shape {batch[:n_rows].shape} to ({n_rows}, {dim}). "
                f"Got {output.shape} instead.",
            )
            expect(output.dtype.kind == "f", f"The layer of build({dim}) must give floats. Got {output.dtype} instead.")
            expect_finite(output, f"What the layer of build({dim}) gives")


def check_layers_made_twice_have_equal_shapes(subject: Any) -> None:
    """A saved model's weights are put into a layer that is built anew."""
    one, other = _layer(subject, 6)[0], _layer(subject, 6)[0]
    shapes, again = ([tuple(weight.shape) for weight in layer.weights] for layer in (one, other))
    expect(shapes == again, f"Layers that are made twice must have weights of equal shapes. Got {shapes} and {again}.")


def check_layer_gives_a_row_the_same_alone_and_in_a_batch(subject: Any) -> None:
    """An item's vector must not depend on the items that it is computed with."""
    layer, batch = _layer(subject, 8)
    whole = _output(layer, batch)
    for row in (0, len(batch) - 1):
        expect_close(_output(layer, batch[[row]])[0], whole[row], f"What the layer gives for row {row} alone")
    expect_close(_output(layer, batch[::-1].copy()), whole[::-1], "What the layer gives for the rows in reverse order")


def check_layer_is_trained(subject: Any) -> None:
    """Gradients reach the weights, and are finite; a layer without weights has nothing to train."""
    backend = find_backend()
    if not backend.capabilities.train:
        return
    layer, batch = _layer(subject, 8)
    if not layer.trainable_variables:
        return
    ops = _keras().ops
    fixed = [variable.value for variable in layer.non_trainable_variables]
    inputs = ops.convert_to_tensor(batch)

    def loss(parameters: Any, inputs: Any) -> tuple[Any, Any]:
        output, _ = layer.stateless_call(parameters["weights"], fixed, inputs)
        return ops.mean(ops.square(ops.cast(output, "float32") - 1.0)), {}

    weights = [ops.copy(variable.value) for variable in layer.trainable_variables]
    value, _, gradients = backend.value_and_grad(loss, {"weights": weights}, inputs)
    found = [np.asarray(ops.convert_to_numpy(gradient)) for gradient in gradients["weights"]]
    expect_finite(ops.convert_to_numpy(value), "The loss of the layer's vectors")
    for variable, gradient in zip(layer.trainable_variables, found, strict=True):
        expect_finite(gradient, f"The gradient of the layer's weight {variable.path}")
    names = [variable.path for variable in layer.trainable_variables]
    expect(
        any(np.abs(gradient).max(initial=0.0) > 0 for gradient in found),
        f"Training must reach the layer's weights, and no gradient of {brief(names)} differs from 0.",
    )


LAYER_CHECKS = (
    check_build_gives_a_keras_layer,
    check_layer_maps_a_batch_to_vectors,
    check_layers_made_twice_have_equal_shapes,
    check_layer_gives_a_row_the_same_alone_and_in_a_batch,
    check_layer_is_trained,
)
