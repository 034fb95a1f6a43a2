"""Users that are what a network makes of their history."""

from typing import Any, final

import numpy as np

from skrec._search import pair_scores
from skrec.queries import Query
from skrec.serving.reader import Reading, read_histories, warm_up_reading
from skrec.serving.scorer import Scorer, product
from skrec.serving.users import Users
from skrec.typing import Codes, Floats, Mask, Scores

__all__ = ["HistoryUsers"]


@final
class HistoryUsers(Users):
    """The network reads a user's history, stored or handed in; nothing is learned anew.

    Parameters
    ----------
    scorer : Scorer
    reading : Reading
        What of a history is read.
    """

    def __init__(self, scorer: Scorer, reading: Reading) -> None:
        super().__init__(scorer)
        self._reading = reading

    def over(self, scorer: Scorer) -> "HistoryUsers":
        """Make the same over another scorer."""
        return HistoryUsers(scorer, self._reading)

    def warm_up(self) -> None:
        """Read made-up histories of each width."""
        warm_up_reading(self.scorer, self._reading)

    def cold(self, query: Query) -> Mask:
        """Users without a positive event."""
        cold: Mask = query.histories.positives().lengths == 0
        return cold

    def vectors(self, query: Query) -> Floats:
        """Read the histories."""
        return read_histories(self.scorer, self._reading, query.histories, query.report)

    def scores(self, query: Query) -> Scores:
        """Multiply vectors with those of all items."""
        return product(self.vectors(query), self.scorer.vectors()[1][:-1])

    def pairs(self, users: Codes, items: Codes, context: dict[str, Any] | None) -> tuple[Scores, Mask]:
        """Read each distinct user's history once."""
        distinct, rows = np.unique(users, return_inverse=True)
        query = Query.of_codes(distinct, self.scorer.learned.histories)
        scores = pair_scores(self.vectors(query), self.scorer.vectors()[1], rows, items)
        return scores, self.cold(query)[rows]
