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

_TYPICAL = 256
"""How many histories of fit are read to know what is typical: spread evenly over all."""


@final
class HistoryUsers(Users):
    """The network reads a user's history, stored or handed in; nothing is learned anew.

    Parameters
    ----------
    scorer : Scorer
    reading : Reading
        What of a history is read.
    kept : dict, optional
        As in `Users`.
    """

    def __init__(self, scorer: Scorer, reading: Reading, kept: dict[str, Floats] | None = None) -> None:
        super().__init__(scorer, kept)
        self._reading = reading

    def over(self, scorer: Scorer) -> "HistoryUsers":
        """Make the same over another scorer."""
        return HistoryUsers(scorer, self._reading, self._kept)

    def warm_up(self) -> None:
        """Read made-up histories of each width."""
        warm_up_reading(self.scorer, self._reading)

    def cold(self, query: Query) -> Mask:
        """Users without a positive event."""
        cold: Mask = query.histories.positives().lengths == 0
        return cold

    def typical(self, items: Codes) -> Scores:
        """Score for the mean vector of some users of fit."""
        scorer = self.scorer
        if "typical" not in self._kept:
            histories = scorer.learned.histories
            users = np.flatnonzero(histories.positives().lengths > 0)
            chosen = users[np.linspace(0, len(users) - 1, min(_TYPICAL, len(users))).astype(np.int64)]
            vectors = self.vectors(Query.of_codes(chosen, histories))
            mean = vectors.sum(axis=0, keepdims=True, dtype=np.float64) / max(1, len(vectors))
            self._kept["typical"] = mean.astype(np.float32)
        pairs = np.zeros(len(items), dtype=np.int64), items
        return pair_scores(self._kept["typical"], scorer.vectors()[1], *pairs)

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
