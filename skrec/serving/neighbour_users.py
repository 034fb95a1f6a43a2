"""Users of a network that takes ids."""

from typing import Any, final

import numpy as np

from skrec.queries import Query
from skrec.serving.neighbours import average, neighbour_weights
from skrec.serving.scorer import Scorer
from skrec.serving.users import Users
from skrec.typing import Codes, Floats, Mask, Scores

__all__ = ["NeighbourUsers"]


@final
class NeighbourUsers(Users):
    """A user is an id; one with a new history is scored as the users of fit with similar histories are.

    Parameters
    ----------
    scorer : Scorer
    n_neighbors : int
        How many of these there are.
    """

    def __init__(self, scorer: Scorer, n_neighbors: int) -> None:
        super().__init__(scorer)
        self._n_neighbors = n_neighbors

    def over(self, scorer: Scorer) -> "NeighbourUsers":
        """Make the same over another scorer."""
        return NeighbourUsers(scorer, self._n_neighbors)

    def warm_up(self) -> None:
        """Score a user."""
        self.scorer.catalogue(np.zeros(1, dtype=np.int32))

    def cold(self, query: Query) -> Mask:
        """Users that weren't in fit, and those whose history is replaced, if it has no positive event that anybody of fit shares."""
        past = query.histories.positives()
        shared = self.scorer.learned.item_counts[past.items] > 0
        cold: Mask = (np.bincount(past.users()[shared], minlength=len(query)) == 0) & query.new
        return cold

    def vectors(self, query: Query) -> Floats:
        """There are none: what a network makes of two ids is no inner product."""
        raise TypeError("A network that takes ids has no vectors.")

    def scores(self, query: Query) -> Scores:
        """Let the network score; average the scores of the most similar users, weighted by the cosine of the histories."""
        scores = self.scorer.catalogue(np.maximum(query.users, 0).astype(np.int32))
        if (new := query.new).any():
            histories = query.histories.take(np.flatnonzero(new))
            weights = neighbour_weights(histories, self.scorer.learned.histories, self._n_neighbors)
            neighbours = np.unique(weights.indices)
            known: Floats = self.scorer.catalogue(neighbours.astype(np.int32))
            scores[new] = average(known, weights[:, neighbours], otherwise=0.0)
        return scores

    def pairs(self, users: Codes, items: Codes, context: dict[str, Any] | None) -> tuple[Scores, Mask]:
        """Let the network score the ids."""
        return self.scorer.pairs(users, items), users < 0
