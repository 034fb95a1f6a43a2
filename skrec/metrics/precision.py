"""Precision."""

import numpy as np

from skrec.plugin import RankedLists


def precision(lists: RankedLists) -> "np.typing.NDArray[np.float64]":
    """Compute precision at k: hits divided by k, also where a list is shorter.

    Parameters
    ----------
    lists : RankedLists

    Returns
    -------
    ndarray of shape (n_users,)
        In [0, 1].
    """
    return np.asarray(lists.hits.sum(axis=1) / lists.k)
