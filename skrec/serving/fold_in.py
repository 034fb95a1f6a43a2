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
from skrec.programs import Program
from skrec.serving.neighbours import average, neighbour_weights
from skrec.serving.scorer import Scorer
from skrec.typing import Codes, Floats

__all__ = ["FoldIn", "GradientFoldIn", "NeighbourFoldIn", "draw_pool", "fold_in_for"]

_USERS = 32
_SIZES = (8, 32, 128, 512)
"""How many events of a history a compiled program takes."""
_STEPS = 64
# Chosen on ML-100K: rows learned from whole histories of fit rank as well as the trained ones, rows from five events better than
# popularity. A weaker pull overfits short histories. A temperature multiplies scores, and what they cost with them: the pull with it.
_PULL = 3.0
_NEIGHBOURS = 20
_MAX_NEGATIVES = {"product": 1024, "joint": 256}


def draw_pool(n_items: int, program: Program, rng: np.random.Generator) -> Codes:
    """Draw the items that every fold-in takes its negatives from: 1024, or 256 where each pair must go through a network."""
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

    def warm_up(self) -> Floats:
        """Run what is compiled; gives rows of several users."""
        return self.rows(np.full(2, -1, dtype=np.int64), Histories.made_up(2, 1, len(self._learned.items)))

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
        lengths, n_rows = kept.lengths, self._block()
        # Grouped by the size that the user's own history has, so that no user's row depends on who else is asked about.
        sizes = np.asarray(_SIZES)[np.searchsorted(_SIZES[:-1], lengths)]
        for size in np.unique(sizes[lengths > 0]):
            members = np.flatnonzero((sizes == size) & (lengths > 0))
            for start in range(0, len(members), n_rows):
                chosen = members[start : start + n_rows]
                rows[chosen] = self._learn(users[chosen], kept.take(chosen), (n_rows, int(size)), prior)
        return rows

    def warm_up(self) -> Floats:
        """Learn rows of made-up histories of each size."""
        users, n_items = np.full(2, -1, dtype=np.int64), len(self._learned.items)
        return [self.rows(users, Histories.made_up(2, size, n_items)) for size in _SIZES][-1]

    def _block(self) -> int:
        """How many users are learned in one call, always the same: Adam makes more of what other shapes round in other ways.

        XLA makes a few loops of a step, so that on a CPU one user takes a 32nd of what 32 take; where a step is many calls, it takes all.
        """
        setup = self._setup
        return 1 if setup.backend.keras_name == "jax" and setup.device.startswith("cpu") else _USERS

    def _learn(self, users: Codes, histories: Histories, shape: tuple[int, int], prior: Floats) -> Floats:
        """Learn the rows of a block of users with histories of similar length."""
        from keras import ops

        learned, program = self._learned, self._setup.program
        assert program.fold is not None
        n_rows = shape[0]
        items, labels, weights = self._events(histories, shape)
        start = np.tile(prior, (n_rows, 1)).astype(np.float32)
        state = {
            "rows": start,
            "slots": {name: np.zeros_like(start) for name in Adam.slots},
            "prior": prior.astype(np.float32),
            "pull": np.float32(_PULL / program.temperature**2),
            "weights": learned.weights.network,
            "fixed": learned.weights.fixed,
            "labels": labels,
            "event_weights": weights,
            **self._items(items),
            "free": self._free(histories, n_rows),
            # Data, not a constant of the step: models that differ in it share the compiled program.
            "n_negatives": np.float32(self._setup.n_negatives),
            # Each negative stands for so many items, as in the softmax loss.
            "log_share": np.float32(np.log(learned.n_of_fit("item") / max(1, len(learned.pool)))),
            "step": np.float32(0.0),
            "features": self._features(users, n_rows),
        }
        tensors = _map(state, lambda value: ops.convert_to_tensor(value, dtype=value.dtype.name))
        after, _ = program.fold(tensors, {"step": np.arange(_STEPS, dtype=np.int32)}, _STEPS)
        return np.array(ops.convert_to_numpy(after["rows"]))[: histories.n_users]

    def _items(self, items: Codes) -> dict[str, Any]:
        """Rows, or vectors, of the events' items and of the pool."""
        scorer, pool = self._scorer, self._learned.pool
        if not scorer.has_vectors:
            return {"items": scorer.rows("item", items), "negatives": scorer.rows("item", pool)}
        vectors = scorer.vectors()[1]  # the last one is that of an unknown item
        return {"items": vectors[items], "negatives": scorer.pool_vectors(), "item": scorer.unknown("item")[np.newaxis]}

    def _free(self, histories: Histories, n_rows: int) -> Floats:
        """Say which of the pool are negatives of each user, shape (n_rows, m): 1, or 0 for what is in the history."""
        pool = self._learned.pool
        free = np.ones((n_rows, len(pool) + 1), dtype=np.float32)
        places = np.searchsorted(pool, histories.items)
        there = np.append(pool, -1)[places] == histories.items
        free[histories.users()[there], places[there]] = 0.0
        return free[:, :-1]

    def _features(self, users: Codes, n_rows: int) -> dict[str, Any]:
        """Features of a block of users, and context of which nothing is known."""
        if self._setup.program.encode is None:
            return {}
        padded = np.concatenate([users, np.full(n_rows - len(users), -1, dtype=np.int64)])
        context = self._scorer.context(self._learned.context(None, n_rows, "context"))
        found: dict[str, Any] = {"user": self._learned.part("user", padded)}
        return found if context is None else {**found, "context": context}

    def _events(self, histories: Histories, shape: tuple[int, int]) -> tuple[Codes, Floats, Floats]:
        """Lay histories out as (n_rows, size): item codes, -1 for none, labels and weights; the latest events count."""
        size = shape[1]
        items = np.full(shape, -1, dtype=np.int64)
        labels, weights = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
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
