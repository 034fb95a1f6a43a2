"""The distinct table rows of each batch."""

from typing import Any

import numpy as np


def distinct_rows(ids: Any, padding: int, most: int) -> tuple[Any, Any, Any]:
    """Find the distinct ids of each batch, so that a training step reads and writes every row of a table once.

    Parameters
    ----------
    ids : ndarray of shape (n_steps, m), int32
    padding : int
        Fills up what is left, so that all batches have one shape. It stands for a row that belongs to no id; no id is larger.
    most : int
        How many distinct ids there may be at most.

    Returns
    -------
    rows : ndarray of shape (n_steps, min(m, most)), int32
        Distinct ids of each batch, ascending, then `padding`.
    counts : ndarray of shape (n_steps,), int32
        How many of them there are.
    positions : ndarray of shape (n_steps, m), int32
        Where each id stands: ``rows[s, positions[s, j]] == ids[s, j]``.
    """
    n_steps, m = ids.shape
    shift = max(1, (m - 1).bit_length())
    # Id and place sort as one number, which is several times faster than sorting places by id.
    keys = np.sort((ids.astype(np.int64) << shift) | np.arange(m), axis=1)
    found = (keys >> shift).astype(np.int32)
    first = np.ones((n_steps, m), dtype=bool)
    np.not_equal(found[:, 1:], found[:, :-1], out=first[:, 1:])
    ranks = np.cumsum(first, axis=1, dtype=np.int32) - np.int32(1)
    offsets = np.arange(n_steps)[:, np.newaxis] * m
    rows = np.full((n_steps, min(m, most)), padding, dtype=np.int32)
    rows[np.nonzero(first)[0], ranks[first]] = found[first]
    positions = np.empty(n_steps * m, dtype=np.int32)
    positions[offsets + (keys & ((1 << shift) - 1))] = ranks
    return rows, ranks[:, -1] + np.int32(1), positions.reshape(n_steps, m)
