"""Mean reciprocal rank."""

import numpy as np

from skrec.plugin import RankedLists


def mrr(lists: RankedLists) -> "np.typing.NDArray[np.float64]":
    """Compute the reciprocal rank of the first hit within k; 0 without a hit.

    Parameters
    ----------
    lists : RankedLists

    Returns
    -------
    ndarray of shape (n_users,)
        In [0, 1].
    """
    if lists.hits.shape[1] == 0:
        return np.zeros(len(lists.hits))
    return np.asarray(lists.hits.any(axis=1) / (lists.hits.argmax(axis=1) + 1.0))
