import numpy as np
import pytest

from skrec.plugin import Encoder
from skrec.testing import check_encoder

NUMBERS = np.array([1.0, 2.5, -3.0, 4.0, 10.0, 0.0], dtype=np.float32)


class Numbers(Encoder):
    """Numbers as they are, without a gap, and a layer that is told."""

    def __init__(self, layer="dense"):
        self.layer = layer

    def fit(self, column, y=None):
        self.fitted_ = True
        return self

    def transform(self, column):
        if not hasattr(self, "fitted_"):
            from skrec.exceptions import NotFittedError

            raise NotFittedError("This Numbers instance is not fitted yet. Call fit first.")
        values = np.array([np.nan if value is None else float(value) for value in column], dtype=np.float32)
        if np.isnan(values).any():
            raise ValueError(f"There is no number in row {int(np.flatnonzero(np.isnan(values))[0])}.")
        return values.reshape(-1, 1) / 10.0

    def build(self, dim):
        import keras

        kept = keras.layers.Dense(4)

        class Batch(keras.layers.Dense):
            def call(self, inputs):
                outputs = super().call(inputs)
                return outputs - keras.ops.mean(outputs, axis=0, keepdims=True)

        class Detached(keras.layers.Dense):
            def call(self, inputs):
                return keras.ops.stop_gradient(super().call(inputs))

        class Broken(keras.layers.Dense):
            def call(self, inputs):
                return super().call(inputs) / 0.0

        class Rounded(keras.layers.Dense):
            def call(self, inputs):
                return keras.ops.cast(super().call(inputs), "int32")

        self_ = type(self)
        self_.calls = getattr(self_, "calls", 0) + 1
        layers = {
            "dense": lambda: keras.layers.Dense(dim),
            "drops": lambda: keras.Sequential([keras.layers.Dropout(0.5), keras.layers.Dense(dim)]),
            "without weights": lambda: keras.layers.Lambda(lambda x: keras.ops.repeat(x, dim, axis=-1)),
            "function": lambda: lambda inputs: inputs,
            "one size": lambda: keras.layers.Dense(4),
            "of the batch": lambda: Batch(dim),
            "detached": lambda: Detached(dim),
            "infinite": lambda: Broken(dim),
            "rounded": lambda: Rounded(dim),
            "growing": lambda: keras.Sequential([keras.layers.Dense(self_.calls), keras.layers.Dense(dim)]),
            "shared": lambda: self.__dict__.setdefault(f"shared_{dim}_", kept if dim == 4 else keras.layers.Dense(dim)),
        }
        return layers[self.layer]()


class Attribute(Numbers):
    def build(self, dim):
        assert self.fitted_
        return super().build(dim)


@pytest.mark.parametrize("layer", ["dense", "drops", "without weights"])
def test_layers_pass(layer):
    check_encoder(Numbers(layer), NUMBERS)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (Numbers("function"), "check_build_gives_a_keras_layer: build must give a keras.Layer. Got function instead"),
        (Numbers("shared"), "build must give a new layer each time"),
        (Attribute(), "build before fit must give a layer or raise NotFittedError. Got AttributeError"),
        (Numbers("one size"), r"The layer of build\(1\) must map a batch of shape \(1, 1\) to \(1, 1\). Got \(1, 4\)"),
        (Numbers("infinite"), r"What the layer of build\(1\) gives must be finite"),
        (Numbers("rounded"), r"The layer of build\(1\) must give floats. Got int32"),
        (Numbers("growing"), "Layers that are made twice must have weights of equal shapes"),
        (
            Numbers("of the batch"),
            "check_layer_gives_a_row_the_same_alone_and_in_a_batch: What the layer gives for row 0 alone",
        ),
        (Numbers("detached"), "Training must reach the layer's weights, and no gradient of"),
    ],
    ids=lambda value: getattr(value, "layer", "") if not isinstance(value, str) else "",
)
def test_broken_layers_are_caught_with_a_sentence(encoder, message):
    with pytest.raises(AssertionError, match=message):
        check_encoder(encoder, NUMBERS)
