"""What was found anywhere, as one vector."""

from typing import Any

from keras import ops

SHARPNESS = 4.0
"""r of `mean_and_peak`: values that differ by much more than its inverse are told apart."""


def mean_and_peak(maps: Any, axes: tuple[int, ...]) -> Any:
    r"""Pool maps over places or times: the mean of each filter, and its smooth maximum, concatenated.

    The latter is the Log-Sum-Exp of [1]_, :math:`\frac{1}{r} \log \frac{1}{n} \sum_i e^{r x_i}` over the n places. A maximum sends its
    whole gradient to one place. Where two are nearly as large, rounding alone would choose between them, on each backend another way.

    Parameters
    ----------
    maps : tensor
        Filters are the last axis.
    axes : tuple of int
        Axes of the places.

    Returns
    -------
    tensor of shape (..., 2 * n_filters)
        Without the axes of the places.

    References
    ----------
    .. [1] P. Pinheiro, R. Collobert, "From Image-level to Pixel-level Labeling with Convolutional Networks", CVPR 2015, equation 2.
       https://arxiv.org/abs/1411.6228
    """
    mean = ops.mean(maps, axis=axes)
    highest = ops.stop_gradient(ops.max(maps, axis=axes, keepdims=True))
    share = ops.mean(ops.exp(SHARPNESS * (maps - highest)), axis=axes)
    peak = ops.reshape(highest, ops.shape(mean)) + ops.log(share) / SHARPNESS
    return ops.concatenate([mean, peak], axis=-1)
