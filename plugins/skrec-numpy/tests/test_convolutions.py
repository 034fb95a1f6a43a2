"""Convolutions in NumPy: against their definition, and as Keras' layers call them against this process' backend."""

import inspect
import itertools

import numpy as np
import pytest
from skrec_numpy import _convolutions
from skrec_numpy._convolutions import ConvDimensionNumbers, conv_general_dilated

from skrec.backends import find_backend, start

LAST = ConvDimensionNumbers((0, 3, 1, 2), (3, 2, 0, 1), (0, 3, 1, 2))


def slide(x, kernel, strides, borders, dilation, n_groups):
    """The definition, place by place: channels last."""
    x = np.pad(x, ((0, 0), *borders, (0, 0)))
    sizes = [
        (x.shape[1 + axis] - (kernel.shape[axis] - 1) * dilation[axis] - 1) // strides[axis] + 1 for axis in range(2)
    ]
    result = np.zeros((len(x), *sizes, kernel.shape[3]))
    share = kernel.shape[3] // n_groups
    for row, column, filter_, i, j, channel in itertools.product(
        *map(range, (*sizes, kernel.shape[3], *kernel.shape[:3]))
    ):
        below = x[:, row * strides[0] + i * dilation[0], column * strides[1] + j * dilation[1]]
        result[:, row, column, filter_] += (
            kernel[i, j, channel, filter_] * below[:, filter_ // share * kernel.shape[2] + channel]
        )
    return result


@pytest.mark.parametrize(
    ("strides", "borders", "dilation", "n_groups"),
    [
        ((1, 1), ((0, 0), (0, 0)), (1, 1), 1),
        ((2, 3), ((1, 2), (0, 1)), (1, 1), 1),
        ((1, 1), ((2, 2), (2, 2)), (2, 3), 1),
        ((2, 1), ((0, 0), (3, 0)), (1, 2), 2),
    ],
)
@pytest.mark.parametrize("at_once", [1, 1 << 24], ids=["one by one", "together"])
def test_a_convolution_is_its_definition(monkeypatch, at_once, strides, borders, dilation, n_groups):
    monkeypatch.setattr(_convolutions, "_BATCH_CELLS", at_once)
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(3, 7, 9, 4)), rng.normal(size=(3, 2, 4 // n_groups, 6))
    found = conv_general_dilated(
        x, kernel, strides, borders, rhs_dilation=dilation, dimension_numbers=LAST, feature_group_count=n_groups
    )
    np.testing.assert_allclose(found, slide(x, kernel, strides, borders, dilation, n_groups), rtol=1e-10, atol=1e-12)


def test_half_precision_is_summed_in_single_and_given_back_in_half():
    x, kernel = np.full((1, 1, 4096, 1), 1.0, np.float16), np.full((1, 4096, 1, 1), 0.1, np.float16)
    found = conv_general_dilated(x, kernel, (1, 1), "valid", rhs_dilation=(1, 1), dimension_numbers=LAST)
    assert found.dtype == np.float16
    # In half precision a sum stops growing by tenths at 256.
    assert found.item() == pytest.approx(4096 * float(np.float16(0.1)), rel=1e-3)


def layers(keras):
    """Results of Keras' layers, with weights and inputs that are the same on every backend."""

    def result(layer, *shape):
        layer.build(shape)
        layer.set_weights([np.random.default_rng(1).normal(size=weight.shape) for weight in layer.weights])
        x = np.random.default_rng(0).normal(size=shape).astype("float32")
        return np.asarray(keras.ops.convert_to_numpy(layer(x))).tolist()

    kinds = keras.layers
    return {
        "Conv1D": result(kinds.Conv1D(3, 2), 2, 6, 4),
        "Conv1D, causal": result(kinds.Conv1D(3, 3, padding="causal", dilation_rate=2), 2, 6, 4),
        "Conv2D, same": result(kinds.Conv2D(3, 2, strides=2, padding="same"), 2, 5, 6, 4),
        "Conv2D, valid": result(kinds.Conv2D(3, 3, strides=2), 2, 8, 7, 4),
        "Conv3D": result(kinds.Conv3D(2, 2), 1, 3, 4, 3, 2),
        "DepthwiseConv2D": result(kinds.DepthwiseConv2D(2, depth_multiplier=2), 2, 5, 4, 3),
        "SeparableConv1D": result(kinds.SeparableConv1D(3, 2), 2, 6, 4),
        "Conv2DTranspose": result(kinds.Conv2DTranspose(3, 3, strides=2, padding="same"), 2, 4, 5, 2),
        "MaxPooling2D": result(kinds.MaxPooling2D(2), 2, 6, 4, 3),
        "AveragePooling1D": result(kinds.AveragePooling1D(3, strides=2, padding="same"), 2, 6, 3),
    }


def test_layers_of_keras_give_without_jax_what_they_give_on_another_backend(run):
    code = "import json\nimport numpy as np\nfrom skrec.backends import find_backend, start\n" + inspect.getsource(
        layers
    )
    found = run(code + '\nprint(json.dumps(layers(start(find_backend("numpy")))))')
    expected = layers(start(find_backend()))
    assert set(found) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=1e-5, err_msg=name)
