"""Normalised discounted cumulative gain."""

import numpy as np

from skrec.plugin import RankedLists


def ndcg(lists: RankedLists) -> "np.typing.NDArray[np.float64]":
    """Compute NDCG at k with binary relevance.

    DCG sums ``1 / log2(rank + 1)`` over the hits; the ideal DCG has ``min(k, n_relevant)`` hits at the first ranks
    [1]_.

    Parameters
    ----------
    lists : RankedLists

    Returns
    -------
    ndarray of shape (n_users,)
        In [0, 1].

    References
    ----------
    .. [1] K. Järvelin, J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002.
    """
    discounts = 1.0 / np.log2(np.arange(2, lists.k + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(lists.n_relevant, lists.k)]
    return np.asarray((lists.hits * discounts[: lists.hits.shape[1]]).sum(axis=1) / ideal)
