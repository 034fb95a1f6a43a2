"""Hit rate."""

import numpy as np

from skrec.plugin import RankedLists


def hit(lists: RankedLists) -> "np.typing.NDArray[np.float64]":
    """Say of each user whether the list holds at least one relevant item; the mean is the hit rate at k.

    Parameters
    ----------
    lists : RankedLists

    Returns
    -------
    ndarray of shape (n_users,)
        0 or 1.
    """
    return np.asarray(lists.hits.any(axis=1), dtype=np.float64)
