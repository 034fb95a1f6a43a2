"""ItemKNN: nearest neighbours of the items of a history."""

from dataclasses import KW_ONLY
from typing import Any

import numpy as np
from scipy import sparse

from skrec._params import NonNegative, PositiveInt, Seed
from skrec._ranking import top_k
from skrec.data import EncodedEvents, event_matrix
from skrec.models._base import BaseRecommender
from skrec.queries import Query
from skrec.typing import Codes, Scores

_BLOCK_BYTES = 64 * 2**20


class ItemKNN(BaseRecommender):
    """Item-to-item neighbourhood model with cosine similarity.

    An item's score is the sum of its similarities to the items of the history [1]_; of each item only the most similar
    `n_neighbors` count. Ratings aren't used: each event is a positive (implicit feedback). An event that repeats, or
    has a weight w, enters as ``log2(1 + summed weight)``, which is 1 for a single plain event. `partial_fit` is exact.

    Parameters
    ----------
    n_neighbors : int, default=200
        Neighbours kept of each item, at least 1.
    shrinkage : float, default=20.0
        Added to the product of norms, so that similarities based on few events shrink. Must be >= 0.
    random_state : int, RandomState, Generator or None, default=None
        Ignored; present for API consistency.

    Attributes
    ----------
    similarity_ : csr_array of shape (n_items, n_items), float32
        Row i holds the similarities of item i to its neighbours. The diagonal is 0.
    users_, items_ : ndarray
        Ids of fit, in first-seen order.
    item_counts_ : ndarray of shape (n_items,)
        Summed weights of each item's positive events.
    n_features_in_ : int
        Number of columns of `X` in fit.

    Raises
    ------
    InvalidParameterError
        In `fit`, if a parameter breaks the constraint written above.

    See Also
    --------
    EASE : Learns the item-to-item weights.

    References
    ----------
    .. [1] M. Deshpande, G. Karypis, "Item-based top-N recommendation algorithms", TOIS 2004.

    Examples
    --------
    >>> from skrec.models import ItemKNN
    >>> from skrec.testing import checkerboard
    >>> ItemKNN(n_neighbors=5).fit(checkerboard(6)).recommend(users=[0], k=1).items
    array([[0]])
    """

    n_neighbors: PositiveInt = 200
    _: KW_ONLY
    shrinkage: NonNegative = 20.0
    random_state: Seed = None

    def _fit(self, events: EncodedEvents) -> None:
        by_item = event_matrix(self.histories_).T.tocsr()
        norms = np.sqrt(np.asarray(by_item.multiply(by_item).sum(axis=1), dtype=np.float64).ravel())
        self.similarity_ = _nearest(by_item, norms, int(self.n_neighbors), float(self.shrinkage))
        # Scoring multiplies by the transpose; kept once, and in the layout that adds in a fixed order.
        self._scoring = self.similarity_.T.tocsr()

    def _score(self, query: Query) -> Scores:
        product = event_matrix(query.histories).astype(np.float32) @ self._scoring
        return np.asarray(product.toarray(), dtype=np.float32)

    def _item_similarity(self, items: Codes) -> Scores:
        dense: Scores = np.asarray(self.similarity_[items].toarray(), dtype=np.float32)
        dense[dense == 0] = -np.inf  # no neighbour: nothing in common is no similarity
        return dense


def _nearest(by_item: Any, norms: Any, n_neighbors: int, shrinkage: float) -> Any:
    """Keep the largest cosines of each row, block by block, so that the square matrix is never whole."""
    n_items = by_item.shape[0]
    by_user = by_item.T.tocsr()
    size = int(np.clip(_BLOCK_BYTES // (8 * max(1, n_items)), 1, n_items))
    rows: list[Any] = []
    columns: list[Any] = []
    values: list[Any] = []
    for start in range(0, n_items, size):
        block = np.arange(start, min(start + size, n_items))
        products = (by_item[block] @ by_user).toarray()
        scale = norms[block, np.newaxis] * norms + shrinkage
        cosines = np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)
        cosines[np.arange(len(block)), block] = 0.0
        cosines[cosines <= 0] = -np.inf
        positions, lengths = top_k(cosines, n_neighbors)
        filled = np.arange(positions.shape[1]) < lengths[:, np.newaxis]
        rows.append(np.repeat(block, lengths))
        columns.append(positions[filled])
        values.append(np.take_along_axis(cosines, positions, axis=1)[filled])
    entries = (np.concatenate(values).astype(np.float32), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.coo_array(entries, shape=(n_items, n_items)).tocsr()
