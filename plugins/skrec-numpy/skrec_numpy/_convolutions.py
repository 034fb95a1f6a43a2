"""Convolutions and pooling in NumPy, under the names and arguments by which Keras' NumPy backend calls those of JAX."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

_BATCH_CELLS = 1 << 24
"""Numbers of windows that are copied at once: 64 MiB of float32."""


class ConvDimensionNumbers(NamedTuple):
    """Which axes are what: (batch, channels, places ...) of inputs and results, (out, in, places ...) of the kernel."""

    lhs_spec: tuple[int, ...]
    rhs_spec: tuple[int, ...]
    out_spec: tuple[int, ...]


def conv_general_dilated(
    inputs: Any,
    kernel: Any,
    window_strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    *,
    rhs_dilation: Sequence[int],
    dimension_numbers: ConvDimensionNumbers,
    feature_group_count: int = 1,
) -> Any:
    r"""Slide a kernel over inputs, and multiply it with what lies below it.

    .. math:: y_{b,o,p} = \sum_{c,k} K_{o,c,k} \, x_{b,c,\,p S + k D - P}

    with strides S, dilation D, and zeros P before the first place. With g groups, the first g-th of the filters sees the first g-th of the
    channels, and so on.

    Parameters
    ----------
    inputs : ndarray
        Axes as `dimension_numbers` says.
    kernel : ndarray
        Axes as `dimension_numbers` says; channels are those of one group.
    window_strides, rhs_dilation : sequence of int
        S and D, one of each per axis of places.
    padding : {"valid", "same"} or sequence of (int, int)
        Zeros before the first and after the last place of each axis. ``"same"`` puts as many as keep ceil(size / S) places, the odd one
        behind.
    dimension_numbers : ConvDimensionNumbers
    feature_group_count : int, default=1
        g.

    Returns
    -------
    ndarray
        Axes as `dimension_numbers` says, of the type that NumPy gives a product of both.
    """
    inputs, kernel = np.asarray(inputs), np.asarray(kernel)
    kind = np.result_type(inputs, kernel)
    # A sum in half precision loses what is small; and NumPy has no sums for bfloat16.
    wide = np.result_type(kind, np.float32) if kind.name in {"float16", "float32", "float64"} else np.dtype(np.float32)
    x = np.transpose(inputs, dimension_numbers.lhs_spec).astype(wide)
    weights = np.transpose(kernel, dimension_numbers.rhs_spec).astype(wide)
    reach = [(size - 1) * step + 1 for size, step in zip(weights.shape[2:], rhs_dilation, strict=True)]
    x = np.pad(x, ((0, 0), (0, 0), *_borders(padding, x.shape[2:], reach, window_strides)))
    result = _slide(x, weights, reach, window_strides, rhs_dilation, feature_group_count).astype(kind)
    return np.transpose(result, np.argsort(dimension_numbers.out_spec))


def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Sequence[int],
    padding: Sequence[tuple[int, int]],
    *,
    rhs_dilation: Sequence[int],
    dimension_numbers: ConvDimensionNumbers,
    transpose_kernel: bool,
) -> Any:
    """Compute the gradient of a convolution with respect to its inputs: a convolution over inputs spread by zeros.

    Parameters
    ----------
    inputs, kernel : ndarray
        As `conv_general_dilated` takes them; the kernel is that of the convolution whose gradient this is, if `transpose_kernel`.
    strides : sequence of int
        Places between two inputs, after spreading.
    padding : sequence of (int, int)
        Zeros before and after the spread inputs.
    rhs_dilation : sequence of int
        Dilation of the kernel.
    dimension_numbers : ConvDimensionNumbers
    transpose_kernel : bool
        Whether to turn the kernel over, and swap its channels; Keras always does.

    Returns
    -------
    ndarray
        Axes as `dimension_numbers` says.
    """
    inputs, kernel = np.asarray(inputs), np.asarray(kernel)
    axes = dimension_numbers.lhs_spec[2:]
    shape = list(inputs.shape)
    places: list[slice] = [slice(None)] * inputs.ndim
    for axis, step in zip(axes, strides, strict=True):
        shape[axis] = max((shape[axis] - 1) * step + 1, 0)
        places[axis] = slice(None, None, step)
    spread = np.zeros(shape, dtype=inputs.dtype)
    spread[tuple(places)] = inputs
    if transpose_kernel:
        out, into, *window = dimension_numbers.rhs_spec
        kernel = np.flip(np.swapaxes(kernel, out, into), axis=tuple(window))
    return conv_general_dilated(
        spread,
        kernel,
        [1] * len(axes),
        padding,
        rhs_dilation=rhs_dilation,
        dimension_numbers=dimension_numbers,
    )


def reduce_window(
    inputs: Any,
    initial: float,
    operation: np.ufunc,
    window: Sequence[int],
    strides: Sequence[int],
    padding: str,
) -> Any:
    """Reduce what lies in each window to one number.

    Parameters
    ----------
    inputs : ndarray
    initial : float
        What lies outside of the inputs.
    operation : ufunc
        Of two numbers: ``numpy.maximum`` or ``numpy.add``.
    window, strides : sequence of int
        Size and step of windows on each axis of the inputs.
    padding : {"valid", "same"}
        As in `conv_general_dilated`, in letters of either case.

    Returns
    -------
    ndarray
    """
    inputs = np.asarray(inputs)
    x = np.pad(inputs, _borders(padding, inputs.shape, window, strides), constant_values=initial)
    windows = sliding_window_view(x, tuple(window))[tuple(slice(None, None, step) for step in strides)]
    return operation.reduce(windows, axis=tuple(range(inputs.ndim, 2 * inputs.ndim)))


def _borders(
    padding: str | Sequence[tuple[int, int]], sizes: Sequence[int], reach: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """Zeros before and after the places of each axis."""
    if not isinstance(padding, str):
        return [(int(before), int(after)) for before, after in padding]
    if padding.lower() == "valid":
        return [(0, 0)] * len(sizes)
    missing = [
        max((math.ceil(size / step) - 1) * step + width - size, 0)
        for size, width, step in zip(sizes, reach, strides, strict=True)
    ]
    return [(zeros // 2, zeros - zeros // 2) for zeros in missing]


def _slide(
    x: Any, weights: Any, reach: Sequence[int], strides: Sequence[int], dilation: Sequence[int], n_groups: int
) -> Any:
    """Multiply windows; x of shape (batch, channels, ...), weights of shape (filters, channels / n_groups, ...)."""
    n_axes = len(reach)
    sizes = [max((size - width) // step + 1, 0) for size, width, step in zip(x.shape[2:], reach, strides, strict=True)]
    n_filters = weights.shape[0]
    result = np.zeros((x.shape[0], n_filters, *sizes), dtype=x.dtype)
    if not result.size:
        return result
    windows = sliding_window_view(x, tuple(reach), axis=tuple(range(2, 2 + n_axes)))
    chosen = [slice(None), slice(None), *(slice(None, None, step) for step in (*strides, *dilation))]
    windows = windows[tuple(chosen)]  # (batch, channels, places ..., window ...), a view
    n_channels, share = weights.shape[1], n_filters // n_groups
    taken = [1, *range(2 + n_axes, 2 + 2 * n_axes)]
    rows = max(_BATCH_CELLS // max(math.prod(sizes) * weights[0].size, 1), 1)
    for group in range(n_groups):
        own = weights[group * share : (group + 1) * share]
        below = windows[:, group * n_channels : (group + 1) * n_channels]
        for begin in range(0, len(x), rows):
            part = np.tensordot(below[begin : begin + rows], own, axes=(taken, [1, *range(2, 2 + n_axes)]))
            result[begin : begin + rows, group * share : (group + 1) * share] = np.moveaxis(part, -1, 1)
    return result
