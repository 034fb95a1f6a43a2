"""The best k of each row, equal scores in order of position."""

import numpy as np

from skrec.typing import Codes, Scores


def top_k(scores: Scores, k: int) -> tuple[Codes, Codes]:
    """Find the positions of the largest scores of each row.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, n_columns)
        Minus infinity marks what must not be chosen. Without NaN.
    k : int
        At least 1.

    Returns
    -------
    positions : ndarray of shape (n_rows, min(k, n_columns)), int64
        Best first; of equal scores the smaller position is first. Past a row's length the positions mean nothing.
    lengths : ndarray of shape (n_rows,), int64
        How many may be chosen in each row.
    """
    n_rows, n_columns = scores.shape
    k = min(k, n_columns)
    if k == 0:
        return np.empty((n_rows, 0), dtype=np.int64), np.zeros(n_rows, dtype=np.int64)
    chosen = (
        np.argpartition(scores, n_columns - k, axis=1)[:, n_columns - k :] if k < n_columns else _all_positions(scores)
    )
    if k < n_columns:
        _settle_ties(scores, chosen)
    chosen.sort(axis=1)
    values = np.take_along_axis(scores, chosen, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    lengths = np.minimum((values > -np.inf).sum(axis=1), k)
    return np.take_along_axis(chosen, order, axis=1).astype(np.int64, copy=False), lengths.astype(np.int64)


def _all_positions(scores: Scores) -> Codes:
    return np.tile(np.arange(scores.shape[1], dtype=np.int64), (scores.shape[0], 1))


def _settle_ties(scores: Scores, chosen: Codes) -> None:
    """Where more scores equal the k-th best than there is room for, take those at the smallest positions."""
    k = chosen.shape[1]
    worst = np.take_along_axis(scores, chosen, axis=1).min(axis=1)
    reach = (scores >= worst[:, np.newaxis]).sum(axis=1)
    for row in np.flatnonzero((reach > k) & (worst > -np.inf)):
        above = np.flatnonzero(scores[row] > worst[row])
        equal = np.flatnonzero(scores[row] == worst[row])[: k - len(above)]
        chosen[row] = np.concatenate([above, equal])
