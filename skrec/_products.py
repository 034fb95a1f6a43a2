"""Matrix products that warn of nothing.

OpenBLAS computes past the ends of small matrices, and whatever lay in memory there may set the processor's flag for an invalid number
(numpy issue 24067). NumPy then warns though each number of the product is finite, and where warnings are errors a list would be lost.
"""

import numpy as np
from numpy.typing import NDArray


def matrix_product(
    left: NDArray[np.floating], right: NDArray[np.floating], out: NDArray[np.floating] | None = None
) -> NDArray[np.floating]:
    """Multiply two matrices, or a vector with a matrix.

    Parameters
    ----------
    left : ndarray of shape (n, dim) or (dim,)
    right : ndarray of shape (dim, m)
    out : ndarray of shape (n, m), optional
        Where the product is written.

    Returns
    -------
    ndarray of shape (n, m) or (m,)
    """
    with np.errstate(invalid="ignore"):
        return np.matmul(left, right, out=out)
