"""EASE: a linear model in closed form."""

from dataclasses import KW_ONLY
from typing import Annotated

import numpy as np
from scipy import linalg

from skrec._params import OneOf, Positive, Seed
from skrec.data import EncodedEvents, event_matrix
from skrec.exceptions import InvalidDataError
from skrec.models._base import BaseRecommender
from skrec.queries import Query
from skrec.typing import Codes, Floats, Scores


class EASE(BaseRecommender):
    """Linear item-to-item recommender with a closed-form solution.

    Each item is predicted from all others by one weight matrix with a zero diagonal, equation 8 of [1]_. Use it for up
    to about 30,000 items: memory grows with the square of their number. Ratings aren't used: each event is a positive
    (implicit feedback).
    An event that repeats, or has a weight w, enters as ``log2(1 + summed weight)``, which is 1 for a single plain
    event. `partial_fit` is exact.

    Parameters
    ----------
    regularization : float, default=500.0
        L2 penalty added to the diagonal of the item Gram matrix. Must be > 0.
    dtype : {"float32", "float64"}, default="float32"
        Precision of `item_weights_`; the solution itself is computed in float64.
    random_state : int, RandomState, Generator or None, default=None
        Ignored; present for API consistency.

    Attributes
    ----------
    item_weights_ : ndarray of shape (n_items, n_items)
        Learned weights B; column j predicts item j. The diagonal is 0.
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
    ItemKNN : Neighbourhood model with sparse weights, for more items.

    References
    ----------
    .. [1] H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019. https://arxiv.org/abs/1905.03375

    Examples
    --------
    >>> from skrec.models import EASE
    >>> from skrec.testing import checkerboard
    >>> EASE(regularization=1.0).fit(checkerboard(6)).recommend(users=[0], k=1).items
    array([[0]])
    """

    regularization: Positive = 500.0
    _: KW_ONLY
    dtype: Annotated[str, OneOf("float32", "float64")] = "float32"
    random_state: Seed = None

    def _fit(self, events: EncodedEvents) -> None:
        matrix = event_matrix(self.histories_)
        gram = (matrix.T @ matrix).toarray()
        gram[np.diag_indices_from(gram)] += float(self.regularization)
        # The Gram matrix plus a positive diagonal is positive definite: Cholesky is twice as fast as a general inverse.
        try:
            factor = linalg.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
        except linalg.LinAlgError:
            raise InvalidDataError(
                f"EASE has no solution at regularization={self.regularization:g}: it is too small for items that occur together. Raise it."
            ) from None
        inverse = linalg.cho_solve(factor, np.eye(len(gram)), overwrite_b=True, check_finite=False)
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        self.item_weights_: Floats = np.ascontiguousarray(
            weights, dtype=self.dtype
        )  # else SciPy copies them for each product

    def _score(self, query: Query) -> Scores:
        # Sparse times dense adds in the same order for one user and for many, so that equal scores stay equal.
        scores = event_matrix(query.histories).astype(self.item_weights_.dtype) @ self.item_weights_
        return np.asarray(scores, dtype=np.float32)

    def _item_similarity(self, items: Codes) -> Scores:
        """Rows of the weights: how much an event with the item speaks for each other one."""
        return self.item_weights_[items].astype(np.float32)
