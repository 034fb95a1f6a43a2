"""Layers of single positions, applied to whole histories."""

from typing import Any

from keras import ops


def positionwise(layer: Any, values: Any) -> Any:
    """Apply a layer to each position, with the positions of all rows on one axis.

    The outcome is that of ``layer(values)``. The gradient of a stack's weights is computed by some compilers from a transposed copy
    of all that led to it; that of a matrix is one product.

    Parameters
    ----------
    layer : callable
        Takes a tensor of shape (n, width) and gives one of shape (n, width_out).
    values : tensor of shape (rows, length, width)

    Returns
    -------
    tensor of shape (rows, length, width_out)
    """
    rows, length = ops.shape(values)[:2]
    made = layer(ops.reshape(values, (rows * length, values.shape[-1])))
    return ops.reshape(made, (rows, length, made.shape[-1]))
