"""Fold-in without gradients: the users of fit whose histories are most similar."""

from typing import Any

import numpy as np
from scipy import sparse

from skrec._products import matrix_product
from skrec._ranking import top_k
from skrec.data import Histories, event_matrix
from skrec.typing import Floats


def neighbour_weights(histories: Histories, known: Histories, n_neighbors: int) -> Any:
    """Find each history's most similar users of fit.

    Parameters
    ----------
    histories : Histories of n rows
    known : Histories of n_users rows
        Those of fit, over the same items.
    n_neighbors : int
        At least 1.

    Returns
    -------
    csr_array of shape (n, n_users), float32
        Cosines of the histories, divided by their sum; an empty row for a history that shares no item with anybody.
    """
    past, others = event_matrix(histories), event_matrix(known)
    norms = np.sqrt(np.asarray(others.multiply(others).sum(axis=1)).ravel())
    products = (past @ others.T).toarray()
    cosines = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
    cosines[cosines <= 0] = -np.inf
    neighbours, lengths = top_k(cosines, n_neighbors)
    filled = np.arange(neighbours.shape[1]) < lengths[:, np.newaxis]
    weights = np.where(filled, np.take_along_axis(cosines, neighbours, axis=1), 0.0)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    indptr = np.append(0, np.cumsum(lengths))
    found = sparse.csr_array((weights[filled].astype(np.float32), neighbours[filled], indptr), shape=products.shape)
    found.sort_indices()
    return found


def average(rows: Floats, weights: Any, otherwise: Any) -> Floats:
    """Average rows of neighbours; one history at a time, so that it gets the same alone as among many.

    Parameters
    ----------
    rows : ndarray of shape (n_users, width)
    weights : csr_array of shape (n, n_users)
    otherwise : ndarray of shape (width,) or float
        Row of a history without neighbours.

    Returns
    -------
    ndarray of shape (n, width), float32
    """
    result = np.empty((weights.shape[0], rows.shape[1]), dtype=np.float32)
    for place in range(len(result)):
        own = slice(weights.indptr[place], weights.indptr[place + 1])
        result[place] = (
            matrix_product(weights.data[own], rows[weights.indices[own]]) if own.stop > own.start else otherwise
        )
    return result
