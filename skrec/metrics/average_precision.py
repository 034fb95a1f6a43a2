"""Mean average precision."""

import numpy as np

from skrec.plugin import RankedLists


def average_precision(lists: RankedLists) -> "np.typing.NDArray[np.float64]":
    """Compute average precision at k; the mean over users is MAP at k.

    Sums the precision at the rank of each hit, and divides by ``min(k, n_relevant)``, so that a perfect list has 1.

    Parameters
    ----------
    lists : RankedLists

    Returns
    -------
    ndarray of shape (n_users,)
        In [0, 1].
    """
    ranks = np.arange(1, lists.hits.shape[1] + 1)
    precisions = np.cumsum(lists.hits, axis=1) / ranks
    return np.asarray((lists.hits * precisions).sum(axis=1) / np.minimum(lists.n_relevant, lists.k))
