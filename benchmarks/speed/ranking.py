"""The one measure of quality: skrec and its peers are all judged by it."""

from typing import Any

import numpy as np


def quality(lists: Any, users: Any, test_users: Any, test_items: Any) -> dict[str, float]:
    """Compare lists with held-out pairs; means over the users with lists.

    Recall is hits over held-out items, as LightGCN's code has it. NDCG has the gain 1 / log2(1 + rank); the best list is as long as
    there are held-out items, k at most.

    Parameters
    ----------
    lists : ndarray of shape (n_users, k)
        Item codes, best first; negative past the end of a short list.
    users : ndarray of shape (n_users,)
        Whose lists these are; each has a held-out pair.
    test_users, test_items : ndarrays of shape (n_pairs,)
        Held-out pairs.

    Returns
    -------
    dict
        ``ndcg`` and ``recall``.
    """
    lists, k = np.asarray(lists, dtype=np.int64), lists.shape[1]
    pairs = np.unique(np.stack([test_users, test_items], axis=1), axis=0)
    width = int(max(lists.max(), pairs[:, 1].max())) + 1
    wanted = pairs[:, 0] * width + pairs[:, 1]
    hits = np.isin(np.asarray(users)[:, np.newaxis] * width + lists, wanted) & (lists >= 0)
    n_relevant = np.bincount(pairs[:, 0], minlength=int(np.max(users)) + 1)[users]
    if (n_relevant == 0).any():
        raise ValueError("A user without held-out pairs was ranked for.")
    gains = 1.0 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(gains)[np.minimum(n_relevant, k) - 1]
    return {"ndcg": float(np.mean(hits @ gains / best)), "recall": float(np.mean(hits.sum(axis=1) / n_relevant))}
