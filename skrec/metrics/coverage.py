"""Catalogue coverage."""

import numpy as np

from skrec.plugin import RankedLists


def coverage(lists: RankedLists) -> "np.typing.NDArray[np.float64]":
    """Compute the share of the catalogue that at least one user is recommended.

    A property of all lists together: every user gets the same number, so that the mean is the coverage.

    Parameters
    ----------
    lists : RankedLists

    Returns
    -------
    ndarray of shape (n_users,)
        In [0, 1].
    """
    shown = np.unique(lists.items[lists.items >= 0])
    return np.full(len(lists.items), len(shown) / max(1, len(lists.item_counts)))
