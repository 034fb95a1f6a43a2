"""Fold-in: rows for users that weren't in fit, from their history, while all else stays as it is.

A user's row minimises the model's own loss over the events of the history and a fixed pool of negatives, with a pull towards the prior
row: the mean of the users of fit. Users don't influence each other, so that one gets the same row alone and in a batch.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, final

import numpy as np

from skrec.data import Histories
from skrec.optimizers import Adam
from skrec.programs import Program, bucket
from skrec.serving.neighbours import average, neighbour_weights
from skrec.serving.scorer import Scorer
from skrec.typing import Codes, Floats

__all__ = ["FoldIn", "GradientFoldIn", "NeighbourFoldIn", "draw_pool", "fold_in_for"]

_USERS = 32
_STEPS = 64
# Chosen on ML-100K: rows learned from whole histories of fit rank as well as the trained ones, rows from five events better than
# popularity. A weaker pull overfits short histories. A temperature multiplies scores, and what they cost with them: the pull with it.
_PULL = 3.0
_MAX_EVENTS = 512
_NEIGHBOURS = 20
_MAX_NEGATIVES = {"product": 2048, "joint": 256}


def draw_pool(n_items: int, program: Program, rng: np.random.Generator) -> Codes:
    """Draw the items that every fold-in takes its negatives from: 2048, or 256 where each pair must go through a network."""
    limit = _MAX_NEGATIVES["joint" if program.vectors is None else "product"]
    if n_items <= limit:
        return np.arange(n_items, dtype=np.int64)
    return np.sort(rng.choice(n_items, limit, replace=False)).astype(np.int64)


class FoldIn(ABC):
    """Makes rows of users out of histories.

    Parameters
    ----------
    scorer : Scorer
        Of a network to which users are rows of a table.
    """

    def __init__(self, scorer: Scorer) -> None:
        self._scorer, self._learned, self._setup = scorer, scorer.learned, scorer.setup

    @abstractmethod
    def rows(self, users: Codes, histories: Histories) -> Floats:
        """Make rows.

        Parameters
        ----------
        users : ndarray of shape (n,)
            Codes, by which features are known; -1 for users of whom nothing else is.
        histories : Histories of n users

        Returns
        -------
        ndarray of shape (n, width), float32
        """

    def prior(self) -> Floats:
        """Prior row of a cold user, shape (width,): the mean row, or zeros where rows were left out for features to carry."""
        learned = self._learned
        mean: Floats = learned.weights.tables["user"][: learned.n_of_fit("user")].mean(axis=0)
        carried = self._setup.program.encode is not None and learned.features and learned.features.fields["user"]
        return np.zeros_like(mean) if carried and self._setup.drops_ids else mean


def fold_in_for(scorer: Scorer) -> FoldIn:
    """Give the fold-in that a backend can do: by gradients, or by neighbours where it only serves."""
    return (GradientFoldIn if scorer.setup.backend.capabilities.train else NeighbourFoldIn)(scorer)


@final
class NeighbourFoldIn(FoldIn):
    """The average row of the users of fit whose histories are most similar."""

    def rows(self, users: Codes, histories: Histories) -> Floats:
        """Average, weighted by the cosine of the histories."""
        weights = neighbour_weights(histories, self._learned.histories, _NEIGHBOURS)
        return average(self._learned.weights.tables["user"], weights, otherwise=self.prior())


@final
class GradientFoldIn(FoldIn):
    """Rows that minimise the model's loss over the history."""

    def rows(self, users: Codes, histories: Histories) -> Floats:
        """Learn, as many users at once as a compiled step takes."""
        setup, prior = self._setup, self.prior()
        # A model that learned labels without drawing negatives has none but those that users labelled so.
        labels = setup.loss.target == "rating" or setup.n_negatives == 0
        kept = histories if labels else histories.positives()
        rows = np.tile(prior, (kept.n_users, 1)).astype(np.float32)
        lengths = np.minimum(kept.lengths, _MAX_EVENTS)
        # Grouped by the size that the user's own history has, so that no user's row depends on who else is asked about.
        sizes = np.array([bucket(max(8, int(length))) for length in lengths], dtype=np.int64)
        for size in np.unique(sizes[lengths > 0]):
            members = np.flatnonzero((sizes == size) & (lengths > 0))
            for start in range(0, len(members), _USERS):
                chosen = members[start : start + _USERS]
                rows[chosen] = self._learn(users[chosen], kept.take(chosen), int(size), prior)
        return rows

    def _learn(self, users: Codes, histories: Histories, size: int, prior: Floats) -> Floats:
        """Learn the rows of up to 32 users with histories of similar length."""
        from keras import ops

        learned, program = self._learned, self._setup.program
        assert program.fold is not None
        items, labels, weights = self._events(histories, size)
        free = np.ones((_USERS, len(learned.pool)), dtype=np.float32)
        free[: histories.n_users][histories.seen()[:, learned.pool].toarray()] = 0.0
        table = np.concatenate([self._scorer.table("item"), self._scorer.unknown("item")[np.newaxis]])
        start = np.tile(prior, (_USERS, 1)).astype(np.float32)
        state = {
            "rows": start,
            "slots": {name: np.zeros_like(start) for name in Adam.slots},
            "prior": prior.astype(np.float32),
            "pull": np.float32(_PULL / program.temperature**2),
            "weights": learned.weights.network,
            "fixed": learned.weights.fixed,
            "items": table[items],
            "labels": labels,
            "event_weights": weights,
            "negatives": table[learned.pool],
            "free": free,
            # Data, not a constant of the step: models that differ in it share the compiled program.
            "n_negatives": np.float32(self._setup.n_negatives),
            # Each negative stands for so many items, as in the softmax loss.
            "log_share": np.float32(np.log(learned.n_of_fit("item") / max(1, len(learned.pool)))),
            "step": np.float32(0.0),
            "features": self._features(users),
        }
        tensors = _map(state, lambda value: ops.convert_to_tensor(value))
        after, _ = program.fold(tensors, {"step": np.arange(_STEPS, dtype=np.int32)}, _STEPS)
        return np.array(ops.convert_to_numpy(after["rows"]))[: histories.n_users]

    def _features(self, users: Codes) -> dict[str, Any]:
        """Features of 32 users, and context of which nothing is known."""
        if self._setup.program.encode is None:
            return {}
        padded = np.concatenate([users, np.full(_USERS - len(users), -1, dtype=np.int64)])
        context = self._scorer.context(self._learned.context(None, _USERS, "context"))
        found: dict[str, Any] = {"user": self._learned.part("user", padded)}
        return found if context is None else {**found, "context": context}

    def _events(self, histories: Histories, size: int) -> tuple[Codes, Floats, Floats]:
        """Lay histories out as (32, size): item codes, labels and weights; the latest events count."""
        items = np.full((_USERS, size), len(self._learned.items), dtype=np.int64)
        labels = np.zeros((_USERS, size), dtype=np.float32)
        weights = np.zeros((_USERS, size), dtype=np.float32)
        rates = self._setup.loss.target == "rating"
        for user in range(histories.n_users):
            events = slice(max(histories.indptr[user], histories.indptr[user + 1] - size), histories.indptr[user + 1])
            length = events.stop - events.start
            items[user, :length] = histories.items[events]
            weights[user, :length] = histories.weights[events]
            if not rates:
                labels[user, :length] = histories.positive[events]
            elif histories.ratings is not None:
                labels[user, :length] = histories.ratings[events] - self._learned.rating_mean
        if rates and histories.ratings is None:
            weights[:] = 0.0  # nothing to learn from: the prior row stays
        return items, labels, weights


def _map(state: Any, function: Callable[[Any], Any]) -> Any:
    if isinstance(state, dict):
        return {name: _map(value, function) for name, value in state.items()}
    return [_map(value, function) for value in state] if isinstance(state, list) else function(state)
