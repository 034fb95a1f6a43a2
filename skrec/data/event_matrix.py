"""The matrix of users by items that the linear models learn from and score with."""

from typing import Any

import numpy as np

from skrec.data.histories import Histories


def event_matrix(histories: Histories) -> Any:
    """Make the user-item matrix of positive events.

    The entry of a pair is ``log2(1 + w)`` with w the summed weight of its events: 1 for a single event, growing slowly
    where events repeat, and shrinking with their weight. A pair's weight 2 thus means the same as the event twice.

    Parameters
    ----------
    histories : Histories of n_users rows

    Returns
    -------
    scipy.sparse.csr_array of shape (n_users, n_items), float64
    """
    matrix = histories.matrix()
    matrix.data = np.log2(1.0 + matrix.data)
    return matrix
