"""Recall."""

import numpy as np

from skrec.plugin import RankedLists


def recall(lists: RankedLists) -> "np.typing.NDArray[np.float64]":
    """Compute recall at k: hits divided by the number of relevant items, ``n_relevant``.

    A user with more than k relevant items can't reach 1.

    Parameters
    ----------
    lists : RankedLists

    Returns
    -------
    ndarray of shape (n_users,)
        In [0, 1].
    """
    return np.asarray(lists.hits.sum(axis=1) / lists.n_relevant)
