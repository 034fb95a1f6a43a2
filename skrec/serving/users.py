"""Users: where a user's row, or vector, comes from."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from skrec.queries import Query
from skrec.serving.scorer import Scorer
from skrec.typing import Codes, Floats, Mask, Scores

__all__ = ["Users"]


class Users(ABC):
    """One of the ways in which a user is known to a network; called in the device's scope.

    Parameters
    ----------
    scorer : Scorer
    kept : dict, optional
        What was computed for the users of fit, by name; the same over another scorer.
    """

    def __init__(self, scorer: Scorer, kept: dict[str, Floats] | None = None) -> None:
        self.scorer = scorer
        self._kept: dict[str, Floats] = {} if kept is None else kept

    @abstractmethod
    def over(self, scorer: Scorer) -> "Users":
        """Make the same over another scorer."""

    @abstractmethod
    def warm_up(self) -> None:
        """Run each of the compiled programs that questions may need."""

    @abstractmethod
    def cold(self, query: Query) -> Mask:
        """Say of which users nothing is known; they get the popular items."""

    def typical(self, items: Codes) -> Scores:
        """Score items for somebody of whom nothing is known: as the users of fit do on average; shape (n_items,).

        Parameters
        ----------
        items : ndarray of shape (n_items,)
            Codes. Zeros, where a model can't have items that weren't in fit.
        """
        return np.zeros(len(items), dtype=np.float32)

    @abstractmethod
    def vectors(self, query: Query) -> Floats:
        """Give users' vectors, shape (n, dim), where scores are inner products."""

    @abstractmethod
    def scores(self, query: Query) -> Scores:
        """Score the catalogue, shape (n, n_items), where a network joins users and items."""

    @abstractmethod
    def pairs(self, users: Codes, items: Codes, context: dict[str, Any] | None) -> tuple[Scores, Mask]:
        """Score pairs of codes; gives raw scores, and which users are cold, both of shape (n,)."""
