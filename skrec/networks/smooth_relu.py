"""A smooth rectifier (squareplus)."""

from typing import Any

import keras


def smooth_relu(values: Any) -> Any:
    r"""Rectify smoothly: :math:`(x + \sqrt{x^2 + b}) / 2`, the squareplus of [1]_ with :math:`b = 0.01`.

    Where a unit is hardly ever active, one event decides the sign of its gradient, and Adam makes a whole step of it. At a kink, rounding
    alone could decide whether that event counts, on each backend another way; a curve changes no more than the rounding.

    Parameters
    ----------
    values : tensor

    Returns
    -------
    tensor of the same shape

    References
    ----------
    .. [1] J. Barron, "Squareplus: A Softplus-Like Algebraic Rectifier", 2021. https://arxiv.org/abs/2112.11687
    """
    return keras.activations.squareplus(values, b=0.01)
