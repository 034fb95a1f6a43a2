"""The best k of each row, equal scores in order of position."""

from typing import Any

import numpy as np

from skrec.typing import Codes, Scores

_GROUP = 32


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
    maxima = group_maxima(scores, k)
    rows, columns = reaching(scores, maxima, kth_largest(maxima, k))
    rows, columns = _without_crowds(scores, rows, columns, k)
    rows, columns, _ = best(rows, columns, scores[rows, columns], k)
    positions = np.zeros((n_rows, k), dtype=np.int64)
    positions[rows, ranks(rows)] = columns
    return positions, np.bincount(rows, minlength=n_rows).astype(np.int64)


def _without_crowds(scores: Scores, rows: Codes, columns: Codes, k: int) -> tuple[Codes, Codes]:
    """Where very many scores of a row are equal, such as zeros, keep the first of them only: sorting them all would take long."""
    counts = np.bincount(rows, minlength=len(scores))
    crowded = counts > 16 * k
    if not crowded.any():
        return rows, columns
    kept = ~crowded[rows]
    parts = [(rows[kept], columns[kept])]
    for row in np.flatnonzero(crowded):
        values = scores[row]
        bar = np.partition(values, len(values) - k)[len(values) - k]
        above = np.flatnonzero(values > bar)
        equal = np.flatnonzero((values == bar) & (values > -np.inf))[: k - len(above)]
        parts.append((np.full(len(above) + len(equal), row), np.concatenate([above, equal])))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def group_maxima(scores: Scores, k: int) -> Scores:
    """Take the maxima of groups of columns.

    Group g holds the columns g, g + width, g + 2 width ...; so that maxima are those of whole rows of the processor's vectors. Groups
    are small enough for at least k of them, if there are k columns. What is left behind the last whole group belongs to none.

    Returns
    -------
    ndarray of shape (n_rows, width)
    """
    n_rows, n_columns = scores.shape
    width = n_columns // int(np.clip(n_columns // (4 * k), 1, _GROUP))
    size = _group_size(n_columns, width)
    return np.asarray(scores[:, : width * size].reshape(n_rows, size, width).max(axis=1))


def _group_size(n_columns: int, width: int) -> int:
    """How many columns each of so many groups holds."""
    return n_columns // width if width else 1


def kth_largest(maxima: Scores, k: int) -> Scores:
    """A bound that at least k scores of each row reach; minus infinity where there are fewer groups than k."""
    width = maxima.shape[1]
    if width < k:
        return np.full(len(maxima), -np.inf, dtype=maxima.dtype)
    return np.asarray(np.partition(maxima, width - k, axis=1)[:, width - k])


def reaching(scores: Scores, maxima: Scores, bar: Any) -> tuple[Codes, Codes]:
    """Find the scores that reach their row's bar, minus infinity never does; looks only into groups whose maxima do.

    Returns
    -------
    rows, columns : ndarray of shape (n_found,), int64
    """
    width = maxima.shape[1]
    size = _group_size(scores.shape[1], width)
    limit = bar[:, np.newaxis]
    rows, groups = np.nonzero((maxima >= limit) & (maxima > -np.inf))
    columns = groups[:, np.newaxis] + np.arange(size) * width
    values = scores[rows[:, np.newaxis], columns]
    taken, members = np.nonzero((values >= limit[rows]) & (values > -np.inf))
    tail = scores[:, width * size :]
    more_rows, more_columns = np.nonzero((tail >= limit) & (tail > -np.inf))
    return (
        np.concatenate([rows[taken], more_rows]),
        np.concatenate([columns[taken, members], more_columns + width * size]),
    )


def best(rows: Codes, items: Codes, scores: Scores, k: int) -> tuple[Codes, Codes, Scores]:
    """Keep the best k of each row, sorted by row, falling score and rising position."""
    order = np.lexsort((items, -scores, rows))
    rows = rows[order]
    kept = ranks(rows) < k
    return rows[kept], items[order[kept]], scores[order[kept]]


def ranks(rows: Codes) -> Codes:
    """Number the entries of each row from 0; rows are sorted."""
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    return np.arange(len(rows)) - np.repeat(first, np.diff(first, append=len(rows)))
