"""Users with rows in a table."""

from typing import Any, final

import numpy as np

from skrec._search import pair_scores
from skrec.queries import Query
from skrec.serving.fold_in import fold_in_for
from skrec.serving.scorer import USER_BLOCKS, Scorer
from skrec.serving.users import Users
from skrec.typing import Codes, Floats, Mask, Scores

__all__ = ["TableUsers"]


@final
class TableUsers(Users):
    """A user is a row of a table, encoded with features where there are any; rows of new histories are learned: fold-in."""

    def over(self, scorer: Scorer) -> "TableUsers":
        """Make the same over another scorer."""
        return TableUsers(scorer, self._kept)

    def warm_up(self) -> None:
        """Learn rows of made-up histories, and score them."""
        scorer = self.scorer
        rows = fold_in_for(scorer).warm_up()
        encoded = scorer.user_rows(rows, np.full(len(rows), -1, dtype=np.int64))
        if scorer.has_vectors:
            for n in USER_BLOCKS:
                scorer.user_vectors(np.resize(encoded, (n, encoded.shape[1])))
            return
        scorer.catalogue(encoded, scorer.context(scorer.learned.context(None, len(rows), "context")))

    def cold(self, query: Query) -> Mask:
        """Users that weren't in fit, and those whose history is replaced, if it has no positive event; unless their features came along."""
        described = query.users >= self.scorer.learned.n_of_fit("user")
        cold: Mask = (query.histories.positives().lengths == 0) & query.new & ~described
        return cold

    def typical(self, items: Codes) -> Scores:
        """Score for the mean vector of the users of fit; or, where a network joins users and items, for their mean row, without context."""
        scorer, n_known = self.scorer, self.scorer.learned.n_of_fit("user")
        if "typical" not in self._kept:
            rows = scorer.vectors()[0] if scorer.has_vectors else scorer.table("user")
            self._kept["typical"] = rows[:n_known].mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
        mean = self._kept["typical"]
        if scorer.has_vectors:
            return pair_scores(mean, scorer.vectors()[1], np.zeros(len(items), dtype=np.int64), items)
        context = scorer.context(scorer.learned.context(None, 1, "context"))
        return np.asarray(scorer.catalogue(mean, context)[0, items])

    def vectors(self, query: Query) -> Floats:
        """Look up, or learn."""
        vectors = self.scorer.vectors()[0][query.users]
        if (new := query.new).any():
            vectors[new] = self.scorer.user_vectors(self._folded(query, new))
        return vectors

    def scores(self, query: Query) -> Scores:
        """Let the network join rows, looked up or learned, with all items."""
        scorer = self.scorer
        context = scorer.context(scorer.learned.context(query.context, len(query), "context"))
        scores = scorer.catalogue(scorer.table("user")[query.users], context)
        if (new := query.new).any():
            scores[new] = scorer.catalogue(self._folded(query, new), None if context is None else context[new])
        return scores

    def pairs(self, users: Codes, items: Codes, context: dict[str, Any] | None) -> tuple[Scores, Mask]:
        """Look up; unknown ids have rows of zeros."""
        cold: Mask = users < 0
        if self.scorer.has_vectors:
            return pair_scores(*self.scorer.vectors(), users, items), cold
        return self.scorer.pairs(users, items, self.scorer.context(context)), cold

    def _folded(self, query: Query, new: Mask) -> Floats:
        """Encoded rows of users whose histories are new."""
        users = query.users[new]
        rows = fold_in_for(self.scorer).rows(users, query.histories.take(np.flatnonzero(new)))
        return self.scorer.user_rows(rows, users)
