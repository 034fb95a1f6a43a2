"""Sizes of the maps that convolutions give, checked before anything is built."""

from skrec.exceptions import InvalidParameterError


def output_size(size: int, kernel_size: int, stride: int, padding: int) -> int:
    r"""Compute the height or width of what a convolution gives.

    .. math:: W' = \left\lfloor \frac{W - K + 2P}{S} \right\rfloor + 1

    Parameters
    ----------
    size : int
        W, the height or width of the input.
    kernel_size : int
        K, of the kernel.
    stride : int
        S, the step from one place of the kernel to the next.
    padding : int
        P, zeros put on each side.

    Returns
    -------
    int
        W'; 0 or less if the kernel doesn't fit.

    Examples
    --------
    >>> from skrec.encoders import output_size
    >>> output_size(48, kernel_size=3, stride=2, padding=1)
    24
    """
    return (size - kernel_size + 2 * padding) // stride + 1


def output_sizes(
    size: tuple[int, int], n_layers: int, kernel_size: int, stride: int, padding: int, owner: str
) -> list[tuple[int, int]]:
    """Compute the sizes after each of `n_layers` convolutions.

    Parameters
    ----------
    size : tuple of int
        Height and width of the input.
    n_layers, kernel_size, stride, padding : int
        As in `output_size`.
    owner : str
        Class named in the message.

    Returns
    -------
    list of tuple of int
        Height and width after each layer.

    Raises
    ------
    InvalidParameterError
        If a kernel doesn't fit, naming the layer and all sizes.
    """
    sizes = [size]
    for layer in range(1, n_layers + 1):
        height, width = (output_size(side, kernel_size, stride, padding) for side in sizes[-1])
        if min(height, width) < 1 or min(sizes[-1]) + 2 * padding < kernel_size:
            chain = " -> ".join(f"{h} x {w}" for h, w in sizes)
            raise InvalidParameterError(
                f"The input of {owner} is too small: convolution {layer} of {n_layers} gets {sizes[-1][0]} x {sizes[-1][1]} ({chain}), "
                f"and a kernel of {kernel_size} with padding {padding} and stride {stride} doesn't fit in, since "
                "W' = (W - K + 2P) / S + 1. Use a larger input, fewer filters in the tuple, or a smaller kernel_size or stride."
            )
        sizes.append((height, width))
    return sizes[1:]
