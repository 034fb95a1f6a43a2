"""Novelty."""

import numpy as np

from skrec.plugin import RankedLists


def novelty(lists: RankedLists) -> "np.typing.NDArray[np.float64]":
    """Compute the mean self-information of the recommended items, in bits.

    An item's is ``-log2(its share of the events of fit)``, equation 2 of [1]_; an item without events counts as if it
    had one. The mean is over the items of the list, however short; an empty list has 0.

    Parameters
    ----------
    lists : RankedLists

    Returns
    -------
    ndarray of shape (n_users,)
        At least 0.

    References
    ----------
    .. [1] T. Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 2010.
    """
    counts = np.maximum(lists.item_counts, 1.0)
    information = np.log2(max(float(lists.item_counts.sum()), 1.0) / counts)
    filled = lists.items >= 0
    sums = np.where(filled, information[np.where(filled, lists.items, 0)], 0.0).sum(axis=1)
    return np.asarray(np.maximum(sums, 0.0) / np.maximum(filled.sum(axis=1), 1))
